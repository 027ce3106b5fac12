"""``peerapi graph create``, ``add``, ``join``, ``serve``, ``watch``; what is deleted, exported and imported."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import trio

import peerapi
from peerapi.cli import progress
from peerapi.store.catalog import entries
from peerapi.text import shell_word, to_paste
from tests.cli.conftest import Command
from tests.cli.test_graph import ended, shown

PEERAPI = [sys.executable, "-m", "peerapi"]
LINE = re.compile(r"  peerapi graph join (\S+) '?(\[::1\]:\d+)'?")


def made(command: Command, graph: str = "garden") -> None:
    command.code("graph", "create", graph, "--peer", "alice", "--scope", "loopback", "--name", "Our Garden")
    assert command.out == f"{graph} of alice (graph): made\n"


@contextmanager
def served(*words: str) -> Iterator[str]:
    """The address at which the graph is served; Ctrl-C ends it, and it has complained of nothing."""
    serving = subprocess.Popen(
        [*PEERAPI, "graph", "serve", "garden", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with ended(serving) as process:
        assert process.stdout and process.stderr
        place = next(found[2] for line in process.stdout if (found := LINE.fullmatch(line.rstrip())))
        yield place
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(120) == 0
        assert process.stderr.read() == ""


def test_a_graph_is_made_filled_served_and_joined(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(command)
    (tmp_path / "moss").write_bytes(b"\xff\x00moss")
    one = command("graph", "add", "garden", "roses", "--attribute", "Owner=Ann", "--attribute", "Pages=3").strip()
    two = command("graph", "add", "Our G", "--file", tmp_path / "moss", "--type", UUID(int=9), "--days", "2").strip()
    first, second = command.json("graph", "records", "garden")
    assert (first["id"], first["attributes"], first["data"]) == (one, {"Owner": "Ann", "Pages": 3}, {"text": "roses"})
    assert (second["id"], second["type"], second["creator"]) == (two, str(UUID(int=9)), "alice")
    home = os.environ["PEERAPI_HOME"]
    with served() as place:
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "of another Alice"))
        assert "if alice is there already, --peer" in command.refused(
            "graph", "join", "garden", place, "--peer", "alice"
        )
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "of Ben"))
        named = f"localhost:{place.rpartition(':')[2]}"  # which may stand for 127.0.0.1 alone in a file of hosts
        assert command("graph", "join", "garden", named, "--peer", "ben") == "garden of ben (graph): 2 records\n"
        assert [one["id"] for one in command.json("graph", "records", "garden")] == [one, two]
        monkeypatch.setenv("PEERAPI_HOME", home)
    assert command.json("graph", "list")[0]["state"] == "closed"


FILL = """
import sys, uuid, trio, peerapi
async def main():
    async with peerapi.open_graph("garden", "alice") as graph:
        await graph.add_many(peerapi.Draft(uuid.UUID(int=0x2001), b"%d" % n) for n in range(int(sys.argv[1])))
