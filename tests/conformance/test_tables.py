"""The tables of the conformance programs say what the facts say, and whoever lacks a Python has them whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import conformance_tables

FOLDER = Path(__file__).parents[2] / "conformance"


@pytest.mark.parametrize("name", sorted(conformance_tables.tables()))
def test_a_table_is_what_the_facts_make(name: str) -> None:
    assert (FOLDER / "tables" / name).read_text(encoding="utf-8") == conformance_tables.tables()[name]


def test_nobody_else_lies_among_the_tables() -> None:
    written = set(conformance_tables.tables()) | {"tables.h", "rows.h"}
    assert {path.name for path in (FOLDER / "tables").iterdir()} == written


def test_the_file_for_nmake_names_every_source() -> None:
    named = set(re.findall(r"\b[\w\\]+\.c\b", (FOLDER / "conformance.mak").read_text(encoding="utf-8")))
    there = {str(path.relative_to(FOLDER)).replace("/", "\\") for path in FOLDER.rglob("*.c")}
    assert named == there


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.[ch]")), ids=lambda path: path.name)
def test_sources_are_portable_and_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 450
    included = set(re.findall(r"#include <([^>]+)>", text))
    standard = {f"{name}.h" for name in ("stdarg", "stddef", "stdio", "stdlib", "string", "wchar")}
    assert included <= standard | {"winsock2.h", "windows.h", "p2p.h", "pnrpns.h", "ws2tcpip.h", "direct.h"}
    assert not re.search(r"\b(typeof|__auto_type|peerapi|Peerx\w+)\b", text)
