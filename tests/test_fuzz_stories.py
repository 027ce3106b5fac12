"""The targets that play sequences with whole machines notice when the library is broken on purpose."""

from __future__ import annotations

import pytest

from fuzz.database_files import DatabaseFiles
from fuzz.seeds.stories import (
    ADDS,
    C_COMES,
    CAROL,
    CONNECTS,
    DATA,
    DAVE,
    FLOODS,
    G_CONNECTS,
    G_FLOODS,
    G_JOINS,
    G_KNOCKS,
    G_RESTARTS,
    G_REVOKES,
    G_WAITS,
    IVAN,
    KILLED,
    MALLORY,
    RESTARTS,
    SEEDS,
    WAITS,
    met,
)
from fuzz.seeds.stories import REVOCATION as REVOKES
from fuzz.steps import Step, script, steps
from fuzz.targets import TARGETS
from fuzz.targets.circles import Circle
from fuzz.targets.clouds import Sky
from peerapi.graphing import state as state_of_graph
from peerapi.graphing.conflict import Verdict
from peerapi.graphing.machine.connections import Connections
from peerapi.graphing.machine.flooding import Flooding
from peerapi.grouping import membership, validation
from peerapi.grouping.connect import Connection
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.revocation import REVOCATION
from peerapi.pnrp.algorithms import MODERN
from peerapi.pnrp.cpa import decode_cpa
from peerapi.pnrp.outputs import Output, Resolved
from peerapi.pnrp.proofs import Proofs
from peerapi.ring import amplification
from peerapi.store.database import Database


def test_a_step_takes_its_bytes_in_order_and_then_zeros() -> None:
    first, second = steps(script([3, 1, 2], [9]))
    assert (first.byte(), first.pick("abc"), first.byte(), first.rest()) == (3, "b", 2, bytes(17))
    assert first.byte() == 0 and not first.seldom()
    assert second.byte() == 9
    assert [list(block.rest()) for block in steps(b"\1\2")] == [[1, 2]]


def test_damage_leaves_most_messages_whole() -> None:
    assert Step(b"\0").scarred(b"whole") == b"whole"
    assert Step(bytes([15, 0, 0, 1, 88])).scarred(b"whole") == b"wXole"
    assert Step(b"\x0f").scarred(b"") == b""


# ---- Nodes -----------------------------------------------------------------------------------------------------------

OLD = script(
    [0], [CONNECTS], [FLOODS, 0, 0, 0, 0, 1, 1], [WAITS, 1], *[[FLOODS, 0, 1, which, 3, 3, 1] for which in range(6)]
)
"A new record of version 2, and then version 1 of each that is there."


def test_an_old_record_that_takes_the_place_of_a_newer_one_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    TARGETS["node"](OLD)
    monkeypatch.setattr(state_of_graph, "resolve", lambda *_, **__: Verdict.NEW)
    with pytest.raises(AssertionError, match="gave way"):
        TARGETS["node"](OLD)


def test_a_killed_process_that_loses_records_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    killed = script([0], [ADDS, 6, 60], [RESTARTS, KILLED])
    TARGETS["node"](killed)
    monkeypatch.setattr(Database, "recover", lambda self, bodies: None)
    with pytest.raises(AssertionError, match="after a restart"):
        TARGETS["node"](killed)


def test_an_acknowledged_record_that_is_not_kept_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flooding, "_keep", lambda self, rows, messages: self._fresh.clear())
    with pytest.raises(AssertionError, match="never here"):
        TARGETS["node"](script([0], [CONNECTS], [FLOODS, 0, 0, 0, 0, 1], [WAITS, 1]))


