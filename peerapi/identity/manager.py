"""The identities of this user: what the PeerIdentity functions do, on values.

Every private key that comes out of the store is checked against the name it is kept under. ``now`` is a FILETIME and
comes from the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from peerapi.errors import AlreadyExists, CertStoreCorrupted, GroupsExist, InvalidArgument, InvalidPeerName, NotFound
from peerapi.identity.names import MAX_CLASSIFIER, MAX_FRIENDLY_NAME, PeerName, is_text, parse, peer_name
from peerapi.store.identities import IdentityStore, StoredIdentity

if TYPE_CHECKING:
    from peerapi.identity.keys import KeyPair

GroupsOf = Callable[[str], Sequence[tuple[str, str]]]
"From the peer name of an identity to its groups: (peer name, friendly name)."


def no_groups(_: str) -> Sequence[tuple[str, str]]:
    """Until groups are stored there are none."""
    return ()


class IdentityManager:
    """Identities with their keys, over a store."""

    def __init__(self, store: IdentityStore | None = None, groups: GroupsOf = no_groups) -> None:
        """``groups`` may be replaced later.

        It is called under the store's lock when an identity is to be deleted, so whoever stores a group does that
        inside ``store.locked()`` and finds the identity still there.
        """
        self.store = store or IdentityStore()
        self.groups = groups

    # ---- reading ----

    def find(self, text: str | None) -> StoredIdentity:
        """The identity with that peer name, the default one for None. Raises NotFound, also for what is no peer
        name."""
        return self.default() if text is None else self.store.find(_spelled(text))

    def default(self) -> StoredIdentity:
        """The oldest identity that is left. Raises NotFound when there is none."""
        found = self.store.first()
        if found is None:
            raise NotFound("This user has no identity.")
        return found

    def needed(self, text: str | None, now: int) -> StoredIdentity:
        """The identity that a caller needs: the one with that name, the default one for None, which is made now when
        there is none. Processes that need it at the same time get the same one. Raises NotFound for a name."""
        if text is not None:
            return self.find(text)
        found = self.store.first()
        return found if found is not None else self.store.first_or_add(lambda: _new(None, None, None, now))

    def key_pair(self, text: str | None) -> KeyPair:
        """The key of an identity. Raises NotFound, CertStoreCorrupted."""
        return _key_of(self.find(text))

    def all(self) -> list[StoredIdentity]:
        return self.store.all()

    def groups_of(self, text: str) -> Sequence[tuple[str, str]]:
        """The groups of an identity. Raises NotFound."""
        return self.groups(self.find(text).peer_name)

    def info(self, text: str | None, now: int) -> str:
        """PEERIDENTITYINFO of an identity; without a name of the default one, which is made when there is none."""
        from peerapi.identity.xml import identity_info

        return identity_info(self.needed(text, now).certificate)

    # ---- changing ----

    def create(self, classifier: str | None, friendly_name: str | None, key: KeyPair | None, now: int) -> str:
        """A new identity, of a new key when ``key`` is None; its peer name.

        Raises InvalidArgument, AlreadyExists (same key and classifier), TooManyIdentities.
        """
        if not is_text(classifier or "", MAX_CLASSIFIER):
            raise InvalidArgument(f"The classifier is longer than {MAX_CLASSIFIER} characters.")
        _check_friendly_name(friendly_name)
        made = _new(classifier, friendly_name, key, now)
        self.store.add(made)
        return made.peer_name

    def delete(self, text: str) -> None:
        """Raises NotFound, GroupsExist."""
        name = _spelled(text)

        def check() -> None:
            if self.groups(name):
                raise GroupsExist

        self.store.remove(name, check)

    def rename(self, text: str | None, friendly_name: str | None, now: int) -> None:
        """Another friendly name, none: the peer name. The certificate names it, hence is made anew."""
        _check_friendly_name(friendly_name)

        def change(found: StoredIdentity) -> StoredIdentity:
            return _identity(parse(found.peer_name), friendly_name, _key_of(found), now)

        self.store.change(self.needed(text, now).peer_name, change)

    # ---- to and from other places ----

    def export(self, text: str | None, password: str, now: int) -> str:
        """The identity as PEERIDENTITYEXPORT. Raises NotFound, InvalidArgument."""
        from peerapi.identity.export import export_identity

        found = self.needed(text, now)
        return export_identity(parse(found.peer_name), _key_of(found), found.certificate, password)

    def take_over(self, document: str, password: str, now: int) -> str:
        """Stores an exported identity; its peer name. Raises InvalidArgument, AlreadyExists, TooManyIdentities."""
        from peerapi.identity.export import import_identity

        found = import_identity(document, password, now)
        name = str(found.name)
        try:
            self.store.add(StoredIdentity(name, found.friendly_name, found.key.pkcs8(), found.certificate.encoded))
        except AlreadyExists as error:
            raise AlreadyExists(f"This user has the identity {name} already.") from error
        return name


def _spelled(text: str) -> str:
    """The one spelling of the name of an identity. Raises NotFound."""
    try:
        name = parse(text)
    except InvalidPeerName as error:
        raise NotFound(str(error)) from error
    if not name.secure:
        raise NotFound("An unsecured name is no identity.")
    return str(name)


def _check_friendly_name(text: str | None) -> None:
    if text is not None and not is_text(text, MAX_FRIENDLY_NAME):
        raise InvalidArgument(f"A friendly name is a text of up to {MAX_FRIENDLY_NAME} characters.")


def _new(classifier: str | None, friendly_name: str | None, key: KeyPair | None, now: int) -> StoredIdentity:
    from peerapi.identity.keys import KeyPair

    key = key or KeyPair.generate()
    return _identity(peer_name(key.public.authority, classifier or ""), friendly_name, key, now)


def _identity(name: PeerName, friendly_name: str | None, key: KeyPair, now: int) -> StoredIdentity:
    from peerapi.identity.certificates import issue_identity

    shown = friendly_name or str(name)
    return StoredIdentity(str(name), shown, key.pkcs8(), issue_identity(key, name, shown, now).encoded)


def _key_of(identity: StoredIdentity) -> KeyPair:
    from peerapi.identity.keys import KeyPair, UnsuitableKey

    try:
        key = KeyPair.load(identity.key)
    except UnsuitableKey as error:
        raise CertStoreCorrupted(str(error)) from error
    if key.public.authority != parse(identity.peer_name).authority:
        raise CertStoreCorrupted("An identity is kept with the key of another one.")
    return key
