"""``peerapi graph ask``: all nodes of a graph are searched by a guest."""

from __future__ import annotations

import json

import pytest

from peerapi.graphing.machine.node_search import NodeSearches
from tests.cli.conftest import Command
from tests.cli.test_graph_nodes import made, served


def test_all_nodes_are_asked_by_a_guest(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    made(command)
    one = command("graph", "add", "garden", "roses", "--attribute", "Owner=Ann").strip()
    command("graph", "add", "garden", "moss", "--attribute", "Owner=Ben")
    with served() as place:
        shown = command("graph", "ask", "garden", "Owner=Ann", "--connect", place)
        assert shown.startswith("alice: ") and "roses" in shown and "Owner=Ann" in shown and one in shown
        assert "moss" not in shown
        (found,) = map(
            json.loads, command("graph", "ask", "garden", "Owner=Ann", "--connect", place, "--json").splitlines()
        )
        assert (found["peer"], found["local"], found["id"]) == ("alice", False, one)
        assert command.code("graph", "ask", "garden", "Owner=Nobody", "--connect", place) == 0
        assert (command.out, command.err) == ("", "no records\n")
        with monkeypatch.context() as patch:
            patch.setattr(NodeSearches, "_on_answer", lambda *_: None)  # it is lost on the way
            said = command.refused("graph", "ask", "garden", "Owner=Ann", "--connect", place, "--seconds", "0.5")
        assert "Nobody has answered within 0.5 seconds (asked: alice)." in said
        said = command.refused("graph", "ask", "meadow", "Owner=Ann", "--connect", place)
        assert f"No connection to {place}: somebody listens there, but has no graph 'meadow'" in said
        assert command.code("graph", "ask", "garden", "Owner", "--connect", place) == 2
        assert "'Owner' is none of NAME=VALUE" in command.err
