"""``peerapi doctor --deep``: everything in the databases of graphs."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest

from peerapi.store import catalog, opening
from peerapi.store.data_folder import data_folder
from peerapi.store.database import Database, Row
from tests.cli.conftest import Command


def test_the_doctor_looks_through_databases_of_graphs_when_it_is_asked_to(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "SMALL", 0)
    folder = data_folder() / "graphs" / "one"
    folder.mkdir(parents=True)
    paths = {name: folder / f"{name}{catalog.SUFFIX}" for name in ("whole", "damaged", "open")}
    for path in paths.values():
        database = Database.open(path)
        database.add(Row(b"i" * 16, b"t" * 16, 1, 0, 1, 1 << 60, b"a record"))
        database.close()
    with contextlib.closing(sqlite3.connect(paths["damaged"])) as connection, connection:
        connection.execute("UPDATE records SET wire = 'another'")
    Database.open(paths["damaged"]).close()  # says nothing: nobody has read the record
    assert not any("database" in one["subject"] for one in command.json("doctor"))
    held = Database.open(paths["open"])
    assert command.code("doctor", "--deep", "--json") == 1
    held.close()
    printed = [json.loads(line) for line in command.out.splitlines()]
    found = {one["subject"].split()[1]: one for one in printed if "database" in one["subject"]}
    assert found["whole"]["ok"] and found["whole"]["text"] == "whole"
    assert found["open"]["ok"] and "not looked at" in found["open"]["text"]
    assert not found["damaged"]["ok"] and "damaged-1" in found["damaged"]["text"]
