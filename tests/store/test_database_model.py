"""The database against a model of itself."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL, Database, Row
from peerapi.store.schema import SUFFIXES
from tests.store.rows import EVERYTHING, OTHER, content, fields, numbers, row
from tests.store.support import copy_files

operations = st.lists(
    st.tuples(st.just("put"), numbers, fields)
    | st.tuples(st.just("remove"), numbers, st.none())
    | st.tuples(st.just("add many"), numbers, fields)
    | st.tuples(st.sampled_from(("begin", "commit", "rollback", "reopen", "kill", "ask")), st.none(), st.none()),
    max_size=40,
)


@settings(max_examples=60)
@given(operations)
def test_whatever_happens_the_answers_are_those_of_a_dictionary(steps: list[tuple[str, int, dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.peergraph"
        database = Database.open(path)
        committed: dict[bytes, Row] = {}
        current: dict[bytes, Row] = {}
        inside = False
        for kind, n, values in steps:
            changes = kind in ("put", "remove", "add many")
            alone = changes and not inside
            if alone:
                database.begin()
            if kind == "put":
                database.put(row(n, **values))
                current.pop(row(n).id, None)
                current[row(n).id] = row(n, **values)
            elif kind == "remove":
                database.remove(row(n).id)
                current.pop(row(n).id, None)
            elif kind == "add many":
                fresh = [row(k, **values) for k in range(n, n + 4) if row(k).id not in current]
                database.add_many(fresh)
                current.update((each.id, each) for each in fresh)
            elif kind == "begin":
                database.begin()
                inside = True
            elif kind == "rollback":
                database.rollback()
                current, inside = dict(committed), False
            elif kind == "ask":
                compare(database, current)
            if alone or kind == "commit":
                database.commit()
                committed, inside = dict(current), False
            if kind in ("reopen", "kill"):
                copy = path.with_name("copy")
                if kind == "kill":
                    copy_files(path, copy)
                database.close()
                if kind == "kill":
                    for suffix in SUFFIXES:
                        Path(f"{copy}{suffix}").rename(f"{path}{suffix}")
                database = Database.open(path)
                current, inside = dict(committed), False
        compare(database, current)
        database.close()


def compare(database: Database, model: dict[bytes, Row]) -> None:
    rows = list(model.values())
    assert list(content(database).values()) == rows
    assert database.count() == len(rows)
    assert all(database.get(each.id) == each for each in rows)
    assert database.get(b"\xee" * 16) is None
    live = [each for each in rows if not each.flags & (DELETED | INTERNAL) and each.expiration > 7]
    assert database.ids(type=None, creator_key=None, now=7) == b"".join(each.id for each in live)
    assert sorted(database.expired(9)) == sorted(each for each in rows if each.expiration <= 9)
    assert sorted(database.of_type(OTHER)) == sorted(r for r in rows if r.type == OTHER and not r.flags & DELETED)
    assert [tuple(each)[1:] for each in database.abstracts(0, EVERYTHING, EVERYTHING)] == [
        (r.id, r.type, r.version, r.modification, r.expiration, r.flags) for r in rows
    ]
    numbered, _ = database.changed(0, EVERYTHING, EVERYTHING, EVERYTHING)
    for since in range(1, 7):
        after = 0
        while (upto := database.behind_older(after, EVERYTHING, since, 3)) > after:
            assert upto <= after + 3
            assert not any(after < seq <= upto and each.modification >= since for seq, each in numbered)
            after = upto
    assert all(database.standing(each.id) == (each.version, each.expiration) for each in rows)
    assert database.next_expiration(OTHER) == min((r.expiration for r in rows if r.type != OTHER), default=None)
    refreshing = [each for each in rows if each.flags & (DELETED | AUTOREFRESH) == AUTOREFRESH]
    assert database.next_refresh() == min((each.expiration for each in refreshing), default=None)
