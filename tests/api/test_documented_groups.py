"""Every return code that a page lists for a PeerGroup function: provoked here, or listed with the reason why not."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import unittest.mock
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from peerapi.graphing.codec import records
from tests.api.documented import short
from tests.api.documented_groups import TABLE
from tests.api.group_arguments import Arguments, at_the_end_of_the_chain, data_folder
from tests.api.pointers import NULL_ACCEPTED
from tests.support.groups import PASSWORD, PLAIN, Club, Member, properties
from tests.support.native import FUNCTIONS, GUID, PEER_VERSION_DATA, expect, wide
from tests.support.peer_values import address, record_struct, wait_past

pytestmark = pytest.mark.long

Call = Callable[[Club], int]

MEMBERSHIP = uuid.UUID(bytes=records.MEMBERSHIP)

provokes = TABLE.provokes


def succeeds(function: str) -> Call:
    def call(club: Club) -> int:
        arguments = Arguments(club, function)
        values = arguments.of(function)
        if function == "PeerGroupImportDatabase":
            group = arguments.alice.group
            arguments.alice.close()
            opened = "PeerGroupOpen", wide(arguments.alice.identity), wide(group), None
            arguments.alice.handle = arguments.alice.call_handle(*opened)
            values[0] = ctypes.c_void_p(arguments.alice.handle)
        if function == "PeerGroupShutdown":
            expect(club.library.PeerGroupStartup(0x0101, ctypes.byref(PEER_VERSION_DATA())), "S_OK")
        result = arguments.alice.call(function, *values)
        if function == "PeerGroupStartup":
            expect(club.library.PeerGroupShutdown(), "S_OK")
        if function == "PeerGroupClose":
            arguments.alice.handle = 0
        return result

    return call


def required(function: str) -> list[int]:
    """Where a pointer has to be."""
    params = FUNCTIONS[function]["params"]
    return [
        index
        for index, param in enumerate(params)
        if not param["optional"]
        and (function, param["name"]) not in NULL_ACCEPTED
        and ("*" in param["type"] or param["type"].startswith("P"))
    ]


def null_pointer(function: str) -> Call:
    """NULL for the last pointer that has to be there."""

    def call(club: Club) -> int:
        arguments = Arguments(club, function)
        values = arguments.of(function)
        values[(required(function) or [0])[-1]] = None
        if function == "PeerGroupIssueCredentials":
            values[3] = 0x80
        return arguments.alice.call(function, *values)

    return call


def stale_group(function: str) -> Call:
    def call(club: Club) -> int:
        arguments = Arguments(club, function)
        values = arguments.of(function)
        arguments.alice.close()
        return arguments.alice.call(function, *values)

    return call


def not_ready(function: str) -> Call:
    """In a group that was joined and has not been synchronized."""

    def call(club: Club) -> int:
        arguments = Arguments(club, function)
        values = arguments.of(function)
        carol = club.member("carol")
        carol.join(arguments.alice.invite(carol, PLAIN))
        values[0] = ctypes.c_void_p(carol.handle)
        return carol.call(function, *values)

    return call


def without_keys(function: str) -> Call:
    """The folder of the keys is no folder."""

    def call(club: Club) -> int:
        arguments = Arguments(club, function)
        values = arguments.of(function)
        folder = data_folder() / "identities"
        folder.rename(data_folder() / "elsewhere")
        folder.write_text("no folder")
        try:
            return arguments.alice.call(function, *values)
        finally:
            folder.unlink()
            (data_folder() / "elsewhere").rename(folder)

    return call


def changed(function: str, **changes: Callable[[Arguments], Any]) -> Call:
    """With other values for some parameters."""

    def call(club: Club) -> int:
        arguments = Arguments(club, function)
        values = arguments.of(function)
        names = [param["name"] for param in FUNCTIONS[function]["params"]]
        for name, make in changes.items():
            values[names.index(name)] = make(arguments)
        return arguments.alice.call(function, *values)

    return call


def plain_member(club: Club) -> tuple[Member, Member]:
    """Alice and bob, who has been invited by her; connected."""
    alice = club.member("alice").create(password=PASSWORD)
    bob = club.member("bob")
    return alice, bob.join(alice.invite(bob, PLAIN)).connect(alice)


# ---- One by one ------------------------------------------------------------------------------------------------------

for name in ("Create", "Join", "Open", "PasswordJoin"):
    provokes(f"PeerGroup{name}", "PEER_E_NO_KEY_ACCESS")(without_keys(f"PeerGroup{name}"))

provokes("PeerGroupDelete", "PEER_E_NO_KEY_ACCESS")(without_keys("PeerGroupDelete"))

for name in ("Join", "Open", "PasswordJoin"):
    provokes(f"PeerGroup{name}", "PEER_E_NO_CLOUD")(
        changed(f"PeerGroup{name}", pwzCloud=lambda _: wide("Global_elsewhere"))
    )

for name in ("Join", "PasswordJoin"):
    provokes(f"PeerGroup{name}", "PEER_E_INVALID_PEER_NAME")(
        changed(f"PeerGroup{name}", pwzIdentity=lambda _: wide("no.name"))
    )

for name in ("Join", "PasswordJoin", "ParseInvitation"):
    provokes(f"PeerGroup{name}", "PEER_E_INVITATION_NOT_TRUSTED")(
        changed(f"PeerGroup{name}", pwzInvitation=lambda _: wide("<PEERINVITATION/>"))
    )
    provokes(f"PeerGroup{name}", "PEER_E_UNSUPPORTED_VERSION")(
        changed(
            f"PeerGroup{name}",
            pwzInvitation=lambda arguments: wide(arguments.invitation("").replace('"2.1"', '"3.7"')),
        )
    )


def creating(**fields: Any) -> Call:
    def call(club: Club) -> int:
        alice = club.member("alice")
        struct = properties(fields.pop("creator", alice.identity), **fields)
        handle = ctypes.c_void_p()
        return alice.call("PeerGroupCreate", ctypes.byref(struct), ctypes.byref(handle))

    return call


provokes("PeerGroupCreate", "PEER_E_NO_CLOUD")(creating(pwzCloud="Global_elsewhere"))

provokes("PeerGroupCreate", "PEER_E_INVALID_CLASSIFIER")(creating(pwzClassifier="x" * 200))

provokes("PeerGroupCreate", "PEER_E_INVALID_PEER_NAME")(creating(creator="no.name"))

provokes("PeerGroupCreate", "PEER_E_PASSWORD_DOES_NOT_MEET_POLICY")(creating(password="x" * 300))


@provokes("PeerGroupCreate", "HRESULT_FROM_WIN32(ERROR_DELETE_PENDING)")
def _(club: Club) -> int:
    alice = club.member("alice")
    expect(alice.call("PeerIdentityDelete", wide(alice.identity)), "S_OK")
    return alice.call("PeerGroupCreate", ctypes.byref(properties(alice.identity)), ctypes.byref(ctypes.c_void_p()))


@provokes("PeerGroupJoin", "PEER_E_INVALID_TIME_PERIOD")
def _(club: Club) -> int:
    """An invitation that ends before it is used."""
    alice, bob = club.member("alice").create_only(), club.member("bob")
    invitation, end = alice.invite_briefly(bob, PLAIN)
    wait_past(end)
    return bob.call("PeerGroupJoin", wide(bob.identity), wide(invitation), None, ctypes.byref(ctypes.c_void_p()))


@provokes("PeerGroupPasswordJoin", "PEER_S_ALREADY_A_MEMBER")
def _(club: Club) -> int:
    alice, bob = club.member("alice").create(password=PASSWORD), club.member("bob")
    invitation = alice.text("PeerGroupCreatePasswordInvitation", ctypes.c_void_p(alice.handle))
    bob.join_by_password(invitation).connect(alice)
    bob.close()
    handle = ctypes.c_void_p()
    arguments = wide(bob.identity), wide(invitation), wide(PASSWORD), None, ctypes.byref(handle)
    result = bob.call("PeerGroupPasswordJoin", *arguments)
    bob.handle = handle.value or 0
    return result


@provokes("PeerGroupStartup", "PEER_E_UNSUPPORTED_VERSION")
def _(club: Club) -> int:
    return int(club.library.PeerGroupStartup(0x0102, ctypes.byref(PEER_VERSION_DATA())))


@provokes("PeerGroupStartup", "PEER_E_IPV6_NOT_INSTALLED")
def _(club: Club) -> int:
    """On a machine without IPv6."""
    with unittest.mock.patch("socket.socket", side_effect=OSError("Address family not supported")):
        return int(club.library.PeerGroupStartup(0x0101, ctypes.byref(PEER_VERSION_DATA())))


def after_shutdown(function: str) -> Call:
    def call(club: Club) -> int:
        arguments = Arguments(club, function)
        values = arguments.of(function)
        arguments.alice.close()
        expect(club.library.PeerGroupShutdown(), "S_OK")
        try:
            return arguments.alice.call(function, *values)
        finally:
            expect(club.library.PeerGroupStartup(0x0101, ctypes.byref(PEER_VERSION_DATA())), "S_OK")

    return call


ELSEWHERE = """
import sys
from tests.support.groups import club
with club(sys.argv[1]) as members:
    alice = members.member("alice").create_only()
    print(alice.identity, alice.group, flush=True)
    sys.stdin.read()
