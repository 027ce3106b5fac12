"""The command as a whole: what it says to those who mistype, interrupt, pipe or have another terminal than ours."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import click
import pytest
import trio

import peerapi
from peerapi import cli
from peerapi.cli import commands
from tests.cli.conftest import Command

PEERAPI = [sys.executable, "-m", "peerapi"]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | environment
    return subprocess.run(
        [*PEERAPI, *words], env=env, capture_output=True, encoding="utf-8", errors="replace", timeout=300, check=False
    )


def every(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands, with the words that lead to them."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=words[-1] if words else "peerapi")
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from every(below, (*words, name))


ALL = list(every(cli.root()))


@pytest.mark.parametrize(("words", "one"), ALL, ids=[" ".join(words) or "peerapi" for words, _ in ALL])
def test_every_command_and_every_option_says_what_it_is_for(
    command: Command, words: tuple[str, ...], one: click.Command
) -> None:
    text = command(*words, "--help")
    assert text.startswith(f"Usage: {' '.join(('peerapi', *words))} ")
    assert len((one.help or "").split()) >= 3
    for parameter in one.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert (parameter.help or "").rstrip("]")[-1:] in ".,:;\"'" or "[default" in (parameter.help or ""), (
                parameter.name
            )
            assert not parameter.multiple or "repeatable" in (parameter.help or ""), parameter.name
    said = text.partition("\n\n")[2].partition("\n\nOptions:")[0]
    assert all(
        line.startswith("  ") and (line[2:3] != " " or "peerapi" in line) for line in said.splitlines() if line
    ), "a paragraph is set off though it is no example"
    assert "..." not in text.partition("Commands:")[2], "a sentence was cut"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grahp"], "There is no command 'grahp'. Did you mean graph or group?"),
        (["graph", "lst"], "There is no command 'lst'. Did you mean list?"),
        (["graph", "rec"], "record"),
        (["graph", "xyzzy"], "There are list, show,"),
        (["graph", "list", "--jsn"], "--json"),
        (["config", "--cflag"], "--cflags"),
    ],
)
def test_who_mistypes_is_told_what_was_probably_meant(command: Command, words: list[str], said: str) -> None:
    assert command.code(*words) == 2
    assert command.out == ""
    assert said in command.err
    assert "Usage: peerapi" in command.err
    assert len(command.err.splitlines()) <= 3, "what was wrong is not to be searched for"


def test_flags_for_a_compiler_come_in_the_order_in_which_they_are_asked_for(command: Command, tmp_path: Path) -> None:
    answers = {one: command("config", one).strip() for one in ("--cflags", "--unicode", "--libs")}
    assert command("config", "--libs", "--unicode", "--cflags").strip() == " ".join(
        answers[one] for one in ("--libs", "--unicode", "--cflags")
    )
    assert command.code("config", "--sources", tmp_path / "none") == 2
    assert "does not exist" in command.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_its_script(command: Command, shell: str) -> None:
    assert "_PEERAPI_COMPLETE" in command("completion", shell)


def completed(*words: str) -> list[str]:
    """What bash is told could stand for the last word."""
    done = run(_PEERAPI_COMPLETE="bash_complete", COMP_WORDS=" ".join(("peerapi", *words)), COMP_CWORD=str(len(words)))
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_commands_options_and_names_are_completed(command: Command) -> None:
    command("identity", "create", "--name", "Ann")
    command.code("graph", "create", "garden", "--scope", "loopback")
    assert completed("gra") == ["graph"]
    assert completed("graph", "se") == ["search", "serve"]
    assert completed("graph", "records", "--cr") == ["--creator"]
    assert completed("graph", "show", "g") == ["garden"]
    assert completed("identity", "show", "A") == ["Ann"]
    assert completed("completion", "z") == ["zsh"]


def many_records(count: int) -> None:
    async def main() -> None:
        async with peerapi.create_graph("garden", "alice", scope=peerapi.Scope.LOOPBACK) as graph:
            await graph.add_many(peerapi.Draft(UUID(int=1), f"note {number} {'x' * 40}") for number in range(count))

    trio.run(main)


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "JSON"])
def test_who_reads_the_first_lines_only_is_no_failure(command: Command, form: list[str]) -> None:
    many_records(3000)
    writer = subprocess.Popen(
        [*PEERAPI, "graph", "records", "garden", *form], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout and writer.stderr
    assert writer.stdout.readline()
    writer.stdout.close()
    assert writer.wait(120) == 0
    assert writer.stderr.read() == b""
    writer.stderr.close()


@pytest.mark.parametrize("words", [["doctor"], ["graph", "list"], ["--help"], ["config", "--cflags"]])
def test_a_pipe_that_is_closed_from_the_beginning_is_no_failure(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        done = subprocess.run(
            [*PEERAPI, *words], stdout=out, stderr=subprocess.PIPE, text=True, timeout=300, check=False
        )
    assert done.stderr in ("", "no graphs\n")
    assert done.returncode in (0, 1)


def test_records_are_shown_page_by_page(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first page is printed when the second has not been read yet."""
    from peerapi.cli import records

    many_records(200)
    read: list[int] = []
    first = records.Reader.records

    def counted(self: records.Reader, ids: bytes) -> Iterator[object]:
        for number, one in enumerate(first(self, ids)):
            read.append(number)
            yield one

    printed: list[int] = []
    monkeypatch.setattr(records.Reader, "records", counted)
    monkeypatch.setattr("builtins.print", lambda *words, **more: printed.append(len(read)))
    commands.run(cli.root(), ["graph", "records", "garden"])
    assert printed == [50, 100, 150, 200]


