"""What happens in a group's security and concerns its owner (``provider.GroupSecurity.take_changes``)."""

from __future__ import annotations

from typing import NamedTuple


class MemberChanged(NamedTuple):
    """A membership is new: PEER_MEMBER_JOINED, or PEER_MEMBER_UPDATED for one who was known."""

    name: str
    joined: bool


class PropertiesChanged(NamedTuple):
    """PEER_GROUP_EVENT_PROPERTY_CHANGED; the graph's properties may follow."""


class MembershipGained(NamedTuple):
    """This node was admitted by the password, or was issued a new membership: keep ``GroupSecurity.chain``, and publish
    it."""


class MembershipWanted(NamedTuple):
    """This node has published its first record: it is time to publish its membership."""


class MemberRevoked(NamedTuple):
    """End the connections of whoever ``GroupSecurity.refuses`` now."""

    authority: str


class RelayPassed(NamedTuple):
    """A member has given a pass for a relay, has another one now, or has taken it back."""


class Recheck(NamedTuple):
    """Deferred records that can be judged now (``Graph.validate_deferred``)."""

    record_ids: tuple[bytes, ...]


Change = MemberChanged | PropertiesChanged | MembershipGained | MembershipWanted | MemberRevoked | RelayPassed | Recheck
