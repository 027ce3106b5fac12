"""The records by which a group tells of itself, before they are signed: memberships, properties, revocations
(MS-PPSEC 2.2.5.3)."""

from __future__ import annotations

from peerapi.errors import InvalidArgument, NotAuthorized, NotFound
from peerapi.graphing.codec.records import MEMBERSHIP, SECURITY_PROPERTIES
from peerapi.graphing.draft import Draft
from peerapi.grouping.members import Members
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.own_membership import Owner
from peerapi.grouping.profile import Version
from peerapi.grouping.properties import GroupProperties, encode_membership
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.grouping.revocations import Revocation
from peerapi.identity.names import PeerName, parse
from peerapi.moment import SECOND


def membership(
    version: Version,
    chain: MembershipChain,
    publisher: MembershipChain,
    lifetime: int,
    now: int,
    record_id: bytes | None,
) -> Draft:
    """A Membership record that shows ``chain``, published by a member with the membership ``publisher``.

    ``lifetime``: seconds, 0 without a limit; ``now``: peer time. With ``record_id`` it renews that record.
    """
    end = min(chain.not_after, publisher.not_after)
    return Draft(
        type=MEMBERSHIP,
        id=record_id or bytes(16),
        expiration=min(now + lifetime * SECOND, end) if lifetime else end,
        data=encode_membership(version, chain.encode()),
    )


def properties(wanted: GroupProperties, group: PeerName, owner: Owner, record_id: bytes | None) -> Draft:
    """The Security Properties record; with ``record_id`` the next version of it."""
    return Draft(
        type=SECURITY_PROPERTIES,
        id=record_id or bytes(16),
        creator_id=str(group) if record_id is None else None,
        modified_by=None if record_id is None else str(group),
        expiration=owner.root.not_after,
        data=wanted.encode(),
    )


def revocation(
    members: Members, name: str, by: Owner | MembershipChain | None, group: PeerName, now: int, since: int, reason: str
) -> Draft:
    """The record that takes the membership of ``name`` away, from ``since`` (peer time) on.

    ``by``: the group's key, or the membership of an administrator. Raises NotAuthorized (no administrator, or not above
    that member), InvalidArgument, NotFound (not a member).
    """
    revoked = members.of(name)
    if not revoked:
        raise NotFound("There is no such member.")
    if by is None or (isinstance(by, MembershipChain) and not by.administrator):
        raise NotAuthorized("Only administrators revoke members.")
    authority = parse(name).authority
    made = Revocation(bytes(16), (1, now), authority, since, now, by if isinstance(by, MembershipChain) else None)
    if not all(members.would_count(made, one) for one in revoked):
        raise NotAuthorized("That member is not below this one.")
    try:
        payload = RevocationPayload(authority, since, reason).encode()
    except ValueError as error:
        raise InvalidArgument(str(error)) from error
    return Draft(
        type=REVOCATION,
        creator_id=str(group) if isinstance(by, Owner) else None,
        expiration=by.root.not_after if isinstance(by, Owner) else by.not_after,
        data=payload,
    )
