"""``peerapi conformance wire``: TAP, a table, JSON, and what it ends with."""

from __future__ import annotations

import contextlib
import json
import socket
import threading

import pytest

from peerapi.cli import main
from peerapi.conformance_wire.selection import all_facts

FEW = ["--only", "MS-PPGRH 3.1.7.32"]


def test_tap_names_every_fact_with_its_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "wire", *FEW]) == 0
    head, plan, *lines = capsys.readouterr().out.splitlines()
    wanted = [fact.name for fact in all_facts() if FEW[1] in fact.name]
    assert (head, plan) == ("TAP version 13", f"1..{len(wanted)}")
    assert lines == [f"ok {number} - {name}" for number, name in enumerate(wanted, 1)]


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "wire", "--json", *FEW]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == {"holds": len(said["facts"]), "deviates": 0, "skipped": 0}


def test_the_table_has_a_line_for_each_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "wire", "--table", *FEW]) == 0
    head, section, total = capsys.readouterr().out.splitlines()
    assert head.split() == ["SECTION", "HOLDS", "DEVIATES", "SKIPPED"]
    assert section.split()[:2] == FEW[1].split()
    assert section.split()[2:] == total.split()[1:]


def test_where_nobody_listens_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Port 1 of this machine."""
    assert main(["conformance", "wire", "--port", "1", "--graph-id", "g"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "peerapi conformance wire: nobody listens at [::1]:1: Connection refused\n")


def test_where_the_wrong_one_listens_facts_deviate_and_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who ends every connection; facts that need what was not given are skipped."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=100) as other:
        threading.Thread(target=_end_all, args=(other,), daemon=True).start()
        given = ["--port", str(other.getsockname()[1]), "--graph-id", "g"]
        assert main(["conformance", "wire", *given, "--only", "3.1.4.8", "--only", "a WELCOME has at least"]) == 1
    out = capsys.readouterr().out
    assert "not ok 2" in out
    assert "\n# " in out
    assert "# SKIP needs a driver" in out


def _end_all(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            server.accept()[0].close()


def test_there_are_enough_facts_and_most_need_no_driver() -> None:
    facts = all_facts()
    assert len(facts) >= 400
    assert sum(not fact.needs for fact in facts) >= 400
    assert {fact.protocol for fact in facts} == {"MS-PPGRH", "MS-PPSEC", "MS-PNRP"}
