"""``peerapi group``: the groups of this user, their members and records, invitations, a live view."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import trio

import peerapi
from peerapi import Role
from tests.cli.conftest import Command
from tests.cli.test_graph import ended
from tests.support.ports import free_range

NOTE = UUID("11111111-2222-3333-4444-555555555555")
PASSWORD = "open sesame"


@pytest.fixture
def card(command: Command) -> tuple[str, str]:
    """A closed group of Ann's with two records, and her identity: peer names."""
    found = []

    async def main() -> None:
        ann = await peerapi.create_identity("Ann")
        made = peerapi.create_group("Card", identity=ann.name, cloud="Loopback_", comment="Ours", password=PASSWORD)
        async with made as group:
            await group.add(NOTE, "roses", attributes={"Owner": "Ann"})
            await group.add(NOTE, "tulips")
            found.extend([group.name, ann.name])

    trio.run(main)
    return found[0], found[1]


SERVER = """
import sys, trio, peerapi
async def main():
    async with peerapi.open_group(sys.argv[1]) as group:
        print((await group.connect())[0], flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)
trio.run(main)
"""


@pytest.fixture
def elsewhere(card: tuple[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process in which the group is online, and its address."""
    pipe = subprocess.PIPE
    env = os.environ | {"PEERAPI_PNRP_PORT": str(free_range())}
    words = [sys.executable, "-c", SERVER, card[0]]
    with ended(subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, env=env)) as process:
        assert process.stdin
        assert process.stdout
        yield process, process.stdout.readline().strip()
        process.stdin.close()
        assert process.wait(120) == 0


def test_a_user_without_groups_is_told_so(command: Command) -> None:
    assert command.code("group", "list") == 0
    assert (command.out, command.err) == ("", "no groups\n")


def test_groups_are_listed_with_ones_role(command: Command, card: tuple[str, str]) -> None:
    (found,) = command.json("group", "list")
    assert found == {
        "friendly_name": "Card", "group": card[0], "identity": card[1], "identity_name": "Ann", "cloud": "Loopback_",
        "roles": ["administrator"], "records": 2, "state": "closed", "process": None,
    }  # fmt: skip
    heading, row = command("group", "list").splitlines()
    assert heading.split() == ["NAME", "PEER", "NAME", "IDENTITY", "ROLES", "RECORDS", "STATE"]
    assert row.split() == ["Card", card[0], "Ann", "administrator", "2", "closed"]
    assert command.json("identity", "show")[0]["groups"] == [{"peer_name": card[0], "friendly_name": "Card"}]


@pytest.mark.parametrize("by", ["friendly name", "peer name"])
def test_a_group_is_shown(command: Command, card: tuple[str, str], by: str) -> None:
    (shown,) = command.json("group", "show", "Card" if by == "friendly name" else card[0])
    assert (shown["peer_name"], shown["creator"], shown["comment"]) == (*card, "Ours")
    assert (shown["members"], shown["records"], shown["by_password"]) == (1, 2, True)
    assert "comment              Ours" in command("group", "show", "Card")


def test_members_are_listed(command: Command, card: tuple[str, str]) -> None:
    (found,) = command.json("group", "members", "Card")
    assert (found["name"], found["friendly_name"], found["roles"]) == (card[1], "Ann", ["administrator"])
    assert command("group", "members", "Card").splitlines()[1].split()[:3] == ["Ann", card[1], "administrator"]


def test_records_are_listed_and_found(command: Command, card: tuple[str, str]) -> None:
    texts = [found["data"] for found in command.json("group", "records", "Card", "--type", NOTE)]
    assert texts == [{"text": "roses"}, {"text": "tulips"}]
    assert len(command.json("group", "records", "Card", "--creator", card[1])) == 2
    (found,) = command.json("group", "search", "Card", "Owner=Ann")
    assert found["data"] == {"text": "roses"}


def test_an_invitation_is_for_one_identity_or_by_password(
    command: Command, card: tuple[str, str], tmp_path: Path
) -> None:
    async def about_ben() -> str:
        return await peerapi.identity_info((await peerapi.create_identity("Ben")).name)

    (tmp_path / "ben.xml").write_text(trio.run(about_ben), encoding="utf-8")
    found = peerapi.parse_invitation(
        command("group", "invite", "Card", tmp_path / "ben.xml", "--role", "inviting_member")
    )
    assert (found.group, found.member_friendly_name, found.roles) == (card[0], "Ben", {Role.INVITING_MEMBER})
    assert peerapi.parse_invitation(command("group", "invite", "Card")).needs_password


def test_an_exported_group_is_a_database(command: Command, card: tuple[str, str], tmp_path: Path) -> None:
    command("group", "export", "Card", tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_size > 0


def test_looking_changes_nothing(command: Command, card: tuple[str, str]) -> None:
    home = Path(os.environ["PEERAPI_HOME"])
    files = sorted(path for path in home.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    before = [path.read_bytes() for path in files]
    for words in (["show", "Card"], ["members", "Card"], ["records", "Card"], ["invite", "Card"], ["list"]):
        command("group", *words)
    assert [path.read_bytes() for path in files] == before


def test_a_group_that_is_not_there_is_not_found(command: Command) -> None:
    assert "PEER_E_NOT_FOUND" in command.refused("group", "show", "Card")


def test_a_group_is_deleted(command: Command, card: tuple[str, str]) -> None:
    command("group", "delete", "Card", "--yes")
    assert command.json("group", "list") == []


def test_a_group_that_another_process_has_open_is_listed_and_watched_through_it(
    command: Command, elsewhere: tuple[subprocess.Popen[str], str]
) -> None:
    pid = elsewhere[0].pid
    (found,) = command.json("group", "list")
    assert (found["state"], found["process"], found["records"]) == (f"open in process {pid}", pid, None)
    for what in ("show", "members", "records"):
        said = command.refused("group", what, "Card")
        assert f"Process {pid} has the database open" in said
        assert f"or look on through it: `peerapi group watch {found['group']}`" in said
    said = command.refused("group", "delete", "Card", "--yes")
    assert f"Process {pid} has the group open. End that process first." in said
    assert "looking for other members" in command("group", "watch", "Card", "--seconds", "0.1")


JOIN = """
import sys, trio, peerapi
async def main():
    ben = await peerapi.create_identity("Ben")
    print(await peerapi.identity_info(ben.name), flush=True)
    async with peerapi.join_group(sys.stdin.readline(), identity=ben.name):
        print("joined", flush=True)
trio.run(main)
"""


def test_a_member_watches_what_happens(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann's group is online in this process; Ben, in a home of his own, has joined and watches."""
    pipe = subprocess.PIPE
    env = os.environ | {"PEERAPI_HOME": str(tmp_path / "of Ben")}
    words = [sys.executable, "-m", "peerapi", "group", "watch", "Card", "--json", "--seconds", "120"]
    wanted = {"neighbor", "status", "member", "record", "second"}
    seen: list[dict[str, object]] = []

    def watched(group: peerapi.Group) -> None:
        place = str(group.addresses[0])
        watching = subprocess.Popen([*words, "--connect", place], stdout=pipe, stderr=pipe, text=True, env=env)
        with ended(watching) as process:
            assert process.stdout
            assert process.stderr
            for line in process.stdout:
                seen.append(json.loads(line))
                if seen[-1].get("records") == 1:
                    trio.from_thread.run(group.add, NOTE, "hello")
                said = any(one.get("data") == {"text": "hello"} for one in seen)
                if said and wanted <= {one["event"] for one in seen}:
                    break
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            assert process.wait(120) == 0
            assert process.stderr.read() == ""

    async def main() -> None:
        async with peerapi.create_group("Card", cloud="Loopback_") as group:
            await group.add(NOTE, "before")
            await group.connect()
            with ended(
                subprocess.Popen([sys.executable, "-c", JOIN], stdin=pipe, stdout=pipe, text=True, env=env)
            ) as ben:
                assert ben.stdin
                assert ben.stdout
                invitation = await group.invite(ben.stdout.readline())
                ben.stdin.write(invitation.replace("\n", "") + "\n")
                ben.stdin.flush()
                assert ben.stdout.readline() == "joined\n"
            await trio.to_thread.run_sync(watched, group)

    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    trio.run(main)
    assert wanted <= {one["event"] for one in seen}
    assert any(one.get("data") == {"text": "hello"} for one in seen)
