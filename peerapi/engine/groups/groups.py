"""The groups of this user: creating, joining, opening, and what of them is kept on disk."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node, Prepare, database_path
from peerapi.engine.groups.group import Group
from peerapi.engine.groups.kept import credential_of, member_quota, merged, security_of
from peerapi.engine.groups.new_group import NewGroup, group_key, properties_of
from peerapi.engine.runtime import moment
from peerapi.engine.sharing.holder import Holder
from peerapi.errors import (
    AccessDenied,
    AlreadyExists,
    CertStoreCorrupted,
    DatabaseAccessDenied,
    GraphShuttingDown,
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
    ServiceNotAvailable,
    WrappedWin32Error,
)
from peerapi.graphing.codec.records import MEMBERSHIP, SECURITY_PROPERTIES
from peerapi.grouping import password as passwords
from peerapi.grouping.configuration import import_configuration
from peerapi.grouping.invitation import Invitation, accept_invitation
from peerapi.grouping.membership import MembershipChain, found_group, issue_root
from peerapi.grouping.own_membership import Owner
from peerapi.grouping.properties import (
    GLOBAL_CLOUD,
    scope_of,
)
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.revocation import REVOCATION
from peerapi.identity.certificates import decode
from peerapi.identity.der import Malformed
from peerapi.identity.keys import KeyPair, Profile, UnsuitableKey
from peerapi.identity.manager import IdentityManager
from peerapi.identity.names import MAX_CLASSIFIER, is_text, parse, peer_name
from peerapi.signals import deferred
from peerapi.store.groups import GroupStore, StoredGroup, key_of
from peerapi.store.identities import StoredIdentity
from peerapi.store.ownership import is_owned, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from peerapi.engine.clouds.clouds import Clouds
    from peerapi.engine.sharing.shared_group import OpenGroup, SharedGroup

DATABASE = "group"
"Name of the database of every group."
ERROR_DELETE_PENDING = 303
PATIENCE = 3.0
"Seconds that one waits for another program to listen which has just opened a group, or to close it."
PAUSE = 0.01

SYNC_ORDER = (SECURITY_PROPERTIES, MEMBERSHIP, REVOCATION)
"What a newcomer asks for first: everything else is judged by it."


class OpenElsewhere(AccessDenied):
    """A group cannot be deleted. Programs see E_ACCESSDENIED, where other refusals are PEER_E_NOT_AUTHORIZED."""


class Groups:
    """All groups of this process."""

    def __init__(self, node: Node, identities: IdentityManager, clouds: Callable[[], Clouds]) -> None:
        self.store = GroupStore()
        self._node = node
        self._identities = identities
        self._clouds = clouds
        self._lock = threading.RLock()
        self._open: dict[str, OpenGroup] = {}

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
        credential = credential_of(self._identities, identity)
        if wanted.published != (credential.profile is Profile.MS_PPSEC):
            raise InvalidGroupProperties("A group of the ms-ppsec profile is asked for with an RSA key, and only so.")
        if not is_text(wanted.classifier or "", MAX_CLASSIFIER):
            raise InvalidClassifier(f"The classifier is longer than {MAX_CLASSIFIER} characters.")
        cloud = self._cloud(wanted.cloud or GLOBAL_CLOUD)
        key = group_key(credential.key)
        group = peer_name(key.public.authority, wanted.classifier or "")
        properties = properties_of(wanted, group, credential, cloud)
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
        security = security_of(stored, credential, chain, owner)
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
                self._share(made)
        except BaseException:
            self._node.close(driver)
            with contextlib.suppress(PeerError):
                self._node.delete(stored.group, stored.identity, DATABASE)
            raise
        return made

    # Opening ----------------------------------------------------------------------------------------------------------

    @deferred
    def open(self, identity: str | None, group: str, cloud: str | None) -> OpenGroup:
        """A group that was created or joined; once more, when this process has it open, and through the other program
        when one of this person has.

        Raises NotFound, NoCloud, CertStoreCorrupted, DatabaseAccessDenied (open in a program that shares nothing).
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
            return self._opened(stored, self._cloud(cloud or stored.cloud))

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
            self._require_closed(found.peer_name, str(invitation.group))
            return self._start(self._written(found, invitation, chain.encode()), chosen)

    @deferred
    def join_by_password(
        self, identity: str | None, document: str, password: str, cloud: str | None
    ) -> tuple[OpenGroup, bool]:
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
                known = self._opened(stored, chosen)
            known.try_password(password)
            return known, known.chain is not None

    def _require_closed(self, identity: str, group: str) -> None:
        """Raises GroupInUse: it is open, here or in another program."""
        if key_of(identity, group) in self._open or is_owned(database_path(group, identity, DATABASE)):
            raise GroupInUse("The group is open.")

    def _opened(self, stored: StoredGroup, cloud: str) -> OpenGroup:
        """Open a group that is written down, here or through who has it open; the lock is held."""
        path = database_path(stored.group, stored.identity, DATABASE)
        end = time.monotonic() + PATIENCE
        while True:
            if not is_owned(path):
                try:
                    return self._start(stored, cloud)
                except DatabaseAccessDenied:
                    if not is_owned(path) and time.monotonic() > end:
                        raise
            shared = self._shared(stored, path)
            if shared is not None:
                return shared
            if time.monotonic() > end:
                raise DatabaseAccessDenied(f"{refusal(path)} It shares nothing.")
            time.sleep(PAUSE)  # it is about to listen, or to close

    def _shared(self, stored: StoredGroup, path: Path) -> SharedGroup | None:
        """The group through the program that has it open; None when none answers."""
        from peerapi.engine.sharing.access import Access
        from peerapi.engine.sharing.shared_group import SharedGroup
        from peerapi.sharing import operations, values

        greeting = values.Greeting(operations.VERSION, stored.identity, stored.group, None)
        access = Access(path, greeting, lambda: self._take_over(shared))
        shared = SharedGroup(access, stored, lambda: self._secured(self.store.find(self.store.name(stored))))
        try:
            if not access.begin():
                return None
        except ServiceNotAvailable as error:
            raise DatabaseAccessDenied(f"{refusal(path)} {error}") from error
        self._open[self.store.name(stored)] = shared
        return shared

    def _take_over(self, shared: SharedGroup) -> Group:
        """Open a group whose holder is gone. Raises DatabaseAccessDenied: another program was faster."""
        from peerapi.engine.sharing.missed import keep_removals

        with self._lock:
            name = self.store.name(shared.stored)
            if self._open.get(name) is not shared:
                raise GraphShuttingDown
            stored = self.store.find(name)
            group = self._start(stored, shared.cloud)
            keep_removals(group)
            group.handles = shared.handles
            group.faces.append(shared)
            shared.taken = group
            return group

    def _share(self, group: Group) -> None:
        """Let other programs of this person use a group through this process."""
        stored = group.stored
        holder = Holder(group, database_path(stored.group, stored.identity, DATABASE), self._left)
        group.sharing = holder
        holder.begin()

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
                self.store.change(self.store.name(stored), lambda old: merged(old, stored))

    def _start(self, stored: StoredGroup, cloud: str) -> Group:
        """Open a group that is written down; the lock is held."""
        security = self._secured(stored)
        groups, prepare = self._prepare(security, stored, cloud)
        self._node.open(stored.group, stored.identity, DATABASE, SYNC_ORDER, prepare)
        (group,) = groups
        self._open[self.store.name(stored)] = group
        self._share(group)
        group.wake()
        return group

    def _secured(self, stored: StoredGroup) -> GroupSecurity:
        """The security of a group that is written down. Raises CertStoreCorrupted, NoKeyAccess."""
        credential = credential_of(self._identities, self._identities.find(stored.identity))
        try:
            chain = MembershipChain.read(stored.chain, parse(stored.group)) if stored.chain else None
            owner = Owner(KeyPair.load(stored.owner_key), decode(stored.root)) if stored.owner_key else None
            return security_of(stored, credential, chain, owner)
        except (PeerError, Malformed, UnsuitableKey, ValueError) as error:
            raise CertStoreCorrupted(f"What is kept of the group {stored.group} is not right.") from error

    def _prepare(self, security: GroupSecurity, stored: StoredGroup, cloud: str) -> tuple[list[Group], Prepare]:
        """What makes the group when its graph is about to be opened, and the list that it is in then."""
        made: list[Group] = []

        def prepare(driver: Driver) -> None:
            made.append(Group(self._node, driver, security, stored, cloud, self._clouds, self._write, member_quota()))

        return made, prepare

    def _needed(self, identity: str | None) -> str:
        """The peer name of an identity, for None of the default one. Raises NotFound."""
        return self._identities.needed(identity, moment().utc).peer_name

    def _cloud(self, name: str) -> str:
        """Raises NoCloud."""
        if not scope_of(name):
            raise NoCloud(f"Groups live in Global_, SiteLocal_, LinkLocal_ and Loopback_ clouds, not in {name}.")
        self._clouds().chosen(name)
        return name

    # Closing, deleting ------------------------------------------------------------------------------------------------

    @deferred
    def close(self, group: OpenGroup) -> None:
        """Give one handle back; with the last one, of all programs, go the connections."""
        with self._lock:
            group.handles -= 1
            taken = group.taken
            if taken is not None and taken is not group:
                taken.handles -= 1
        if group.handles <= 0:
            group.leave()
        self._end_unused(group if taken is None else taken)

    def _left(self, group: Group) -> None:
        """Another program has gone."""
        if group.handles <= 0:
            self._end_unused(group)

    @deferred
    def _end_unused(self, group: OpenGroup) -> None:
        name = self.store.name(group.stored)
        with self._lock:
            if self._open.get(name) is not group or group.handles > 0 or group.programs:
                return
            del self._open[name]
        if group.taken is not None:
            self._end(group.taken)

    def _end(self, group: Group) -> None:
        """Close it for good; who still shares it opens it itself."""
        for face in group.faces:
            face.leave()
        if group.sharing is not None:
            group.sharing.end()
        group.finder.close()
        self._node.close(group.driver)

    def close_all(self) -> None:
        """The last PeerGroupShutdown."""
        with self._lock:
            ended, self._open = self._open, {}
        for group in ended.values():
            group.handles = 0
            group.leave()
            if group.taken is not None:
                self._end(group.taken)

    def opened(self, identity: str | None, group: str) -> list[object]:
        """What has handles of the open group of that name, which is about to be deleted. Raises OpenElsewhere."""
        known = self._open.get(key_of(self._needed(identity), group))
        if known is None:
            return []
        if known.taken is None or known.programs:
            raise OpenElsewhere("Another program has the group open.")
        return [known, *known.taken.faces]

    @deferred
    def delete(self, identity: str | None, group: str) -> None:
        """Remove membership and records; all handles are dead. Raises NotFound, AccessDenied (another process has it
        open)."""
        with self._lock:
            name = key_of(self._needed(identity), group)
            known = self._open.get(name)
            if known is not None and known.taken is not None:
                del self._open[name]
                self._end(known.taken)
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
                    raise AlreadyExists(f"{stored.identity} has a membership in the group {stored.group} here already.")
            self._require_closed(stored.identity, stored.group)
            self._write(stored)
        return stored.identity, stored.group
