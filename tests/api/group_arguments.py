"""Good arguments for any PeerGroup function."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peerapi.grouping.invitation import invite_member, parse_invitation
from peerapi.grouping.membership import Issuer
from peerapi.grouping.properties import GroupProperties
from peerapi.grouping.roles import Role
from peerapi.identity.keys import KeyPair
from peerapi.identity.names import parse, peer_name
from tests.support.groups import (
    ADMIN,
    DIRECT_EVENT,
    EVENT_REGISTRATION,
    PASSWORD,
    PLAIN,
    STATUS,
    Club,
    Member,
    properties,
)
from tests.support.native import FILETIME, FUNCTIONS, GUID, expect, structure, wide
from tests.support.peer_values import CHAT, address, now, record_struct

PEER_DATA = structure("PEER_DATA")


def data_folder() -> Path:
    return Path(os.environ["PEERAPI_HOME"])


class Arguments:
    """Good arguments for one function. Alice's group may be joined by password where that matters: hashing it takes
    its time."""

    def __init__(self, club: Club, function: str) -> None:
        self.club = club
        by_password = any(word in function for word in ("Password", "Parse", "Join"))
        self.alice = club.member("alice").create_only(**({"password": PASSWORD} if by_password else {}))
        self.kept: list[Any] = []

    def keep(self, value: Any) -> Any:
        self.kept.append(value)
        return value

    def of(self, function: str) -> list[Any]:
        """One good argument list; outputs go to fresh buffers."""
        return [self.one(function, param["name"], param["type"]) for param in FUNCTIONS[function]["params"]]

    def one(self, function: str, name: str, type: str) -> Any:
        alice = self.alice
        if type == "HGROUP":
            return ctypes.c_void_p(alice.handle)
        if type == "HPEEREVENT":
            queue = alice.watch()
            if function == "PeerGroupUnregisterEvent":
                alice.queues.remove(queue)
            elif function == "PeerGroupGetEventData":
                alice.add()
            return ctypes.c_void_p(queue.handle)
        if type == "HANDLE":
            return ctypes.c_void_p(self.club.library.CreateEventW(None, 0, 0, None))
        named: dict[str, Callable[[], Any]] = {
            "pRecord": self.record,
            "pRecordId": lambda: self.pointer(GUID.of(alice.add())),
            "pRecordType": lambda: None,
            "cAddresses": lambda: 1,
            "pAddresses": lambda: self.pointer(address(4000)),
            "pAddress": lambda: self.pointer(address(4000)),
            "pProperties": lambda: self.pointer(properties(alice.identity)),
            "pwzIdentityInfo": lambda: wide(self.club.member("bob").identity_xml()),
            "pftExpiration": lambda: None,
            "cRoles": lambda: 1,
            "pRoles": lambda: self.pointer(GUID.of(PLAIN)),
            "pwzIdentity": lambda: self.identity(function),
            "pwzSubjectIdentity": lambda: wide(self.known().identity),
            "pCredentialInfo": lambda: None,
            "pwzGroupPeerName": lambda: wide(self.left()),
            "pwzCloud": lambda: None,
            "pwzPassword": lambda: wide(PASSWORD),
            "pwzFilePath": lambda: wide(self.file(function)),
            "pwzXML": lambda: wide(self.configuration()),
            "fOverwrite": lambda: 1,
            "pwzInvitation": lambda: wide(self.invitation(function)),
            "pwzCriteria": lambda: wide('<peersearch><clause attrib="a" type="string">x</clause></peersearch>'),
            "ullConnectionId": lambda: ctypes.c_uint64(self.connection()),
            "pType": lambda: self.pointer(GUID.of(CHAT)),
            "cbData": lambda: 4,
            "pvData": lambda: self.keep((ctypes.c_uint8 * 4)(1, 2, 3, 4)),
            "dwFlags": lambda: 1 if function == "PeerGroupEnumConnections" else 0,
            "cEventRegistration": lambda: 1,
            "pEventRegistrations": self.registration,
            "pftPeerTime": lambda: self.pointer(FILETIME.of(now())),
            "pftUniversalTime": lambda: self.pointer(FILETIME.of(now())),
            "wVersionRequested": lambda: 0x0101,
        }
        return named[name]() if name in named else self.pointer((ctypes.c_uint64 * 8)())

    def pointer(self, value: Any) -> Any:
        return ctypes.byref(self.keep(value))

    def record(self) -> Any:
        struct = record_struct(lifetime=1200)
        struct.id = GUID.of(self.alice.add())
        return self.pointer(struct)

    def registration(self) -> Any:
        wanted = (EVENT_REGISTRATION * 1)()
        wanted[0].eventType = STATUS
        return self.keep(wanted)

    def identity(self, function: str) -> Any:
        if function == "PeerGroupEnumMembers":
            return None
        if function in ("PeerGroupOpen", "PeerGroupDelete"):
            return wide(self.alice.identity)
        self.bob = self.club.member("bob")
        return wide(self.bob.identity)

    def left(self) -> str:
        """The name of a group of alice's that is not open."""
        other = Member.__new__(Member)
        other.library, other.identity, other.queues = self.alice.library, self.alice.identity, []
        other.create_only()
        other.close()
        return other.group

    def configuration(self) -> str:
        group = self.alice.handle
        xml = self.alice.text("PeerGroupExportConfig", ctypes.c_void_p(group), wide(PASSWORD))
        self.alice.close()
        return xml

    def file(self, function: str) -> str:
        path = str(data_folder() / "exported")
        if function == "PeerGroupImportDatabase":
            handle = ctypes.c_void_p(self.alice.handle)
            expect(self.alice.call("PeerGroupExportDatabase", handle, wide(path)), "S_OK")
        return path

    def invitation(self, function: str) -> str:
        if function == "PeerGroupJoin":
            return self.alice.invite(self.bob, PLAIN)
        return self.alice.text("PeerGroupCreatePasswordInvitation", ctypes.c_void_p(self.alice.handle))

    def known(self) -> Member:
        """Bob, a member who is connected."""
        self.alice.call("PeerGroupConnect", ctypes.c_void_p(self.alice.handle))
        self.alice.until(lambda: self.alice.status())
        bob = self.club.member("bob")
        return bob.join(self.alice.invite(bob, PLAIN)).connect(self.alice)

    def connection(self) -> int:
        """A direct connection from alice to bob."""
        bob = self.known()
        bob.watch(DIRECT_EVENT)
        queue = self.alice.watch(DIRECT_EVENT)
        connection = ctypes.c_uint64()
        arguments = ctypes.c_void_p(self.alice.handle), wide(bob.identity), ctypes.byref(address(bob.me().ports[0]))
        expect(self.alice.call("PeerGroupOpenDirectConnection", *arguments, ctypes.byref(connection)), "S_OK")
        queue.wait(lambda event: event.connection == connection.value)
        return connection.value


