"""Comments on passages of a document: records of their own, and what follows from them, without input and output.

A record is JSON: ``{"from": UNIT, "to": UNIT, "on": ..., "says": ...}`` is a comment on the passage from one unit to
another, as it was; ``{"re": ID, "says": ...}`` an answer; ``{"re": ID, "done": true}`` says that it is dealt with, and
``{"re": ID, "undone": [ID, ...]}`` of the comment's author, that those are overruled. What follows does not depend on
any clock, nor on the order in which records come.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from peerapi import Record
from peerapi.activities.document.first_forms import FirstForms
from peerapi.activities.document.shared_text import Unit
from peerapi.activities.document.updates import MOST_CLOCK, Malformed
from peerapi.pages.requests import Refused, is_id
from peerapi.pages.words import is_text

COMMENT = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d5")
"Type of the records."
COMMENTS = "comments"
"What a page may be told of places in the text: what was said of passages."
MOST_DATA = 4 << 10
"Bytes of a record that is looked at."
MOST_OF_ONE, MOST_BYTES_OF_ONE = 500, 512 << 10
"Records of one member that are looked at, and bytes in them."
MOST_SAID = 2000
"Bytes of what somebody says."
MOST_PASSAGE = 120
"Characters of the passage that are kept, for when it is not in the text any more."
MOST_TOLD, MOST_ANSWERS, MOST_ANSWER_BYTES = 200, 50, 16 << 10
"Comments that are shown, answers to one, and bytes in these: each member's last one before anybody's last but one."
_MOST_OVERRULED = 50


class Said(NamedTuple):
    """What a record says, of whom and when."""

    id: UUID
    by: str
    time: int
    "Milliseconds since 1970, as its author's machine says."
    fields: dict[str, Any]


class Thread(NamedTuple):
    """A comment with what was said to it."""

    comment: Said
    answers: list[Said]
    done_by: list[Said]
    "Those who say that it is dealt with, and are not overruled."

    @property
    def ends(self) -> tuple[Unit, Unit]:
        """The first unit of the passage, and the last one."""
        (a, b), (c, d) = self.comment.fields["from"], self.comment.fields["to"]
        return (a, b), (c, d)


def comment(ends: tuple[Unit, Unit], passage: str, words: str) -> bytes:
    """The record of a comment."""
    on = " ".join(passage.split())[:MOST_PASSAGE]
    return _encoded({"from": ends[0], "to": ends[1], "on": on, "says": words})


def answer(to: UUID, words: str) -> bytes:
    return _encoded({"re": str(to), "says": words})


def done(to: UUID) -> bytes:
    return _encoded({"re": str(to), "done": True})


def _encoded(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


class Comments:
    """Those of all members."""

    def __init__(self) -> None:
        self._said: dict[UUID, Said] = {}
        self._to: dict[UUID, dict[UUID, None]] = {}
        "Comment -> what was said to it, whether it is there or not."
        self._records = FirstForms(MOST_OF_ONE, MOST_BYTES_OF_ONE)

    def take(self, record: Record) -> bool:
        """Whether that is news. A record counts as it was first: what its author does to it later is not asked, except
        that it is deleted. Raises Malformed."""
        if not self._records.is_new(record):
            return False
        said = Said(record.id, record.creator, int(record.created.timestamp() * 1000), _read(record.data))
        self._records.add(record)
        self._said[said.id] = said
        if "re" in said.fields:
            self._to.setdefault(UUID(said.fields["re"]), {})[said.id] = None
        return True

    def forget(self, id: UUID) -> bool:
        """A record was deleted; whether it was known."""
        if not self._records.remove(id):
            return False
        said = self._said.pop(id)
        if "re" in said.fields:
            self._to[UUID(said.fields["re"])].pop(id)
        return True

    def listed(self) -> list[Thread]:
        """Those that are shown, the first one first."""
        found = self._in_order(id for id, one in self._said.items() if "on" in one.fields)
        return [self._thread(one) for one in _shared_out(found, MOST_TOLD)]

    def thread(self, id: UUID) -> Thread:
        """One comment. Raises Refused."""
        found = self._said.get(id)
        if found is None or "on" not in found.fields:
            raise Refused("there is no such comment any more")
        return self._thread(found)

    def said(self, id: UUID) -> Said:
        """A comment or an answer. Raises Refused."""
        found = self._said.get(id)
        if found is None or "says" not in found.fields:
            raise Refused("that is not there any more")
        return found

    def reopened(self, to: UUID, me: str) -> tuple[bytes | None, list[UUID]]:
        """How that member says that it is not dealt with: a record that they add, and records of theirs that they
        delete. Raises Refused."""
        thread = self.thread(to)
        own = [one.id for one in thread.done_by if one.by == me]
        others = [str(one.id) for one in thread.done_by if one.by != me]
        if others and thread.comment.by != me:
            raise Refused("only who has made the comment opens again what others say is done")
        return _encoded({"re": str(to), "undone": others[:_MOST_OVERRULED]}) if others else None, own

    def _thread(self, comment: Said) -> Thread:
        about = self._in_order(self._to.get(comment.id, ()))
        overruled = {id for one in about if one.by == comment.by for id in one.fields.get("undone", ())}
        answers = _shared_out([one for one in about if "says" in one.fields], MOST_ANSWERS, MOST_ANSWER_BYTES)
        done_by = [one for one in about if "done" in one.fields and str(one.id) not in overruled]
        return Thread(comment, answers, done_by)

    def _in_order(self, ids: Iterable[UUID]) -> list[Said]:
        return sorted((self._said[id] for id in ids), key=lambda one: (one.time, one.id.bytes))


def _shared_out(said: list[Said], most: int, most_bytes: int | None = None) -> list[Said]:
    """Of what members have said so many, and so much, in the same order: each one's last before anybody's last but
    one."""
    ranks = Counter[str]()
    ranked = []
    for place in reversed(range(len(said))):
        ranked.append((ranks[said[place].by], -place))
        ranks[said[place].by] += 1
    places: list[int] = []
    left = most_bytes
    for _, place in sorted(ranked)[:most]:
        if left is not None and (left := left - len(said[-place].fields["says"].encode())) < 0:
            break
        places.append(-place)
    return [said[place] for place in sorted(places)]


def _read(data: bytes) -> dict[str, Any]:
    """Raises Malformed."""
    try:
        said: Any = json.loads(data) if len(data) <= MOST_DATA else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not _is_sound(said):
        raise Malformed("no comment")
    return said


def _is_sound(said: dict[str, Any]) -> bool:
    match sorted(said):
        case ["from", "on", "says", "to"]:
            return _is_unit(said["from"]) and _is_unit(said["to"]) and _is_passage(said["on"]) and is_said(said["says"])
        case ["re", "says"]:
            return is_id(said["re"]) and is_said(said["says"])
        case ["done", "re"]:
            return is_id(said["re"]) and said["done"] is True
        case ["re", "undone"]:
            some = said["undone"]
            return (
                is_id(said["re"]) and isinstance(some, list) and len(some) <= _MOST_OVERRULED and all(map(is_id, some))
            )
    return False


def is_said(value: Any) -> bool:
    """Whether somebody may say that."""
    return isinstance(value, str) and is_text(value, MOST_SAID)


def _is_passage(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_PASSAGE and is_text(value or "-", 4 * MOST_PASSAGE)


def _is_unit(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(one) is int for one in value)
        and 0 <= value[0] < 1 << 53
        and 0 <= value[1] < MOST_CLOCK
    )
