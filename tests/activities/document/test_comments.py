"""Comments on passages: what members say, where it is when the text has changed, and what nobody may do to others'."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from peerapi import Graph, PeerError, Record
from peerapi.activities.document import comments
from peerapi.activities.document.comments import COMMENT, Comments
from peerapi.activities.document.updates import Malformed
from peerapi.pages.requests import Refused
from tests.activities.document.pages import Page, opened, until, until_text
from tests.activities.document.writers import Writer
from tests.activities.test_nodes import played, three

ENDS = ((1 << 52, 0), (1 << 52, 5))


def record(by: str, data: bytes, *, at: int = 1, version: int = 1, modified_by: str | None = None) -> Record:
    said = {
        "id": uuid4(),
        "type": COMMENT,
        "version": version,
        "data": data,
        "creator": by,
        "modified_by": modified_by or by,
        "created": datetime.fromtimestamp(at, UTC),
    }
    return cast(Record, SimpleNamespace(**said))


def taken(*records: Record) -> Comments:
    found = Comments()
    for one in records:
        found.take(one)
    return found


def test_a_thread_is_the_same_in_whatever_order_its_records_come() -> None:
    first = record("ann", comments.comment(ENDS, "a  passage\nof two lines", "Why?"), at=1)
    answers = [record("ben", comments.answer(first.id, f"Because {number}"), at=2 + number) for number in range(3)]
    done = record("ben", comments.done(first.id), at=9)
    records = [first, *answers, done]
    for seed in range(6):
        random.Random(seed).shuffle(records)
        (thread,) = taken(*records).listed()
        assert thread.comment.fields["on"] == "a passage of two lines" and thread.ends == ENDS
        assert [one.fields["says"] for one in thread.answers] == ["Because 0", "Because 1", "Because 2"]
        assert [one.by for one in thread.done_by] == ["ben"]


def test_anybody_says_that_it_is_dealt_with_and_its_author_has_the_last_word() -> None:
    """Whatever the clocks of others say."""
    first = record("ann", comments.comment(ENDS, "x", "Why?"))
    done = record("ben", comments.done(first.id), at=1 << 31)
    found = taken(first, done)
    with pytest.raises(Refused, match="only who has made"):
        found.reopened(first.id, "carl")
    assert found.reopened(first.id, "ben") == (None, [done.id])
    data, own = found.reopened(first.id, "ann")
    assert data is not None and own == []
    found.take(record("carl", data))  # not the author: it says nothing
    assert found.thread(first.id).done_by
    found.take(record("ann", data))
    assert not found.thread(first.id).done_by
    found.take(record("carl", comments.done(first.id)))
    assert [one.by for one in found.thread(first.id).done_by] == ["carl"]


def test_what_was_deleted_is_gone_and_makes_room() -> None:
    first = record("ann", comments.comment(ENDS, "x", "Why?"))
    answer = record("ben", comments.answer(first.id, "So"))
    found = taken(first, answer)
    assert found.forget(answer.id) and not found.forget(answer.id)
    assert found.thread(first.id).answers == []
    assert found.forget(first.id) and found.listed() == []
    with pytest.raises(Refused):
        found.thread(first.id)
    found.take(answer)
    assert found.listed() == [] and found._records.counts["ann"] == found._records.sizes["ann"] == 0


def said(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


UNSOUND = [
    b"",
    b"[]",
    b"{" * 4000,
    b"\xff",
    said(re=str(uuid4())),
    said(re="x", says="y"),
    said(re=str(uuid4()), says=""),
    said(re=str(uuid4()), says="a\x1b[31mb"),
    said(re=str(uuid4()), says="x" * 2001),
    said(re=str(uuid4()), says=["x"]),
    said(re=str(uuid4()), done=1),
    said(re=str(uuid4()), done=True, says="x"),
    said(re=str(uuid4()), undone=["x"]),
    said(re=str(uuid4()), undone=[str(uuid4())] * 51),
    said(**{"from": [1, 2], "to": [1, -1], "on": "x", "says": "y"}),
    said(**{"from": [1, 2], "to": [1, 1 << 31], "on": "x", "says": "y"}),
    said(**{"from": [1, 2], "to": [True, 2], "on": "x", "says": "y"}),
    said(**{"from": [1], "to": [1, 2], "on": "x", "says": "y"}),
    said(**{"from": [1, 2], "to": [1, 2], "on": "x" * 121, "says": "y"}),
    said(**{"from": [1, 2], "to": [1, 2], "on": "x", "says": "y" * 5000}),
]


@pytest.mark.parametrize("data", UNSOUND, ids=range(len(UNSOUND)))
def test_what_members_say_is_checked(data: bytes) -> None:
    with pytest.raises(Malformed):
        taken(record("carl", data))


def test_a_record_counts_as_it_was_first_and_is_its_maker_s() -> None:
    data = comments.comment(ENDS, "x", "Why?")
    for changed in (record("ann", data, version=2), record("ann", data, modified_by="carl")):
        with pytest.raises(Malformed, match="changed"):
            taken(changed)


def test_attack_who_says_much_is_heard_no_more_and_takes_nobody_s_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def attacked() -> Comments:
        first = record("ann", comments.comment(ENDS, "x", "Ann's"), at=1)
        found = taken(first, record("ben", comments.answer(first.id, "Ben's"), at=2))
        for number in range(20):
            for data in (comments.comment(ENDS, "x", "spam"), comments.answer(first.id, "spam")):
                try:
                    found.take(record("carl", data, at=100 + number))
                except Malformed:
                    break
        return found

    monkeypatch.setattr(comments, "MOST_TOLD", 5)
    monkeypatch.setattr(comments, "MOST_ANSWERS", 5)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(comments, "_shared_out", lambda said, most, most_bytes=None: said[-most:])
        assert "Ann's" not in [one.comment.fields["says"] for one in attacked().listed()]
    found = attacked()
    listed = found.listed()
    assert [one.comment.fields["says"] for one in listed] == ["Ann's", *["spam"] * 4]
    assert [one.fields["says"] for one in listed[0].answers] == ["Ben's", *["spam"] * 4]
    monkeypatch.setattr(comments, "MOST_ANSWER_BYTES", 14)
    assert [one.fields["says"] for one in found.listed()[0].answers] == ["Ben's", "spam", "spam"]
    monkeypatch.setattr(comments, "MOST_OF_ONE", 3)
    assert attacked()._records.counts == {"ann": 1, "ben": 1, "carl": 3}
    monkeypatch.setattr(comments, "MOST_OF_ONE", 500)
    monkeypatch.setattr(comments, "MOST_BYTES_OF_ONE", 200)
    assert attacked()._records.sizes["carl"] <= 200


def test_the_ends_of_a_passage_stay_with_it() -> None:
    ann = Writer("ann")
    ann.type(0, "one 🥚wo three")
    first, last = ann.shared.unit_at(4), ann.shared.unit_at(6)
    assert first is not None and last is not None and ann.shared.passage(first, last) == (4, 7)
    ann.type(7, "!")
    ann.type(4, "é ")
    assert ann.shared.passage(first, last) == (6, 9) and ann.text[6:9] == "🥚wo"
    ann.type(8, "", 1)
    assert ann.shared.passage(first, last) == (6, 8) and ann.text[6:8] == "🥚w"
    ann.type(5, "", 4)
    assert ann.shared.passage(first, last) is None
    assert ann.shared.passage(first, (first[0], 99)) is None and ann.shared.passage((7, 0), last) is None


def test_comments_come_to_all_and_nobody_settles_or_takes_back_for_others(tmp_path: Any) -> None:
    async def main() -> None:
        async with three(tmp_path) as members:
            _, documents = await opened(members)
            peers = [one.session.source.peer for one in members]
            pages = [Page(one, name) for one, name in zip(documents, "abc", strict=True)]
            for page in pages:
                page.opened()
                await page.handle('{"do": "show", "what": "comments", "on": true}')
            ann, ben, carl = pages
            ann.type("Take four eggs.")
            await until_text(documents, "Take four eggs.")

            async def asked(page: Page, **fields: Any) -> None:
                await page.handle(json.dumps(fields))

            def threads(page: Page) -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = page.told.get("comments", {}).get("threads", [])
                return found

            place = {"count": ben.made, "seen": ben._number}
            await asked(ben, do="comment", **place, **{"from": 5, "to": 9}, says="Five?")
            for page in pages:
                await page.until(lambda page=page: threads(page) != [])
                (thread,) = threads(page)
                assert (thread["by"], thread["says"], thread["on"]) == (peers[1], "Five?", "four")
                assert thread["at"] == (5, 9)
            id = thread["id"]
            for wrong in ({"from": 3, "to": 3}, {"from": 9, "to": 5}):
                with pytest.raises(Refused, match="passage"):
                    await asked(ben, do="comment", **place, **wrong, says="x")
            with pytest.raises(Refused, match="just changed"):
                await asked(ben, do="comment", count=0, seen=99, **{"from": 0, "to": 3}, says="x")

            # Where the passage is goes with the text; what was said is its author's.
            ann.type("Please: ")
            await until_text(documents, "Please: Take four eggs.")
            await asked(ann, do="answer", to=id, says="No, <b>four</b>.")
            await asked(carl, do="settle", to=id, on=True)
            for page in pages:
                await page.until(lambda page=page: threads(page)[0]["answers"] and threads(page)[0]["done"])
                (thread,) = threads(page)
                assert (thread["at"], thread["done"]) == ((13, 17), [peers[2]])
                assert thread["answers"][0]["says"] == "No, <b>four</b>."
            with pytest.raises(Refused, match="only who has said"):
                await asked(carl, do="withdraw", id=thread["answers"][0]["id"])
            graph = documents[2]._graph
            assert isinstance(graph, Graph)
            with pytest.raises(PeerError):
                await graph.delete(UUID(id))  # nor does the group's security let Carl's program
            await asked(ben, do="settle", to=id, on=False)
            for page in pages:
                await page.until(lambda page=page: threads(page)[0]["done"] == [])

            # What somebody makes up is refused and counted.
            await graph.add(COMMENT, b'{"re": 5}')
            await until(documents, lambda one: one.state()["refused"] == 1)
            await asked(ben, do="withdraw", id=id)
            for page in pages:
                await page.until(lambda page=page: threads(page) == [])

    played(main)