def test_more_neighbors_than_there_may_be_show(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = SEEDS["node"]()[-1]
    wanted = Connections._refuse
    monkeypatch.setattr(
        Connections, "_refuse", lambda self, link, *rest: self._welcome(link, ()) if rest else wanted(self, link, *rest)
    )
    with pytest.raises(AssertionError):
        TARGETS["node"](crowd)


# ---- Groups ----------------------------------------------------------------------------------------------------------


def test_a_record_that_nobody_has_signed_so_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last byte but some of the signature of a new record is another."""
    told = [G_FLOODS, 0, CAROL, 0, DATA, 0, 1, 0, 0, 0, 7, 15, 0]
    forged = [script([0], [G_CONNECTS, CAROL], [*told, 1, place, 0xA5]) for place in range(0, 64, 9)]
    for story in forged:
        TARGETS["group"](story)
    monkeypatch.setattr(validation, "verify", lambda *_: True)
    with pytest.raises(AssertionError, match="not signed"):
        for story in forged:
            TARGETS["group"](story)


def test_a_revoked_member_that_stays_connected_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    revoked = script([1], [G_CONNECTS, DAVE], [G_REVOKES, 0, DAVE], [G_WAITS, 1])
    TARGETS["group"](revoked)
    monkeypatch.setattr(Connections, "end_refused", lambda self: None)
    with pytest.raises(AssertionError):
        TARGETS["group"](revoked)


PROFILES = pytest.mark.parametrize("profile", [0, 1], ids=["modern", "ms-ppsec"])


@PROFILES
def test_who_knows_the_password_becomes_a_member(profile: int) -> None:
    begin, joins, connects = steps(script([CAROL + 1, profile], [G_JOINS, MALLORY], [G_CONNECTS, 4]))
    circle = Circle(begin)
    try:
        circle.take(joins)
        circle.take(connects)
        assert len(circle.chains) == 5 and len(circle.graph.links) == 1
    finally:
        circle.graph.database.close()
        circle.files.clear()


@PROFILES
def test_a_node_that_takes_any_password_shows(profile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = script([1, profile], [G_JOINS, MALLORY, 1])
    TARGETS["group"](wrong)
    admit = Connection._admit
    monkeypatch.setattr(Connection, "_admit", lambda self, entry, right, now: admit(self, entry, True, now))
    with pytest.raises((AssertionError, ValueError)):
        TARGETS["group"](wrong)


@PROFILES
def test_a_node_that_lets_people_in_although_it_may_not_shows(profile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    by_carol = [G_FLOODS, 0, CAROL, 0, REVOKES, 0, 1, 0, 1, 0, IVAN]
    revoked = script([2, profile], [G_CONNECTS, CAROL], by_carol, [G_JOINS, MALLORY])
    TARGETS["group"](revoked)
    monkeypatch.setattr(GroupSecurity, "revoked", lambda self, chain, now: False)
    with pytest.raises(AssertionError, match="may let in nobody"):
        TARGETS["group"](revoked)


def test_a_node_that_forgets_who_was_revoked_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    revoked = script([1], [G_CONNECTS, DAVE], [G_REVOKES, 0, DAVE], [G_RESTARTS, KILLED])
    TARGETS["group"](revoked)
    load = GroupSecurity.load
    monkeypatch.setattr(
        GroupSecurity,
        "load",
        lambda self, found, proof: load(self, [one for one in found if one[0].type != REVOCATION], proof),
    )
    with pytest.raises(AssertionError, match="after a restart"):
        TARGETS["group"](revoked)


def test_a_membership_that_nobody_has_issued_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has the key, and shows a membership with another end."""
    knocks = [script([0], [G_KNOCKS, CAROL, CAROL, 15, 0, 2, place, 0xA5]) for place in range(0, 256, 5)]
    for story in knocks:
        TARGETS["group"](story)
    monkeypatch.setattr(membership, "_signed", lambda encoded, spki: True)
    with pytest.raises(AssertionError, match="nobody has issued"):
        for story in knocks:
            TARGETS["group"](story)


# ---- Clouds ----------------------------------------------------------------------------------------------------------


def test_the_seeds_bring_others_into_the_cache_and_names_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    cached, found = [], []
    look = Sky.look

    def looked(self: Sky) -> list[Output]:
        cached.append(sum(entry.key is not None for entry in self.node.cache))
        outputs = look(self)
        found.extend(one for one in outputs if isinstance(one, Resolved) and one.found)
        return outputs

    monkeypatch.setattr(Sky, "look", looked)
    for story in SEEDS["clouds"]():
        TARGETS["clouds"](story)
    assert max(cached) >= 2 and found


def test_a_node_that_floods_whom_it_is_told_to_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = script([1], [C_COMES, 0, 9, 1, 7, 0, 0, 1, 2, 1])
    TARGETS["clouds"](asked)
    monkeypatch.setattr(amplification.AmplificationLimit, "is_proved", lambda *_: True)
    with pytest.raises(AssertionError, match="flooded"):
        TARGETS["clouds"](asked)


def test_a_node_that_believes_any_key_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    told, *answers = met(3)
    stolen = script([1], told, *[[*one, *[0] * (3 - len(one)), 0, 0, 15] for one in answers])
    TARGETS["clouds"](stolen)
    monkeypatch.setattr(Proofs, "cpa", lambda self, answer, *_: decode_cpa(answer.cpa, MODERN).cpa)
    with pytest.raises(AssertionError, match="signed nothing"):
        TARGETS["clouds"](stolen)


@pytest.mark.parametrize("name", ["node", "group"])
def test_nothing_is_left_in_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = []
    begin = DatabaseFiles.begin

    def noted(self: DatabaseFiles) -> Database:
        folders.append(self.folder)
        return begin(self)

    monkeypatch.setattr(DatabaseFiles, "begin", noted)
    for seed in SEEDS[name]():
        TARGETS[name](seed)
    assert folders and not any(folder.exists() for folder in folders)
