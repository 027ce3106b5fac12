"""PeerCollab: contacts and Me (p2p.h, collaboration section)."""

from __future__ import annotations

from peerapi.abi.exports import export
from peerapi.abi.handles import Snapshot
from peerapi.abi.marshal import EnumOut, OptionalStringIn, StringIn, StringOut
from peerapi.api import collab_structs as structs
from peerapi.api.collab_family import (
    BOOK,
    COLLAB,
    NOTHING_KNOWN,
    PROGRAM,
    ContactIn,
    ContactOut,
    OptionalContactOut,
    OptionalEndpointIn,
)
from peerapi.collab import local
from peerapi.collab.contacts import parse_contact
from peerapi.engine.runtime import moment


@export(needs=COLLAB)
def PeerCollabQueryContactData(endpoint: OptionalEndpointIn) -> StringOut:
    """The contact XML of an endpoint, one's own for NULL. PEER_E_NOT_FOUND."""
    if endpoint is None:
        return BOOK.export(None, moment().utc)
    return PROGRAM.ask(local.CONTACT_DATA, endpoint, NOTHING_KNOWN).decode("utf-8")


@export(needs=COLLAB)
def PeerCollabGetContact(name: OptionalStringIn) -> ContactOut:
    """A contact, Me for NULL. PEER_E_CONTACT_NOT_FOUND."""
    return BOOK.get(name, moment().utc)


@export(needs=COLLAB)
def PeerCollabEnumContacts() -> EnumOut:
    """A snapshot of all contacts, oldest first, without Me: PEER_CONTACT."""
    return Snapshot(structs.CONTACT, BOOK.all())


@export(needs=COLLAB)
def PeerCollabParseContact(document: StringIn) -> ContactOut:
    """What contact XML says, stored nowhere. E_INVALIDARG."""
    return parse_contact(document, moment().utc)


@export(needs=COLLAB)
def PeerCollabExportContact(name: OptionalStringIn) -> StringOut:
    """The XML of a contact, of Me for NULL. PEER_E_CONTACT_NOT_FOUND."""
    return BOOK.export(name, moment().utc)


@export(needs=COLLAB)
def PeerCollabAddContact(document: StringIn) -> OptionalContactOut:
    """A new contact, neither watched nor allowed to watch. E_INVALIDARG, PEER_E_ALREADY_EXISTS."""
    parse_contact(document, moment().utc)
    return PROGRAM.change(local.ADD_CONTACT, document.encode("utf-8"), lambda: BOOK.add(document, moment().utc))


@export(needs=COLLAB)
def PeerCollabUpdateContact(contact: ContactIn) -> None:
    """Change names, watching and permission; of Me names only. E_INVALIDARG, PEER_E_CONTACT_NOT_FOUND."""
    checked = BOOK.checked(contact)

    def directly() -> None:
        BOOK.update(checked, moment().utc)

    PROGRAM.change(local.UPDATE_CONTACT, checked, directly)


@export(needs=COLLAB)
def PeerCollabDeleteContact(name: StringIn) -> None:
    """Forget a contact. E_INVALIDARG for Me, PEER_E_CONTACT_NOT_FOUND."""
    spelled = BOOK.get(name, moment().utc).peer_name

    def directly() -> None:
        BOOK.delete(spelled)

    PROGRAM.change(local.DELETE_CONTACT, spelled, directly)