trio.run(main)
"""


def test_a_graph_of_many_records_is_joined_and_looked_into(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(command)
    subprocess.run([sys.executable, "-c", FILL, "50000"], check=True, timeout=300)
    with served() as place:
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "of Ben"))
        assert command("graph", "join", "garden", place, "--peer", "ben") == "garden of ben (graph): 50,000 records\n"
        first = command.json("graph", "records", "garden", "--limit", "3")
        assert [one["data"]["text"] for one in first] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "garden"], 2, "Either TEXT or --file"),
        (["add", "garden", "x", "--attribute", "Owner"], 2, "'Owner' is not of the form NAME=VALUE."),
        (["add", "garden", "x", "--attribute", "O w=1"], 2, "attribute"),
        (["add", "garden", "x", "--type", "zz"], 2, "no UUID"),
        (["add", "garden", "x", "--type", "12"], 1, "no record type '12'. A new type is named by a whole UUID."),
        (["create", ""], 2, "the ID of a graph has 1 to 255 characters, not 0"),
        (["create", "g" * 256], 2, "1 to 255 characters, not 256"),
        (["create", "bad\udcff"], 2, "is no text in UTF-8"),
        (["create", "new", "--peer", ""], 2, "the name of a peer has 1 to 255"),
        (["create", "new", "--database", "a/b"], 2, "'a/b' is no name of a file"),
        (["join", "", "[::1]:1"], 2, "the ID of a graph has 1 to 255"),
        (["search", "garden", "Color"], 2, "NAME~PATTERN"),
        (["search", "garden", "<nonsense"], 2, "search"),
        (["ask", "garden", "Color", "--connect", "[::1]:1"], 2, "NAME!=VALUE"),
        (["add", "garden", "x", "--days", "0"], 2, "days"),
        (["create", "garden", "--peer", "alice"], 1, "PEER_E_DUPLICATE_GRAPH"),
        (["create", "new", "--scope", "far"], 2, "none of global, site, link, loopback"),
        (["join", "meadow", "nowhere"], 2, "names no port"),
        (["join", "meadow", "[::1]:80000"], 2, "80000 is not a port"),
        (["join", "garden"], 2, "ADDRESS"),
        (["serve", "garden", "--port", "80000"], 2, "0<=x<=65535"),
        (["join", "meadow", "::1:80"], 2, "stands in brackets"),
        (["join", "meadow", "[::1%\u00b2]:80"], 2, "no interface"),
        (["join", "meadow", "[::1]:1", "--peer", "ben"], 1, "No connection to [::1]:1: nobody listens there."),
        (["join", "meadow", "nowhere.invalid:1"], 1, "no address"),
        (["serve", "garden", "--connect", "nowhere"], 2, "names no port"),
        (["serve", "garden", "--connect", "[::1]:1"], 1, "PEER_E_CONNECTION_FAILED"),
        (["watch", "meadow", "--connect", "[::1]:0"], 2, "0 is not a port"),
        (["watch", "meadow", "--connect", "[::1]:1", "--peer", "ben"], 1, "PEER_E_CONNECTION_FAILED"),
        (["serve", "meadow"], 1, "no graph 'meadow'"),
        (["watch", "garden", "--listen", "70000"], 2, "0<=x<=65535"),
        (["import", "garden", "/nowhere"], 2, "does not exist"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_made(
    command: Command, words: list[str], code: int, said: str
) -> None:
    made(command)
    before = sorted(Path(os.environ["PEERAPI_HOME"]).rglob("*"))
    assert command.code("graph", *words) == code
    assert said in command.err
    assert "Traceback" not in command.err
    assert code == 2 or command.err.count("\n") == 1
    assert "others join it" not in command.out
    after = [path for path in sorted(Path(os.environ["PEERAPI_HOME"]).rglob("*")) if path not in before]
    assert [path for path in after if path.name.endswith(".peergraph")] == []
    assert command.json("graph", "records", "garden") == []


@pytest.mark.parametrize("graph", ["Our garden", "--help", "x; $(id) `id` 'y'", "caf\u00e9\x07"])
def test_what_is_printed_to_be_typed_can_be_pasted_whatever_the_graph_is_called(command: Command, graph: str) -> None:
    assert command.code("graph", "create", "--scope", "loopback", "--", graph) == 0
    said = command.err.removeprefix("`").removesuffix("` lets others join it.\n")
    assert said == to_paste("peerapi graph serve", graph)
    told: list[str] = []
    for name in ("alice", "Ben and I"):
        command.code("graph", "create", "--scope", "loopback", "--peer", name, "--", graph)
        told.append(shell_word(name))
    several = command.refused("graph", "show", "--", graph)
    assert all(f"--peer {name} --database graph" in several for name in told)


def test_a_port_that_is_taken_is_one_sentence(command: Command) -> None:
    made(command)
    with served() as place:
        made(command, "meadow")
        said = command.refused("graph", "serve", "meadow", "--port", place.rpartition(":")[2])
        assert f"Port {place.rpartition(':')[2]}: Address already in use" in said
        # Who watches and listens hears of it before anybody is joined.
        said = command.refused("graph", "watch", "garden", "--connect", place, "--listen", place.rpartition(":")[2])
        assert f"Port {place.rpartition(':')[2]}: Address already in use" in said


# ---- watch ----


def test_a_neighbor_that_leaves_is_called_as_before_and_times_are_utc(command: Command) -> None:
    """``neighbor guest 18159: connected`` was followed by ``neighbor 521e4d3902ee29c5: disconnected``."""
    made(command)
    pipe = subprocess.PIPE
    serving = [*PEERAPI, "graph", "serve", "garden", "--json"]
    with ended(subprocess.Popen(serving, stdout=pipe, text=True)) as process:
        assert process.stdout
        place = json.loads(process.stdout.readline())["addresses"][0]
        assert command.code("graph", "watch", "garden", "--connect", place, "--seconds", "0.5") == 0
        told = []
        while not told or told[-1].get("change") != "disconnected":
            told.append(json.loads(process.stdout.readline()))
    named = [one for one in told if one["event"] == "neighbor"]
    assert {one["change"] for one in named} == {"connected", "disconnected"}
    assert len({one["peer"] for one in named}) == 1 and named[0]["peer"].startswith("guest ")
    assert all(datetime.fromisoformat(one["time"]).utcoffset() == timedelta(0) for one in told)


def test_watching_what_is_not_there_ends_with_a_sentence(command: Command) -> None:
    said = command.refused("graph", "watch", "garden", "--seconds", "0.1")
    assert "Nobody of this user has a graph 'garden'" in said
    assert "--connect ADDRESS" in said


def test_watching_ones_own_graph_that_is_closed_shows_it(command: Command) -> None:
    made(command)
    command("graph", "add", "garden", "roses")
    text = command("graph", "watch", "our", "--seconds", "0.1")
    assert "nobody is connected; --connect ADDRESS joins somebody" in text
    assert [entry.peer_id for entry in entries()] == ["alice"]


def test_watching_a_graph_that_another_process_has_open_says_so(command: Command, tmp_path: Path) -> None:
    made(command)
    command("graph", "export", "garden", tmp_path / "copy")
    with served() as place:
        said = command.refused("graph", "watch", "garden", "--seconds", "0.1")
        assert "has the database open" in said and to_paste("peerapi graph watch", "garden", connect=place) in said
        assert f", at {place}" in command("graph", "list")
        assert command.json("graph", "list")[0]["addresses"] == [place]
        again = command.refused("graph", "join", "garden", place, "--peer", "alice")
        assert to_paste("peerapi graph join", "garden", place, peer="NAME") in again
        for words in (
            ["add", "garden", "moss"],
            ["delete", "garden", "--yes"],
            ["import", "garden", tmp_path / "copy"],
        ):
            assert command.refused("graph", *words).count("End that process first.") == 1
    assert command.json("graph", "list")[0]["addresses"] == []


# ---- deleting, exporting, importing ----


def asked(words: list[str], answer: str) -> tuple[int, str]:
    """A command on a terminal, where somebody answers; (exit code, what was shown)."""
    ours, theirs = pty.openpty()
    with ended(subprocess.Popen([*PEERAPI, *words], stdin=theirs, stdout=theirs, stderr=theirs)) as process:
        os.close(theirs)
        text = ""
        while "[y/N]" not in text:
            more = shown(ours)
            assert more, text
            text += more
        os.write(ours, answer.encode())
        while more := shown(ours):
            text += more
        code = process.wait(120)
    os.close(ours)
    return code, text


@pytest.mark.parametrize(("answer", "code", "left"), [("n\n", 130, 1), ("\n", 130, 1), ("y\n", 0, 0)])
def test_deleting_asks(command: Command, answer: str, code: int, left: int) -> None:
    made(command)
    got, text = asked(["graph", "delete", "garden"], answer)
    assert "Remove garden (Our Garden) of alice with all its records from this machine?" in text
    assert (got, len(command.json("graph", "list"))) == (code, left)


@pytest.mark.parametrize(
    "words", [["graph", "delete", "garden"], ["identity", "delete", "Ann"], ["group", "delete", "Card"]]
)
def test_where_nobody_can_be_asked_nothing_is_deleted(
    command: Command, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(command)
    command("identity", "create", "--name", "Ann")
    command("group", "create", "Card", "--cloud", "Loopback_")
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert command.code(*words) == 2
    assert "say --yes" in command.err
    graphs = [one["database"] for one in command.json("graph", "list")]
    assert sorted(graphs) == ["graph", "group"]
    assert [len(command.json(kind, "list")) for kind in ("identity", "group")] == [1, 1]


@pytest.fixture
def exporting(command: Command, request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[object], Path]:
    """A command that writes a file, and the file."""
    file = tmp_path / "copy"
    (tmp_path / "password").write_text("open sesame\n")
    password = ["--password-file", tmp_path / "password"]
    made(command)
    command("identity", "create", "--name", "Ann")
    command("group", "create", "Card", "--cloud", "Loopback_")
    words: dict[str, list[object]] = {
        "graph": ["graph", "export", "garden", file],
        "group": ["group", "export", "Card", file],
        "membership": ["group", "export", "Card", file, "--membership", *password],
        "identity": ["identity", "export", "Ann", "--file", file, *password],
    }
    return words[request.param], file


@pytest.mark.parametrize("exporting", ["graph", "group", "membership", "identity"], indirect=True)
def test_an_export_is_its_owners_only_and_replaces_nothing_unless_told(
    command: Command, exporting: tuple[list[object], Path]
) -> None:
    words, file = exporting
    before = os.umask(0)
    try:
        assert command.code(*words) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(b"mine")
    said = command.refused(*words)
    assert "--force replaces" in said and str(file) in said
    assert file.read_bytes() == b"mine"
    file.chmod(0o644)
    assert command.code(*words, "--force") == 0
    assert file.read_bytes() != b"mine"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in file.parent.iterdir()) == ["copy", "home", "password"]


def test_an_export_that_fails_leaves_nothing(command: Command, tmp_path: Path) -> None:
    made(command)
    with served():
        command.refused("graph", "export", "garden", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert "No such file or directory" in command.refused("graph", "export", "garden", tmp_path / "no" / "copy")


# ---- bars ----


class Screen:
    """A terminal that keeps what is drawn on it."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


