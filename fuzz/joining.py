"""A handshake by which somebody wants to become a member of a group by a password."""

from __future__ import annotations

import random
from unittest import mock

from fuzz.seeds import group as seeds
from fuzz.steps import Step
from peerapi.grouping import password
from peerapi.grouping.connect import Connection
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refused


def join_by_password(
    club: seeds.Club, who: str, word: str, issuing: GroupSecurity, now: int, step: Step, seed: int
) -> tuple[Connection, MembershipChain | None]:
    """``who`` calls a node, and knows this word; ``step`` says which packet may be damaged. The node's end of the
    connection, and the membership that the caller has got."""
    damaged, packets = step.byte() % 8, 0
    with (
        mock.patch.object(password, "_seed", seeds.cheap_seed),
        mock.patch("secrets.token_bytes", random.Random(seed).randbytes),
    ):
        joining = club.node(who, member=False, password=word)
        caller, called = joining.connection(outgoing=True), issuing.connection(outgoing=False)
        to_called, to_caller = caller.start(), b""
        try:
            while to_called or to_caller:
                if to_called:
                    packets += 1
                    to_caller, _ = called.receive(step.scarred(to_called) if packets == damaged else to_called, now)
                to_called, _ = caller.receive(to_caller, now) if to_caller else (b"", False)
                to_caller = b""
        except Refused:
            pass
    return called, joining.chain
