"""``peerapi group create``, ``join`` and ``import``; groups by the names that are shown; the counts of groups."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
import trio

import peerapi
from tests.cli.conftest import Command
from tests.cli.test_graph import ended
from tests.support.ports import free_range

PEERAPI = [sys.executable, "-m", "peerapi"]
NOTE = UUID("11111111-2222-3333-4444-555555555555")
PASSWORD = "open sesame 42"


def output(*words: object, **environment: str) -> str:
    """What the command prints in a process of its own, where nothing has been imported before."""
    done = subprocess.run(
        [*PEERAPI, *map(str, words)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def test_a_process_that_only_looks_at_identities_counts_their_groups(command: Command) -> None:
    """``identity list`` said 0 always: who stores groups had not been imported."""
    ann = command("identity", "create", "--name", "Ann").strip()
    group = command("group", "create", "Card", "--cloud", "Loopback_").strip()
    assert output("identity", "list").splitlines()[1].split() == ["Ann", ann, "1"]
    shown = json.loads(output("identity", "show", "Ann", "--json"))
    assert shown["groups"] == [{"peer_name": group, "friendly_name": "Card"}]


def test_an_identity_with_groups_is_not_deleted_by_such_a_process_either(command: Command) -> None:
    command("identity", "create", "--name", "Ann")
    command("group", "create", "Card", "--cloud", "Loopback_")
    words = [*PEERAPI, "identity", "delete", "Ann", "--yes"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "PEER_E_GROUPS_EXIST" in done.stderr
    assert len(command.json("identity", "list")) == 1


def test_a_group_is_named_in_any_of_these_ways(command: Command) -> None:
    peer_name = command("group", "create", "Birthday Card", "--cloud", "Loopback_", "--comment", "Ours").strip()
    for typed in (peer_name, peer_name[:10], "Birthday Card", "birth"):
        assert command.json("group", "show", typed)[0]["peer_name"] == peer_name
    me = command.json("identity", "list")[0]["peer_name"]
    assert command.json("group", "show", "birth", "--identity", me[:8])[0]["comment"] == "Ours"
    second = command("group", "create", "Birthday Cake", "--cloud", "Loopback_").strip()
    said = command.refused("group", "show", "birth")
    assert peer_name in said and second in said
    assert "Did you mean 'Birthday Card'" in command.refused("group", "show", "Birthdya Card")


def test_a_members_records_are_found_by_the_name_that_people_have_for_it(command: Command) -> None:
    me = command("identity", "create", "--name", "Ann").strip()
    group = command("group", "create", "Card", "--cloud", "Loopback_").strip()

    async def main() -> None:
        async with peerapi.open_group(group) as opened:
            await opened.add(NOTE, "roses")

    trio.run(main)
    for typed in ("Ann", "an", me[:6]):
        assert len(command.json("group", "records", "Card", "--creator", typed)) == 1
    (found,) = command.json("group", "records", "Card", "--type", "1111", "--limit", "3")
    assert command("group", "record", "Card", found["id"], "--data") == "roses"


@contextmanager
def online(group: str) -> Iterator[str]:
    """The group in a process of its own, and where it is."""
    code = (
        "import sys, trio, peerapi\n"
        "async def main():\n"
        "    async with peerapi.open_group(sys.argv[1]) as group:\n"
        "        print((await group.connect())[0], flush=True)\n"
        "        await trio.to_thread.run_sync(sys.stdin.read)\n"
        "trio.run(main)\n"
    )
    pipe = subprocess.PIPE
    with ended(subprocess.Popen([sys.executable, "-c", code, group], stdin=pipe, stdout=pipe, text=True)) as process:
        assert process.stdin and process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()
        assert process.wait(120) == 0


@pytest.mark.parametrize("way", ["certificate", "password"])
def test_somebody_is_invited_and_joins(command: Command, way: str, tmp_path: Path, password: Path) -> None:
    of_ben = {"PEERAPI_HOME": str(tmp_path / "of Ben")}
    secret = ["--password-file", password] if way == "password" else []
    group = command("group", "create", "Card", "--cloud", "Loopback_", *secret).strip()

    async def main() -> None:
        async with peerapi.open_group(group) as opened:
            await opened.add(NOTE, "roses")

    trio.run(main)
    about, invitation = tmp_path / "ben.xml", tmp_path / "invitation"
    about.write_text(output("identity", "info", **of_ben))
    chosen = [] if way == "password" else [about, "--role", "inviting member"]
    invitation.write_text(command("group", "invite", "Card", *chosen))
    with online(group) as place:
        said = output("group", "join", invitation, "--connect", place, *secret, **of_ben)
    assert said == f"Card ({group}): 1 record\n"
    row = json.loads(output("group", "list", "--json", **of_ben))
    assert row["roles"] == ["member" if way == "password" else "inviting_member"]
    assert row["records"] == 1


def test_who_reaches_nobody_is_told_who_has_to_be_there(command: Command, tmp_path: Path) -> None:
    command("group", "create", "Card", "--cloud", "Loopback_")
    about, invitation = tmp_path / "ben.xml", tmp_path / "invitation"
    of_ben = {"PEERAPI_HOME": str(tmp_path / "of Ben")}
    about.write_text(output("identity", "info", **of_ben))
    invitation.write_text(command("group", "invite", "Card", about))
    words = [*PEERAPI, "group", "join", str(invitation), "--seconds", "0.5"]
    done = subprocess.run(words, env=os.environ | of_ben, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Somebody who may admit others has to be online" in done.stderr
    assert "The invitation is kept" in done.stderr
    assert "`peerapi group delete" in done.stderr
    assert done.stderr.count("\n") == 1
    assert json.loads(output("group", "list", "--json", **of_ben))["records"] in (0, None)


@pytest.mark.parametrize("text", ["", "no invitation", "<INVITATION/>"])
def test_what_is_no_invitation_is_one_sentence(command: Command, text: str, tmp_path: Path) -> None:
    (tmp_path / "invitation").write_text(text)
    assert "0x8" in command.refused("group", "join", tmp_path / "invitation")
    assert command.json("identity", "list") == []
    assert command.code("group", "join", tmp_path / "nothing") == 2
    assert "No such file" in command.err


def test_a_group_goes_to_another_machine_with_its_records(command: Command, tmp_path: Path, password: Path) -> None:
    secret = ["--password-file", password]
    group = command("group", "create", "Card", "--cloud", "Loopback_").strip()

    async def main() -> None:
        async with peerapi.open_group(group) as opened:
            await opened.add(NOTE, "roses")

    trio.run(main)
    command("identity", "export", "--file", tmp_path / "me", *secret)
    command("group", "export", "Card", tmp_path / "membership", "--membership", *secret)
    command("group", "export", "Card", tmp_path / "records")
    there = {"PEERAPI_HOME": str(tmp_path / "another machine")}
    me = output("identity", "import", "--file", tmp_path / "me", *secret, **there).strip()
    said = output("group", "import", tmp_path / "membership", *secret, **there)
    assert said == f"{group} of {me}\n"
    again = [*PEERAPI, "group", "import", str(tmp_path / "membership"), *map(str, secret)]
    done = subprocess.run(again, env=os.environ | there, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert f"{me} has a membership in the group {group} here already. --overwrite takes" in done.stderr
    assert output("group", "import", tmp_path / "membership", "--overwrite", *secret, **there) == said
    assert output("group", "import", tmp_path / "records", **there) == f"Card ({group}): 1 record\n"
    (found,) = [json.loads(line) for line in output("group", "records", "Card", "--json", **there).splitlines()]
    assert found["data"] == {"text": "roses"}


def test_records_of_a_group_that_is_not_here_are_refused(command: Command, tmp_path: Path) -> None:
    group = command("group", "create", "Card", "--cloud", "Loopback_").strip()
    command("group", "export", "Card", tmp_path / "records")
    command("group", "delete", "Card", "--yes")
    assert f"of the group {group}" in command.refused("group", "import", tmp_path / "records")


def test_watching_a_group_of_which_nobody_is_there_says_so(command: Command) -> None:
    command("group", "create", "Card", "--cloud", "Loopback_")
    assert "looking for other members" in command("group", "watch", "Card", "--seconds", "0.2")


# ---- pnrp ----


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "http"])
def test_a_port_that_is_none_is_refused_before_anything_is_made(command: Command, port: str) -> None:
    assert command.code("pnrp", "register", "new:chat", "--", port) == 2
    assert "1<=x<=65535" in command.err or "not a valid whole number" in command.err
    assert command.json("identity", "list") == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_name_stays_published_until_it_is_told_to_stop_also_without_input(
    command: Command, how: signal.Signals
) -> None:
    words = [*PEERAPI, "pnrp", "register", "new:chat", "4711"]
    devnull, pipe = subprocess.DEVNULL, subprocess.PIPE
    with ended(subprocess.Popen(words, stdin=devnull, stdout=pipe, stderr=pipe, text=True)) as process:
        assert process.stdout and process.stderr
        name = process.stdout.readline().removeprefix("registered ").strip()
        found = json.loads(output("pnrp", "resolve", name, "--json", "--cloud", "loop"))
        assert found["addresses"] == ["[::1]:4711"]
        assert process.poll() is None
        process.send_signal(how)
        assert process.wait(120) == 0
        assert process.stderr.read() == ""


def test_a_cloud_that_is_not_there_is_named_with_what_is_nearly_so(command: Command) -> None:
    assert "Did you mean 'Loopback_'" in command.refused("pnrp", "resolve", "0.x", "--cloud", "Lopback")