def test_a_bar_has_a_total_a_rate_and_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with progress.Progress("importing", stream=screen) as bar:
        for done in range(0, 50_001, 5_000):
            bar(done, 100_000)
    assert re.search(r"importing .*50%.*50,000 of 100,000 records, [\d,]+ a second .*left .*\d:\d\d:\d\d", screen.text)


def test_without_a_total_a_bar_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setenv("COLUMNS", "150")
    with progress.Progress("first synchronization", stream=screen) as bar:
        bar(1200)
    assert "1,200 records, " in screen.text


def test_nobody_who_reads_a_file_gets_a_bar() -> None:
    class File(Screen):
        def isatty(self) -> bool:
            return False

    file = File()
    with progress.Progress("importing", stream=file) as bar:
        bar(1, 2)
    assert file.text == ""


def drawn(*words: object) -> str:
    """All that a command draws on its terminal, which has to succeed."""
    ours, theirs = pty.openpty()
    size = os.environ | {"COLUMNS": "150", "LINES": "40", "TERM": "xterm"}
    with ended(subprocess.Popen([*PEERAPI, *map(str, words)], stdout=theirs, stderr=theirs, env=size)) as process:
        os.close(theirs)
        text = ""
        while more := shown(ours):
            text += more
        assert process.wait(120) == 0, text
    os.close(ours)
    return text


def test_import_and_first_synchronization_show_how_far_they_are(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def many() -> None:
        async with peerapi.open_graph("garden", "alice") as graph:
            await graph.add_many(peerapi.Draft(UUID(int=1), f"note {number}") for number in range(20_000))

    made(command)
    trio.run(many)
    command("graph", "export", "garden", tmp_path / "copy")
    with served() as place:
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "of Ben"))
        text = drawn("graph", "join", "garden", place, "--peer", "ben")
        assert re.search(r"first synchronization .*[\d,]+ records, [\d,]+ a second", text)
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    command("graph", "delete", "garden", "--yes")
    text = drawn("graph", "import", "garden", tmp_path / "copy")
    assert re.search(r"importing .*\d+%.* of 20,001 records, [\d,]+ a second .*left", text)
    assert "garden of alice (graph): 20,000 records" in text
