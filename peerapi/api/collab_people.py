"""PeerCollab: people near by, endpoints and their data (p2p.h, collaboration section)."""

from __future__ import annotations

from peerapi.abi.exports import export, success
from peerapi.abi.handles import Snapshot
from peerapi.abi.marshal import EnumOut
from peerapi.api import collab_structs as structs
from peerapi.api.collab_family import COLLAB, NOT_SIGNED_IN, PROGRAM, EndpointIn, OptionalContactIn
from peerapi.collab import local
from peerapi.errors import PEER_S_SUBSCRIPTION_EXISTS


@export(needs=COLLAB)
def PeerCollabEnumPeopleNearMe() -> EnumOut:
    """A snapshot of who is near by, as they say themselves: PEER_PEOPLE_NEAR_ME. PEER_E_NOT_SIGNED_IN."""
    people = PROGRAM.ask(local.PEOPLE, None, NOT_SIGNED_IN)
    return Snapshot(structs.PERSON, people)


@export(needs=COLLAB)
def PeerCollabEnumEndpoints(contact: OptionalContactIn) -> EnumOut:
    """A snapshot of where a contact is signed in, this user for NULL: PEER_ENDPOINT. E_INVALIDARG for a contact who is
    neither watched nor known to be anywhere, PEER_E_CONTACT_NOT_FOUND, PEER_E_NOT_SIGNED_IN."""
    endpoints = PROGRAM.ask(local.ENDPOINTS, None if contact is None else contact.peer_name, NOT_SIGNED_IN)
    return Snapshot(structs.ENDPOINT, endpoints)


@export(needs=COLLAB)
def PeerCollabRefreshEndpointData(endpoint: EndpointIn) -> None:
    """Begin to fetch what an endpoint shows; REQUEST_STATUS_CHANGED tells within 30 seconds how it ended."""
    PROGRAM.call(local.REFRESH, endpoint)


@export(needs=COLLAB)
def PeerCollabDeleteEndpointData(endpoint: EndpointIn) -> None:
    """Drop what was fetched. Data of a subscription stay."""
    PROGRAM.ask(local.FORGET, endpoint, lambda: None)


@export(needs=COLLAB)
def PeerCollabSubscribeEndpointData(endpoint: EndpointIn) -> None:
    """Have an endpoint's data kept up to date, counted. PEER_S_SUBSCRIPTION_EXISTS when it was so already."""
    if PROGRAM.call(local.SUBSCRIBE, endpoint):
        return success(PEER_S_SUBSCRIPTION_EXISTS, None)


@export(needs=COLLAB)
def PeerCollabUnsubscribeEndpointData(endpoint: EndpointIn) -> None:
    """Once less. E_INVALIDARG without a subscription of this process."""
    PROGRAM.call(local.UNSUBSCRIBE, endpoint)
