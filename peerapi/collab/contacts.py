"""The people that a user knows, and the user: Me.

Each is a key, and so a secure peer name without a classifier; the contact's certificate is kept with it and proved
whenever it comes from somewhere. Me has a key of its own, made when it is first needed, that is none of the user's
identities: who meets a person near by learns nothing about the groups that this person is in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from peerapi.collab import contact_xml
from peerapi.collab.values import Contact, Permission, check_text
from peerapi.errors import (
    AlreadyExists,
    CertStoreCorrupted,
    ContactNotFound,
    InvalidArgument,
    InvalidPeerName,
    NotFound,
)
from peerapi.identity import pkcs7
from peerapi.identity.der import Malformed
from peerapi.identity.names import MAX_FRIENDLY_NAME, is_text, parse, peer_name
from peerapi.store.collab import ContactStore, MeStore, StoredContact, StoredMe

if TYPE_CHECKING:
    from peerapi.identity.certificates import Certificate
    from peerapi.identity.keys import KeyPair


class Updated(NamedTuple):
    """What a contact was and has become."""

    before: Contact
    after: Contact


class ContactBook:
    """Contacts and Me over their stores; keeps nothing in memory. ``now`` is a FILETIME.

    All raise NoKeyAccess and CertStoreCorrupted as the stores do.
    """

    def __init__(self, me: MeStore, contacts: ContactStore, login: Callable[[], str]) -> None:
        """``login``: what the user of this machine is called, Me's first nickname."""
        self._me = me
        self._contacts = contacts
        self._login = login

    # ---- reading ----

    def me(self, now: int) -> Contact:
        """This user; made now if it is not there yet."""
        return _shown_me(self._stored_me(now))

    def key(self, now: int) -> tuple[KeyPair, Certificate]:
        """The key and the proved certificate of Me."""
        from peerapi.identity.certificates import InvalidCertificate, identity_certificate
        from peerapi.identity.keys import KeyPair, UnsuitableKey

        stored = self._stored_me(now)
        try:
            key = KeyPair.load(stored.key)
            certificate = identity_certificate(stored.certificate, now)
        except (UnsuitableKey, InvalidCertificate, Malformed) as error:
            raise CertStoreCorrupted(str(error)) from error
        if certificate.public_key != key.public:
            raise CertStoreCorrupted("Me is kept with the key of somebody else.")
        return key, certificate

    def find(self, name: str) -> Contact | None:
        """The contact of that name, in its one spelling; None when there is none."""
        try:
            return _shown(self._contacts.find(name))
        except NotFound:
            return None

    def get(self, name: str | None, now: int) -> Contact:
        """A contact, or Me for None and for Me's name. Raises ContactNotFound."""
        if name is None:
            return self.me(now)
        spelled = _spelled(name)
        found = self.find(spelled)
        if found is not None:
            return found
        me = self._me.first()
        if me is not None and me.peer_name == spelled:
            return _shown_me(me)
        raise ContactNotFound

    def all(self) -> list[Contact]:
        """Oldest first, without Me."""
        return [_shown(one) for one in self._contacts.all()]

    def export(self, name: str | None, now: int) -> str:
        """The XML of a contact, of Me for None. Raises ContactNotFound."""
        return contact_xml.write(self.get(name, now))

    # ---- changing ----

    def add(self, document: str, now: int) -> Contact:
        """A new contact, neither watched nor allowed to watch. Raises InvalidArgument, AlreadyExists."""
        contact = parse_contact(document, now)
        if contact.peer_name == self._stored_me(now).peer_name:
            raise InvalidArgument("This is Me, who cannot be a contact too.")
        try:
            self._contacts.add(_kept(contact))
        except AlreadyExists as error:
            raise AlreadyExists("This person is a contact already.") from error
        return contact

    def checked(self, contact: Contact) -> Contact:
        """What a program may change of a contact, with the name in its one spelling. Raises InvalidArgument,
        ContactNotFound."""
        for text, what in (
            (contact.nickname, "pwzNickName"),
            (contact.display_name, "pwzDisplayName"),
            (contact.email, "pwzEmailAddress"),
        ):
            check_text(text, what)
        if contact.permission not in list(Permission):
            raise InvalidArgument("WatcherPermissions is neither PEER_WATCH_BLOCKED nor PEER_WATCH_ALLOWED.")
        return contact._replace(peer_name=_spelled(contact.peer_name), credentials=b"")

    def update(self, contact: Contact, now: int) -> Updated:
        """Change names, e-mail, watching and permission; of Me only the first two. Raises InvalidArgument,
        ContactNotFound."""
        contact = self.checked(contact)
        name = contact.peer_name
        changed: list[Updated] = []
        me = self._stored_me(now)
        if name == me.peer_name:

            def rename(stored: StoredMe) -> StoredMe:
                after = stored._replace(
                    nickname=contact.nickname, display_name=contact.display_name, email=contact.email
                )
                changed.append(Updated(_shown_me(stored), _shown_me(after)))
                return after

            self._me.change(name, rename)
            return changed[0]

        def change(stored: StoredContact) -> StoredContact:
            before = _shown(stored)
            after = contact._replace(peer_name=name, credentials=before.credentials)
            changed.append(Updated(before, after))
            return _kept(after)

        try:
            self._contacts.change(name, change)
        except NotFound as error:
            raise ContactNotFound from error
        return changed[0]

    def delete(self, name: str) -> Contact:
        """What was deleted. Raises ContactNotFound; InvalidArgument for Me."""
        spelled = _spelled(name)
        me = self._me.first()
        if me is not None and me.peer_name == spelled:
            raise InvalidArgument("Me cannot be deleted.")
        found = self.find(spelled)
        try:
            self._contacts.remove(spelled)
        except NotFound as error:
            raise ContactNotFound from error
        if found is None:
            raise ContactNotFound
        return found

    # ---- Me ----

    def _stored_me(self, now: int) -> StoredMe:
        found = self._me.first()
        return found if found is not None else self._me.first_or_add(lambda: self._new_me(now))

    def _new_me(self, now: int) -> StoredMe:
        from peerapi.identity.certificates import issue_identity
        from peerapi.identity.keys import KeyPair

        key = KeyPair.generate()
        name = peer_name(key.public.authority, "")
        login = self._login()
        nickname = login if is_text(login, MAX_FRIENDLY_NAME) and login.isprintable() else ""
        certificate = issue_identity(key, name, str(name), now)
        return StoredMe(str(name), nickname, nickname, "", key.pkcs8(), certificate.encoded)


