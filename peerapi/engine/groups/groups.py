"""The groups of this user: creating, joining, opening, and what of them is kept on disk."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node, Prepare
from peerapi.engine.groups.group import Group
from peerapi.engine.runtime import moment
from peerapi.environment import variable
from peerapi.errors import (
    AccessDenied,
    AlreadyExists,
    CertStoreCorrupted,
    DatabaseAccessDenied,
    GroupInUse,
    IdentityNotFound,
    InvalidArgument,
    InvalidClassifier,
    InvalidGroupProperties,
    InvitationNotTrusted,
    NoCloud,
    NotFound,
    PasswordDoesNotMeetPolicy,
    PeerError,
    WrappedWin32Error,
)
from peerapi.graphing.codec.internal_records import DEFAULT_PRESENCE_LIFETIME
from peerapi.graphing.codec.records import MEMBERSHIP, SECURITY_PROPERTIES
from peerapi.graphing.machine.quotas import Quota
from peerapi.grouping import password as passwords
from peerapi.grouping.channel import Credential
from peerapi.grouping.configuration import import_configuration
from peerapi.grouping.invitation import Invitation, accept_invitation
from peerapi.grouping.membership import MembershipChain, found_group, issue_root
from peerapi.grouping.messages import SALT_SIZE
from peerapi.grouping.own_membership import Owner
from peerapi.grouping.profile import PROFILES
from peerapi.grouping.properties import (
    GLOBAL_CLOUD,
    MEMBERSHIP_LIFETIMES,
    Authentication,
    GroupProperties,
    Options,
    scope_of,
)
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.revocation import REVOCATION
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import decode
from peerapi.identity.der import Malformed
from peerapi.identity.keys import Algorithm, KeyPair, Profile, UnsuitableKey
from peerapi.identity.manager import IdentityManager
from peerapi.identity.names import MAX_CLASSIFIER, MAX_FRIENDLY_NAME, PeerName, is_text, parse, peer_name
from peerapi.signals import deferred
from peerapi.store.groups import GroupStore, StoredGroup, key_of
from peerapi.store.identities import StoredIdentity

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds

DATABASE = "group"
"Name of the database of every group."
ERROR_DELETE_PENDING = 303

MAX_COMMENT = 255
SYNC_ORDER = (SECURITY_PROPERTIES, MEMBERSHIP, REVOCATION)
"What a newcomer asks for first: everything else is judged by it."


class OpenElsewhere(AccessDenied):
    """A group cannot be deleted. Programs see E_ACCESSDENIED, where other refusals are PEER_E_NOT_AUTHORIZED."""


class NewGroup(NamedTuple):
    """What whoever creates a group asks for; None and 0: what is usual."""

    creator: str | None
    classifier: str | None = None
    cloud: str | None = None
    friendly_name: str | None = None
    comment: str | None = None
    options: Options = Options(0)
    membership_lifetime: int = 0
    "Seconds; 0: as long as possible."
    presence_lifetime: int = 0
    authentication: Authentication = Authentication(0)
    password: str | None = None
    password_role: Role | None = None
    published: bool = False
    "The ms-ppsec profile, which needs an identity with an RSA key."


def member_quota() -> Quota:
    """What one member of a group may have at this node, as the environment has it: ``PEERAPI_MEMBER_RECORDS``, records;
    ``PEERAPI_MEMBER_BYTES``, bytes; 0: as much as it likes. Raises InvalidArgument."""
    numbers = []
    for name, usual in zip(("PEERAPI_MEMBER_RECORDS", "PEERAPI_MEMBER_BYTES"), Quota(), strict=True):
        text = variable(name, str(usual))
        if not text.isdecimal() or len(text) > 18:
            raise InvalidArgument(f"{name} is a number; 0: without a limit.")
        numbers.append(int(text))
    return Quota(*numbers)


def _security(
    stored: StoredGroup, credential: Credential, chain: MembershipChain | None, owner: Owner | None
) -> GroupSecurity:
    return GroupSecurity(
        parse(stored.group), credential, random=os.urandom, chain=chain, owner=owner, lock=threading.RLock()
    )


class Groups:
    """All groups of this process."""

    def __init__(self, node: Node, identities: IdentityManager, clouds: Callable[[], Clouds]) -> None:
        self.store = GroupStore()
        self._node = node
        self._identities = identities
        self._clouds = clouds
        self._lock = threading.RLock()
        self._open: dict[str, Group] = {}

    # Creating ---------------------------------------------------------------------------------------------------------

    @deferred
    def create(self, wanted: NewGroup) -> Group:
        """A new group, owned by an identity of this user.

        Raises InvalidGroupProperties, InvalidClassifier, NoCloud, PasswordDoesNotMeetPolicy, NotFound.
        """
        now = moment().utc
        try:
            identity = self._identities.needed(wanted.creator, now)
        except NotFound as error:
            raise WrappedWin32Error(ERROR_DELETE_PENDING, "There is no such identity.") from error
        credential = self._credential(identity)
        if wanted.published != (credential.profile is Profile.MS_PPSEC):
            raise InvalidGroupProperties("A group of the ms-ppsec profile is asked for with an RSA key, and only so.")
        if not is_text(wanted.classifier or "", MAX_CLASSIFIER):
            raise InvalidClassifier(f"The classifier is longer than {MAX_CLASSIFIER} characters.")
        cloud = self._cloud(wanted.cloud or GLOBAL_CLOUD)
        key = _group_key(credential.key)
        group = peer_name(key.public.authority, wanted.classifier or "")
        properties = _properties(wanted, group, credential, cloud)
        root = issue_root(key, group, properties.friendly_name, now)
        owner = Owner(key, root)
        chain = found_group(key, root, credential.identity, now)
        stored = StoredGroup(
            str(credential.name),
            str(group),
            properties.friendly_name,
            cloud,
            chain.encode(),
            key.pkcs8(),
            root.encoded,
        )
        security = _security(stored, credential, chain, owner)
        security.found(properties.version)
        groups, prepare = self._prepare(security, stored, cloud)
        driver = self._node.create(properties.graph_info(), DATABASE, prepare)
        (made,) = groups
        try:
            driver.input(made.records.found, properties)
            with self._lock:
                with self._identities.store.locked():
                    self._identities.store.find(stored.identity)
                    self.store.add(stored)
                self._open[self.store.name(stored)] = made
        except BaseException:
            self._node.close(driver)
            with contextlib.suppress(PeerError):
                self._node.delete(stored.group, stored.identity, DATABASE)
            raise
        return made

    # Opening ----------------------------------------------------------------------------------------------------------

    @deferred
    def open(self, identity: str | None, group: str, cloud: str | None) -> Group:
        """A group that was created or joined; once more, when this process has it open.

        Raises NotFound, NoCloud, CertStoreCorrupted, DatabaseAccessDenied (another process has it open).
        """
        with self._lock:
            name = key_of(self._needed(identity), group)
            known = self._open.get(name)
            if known is not None:
                if cloud:
                    self._cloud(cloud)
                known.handles += 1
                return known
            stored = self.store.find(name)
            return self._start(stored, self._cloud(cloud or stored.cloud))

    @deferred
    def join(self, identity: str | None, document: str, cloud: str | None) -> Group:
        """Become a member by an invitation that brings a membership.

        Raises NotFound, InvalidPeerName, NoCloud, GroupInUse, InvitationNotTrusted, InvalidTimePeriod,
        UnsupportedVersion.
        """
        found, invitation = self._invited(identity, document)
        chain = invitation.chain
        if chain is None:
            raise InvitationNotTrusted("It brings no membership, but asks for a password.")
        with self._lock:
            chosen = self._cloud(cloud or invitation.cloud)
            if key_of(found.peer_name, str(invitation.group)) in self._open:
                raise GroupInUse("The group is open.")
            return self._start(self._written(found, invitation, chain.encode()), chosen)

    @deferred
    def join_by_password(
        self, identity: str | None, document: str, password: str, cloud: str | None
    ) -> tuple[Group, bool]:
        """Get ready to become a member by the password, which is proved when the group is connected. It is kept in
        memory only. (The group, whether the identity is a member already.)

        Raises as ``join``; InvalidArgument for no password.
        """
        try:
            passwords.check_policy(password)
        except PasswordDoesNotMeetPolicy as error:
            raise InvalidArgument(str(error)) from error
        found, invitation = self._invited(identity, document)
        if invitation.chain is not None:
            raise InvitationNotTrusted("It brings a membership and asks for no password.")
        with self._lock:
            chosen = self._cloud(cloud or invitation.cloud)
            name = key_of(found.peer_name, str(invitation.group))
            known = self._open.get(name)
            if known is not None:
                known.handles += 1
            else:
                try:
                    stored = self.store.find(name)
                except NotFound:
                    stored = self._written(found, invitation, b"")
                known = self._start(stored, chosen)
            known.security.password = password
            return known, known.security.chain is not None

    def _invited(self, identity: str | None, document: str) -> tuple[StoredIdentity, Invitation]:
        if identity is not None:
            parse(identity)
        found = self._identities.needed(identity, moment().utc)
        key = self._identities.key_pair(found.peer_name)
        return found, accept_invitation(document, key.public, parse(found.peer_name), moment().utc)

    def _written(self, identity: StoredIdentity, invitation: Invitation, chain: bytes) -> StoredGroup:
        """Write down that the identity belongs, or will belong, to a group."""
        stored = StoredGroup(
            identity.peer_name,
            str(invitation.group),
            invitation.group_friendly_name,
            invitation.cloud,
            chain,
        )
        self._write(stored)
        return stored

    def _write(self, stored: StoredGroup) -> None:
        """Write down a group that is new or has another membership. The group's own key stays."""
        with self._identities.store.locked():
            self._identities.store.find(stored.identity)
            try:
                self.store.add(stored)
            except AlreadyExists:
                self.store.change(self.store.name(stored), lambda old: _merged(old, stored))

    def _start(self, stored: StoredGroup, cloud: str) -> Group:
        """Open a group that is written down; the lock is held."""
        credential = self._credential(self._identities.find(stored.identity))
        try:
            name = parse(stored.group)
            chain = MembershipChain.read(stored.chain, name) if stored.chain else None
            owner = Owner(KeyPair.load(stored.owner_key), decode(stored.root)) if stored.owner_key else None
            security = _security(stored, credential, chain, owner)
        except (PeerError, Malformed, UnsuitableKey, ValueError) as error:
            raise CertStoreCorrupted(f"What is kept of the group {stored.group} is not right.") from error
        groups, prepare = self._prepare(security, stored, cloud)
        self._node.open(stored.group, stored.identity, DATABASE, SYNC_ORDER, prepare)
        (group,) = groups
        self._open[self.store.name(stored)] = group
        group.wake()
        return group

    def _prepare(self, security: GroupSecurity, stored: StoredGroup, cloud: str) -> tuple[list[Group], Prepare]:
        """What makes the group when its graph is about to be opened, and the list that it is in then."""
        made: list[Group] = []

        def prepare(driver: Driver) -> None:
            made.append(Group(self._node, driver, security, stored, cloud, self._clouds, self._write, member_quota()))

        return made, prepare

    def _needed(self, identity: str | None) -> str:
        """The peer name of an identity, for None of the default one. Raises NotFound."""
        return self._identities.needed(identity, moment().utc).peer_name

    def _credential(self, identity: StoredIdentity) -> Credential:
        key = self._identities.key_pair(identity.peer_name)
        try:
            return Credential(key, decode(identity.certificate), moment().utc)
        except Malformed as error:
            raise CertStoreCorrupted(str(error)) from error

    def _cloud(self, name: str) -> str:
        """Raises NoCloud."""
        if not scope_of(name):
            raise NoCloud(f"Groups live in Global_, SiteLocal_, LinkLocal_ and Loopback_ clouds, not in {name}.")
        self._clouds().chosen(name)
        return name

    # Closing, deleting ------------------------------------------------------------------------------------------------

    @deferred
    def close(self, group: Group) -> None:
        """Give one handle back; with the last one go the connections."""
        with self._lock:
            group.handles -= 1
            if group.handles > 0:
                return
            self._open.pop(self.store.name(group.stored), None)
        group.finder.close()
        self._node.close(group.driver)

    def close_all(self) -> None:
        """The last PeerGroupShutdown."""
        for group in list(self._open.values()):
            group.handles = 1
            self.close(group)

    def opened(self, identity: str | None, group: str) -> Group | None:
        """The open group of that name."""
        return self._open.get(key_of(self._needed(identity), group))

    @deferred
    def delete(self, identity: str | None, group: str) -> None:
        """Remove membership and records; all handles are dead. Raises NotFound, AccessDenied (another process has it
        open)."""
        with self._lock:
            name = key_of(self._needed(identity), group)
            known = self._open.get(name)
            if known is not None:
                known.handles = 1
                self.close(known)
            stored = self.store.find(name)
            try:
                self._node.delete(stored.group, stored.identity, DATABASE)
            except DatabaseAccessDenied as error:
                raise OpenElsewhere("Another process has the group open.") from error
            except WrappedWin32Error:
                pass  # nothing was ever synchronized
            self.store.remove(name)

    # Configurations ---------------------------------------------------------------------------------------------------

    @deferred
    def import_config(self, document: str, password: str, *, overwrite: bool) -> tuple[str, str]:
        """(Identity, group) of a configuration that another machine has exported.

        Raises InvalidArgument, IdentityNotFound, AlreadyExists, GroupInUse.
        """
        configuration = import_configuration(document, password)
        chain = configuration.chain
        stored = StoredGroup(
            str(configuration.identity),
            str(configuration.group),
            chain.root.subject,
            configuration.cloud,
            chain.encode(),
        )
        if configuration.group_key is not None:
            stored = stored._replace(owner_key=configuration.group_key.pkcs8(), root=chain.root.encoded)
        with self._lock:
            try:
                self._identities.find(stored.identity)
            except NotFound as error:
                raise IdentityNotFound("The identity has to be imported first.") from error
            if not overwrite:
                with contextlib.suppress(NotFound):
                    self.store.find(self.store.name(stored))
                    raise AlreadyExists
            if self.store.name(stored) in self._open:
                raise GroupInUse
            self._write(stored)
        return stored.identity, stored.group