def test_no_more_records_are_shown_than_are_wanted(command: Command) -> None:
    many_records(120)
    assert len(command.json("graph", "records", "garden", "--limit", "7")) == 7
    assert len(command("graph", "records", "garden", "--limit", "60").splitlines()) == 61
    assert command.code("graph", "records", "garden", "--limit", "0") == 2


def test_a_terminal_without_our_characters_gets_escapes(command: Command) -> None:
    command("identity", "create", "--name", "Zoë 花")
    done = run("identity", "list", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Zo\\xeb \\u82b1" in done.stdout
    done = run("identity", "list", "--json", PYTHONIOENCODING="latin-1")
    assert json.loads(done.stdout)["friendly_name"] == "Zoë 花"
    done = run("graph", "show", "Zoë \udc80", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_fault_of_our_own_is_one_line_and_its_traceback_is_in_the_log(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise KeyError("secret")

    monkeypatch.setattr("peerapi.store.catalog.entries", broken)
    monkeypatch.setenv("PEERAPI_LOG", f"error:{tmp_path / 'log'}")
    said = command.refused("graph", "list")
    assert said.startswith("peerapi graph list: a fault of peerapi itself: KeyError: 'secret'")
    assert "in broken" in (tmp_path / "log").read_text(encoding="utf-8")


def test_the_doctor_speaks_json(command: Command) -> None:
    found = {one["subject"]: one for one in command.json("doctor")}
    assert all(one["ok"] and one["remedy"] is None for one in found.values())
    assert {"peerapi", "library", "click", "rich", "quart-trio", "data folder"} <= found.keys()


@pytest.mark.parametrize(
    "words", [["doctor"], ["graph", "list"], ["identity", "list"], ["group", "list"], ["identity", "create"]]
)
def test_a_user_without_a_home_folder_gets_a_sentence(words: list[str]) -> None:
    env = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR")}
    code = (
        "import os, sys\n"
        "os.path.expanduser = lambda path: path\n"  # as where neither HOME nor the list of users says anything
        f"from peerapi.cli import main\nsys.exit(main({words!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 1
    assert "no user of this machine has such a home folder" in done.stdout + done.stderr
    assert done.stderr.count("\n") <= 1


def test_importing_the_package_loads_nothing_of_the_command() -> None:
    code = "import sys, peerapi, peerapi.api.graph; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert not {"click", "rich", "quart_trio", "peerapi.cli"} & set(loaded.stdout.split())


@pytest.mark.parametrize("words", [["config", "--cflags"], ["--version"], ["graph", "--help"]])
def test_a_command_loads_only_what_it_needs(words: list[str]) -> None:
    code = f"import sys; from peerapi.cli import main; main({words!r}); print(*sys.modules, file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    unwanted = {"rich", "trio", "quart_trio", "hypercorn", "cryptography", "ssl"}
    assert not unwanted & set(loaded.stderr.split())
    assert re.search(r"\bclick\b", loaded.stderr)


def test_the_doctor_looks_at_the_installed_package_in_whatever_folder_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has just installed from a clone still stands in it, where nothing has been built."""
    from peerapi.cli import doctor

    (tmp_path / "peerapi").mkdir()
    (tmp_path / "peerapi" / "__init__.py").write_text("raise ImportError('the clone, not the package')\n")
    monkeypatch.chdir(tmp_path)
    found = {finding.subject: finding for finding in doctor.examine_library()}
    assert not found["library"].remedy, found["library"].text


def test_who_interrupts_while_a_command_is_imported_sees_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("peerapi.cli.root", interrupted)
    assert cli.main(["graph", "list"]) == 130


HELD = """
import signal, sys, tempfile
import click
from peerapi.cli.commands import run

@click.command()
def hold():
    with tempfile.TemporaryDirectory(prefix="peerapi-") as folder:
        print(folder, flush=True)
        {wait}

sys.exit(run(hold, []))
"""
WAITS = {"plain": "signal.pause()", "trio": "import trio; trio.run(trio.sleep_forever)"}


@pytest.mark.parametrize("background", [False, True], ids=["in front", "with Ctrl-C ignored"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("how", WAITS)
def test_a_command_that_is_told_to_end_leaves_nothing_that_it_had_for_a_while(
    tmp_path: Path, how: str, number: signal.Signals, background: bool
) -> None:
    code = HELD.format(wait=WAITS[how])
    if background:
        code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + code
    env = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        process.send_signal(number)
        assert process.wait(120) == 128 + number
    assert list(tmp_path.iterdir()) == []
