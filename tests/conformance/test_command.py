"""`peerapi conformance`: what it prints, how it compares runs, and what it says when it cannot run."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from peerapi.cli import conformance_api, conformance_picture, conformance_results, main
from peerapi.cli.conformance_results import Fact, Results

TAP = """TAP version 13
ok 1 - graph | PeerGraphOpen | one thing: S_OK
not ok 2 - graph | PeerGraphOpen | another: E_INVALIDARG # guess strings
#   gave S_OK (0x00000000)
ok 3 - group | PEER_MEMBER | dwSize
1..3
"""
FACTS = (
    Fact("graph", "PeerGraphOpen", "one thing: S_OK", True),
    Fact("graph", "PeerGraphOpen", "another: E_INVALIDARG", False, "strings", "gave S_OK (0x00000000)"),
    Fact("group", "PEER_MEMBER", "dwSize", True),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_run_is_read_as_any_shell_has_written_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "run.txt"
    path.write_bytes(TAP.replace("\n", "\r\n").encode(encoding))
    assert conformance_results.load(path).facts == FACTS


def test_json_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(conformance_results.as_json(Results(FACTS)))
    assert conformance_results.load(path) == Results(FACTS)


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"facts": [1]}', '{"facts": [{"a": 1}]}', "{"])
def test_what_is_no_run_is_said_in_one_sentence(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.txt"
    path.write_text(text)
    assert main(["conformance", "--results", str(path)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_the_table_counts_by_family_and_shows_what_does_not_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.txt"
    path.write_text(TAP)
    assert main(["conformance", "--results", str(path)]) == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:4] == [["graph", *"2111"], ["group", *"1101"], ["all", *"3212"]]
    assert "PeerGraphOpen" in lines[-1] and "strings" in lines[-1]


def test_two_runs_are_compared_fact_by_fact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = tmp_path / "here.txt", tmp_path / "there.txt"
    here.write_text(TAP)
    there.write_text(TAP.replace("not ok 2", "ok 2").replace("PEER_MEMBER | dwSize", "PEER_MEMBER | dwFlags"))
    words = ["conformance", "--results", str(here), "--compare", str(there)]
    assert main([*words, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(one["text"], one["here"], one["there"]) for one in found] == [
        ("another: E_INVALIDARG", "gave S_OK (0x00000000)", "holds"),
        ("dwSize", "holds", "missing"),
        ("dwFlags", "missing", "holds"),
    ]
    assert main(words) == 1
    assert "different: 2 facts of a page, 1 guesses" in capsys.readouterr().out
    assert main([*words[:-1], str(here)]) == 0


def test_families_that_only_one_has_run_are_no_difference() -> None:
    assert conformance_results.compare(Results(FACTS), Results(FACTS[2:])) == []


def test_some_sections_are_compared_with_what_they_have_asked() -> None:
    assert len(conformance_results.compare(Results(FACTS[:1]), Results(FACTS))) == 1
    assert conformance_results.compare(Results(FACTS[:1]), Results(FACTS), partial=True) == []


def test_the_picture_is_drawn_from_the_facts() -> None:
    root = ElementTree.fromstring(conformance_picture.svg(Results(FACTS)))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"graph", "2 facts, 1 pages", "group", "1 facts, 1 pages"} <= set(texts)
    bars = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("height") == "20"]
    assert len(bars) == 3


def test_a_run_that_is_built_here(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command builds is ``program``, which is built once for all tests."""
    monkeypatch.setattr(conformance_api, "build", lambda folder, compiler: program)
    picture = tmp_path / "picture.svg"
    assert main(["conformance", "abi", "--json", "--picture", str(picture)]) == 0
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert {fact["family"] for fact in facts} == {"abi"}
    assert picture.read_text().startswith("<svg")


def test_a_program_from_elsewhere(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "abi.constants", "--program", str(program)]) == 0
    assert "abi" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--program", "/no/such/program"], 1, "/no/such/program"),
        (["--library", "/no/such/library"], 2, "'/no/such/library' does not exist."),
        (["--results", "/no/such/run"], 2, "'/no/such/run' does not exist."),
        (["nonsense"], 2, "There is no family or section nonsense; the families are abi, graph, group, "),
        (["graph.nonsense", "abi"], 2, "There is no family or section graph.nonsense; "),
    ],
)
def test_what_cannot_run_is_said_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    built: list[object] = []
    monkeypatch.setattr(conformance_api, "build", built.append)
    assert main(["conformance", *words]) == code
    out, err = capsys.readouterr()
    assert (out, built) == ("", [])
    assert said in err


def test_help_names_the_families(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "api", "--help"]) == 0
    assert f"Families:\n  {', '.join(conformance_api.families())}\n" in capsys.readouterr().out


def test_a_section_that_dies_costs_what_is_left_of_it(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a way to start the library every call fails and pointers stay NULL: programs that look at them die."""
    monkeypatch.setenv("PEERAPI_PYTHON", "/no/such/python")
    results = conformance_api.ask([str(program)], ["graph.pairs", "abi.layout"], tmp_path)
    died = [fact for fact in results.facts if fact.text == "ended before its end"]
    assert died and all(not fact.holds and "exit code" in fact.seen for fact in died)
    assert sum(fact.family == "abi" and fact.holds for fact in results.facts) >= 300
