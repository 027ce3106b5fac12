"""Why something that came over the network was not believed, and how often: every refusal is counted."""

from __future__ import annotations

import enum
from collections import Counter


class Refusal(enum.Enum):
    """The checks that untrusted input can fail."""

    MALFORMED = "malformed"
    "A datagram that is no PNRP message."
    BAD_PORT = "bad port"
    "A source port of 1024 or less (3.1.5.2)."
    UNASKED = "unasked"
    "An answer that matches nothing we sent, or comes from elsewhere than we sent it to."
    SYNTAX = "syntax"
    "A CPA, payload or chain that breaks its layout."
    EXPIRED = "expired"
    NONCE = "nonce"
    "A CPA or payload made for another question: a replay."
    PNRP_ID = "pnrp id"
    "A CPA or payload for another PNRP ID."
    AUTHORITY = "authority"
    "A key that is not the one the name speaks of."
    SIGNATURE = "signature"
    CHAIN = "chain"
    "A delegation that does not hold."
    ADDRESS = "address"
    "An address that no node of this cloud can have, or that the CPA does not name."
    NO_CPA = "no cpa"
    "A CPA was asked for and did not come."
    KEY = "key"
    "A revocation by somebody else than the publisher."
    BUSY = "busy"
    "More work than this node accepts at a time."
    AMPLIFICATION = "amplification"
    "An answer held back until its receiver has proved its address."
    CREDENTIAL = "credential"
    "A credential or signature that the security provider of a table does not accept."
    VEIL = "veil"
    "Encrypted fields that do not open."
    PROOF = "proof"
    "A proof of a key that the security provider of a table does not accept."
    CONVERSATION = "conversation"
    "A REQUEST without its SOLICIT, or with the wrong nonce."


class Refused(Exception):
    """Something was not believed."""

    def __init__(self, why: Refusal, detail: str = "") -> None:
        super().__init__(f"{why.value}: {detail}" if detail else why.value)
        self.why = why


class Counters:
    """What one cloud has sent, received and refused."""

    def __init__(self) -> None:
        self.refused: Counter[Refusal] = Counter()
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.bytes_sent = 0
        self.bytes_received = 0

    def refuse(self, why: Refusal) -> None:
        self.refused[why] += 1