"""


@provokes("PeerGroupDelete", "E_ACCESSDENIED")
def _(club: Club) -> int:
    """Another process has the group open."""
    root, library = Path(__file__).parents[2], club.library.loaded._name
    command = [sys.executable, "-c", ELSEWHERE, str(library)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=root, **pipes) as other:
        assert other.stdout is not None
        identity, group = other.stdout.readline().split()
        try:
            return Member.call(club.member("bob"), "PeerGroupDelete", wide(identity), wide(group))
        finally:
            other.communicate()


@provokes("PeerGroupDelete", "PEER_E_NOT_FOUND")
def _(club: Club) -> int:
    alice = club.member("alice")
    return alice.call("PeerGroupDelete", wide(alice.identity), wide("ab" * 20 + ".nowhere"))


def adding(data: bytes = b"hello", **fields: Any) -> Call:
    """A record of these fields, made when it is added: it expires ten minutes later."""
    return lambda club: club.member("alice").create_only().try_add(record_struct(data, **fields))


provokes("PeerGroupAddRecord", "PEER_E_INVALID_ATTRIBUTES")(adding(attributes="<attributes><wrong/></attributes>"))
provokes("PeerGroupAddRecord", "PEER_E_MAX_RECORD_SIZE_EXCEEDED")(adding(bytes((60 << 20) + 1)))
provokes("PeerGroupAddRecord", "PEER_E_INVALID_RECORD")(adding(type=MEMBERSHIP))


def unknown_record(function: str) -> Call:
    def call(club: Club) -> int:
        alice = club.member("alice").create_only()
        if function == "PeerGroupUpdateRecord":
            return alice.try_update(uuid.uuid4(), b"changed")
        if function == "PeerGroupDeleteRecord":
            return alice.try_delete(uuid.uuid4())
        result = alice.try_get(uuid.uuid4())
        assert isinstance(result, int)
        return result

    return call


for name in ("Get", "Update", "Delete"):
    provokes(f"PeerGroup{name}Record", "PEER_E_RECORD_NOT_FOUND")(unknown_record(f"PeerGroup{name}Record"))


@provokes("PeerGroupUpdateRecord", "PEER_E_NOT_AUTHORIZED")
def _(club: Club) -> int:
    alice, bob = plain_member(club)
    said = alice.add()
    bob.until(lambda: bob.has(said))
    return bob.try_update(said, b"mine")


@provokes("PeerGroupDeleteRecord", "PEER_E_NOT_AUTHORIZED")
def _(club: Club) -> int:
    alice, bob = plain_member(club)
    said = alice.add()
    bob.until(lambda: bob.has(said))
    return bob.try_delete(said)


@provokes("PeerGroupAddRecord", "PEER_E_NOT_AUTHORIZED")
def _(club: Club) -> int:
    """A member that was revoked, and knows it."""
    alice, bob = plain_member(club)
    revoke = "PeerxGroupRevokeMember", ctypes.c_void_p(alice.handle), wide(bob.identity), None
    expect(alice.call(*revoke, ctypes.byref(GUID())), "S_OK")
    bob.until(lambda: not bob.status() & 2)
    return bob.try_add(record_struct())


@provokes("PeerGroupCreateInvitation", "PEER_E_NOT_AUTHORIZED")
def _(club: Club) -> int:
    _, bob = plain_member(club)
    xml = wide(club.member("carol").identity_xml())
    rest = None, 1, ctypes.byref(GUID.of(PLAIN)), ctypes.byref(ctypes.c_void_p())
    return bob.call("PeerGroupCreateInvitation", ctypes.c_void_p(bob.handle), xml, *rest)


@provokes("PeerGroupCreateInvitation", "PEER_E_CHAIN_TOO_LONG")
def _(club: Club) -> int:
    _, bob = at_the_end_of_the_chain(club)
    xml = wide(club.member("carol").identity_xml())
    rest = None, 1, ctypes.byref(GUID.of(PLAIN)), ctypes.byref(ctypes.c_void_p())
    return bob.call("PeerGroupCreateInvitation", ctypes.c_void_p(bob.handle), xml, *rest)


@provokes("PeerGroupCreatePasswordInvitation", "PEER_E_CHAIN_TOO_LONG")
def _(club: Club) -> int:
    _, bob = at_the_end_of_the_chain(club)
    return bob.call("PeerGroupCreatePasswordInvitation", ctypes.c_void_p(bob.handle), ctypes.byref(ctypes.c_void_p()))


@provokes("PeerGroupCreatePasswordInvitation", "PEER_E_NOT_AUTHORIZED")
def _(club: Club) -> int:
    _, bob = plain_member(club)
    return bob.call("PeerGroupCreatePasswordInvitation", ctypes.c_void_p(bob.handle), ctypes.byref(ctypes.c_void_p()))


def setting(of_bob: bool = False, **fields: Any) -> Call:
    def call(club: Club) -> int:
        alice, bob = plain_member(club)
        by = bob if of_bob else alice
        struct = properties(alice.identity, pwzGroupPeerName=alice.group, **fields)
        return by.call("PeerGroupSetProperties", ctypes.c_void_p(by.handle), ctypes.byref(struct))

    return call


provokes("PeerGroupSetProperties", "PEER_E_NOT_AUTHORIZED")(setting(of_bob=True, password=PASSWORD))

provokes("PeerGroupSetProperties", "PEER_E_INVALID_GROUP_PROPERTIES")(setting(pwzClassifier="another"))

provokes("PeerGroupSetProperties", "PEER_E_PASSWORD_DOES_NOT_MEET_POLICY")(setting(password="x" * 300))

for name in ("CloseDirectConnection", "SendData"):
    provokes(f"PeerGroup{name}", "PEER_E_CONNECTION_NOT_FOUND")(
        changed(f"PeerGroup{name}", ullConnectionId=lambda _: ctypes.c_uint64(77))
    )


@provokes("PeerGroupGetEventData", "PEER_S_NO_EVENT_DATA")
def _(club: Club) -> int:
    queue = club.member("alice").create_only().watch()
    return int(club.library.PeerGroupGetEventData(queue.handle, ctypes.byref(ctypes.c_void_p())))


@provokes("PeerGroupSearchRecords", "PEER_E_INVALID_SEARCH")
def _(club: Club) -> int:
    alice = club.member("alice").create_only()
    out = ctypes.byref(ctypes.c_void_p())
    return alice.call("PeerGroupSearchRecords", ctypes.c_void_p(alice.handle), wide("<search/>"), out)


@provokes("PeerGroupImportDatabase", "PEER_E_GROUP_IN_USE")
def _(club: Club) -> int:
    alice = club.member("alice").create()
    path = wide(str(data_folder() / "exported"))
    expect(alice.call("PeerGroupExportDatabase", ctypes.c_void_p(alice.handle), path), "S_OK")
    return alice.call("PeerGroupImportDatabase", ctypes.c_void_p(alice.handle), path)


@provokes("PeerGroupImportConfig", "PEER_E_ALREADY_EXISTS")
def _(club: Club) -> int:
    return changed("PeerGroupImportConfig", fOverwrite=lambda _: 0)(club)


@provokes("PeerGroupIssueCredentials", "PEER_E_IDENTITY_NOT_FOUND")
def _(club: Club) -> int:
    return changed("PeerGroupIssueCredentials", pwzSubjectIdentity=lambda _: wide("ab" * 20 + ".nobody"))(club)


@provokes("PeerGroupOpenDirectConnection", "PEER_E_CONNECT_SELF")
def _(club: Club) -> int:
    alice = club.member("alice").create(pwzCloud="Loopback_")
    where = address(alice.me().ports[0])
    rest = wide(alice.identity), ctypes.byref(where), ctypes.byref(ctypes.c_uint64())
    return alice.call("PeerGroupOpenDirectConnection", ctypes.c_void_p(alice.handle), *rest)


TABLE.provoke_rest(
    {
        "S_OK": succeeds,
        "PEER_E_INVALID_GROUP": stale_group,
        "PEER_E_GROUP_NOT_READY": not_ready,
        "PEER_E_NOT_INITIALIZED": after_shutdown,
        "E_INVALIDARG": null_pointer,
    }
)


@pytest.mark.parametrize(("function", "code"), TABLE.documented, ids=short)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, code: str) -> None:
    TABLE.check_listed(function, code)


@pytest.mark.parametrize(("function", "code"), TABLE.to_provoke, ids=short)
def test_the_documented_code_comes(club: Club, function: str, code: str) -> None:
    TABLE.check_comes(function, code, club)