def _merged(old: StoredGroup, new: StoredGroup) -> StoredGroup:
    if new.owner_key or not old.owner_key:
        return new
    return new._replace(owner_key=old.owner_key, root=old.root)


def _group_key(creator: KeyPair) -> KeyPair:
    """A key for a new group, of the kind that its creator's profile wants."""
    profile = PROFILES[creator.profile]
    bits = creator.private.key_size if profile.algorithm is Algorithm.RSA else 0
    return KeyPair.generate(profile.algorithm, bits)


def _properties(wanted: NewGroup, group: PeerName, creator: Credential, cloud: str) -> GroupProperties:
    """Raises InvalidGroupProperties, PasswordDoesNotMeetPolicy."""
    published = creator.profile is Profile.MS_PPSEC
    lifetime = wanted.membership_lifetime or MEMBERSHIP_LIFETIMES[1]
    if not MEMBERSHIP_LIFETIMES[0] <= lifetime <= MEMBERSHIP_LIFETIMES[1]:
        raise InvalidGroupProperties("ulMemberDataLifetime: 8 hours to 10 years.")
    if not is_text(wanted.comment or "", MAX_COMMENT) or not is_text(wanted.friendly_name or "", MAX_FRIENDLY_NAME):
        raise InvalidGroupProperties("Comment and friendly name have at most 255 characters.")
    authentication = wanted.authentication or Authentication.MEMBERSHIP
    check = None
    if Authentication.PASSWORD in authentication:
        passwords.check_policy(wanted.password or "")
        check = password_check(wanted.password or "", published=published)
    elif wanted.password:
        raise InvalidGroupProperties("A password, but no joining by password.")
    properties = GroupProperties(
        version=PROFILES[creator.profile].versions[0 if published and check is None else -1],
        group=group,
        creator=creator.name,
        cloud=cloud,
        options=wanted.options,
        membership_lifetime=lifetime,
        presence_lifetime=wanted.presence_lifetime or DEFAULT_PRESENCE_LIFETIME,
        friendly_name=wanted.friendly_name or "",
        comment=wanted.comment or "",
        authentication=authentication,
        password=check,
        password_role=wanted.password_role or Role.MEMBER,
    )
    properties.check()
    return properties


def password_check(password: str, *, published: bool) -> str | passwords.Verifier:
    """What members know of a password. Takes a while."""
    if published:
        return passwords.hash_string(password)
    return passwords.Verifier.of(password, os.urandom(SALT_SIZE))
