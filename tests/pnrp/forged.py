"""Forged questions and entries."""

from __future__ import annotations

import hashlib

from peerapi.pnrp.messages import Flood, Inquire, Lookup, Request, Solicit, encode
from tests.pnrp.bench import VICTIM, Bench

NONCE = b"n" * 16


# Amplification --------------------------------------------------------------------------------------------------------


def questions(bench: Bench) -> list[bytes]:
    solicit = Solicit(5, hashlib.sha1(NONCE).digest())
    return [
        encode(Inquire(1, bench.id, cpa=True, payload=True, chain=True, nonce=NONCE)),
        encode(Inquire(2, bench.id, cpa=True)),
        encode(solicit),
        encode(Request(3, NONCE, tuple(range(5)))),
        encode(Lookup(4, bench.id, 0, (VICTIM,))),
        encode(Flood(6, bench.id)),
    ]