def parse_contact(document: str, now: int) -> Contact:
    """The contact of a document, which is stored nowhere. Raises InvalidArgument."""
    try:
        return contact_xml.read(document, now)
    except Malformed as error:
        raise InvalidArgument(f"The text is no contact: {error}.") from error


def _spelled(name: str) -> str:
    """The one spelling of a contact's name. Raises ContactNotFound."""
    try:
        found = parse(name)
    except InvalidPeerName as error:
        raise ContactNotFound(str(error)) from error
    if not found.secure:
        raise ContactNotFound("An unsecured name is nobody's.")
    return str(found)


def _shown(stored: StoredContact) -> Contact:
    return Contact(
        stored.peer_name,
        stored.nickname,
        stored.display_name,
        stored.email,
        stored.watch == "1",
        Permission.ALLOWED if stored.permission == "1" else Permission.BLOCKED,
        stored.credentials,
    )


def _kept(contact: Contact) -> StoredContact:
    return StoredContact(
        contact.peer_name,
        contact.nickname,
        contact.display_name,
        contact.email,
        "1" if contact.watch else "0",
        "1" if contact.permission == Permission.ALLOWED else "0",
        contact.credentials,
    )


def _shown_me(stored: StoredMe) -> Contact:
    return Contact(
        stored.peer_name,
        stored.nickname,
        stored.display_name,
        stored.email,
        False,
        Permission.ALLOWED,
        pkcs7.encode([stored.certificate]),
    )
