"""What records of files mean, and which of them are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from peerapi import Record
from peerapi.activities import file_records
from peerapi.activities.file_records import announcement, withdrawal
from peerapi.activities.files import Files
from peerapi.files.content import MOST_SIZE
from peerapi.files.names import MOST_BYTES, plain
from peerapi.pages.requests import Refused
from tests.activities.test_four_in_a_row import BEGUN, move
from tests.files.test_names import HOSTILE

FILE = bytes(range(32))
ANN, BEN, EVE = (replace(move(name), creator=name, data=announcement(FILE, "card.png", 5)) for name in ("a", "b", "e"))


def view(*records: Record) -> Any:
    return Files().view(BEGUN, records)


def said(by: Record, data: bytes | str | dict[str, Any]) -> Record:
    encoded = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    return replace(by, data=encoded)


def test_who_has_a_file_is_listed_and_who_withdraws_it_no_longer() -> None:
    (one,) = view(ANN, BEN, BEN)["files"]
    assert (one["name"], one["size"], one["by"], one["holders"]) == ("card.png", 5, "a", ["a", "b"])
    (one,) = view(ANN, BEN, said(ANN, withdrawal(FILE)))["files"]
    assert one["holders"] == ["b"]
    assert view(ANN, said(ANN, withdrawal(FILE)))["files"] == []
    assert len(view(ANN, said(ANN, withdrawal(FILE)), ANN)["files"]) == 1


def test_who_has_a_file_under_two_names_withdraws_both_and_may_have_it_again() -> None:
    other = said(ANN, announcement(FILE, "other.png", 5))
    assert view(ANN, other, ANN, said(ANN, withdrawal(FILE)))["files"] == []
    gone = said(ANN, withdrawal(FILE))
    (one,) = view(ANN, other, gone, gone, other, BEN, gone, other)["files"][:1]
    assert (one["name"], one["holders"]) in [("other.png", ["a"]), ("card.png", ["b"])]
    assert len(view(ANN, other, gone, gone, other, BEN)["files"]) == 2


def test_nobody_withdraws_renames_or_resizes_what_another_shares() -> None:
    other = said(EVE, announcement(FILE, "virus.exe", 5))
    bigger = said(EVE, announcement(FILE, "card.png", 6))
    entries = view(ANN, said(EVE, withdrawal(FILE)), other, bigger)["files"]
    assert [(one["name"], one["size"], one["holders"]) for one in entries] == [
        ("card.png", 6, ["e"]),
        ("virus.exe", 5, ["e"]),
        ("card.png", 5, ["a"]),
    ]
    assert len({one["entry"] for one in entries}) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_would_be_listed_and_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = said(EVE, {"file": FILE.hex(), "name": name, "size": 5})
    with monkeypatch.context() as unchecked:
        unchecked.setattr(file_records, "_is_name", lambda name: True)
        assert view(hostile)["files"][0]["name"] == name
    assert view(ANN, hostile) == {**view(ANN), "refused": 1}


UNSOUND: Sequence[bytes | str | dict[str, Any]] = (
    b"",
    b"\xff",
    "[" * 900,
    "[]",
    "5",
    {"file": FILE.hex()},
    {"file": FILE.hex(), "name": "x", "size": True},
    {"file": FILE.hex(), "name": "x", "size": -1},
    {"file": FILE.hex(), "name": "x", "size": MOST_SIZE + 1},
    {"file": FILE.hex(), "name": "x", "size": 1.5},
    {"file": FILE.hex(), "name": "x", "size": 1, "more": 1},
    {"file": FILE.hex().upper()[:-1] + "G", "name": "x", "size": 1},
    {"file": "../" + FILE.hex(), "name": "x", "size": 1},
    {"file": FILE.hex(), "name": ["x"], "size": 1},
    {"gone": FILE.hex(), "more": 1},
    {"gone": 5},
    json.dumps({"file": FILE.hex(), "name": "x", "size": 1}) + " " * 2000,
)


@pytest.mark.parametrize("data", UNSOUND, ids=str)
def test_what_is_unsound_is_passed_over_and_counted(data: Any) -> None:
    assert view(said(EVE, data), ANN) == {**view(ANN), "refused": 1}


def test_the_longest_name_is_listed_whatever_it_is_written_with() -> None:
    for name in ("x" * MOST_BYTES, "ß" * (MOST_BYTES // 2), "🎂" * (MOST_BYTES // 4), "x'&;%\u00a1" * 20):
        assert plain(name) == name
        assert view(said(ANN, announcement(FILE, name, MOST_SIZE)))["files"][0]["name"] == name


def test_files_are_asked_for_where_they_come_to() -> None:
    for what in ("fetch", "stop", "withdraw"):
        asked = Files.language.read(json.dumps({"do": what, "entry": "0" * 16}))
        assert asked == (what, {"entry": "0" * 16})
        with pytest.raises(Refused):
            Files().data(BEGUN, [], "a", *asked)
    with pytest.raises(Refused):
        Files.language.read(json.dumps({"do": "fetch", "entry": "../../etc/passwd"}))
    assert UUID(int=Files.record.int - 1) != Files.record
