"""Records that a node of a group adds together: the same, and refused likewise, whether they are asked about once or
each by itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.errors import PeerError
from peerapi.graphing.codec.records import PRESENCE, decode_record, without_security
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.new_records import FLAG_AUTOREFRESH, FLAG_LOCAL, NewRecords
from peerapi.graphing.machine.quotas import Quota
from peerapi.graphing.security import Validity
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.reserved import ReservingSecurity
from peerapi.grouping.revocation import REVOCATION
from peerapi.store.database import LOCAL, Row
from tests.grouping.test_attacks_graph import Node
from tests.grouping.values import CHAT, HOUR, MODERN, NOW, creator, member, name, security

OTHER = bytes(15) + b"\x7f"
END = creator(MODERN).not_after

DRAFTS = st.builds(
    Draft,
    type=st.sampled_from((CHAT, CHAT, CHAT, CHAT, OTHER, REVOCATION, PRESENCE)),
    flags=st.sampled_from((0, 0, 0, 0, FLAG_LOCAL, FLAG_AUTOREFRESH)),
    creator_id=st.sampled_from((None, None, None, str(name(MODERN, "carol")), str(name(MODERN, "alice")))),
    expiration=st.sampled_from((NOW + HOUR, NOW + HOUR + 1, NOW + 2 * HOUR, END, END + 1, NOW)),
    data=st.binary(max_size=60),
)
ALIKE = st.builds(
    Draft, type=st.just(CHAT), expiration=st.integers(NOW + HOUR, NOW + 2 * HOUR), data=st.binary(max_size=60)
)


def outcome(attempt: Callable[[], object]) -> Any:
    try:
        return attempt()
    except PeerError as error:
        return type(error), str(error)


def added(node: Node, drafts: list[Draft]) -> list[Row]:
    graph = node.graph
    graph.random = random.Random(5)
    return graph.publication._new_records.rows(drafts, graph.at(node.now).peer_time)


def bare(found: object) -> object:
    """Without what differs from signature to signature."""
    return [row._replace(wire=without_security(row.wire)) for row in found] if isinstance(found, list) else found



NODES = [Node(MODERN), Node(MODERN)]
NODES[1].graph.security = ReservingSecurity(NODES[1].security, {OTHER: str(name(MODERN, "alice"))})


@settings(max_examples=150)
@given(st.lists(DRAFTS, max_size=6) | st.lists(ALIKE, max_size=70), st.sampled_from(((0, 0), (30, 0), (0, 9000))))
def test_records_are_what_each_is_by_itself(drafts: list[Draft], quota: tuple[int, int]) -> None:
    for node in NODES:
        node.graph.limit_creators(Quota(*quota))
        at_once = outcome(lambda node=node: added(node, drafts))
        with patch.object(NewRecords, "_secured_alike", lambda *_: None):
            one_by_one = outcome(lambda node=node: added(node, drafts))
        assert bare(at_once) == bare(one_by_one)
        if isinstance(at_once, list):
            reader = security(MODERN, "bob", member(MODERN, "bob"))
            reader.met(creator(MODERN))
            for row in at_once:
                if row.type in (CHAT, OTHER) and not row.flags & LOCAL:
                    shown = decode_record(row.wire)
                    assert reader.validate(shown, RecordChange.ADDED, row.wire) is Validity.VALID


def test_records_that_are_alike_are_asked_about_once() -> None:
    """Whenever they end, and also when some of them are for this node alone."""
    node = NODES[0]
    node.graph.limit_creators(Quota(0, 0))
    drafts = [Draft(type=CHAT, expiration=NOW + HOUR + n, data=bytes([n])) for n in range(100)]
    drafts[50] = drafts[50]._replace(flags=FLAG_LOCAL)
    with patch.object(GroupSecurity, "_checked", autospec=True, side_effect=GroupSecurity._checked) as asked:
        rows = added(node, drafts)
    assert asked.call_count == 1
    assert asked.call_args.args[1].expiration == NOW + HOUR + 99
    assert [decode_record(row.wire).security_data == b"" for row in rows] == [n == 50 for n in range(100)]