def private_key(member: Member) -> KeyPair:
    """Of an identity, by the functions for it."""
    handle, data = ctypes.c_void_p(), ctypes.c_void_p()
    expect(member.call("PeerIdentityGetCryptKey", wide(member.identity), ctypes.byref(handle)), "S_OK")
    expect(member.call("PeerxCryptKeyExport", handle, 2, ctypes.byref(data)), "S_OK")
    found = PEER_DATA.from_address(data.value or 0)
    key = KeyPair.load(ctypes.string_at(found.pbData, found.cbData))
    member.library.PeerFreeData(data)
    expect(member.call("PeerxCryptKeyRelease", handle), "S_OK")
    return key


def at_the_end_of_the_chain(club: Club) -> tuple[Member, Member]:
    """Alice, and an administrator below her after whom there cannot be another."""
    alice, bob = club.member("alice").create(password=PASSWORD), club.member("bob")
    moment = now()
    invited = parse_invitation(alice.invite(bob, ADMIN), moment).chain
    assert invited is not None
    key, certificates = private_key(alice), invited.certificates[:-1]
    while len(certificates) < 24:
        below = KeyPair.generate()
        issuer = Issuer(key, certificates, (Role.ADMINISTRATOR,))
        name = peer_name(below.public.authority, "")
        certificates = issuer.issue(below.public, name, "between", (Role.ADMINISTRATOR,), moment).certificates
        key = below
    issuer = Issuer(key, certificates, (Role.ADMINISTRATOR,))
    last = issuer.issue(invited.public_key, invited.name, "Bob", (Role.ADMINISTRATOR,), moment)
    described = GroupProperties((2, 1), last.group, parse(alice.identity))
    return alice, bob.join(invite_member(last, described)).connect(alice)
