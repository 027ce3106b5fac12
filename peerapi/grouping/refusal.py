"""Why a connection or a record was refused: what a person can count."""

from __future__ import annotations

import enum

from peerapi.errors import InvalidRecordExpiration, NotAuthorized, PeerError


class Refusal(enum.Enum):
    # Connections
    TLS = "does not speak TLS as it should"
    PROTOCOL = "breaks the rules of Group Connect"
    IDENTITY = "its certificate is not that of the peer it says it is"
    STRANGER = "is no member, and joins by no password"
    MEMBERSHIP = "its membership is not what it should be"
    NOT_NOW = "its membership has expired, or is not valid yet"
    REVOKED = "was revoked"
    PASSWORD = "does not know the password"
    HELD_UP = "too many wrong passwords lately"
    NO_PASSWORDS = "there is no joining by password here"
    # Records
    UNSIGNED = "no signature of the right form"
    SIGNATURE = "signed by somebody else, or changed afterwards"
    PERIOD = "outside of the membership of who has signed it"
    NOT_OWNER = "changes what somebody else has published"
    CROWDED = "one more membership of somebody, from an issuer who has made too many for it"
    TYPE = "would take the place of a record of another type or creator"
    AHEAD = "dated into the future"
    RESERVED = "of a type that is reserved for another member in its graph"
    CONTENT = "what the group itself needs to know makes no sense"


PUBLISHING: dict[Refusal, type[PeerError]] = {
    Refusal.NOT_OWNER: NotAuthorized,
    Refusal.REVOKED: NotAuthorized,
    Refusal.PERIOD: InvalidRecordExpiration,
}
"What this node's own program is told when it is about to publish such a record; InvalidRecord for the others."


class Refused(Exception):
    """A connection is not to be."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason.name}: {detail or reason.value}")
        self.reason = reason


def require(truth: bool, reason: Refusal, detail: str) -> None:
    """Raises Refused."""
    if not truth:
        raise Refused(reason, detail)
