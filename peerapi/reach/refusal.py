"""Why a node ends a call or a relay refuses somebody: what a person can count, and what is said of it."""

from __future__ import annotations

import enum


class Refusal(enum.Enum):
    """Reasons, of nodes and of relays."""

    # A node
    LEG = "the relay does not answer as a relay does"
    PIN = "the relay has another key than its word says"
    TLS = "the other side does not speak TLS as it should, or somebody has changed its bytes"
    CALLEE = "whoever answers has not the key of the seat that was called"
    TICKET = "whoever is at the direct connection does not know the ticket of the call"
    NOWHERE = "an address that nobody is dialed at because another node or a relay has named it"
    # A relay
    MALFORMED = "breaks the rules of the relay's protocol"
    PASS = "its pass is not one of this relay"
    EXPIRED = "its pass has expired"
    NO_PASS = "has no pass, and this relay wants one"
    SIGNATURE = "does not have the key of the seat"
    ELSEWHERE = "wants a seat of another relay"
    SEATS = "its pass is for fewer seats"
    ABSENT = "nobody has that seat"
    RATE = "calls too often"
    SESSIONS = "too many connections at once"
    RINGS = "too many calls wait for the seat"
    UNANSWERED = "the seat does not answer"
    DENIED = "the seat does not want the call"
    VOLUME = "the month's volume is used up"
    STRANGERS = "too many connections that have not said what they want"
    LATE = "has not said in time what it wants"
    SLOW = "takes nothing although something waits for it"
    NOTICES = "too many notices, or too large ones"


CODES = {
    Refusal.MALFORMED: 1,
    Refusal.PASS: 2,
    Refusal.EXPIRED: 3,
    Refusal.NO_PASS: 4,
    Refusal.SIGNATURE: 5,
    Refusal.ELSEWHERE: 6,
    Refusal.SEATS: 7,
    Refusal.ABSENT: 8,
    Refusal.RATE: 9,
    Refusal.SESSIONS: 10,
    Refusal.RINGS: 11,
    Refusal.UNANSWERED: 12,
    Refusal.DENIED: 13,
    Refusal.VOLUME: 14,
    Refusal.STRANGERS: 15,
    Refusal.LATE: 16,
    Refusal.SLOW: 17,
    Refusal.NOTICES: 18,
}
"The numbers of the frame NO, for what a relay says."
REASONS = {code: reason for reason, code in CODES.items()}


class Refused(Exception):
    """What was wanted is not to be; the text is one sentence for people."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(detail or reason.value)
        self.reason = reason
