"""Versions of a document: kept under a name for all and now and then for oneself, looked at and gone back to."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi import Graph, Record
from peerapi.activities.document import versions
from peerapi.activities.document.deltas import applied
from peerapi.activities.document.updates import Malformed
from peerapi.activities.document.versions import DAY, HOUR, MOMENT, MONTH, VERSION, Version, Versions
from peerapi.pages.requests import Refused
from tests.activities.document.pages import Page, opened, until, until_text
from tests.activities.test_nodes import played, three

LINES = st.lists(st.sampled_from(["one\n", "two\n", "🥚 three\n", "\n", "end"]), max_size=8).map("".join)


def record(
    by: str, data: bytes, *, kind: UUID = VERSION, at: int = 1, version: int = 1, changed_by: str = ""
) -> Record:
    said = {
        "id": uuid4(),
        "type": kind,
        "version": version,
        "data": data,
        "creator": by,
        "modified_by": changed_by or by,
        "created": datetime.fromtimestamp(at, UTC),
    }
    return cast(Record, SimpleNamespace(**said))


def made(header: dict[str, Any], packed: bytes = b"") -> bytes:
    said = json.dumps(header).encode()
    return b"\x01" + len(said).to_bytes(2, "little") + said + packed


@given(LINES, LINES)
def test_the_way_back_leads_there_and_leaves_alone_what_is_in_both(now: str, then: str) -> None:
    delta = versions.way_back(now, then)
    assert applied(now, delta) == then
    if now == then:
        assert delta == []


def test_the_way_back_of_very_many_lines_is_one_change() -> None:
    """Comparing each line with each other one takes time that grows with their number multiplied."""
    assert versions.way_back("a\nb\nc\n", "a\nx\nb\nc\n") == [2, "x\n"]
    now = "".join(f"{number}\n" for number in range(1000))
    then = now.replace("3\n", "x\n")
    delta = versions.way_back(now, then)
    assert len(delta) == 3 and applied(now, delta) == then


@given(st.text("ab é🥚\n", max_size=300))
def test_a_version_is_read_as_it_was_kept(text: str) -> None:
    pieces = [versions.decoded(one) for one in versions.encoded(text, "Draft")]
    assert versions.text(piece for _, piece in pieces) == text
    assert {said.name for said, _ in pieces} == {"Draft"} and pieces[0][0].digest == versions.digest(text)


def test_a_long_one_is_in_several_records_all_of_which_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "PART_BYTES", 10)
    text = " ".join(map(str, range(40)))
    records = [record("ann", one) for one in versions.encoded(text, "Draft")]
    assert len(records) > 3
    found = Versions()
    for one in records[:0:-1]:
        assert found.take(one) and not found.take(one)
    assert found.listed() == []
    found.take(records[0])
    (whole,) = found.listed()
    assert whole.records == [one.id for one in records]
    assert versions.text(versions.decoded(one.data)[1] for one in records) == text
    assert found.forget(records[2].id) and found.listed() == []
    for one in records:
        found.forget(one.id)
    assert found._said == {} and found._records.sizes["ann"] == found._records.counts["ann"] == 0


GOOD = {"v": "0" * 32, "part": 0, "of": 1, "h": "0" * 16, "name": "Draft"}
UNSOUND = [
    b"",
    b"\x02" + made(GOOD)[1:],
    b"\x01\xff\xff{}",
    made({}),
    made({**GOOD, "v": "../../etc"}),
    made({**GOOD, "part": 1}),
    made({**GOOD, "part": True}),
    made({**GOOD, "of": 81}),
    made({**GOOD, "name": "a\x1bb"}),
    made({**GOOD, "name": " "}),
    made({**GOOD, "name": "x" * 121}),
    made({**GOOD, "more": 1}),
    made(GOOD, bytes(versions.MOST_DATA)),
    made({**GOOD, "name": ""}),
]


@pytest.mark.parametrize("data", UNSOUND, ids=range(len(UNSOUND)))
def test_what_members_say_is_checked(data: bytes) -> None:
    with pytest.raises(Malformed):
        Versions().take(record("carl", data))


def test_a_record_counts_as_it_was_first_and_none_is_in_another_s_version() -> None:
    found = Versions()
    for changed in (record("ann", made(GOOD), version=2), record("ann", made(GOOD), changed_by="carl")):
        with pytest.raises(Malformed, match="changed"):
            found.take(changed)
    found.take(record("ann", made({**GOOD, "of": 2})))
    for other in ({**GOOD, "of": 2}, {**GOOD, "of": 3, "part": 1}, {**GOOD, "of": 2, "part": 1, "name": "Other"}):
        with pytest.raises(Malformed, match="not of the version"):
            found.take(record("ann", made(other)))
    found.take(record("carl", made({**GOOD, "of": 2, "part": 1})))  # with the same key: it is Carl's
    assert found.listed() == []


def test_attack_a_text_that_is_not_what_its_record_lets_one_think() -> None:
    huge = zlib.compress(b"x" * (versions.MOST_TEXT + 1), 9)
    assert len(huge) < versions.PART_BYTES and len(zlib.decompress(huge)) > versions.MOST_TEXT  # without the check
    for packed in (huge, huge[:9], b"no", zlib.compress(b"\xff\xfe"), zlib.compress(b"a\x1b[31mb")):
        with pytest.raises(Malformed):
            versions.text([packed])


def test_attack_who_keeps_very_much_takes_nobody_s_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def attacked() -> Versions:
        found = Versions()
        found.take(record("ann", versions.encoded("x", "Ann's")[0], at=1))
        for number in range(20):
            try:
                found.take(record("carl", versions.encoded("x", "spam")[0], at=100 + number))
            except Malformed:
                break
        return found

    monkeypatch.setattr(versions, "MOST_TOLD", 5)
    assert [one.name for one in attacked().listed()] == [*["spam"] * 4, "Ann's"]
    monkeypatch.setattr(versions, "MOST_OF_ONE", 3)
    assert attacked()._records.counts == {"ann": 1, "carl": 3}


def moments(*ages: float, size: int = 100) -> list[Version]:
    """So many seconds old, from a time on which all of them count."""
    return [Version(str(age), "ann", int(1000 * (100 * MONTH - age)), "", "", [uuid4()], size) for age in ages]


def test_moments_are_kept_for_hours_of_a_day_days_of_a_month_and_months() -> None:
    def kept(some: list[Version]) -> list[str]:
        gone = {one.key for one in versions.superfluous(some, 100 * MONTH)}
        return [one.key for one in some if one.key not in gone]

    some = moments(60, 120, HOUR + 60, HOUR + 120, DAY + 60, DAY + HOUR, 40 * DAY, 50 * DAY)
    assert kept(some) == [str(age) for age in (60, 120, HOUR + 120, DAY + HOUR, 50 * DAY)]
    assert len(kept(moments(*(number * HOUR + 1 for number in range(24 * 40))))) <= 24 + 31 + 2
    assert len(kept(moments(*(number * HOUR + 1 for number in range(20)), size=versions.MOST_MOMENT_BYTES // 4))) == 4


def test_a_version_comes_to_all_and_one_goes_back_to_it(tmp_path: Any) -> None:
    async def main() -> None:
        async with three(tmp_path) as members:
            _, documents = await opened(members)
            peers = [one.session.source.peer for one in members]
            pages = [Page(one, name) for one, name in zip(documents, "abc", strict=True)]
            for page in pages:
                page.opened()
            ann, ben, carl = pages
            ann.type("# Cake\nfour eggs\nflour\n")
            await until_text(documents, "# Cake\nfour eggs\nflour\n")

            async def asked(page: Page, **fields: Any) -> None:
                await page.handle(json.dumps(fields))

            def named(one: Any) -> list[dict[str, Any]]:
                return [each for each in one.history.told()["versions"] if each["name"]]

            await asked(ben, do="keep", name="First <b>draft</b>")
            await until(documents, named)
            (version,) = named(documents[2])
            assert (version["by"], version["name"]) == (peers[1], "First <b>draft</b>")
            carl.type(7, "no eggs", -9)
            ann.type(len(ann.shown), "sugar\n")
            await until_text(documents, "# Cake\nno eggs\nflour\nsugar\n")
            await asked(carl, do="version", key=version["key"])
            assert carl.told["version"]["text"] == "# Cake\nfour eggs\nflour\n"

            # Carl goes back, which all see, and takes that back; what he had is kept for him alone.
            await asked(carl, do="go back", key=version["key"])
            await until_text(documents, "# Cake\nfour eggs\nflour\n")
            assert carl.shown == "# Cake\nfour eggs\nflour\n"
            moment, *_ = [one for one in documents[2].history.told()["versions"] if not one["name"]]
            assert await documents[2].history.text(moment["key"]) == "# Cake\nno eggs\nflour\nsugar\n"
            theirs = [each["key"] for one in documents[:2] for each in one.history.told()["versions"]]
            assert moment["key"] not in theirs and version["key"] in theirs
            await asked(carl, do="undo")
            await until_text(documents, "# Cake\nno eggs\nflour\nsugar\n")

            with pytest.raises(Refused, match="no such version"):
                await asked(carl, do="go back", key="0" * 32)
            with pytest.raises(Refused, match="only who has kept"):
                await asked(carl, do="delete version", key=version["key"])
            graph = documents[2]._graph
            assert isinstance(graph, Graph)
            await graph.add(VERSION, b"nothing")  # Carl's program makes something up,
            await graph.add(MOMENT, versions.encoded("no moment of Ann's")[0])  # and what is nobody else's business
            await until(documents[:2], lambda one: one.state()["refused"] == 2)
            await asked(ben, do="delete version", key=version["key"])
            await until(documents, lambda one: not named(one))

    played(main)
