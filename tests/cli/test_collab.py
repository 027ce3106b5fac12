"""``peerapi collab``."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from peerapi.collab import local
from peerapi.collab.values import Application, Registration
from peerapi.engine.collab.program import Program
from tests.api.test_collab_people import DRAW
from tests.cli.conftest import Command
from tests.support.collab import Apart, people, stop_host, wait_until
from tests.support.collab_structs import (
    NEAR_ME,
)
from tests.support.ports import free_range

ROOT = Path(__file__).parents[2]
PEERAPI = (sys.executable, "-m", "peerapi")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> str:
    found = str(free_range())
    monkeypatch.setenv("PEERAPI_COLLAB_PORT", found)
    return found


@pytest.fixture
def bob(library: Path, tmp_path: Path, port: str) -> Iterator[Apart]:
    with people(library, tmp_path, "bob", PEERAPI_COLLAB_PORT=port) as [person]:
        yield person
    stop_host(tmp_path / "home")


def test_contacts(command: Command, bob: Apart, tmp_path: Path) -> None:
    assert command.code("collab", "contacts") == 0
    assert command.err == "no contacts\n"
    bob.update(bob.me(), pwzNickName="Bob", pwzDisplayName="Robert")
    file = tmp_path / "bob.xml"
    file.write_bytes(bob.export().encode("utf-16"))
    name = command("collab", "add", file, "--watch").strip()
    assert name == bob.me()["pwzPeerName"]
    assert "PEER_E_ALREADY_EXISTS" in command.refused("collab", "add", file)
    shown = {
        "peer_name": name,
        "nickname": "Bob",
        "display_name": "Robert",
        "email": "",
        "watched": True,
        "may_watch": False,
    }
    assert command.json("collab", "contacts") == [shown]
    for words, change in (
        (("allow", "bob"), {"may_watch": True}),
        (("unwatch", "Rob"), {"watched": False}),
        (("block", name[:6]), {"may_watch": False}),
        (("watch", name), {"watched": True}),
    ):
        command("collab", *words)
        shown |= change
        assert command.json("collab", "contacts") == [shown], words
    assert "Bob" in command("collab", "contacts")
    assert command("collab", "export", "Bob").split() == bob.export().split()
    assert "PEER_E_CONTACT_NOT_FOUND" in command.refused("collab", "allow", "Carol")
    assert "Did you mean 'Bob'?" in command.refused("collab", "allow", "Bobb")
    for word in ("", " "):
        said = "An empty word names no contact. `peerapi collab contacts` shows all."
        assert said in command.refused("collab", "watch", word)
    file.write_text("nonsense")
    assert "E_INVALIDARG" in command.refused("collab", "add", file)
    command("collab", "delete", "Bob", "--yes")
    assert command.json("collab", "contacts") == []


def test_who_is_there(command: Command, bob: Apart) -> None:
    assert command.json("collab", "who")[0]["signed_in"] == "NONE"
    assert "signed in     no\n" in command("collab", "who")
    assert "`peerapi collab sign-in`" in command.refused("collab", "near-me")
    command("collab", "sign-in", "--scope", "near-me")
    [me] = command.json("collab", "who")
    assert (me["signed_in"], me["presence"]) == ("NEAR_ME", "online")
    assert "signed in     near-me\n" in command("collab", "who")
    bob.update(bob.me(), pwzNickName="Bob")
    bob.sign_in(NEAR_ME)
    wait_until(lambda: command.json("collab", "near-me"))
    assert command.json("collab", "near-me")[0]["nickname"] == "Bob"
    assert "Bob" in command("collab", "near-me")
    assert command("collab", "sign-out") == "signed out: all\n"
    assert command.json("collab", "who")[0]["signed_in"] == "NONE"


def test_who_is_watched_is_shown_as_they_come_change_and_go(command: Command, bob: Apart, tmp_path: Path) -> None:
    bob.update(bob.me(), pwzNickName="Bob")
    bob.update(bob.add(command("collab", "export")), WatcherPermissions=1)
    (tmp_path / "bob.xml").write_text(bob.export())
    command("collab", "add", tmp_path / "bob.xml")
    with following("watch", "--json") as lines:
        command("collab", "watch", "Bob")
        assert next(lines) == {"what": "watched", "nickname": "Bob", "endpoint": "", "presence": "offline", "text": ""}
        command("collab", "sign-in", "--scope", "near-me")
        bob.sign_in(NEAR_ME)
        assert next(lines)["presence"] == "online"
        bob.set_presence(5, "deep in thought")
        shown = next(lines)
        assert (shown["what"], shown["presence"], shown["text"]) == ("here", "busy", "deep in thought")
        with following("watch", "--json") as late:
            assert next(late) == shown
        bob.sign_out()
        assert next(lines)["what"] == "gone"
        command("collab", "unwatch", "Bob")
        assert next(lines)["what"] == "not watched"


def test_on_a_terminal_people_near_by_are_a_table_that_changes(command: Command, bob: Apart) -> None:
    command("collab", "sign-in", "--scope", "near-me")
    ours, theirs = pty.openpty()
    said = b""
    with subprocess.Popen([*PEERAPI, "collab", "near-me", "--follow"], stdout=theirs, cwd=ROOT) as process:
        os.close(theirs)

        def says(text: bytes) -> None:
            nonlocal said
            while text not in said:
                assert select.select([ours], [], [], 120)[0], said
                said += os.read(ours, 4096)
            said = said.partition(text)[2]

        says(b"nobody")
        bob.update(bob.me(), pwzNickName="Bob [bold]")
        bob.sign_in(NEAR_ME)
        says(b"NICKNAME")
        says(b"[bold]")  # no markup of others
        bob.sign_out()
        says(b"nobody")
        process.send_signal(signal.SIGINT)
        process.wait(120)
    os.close(ours)


@contextmanager
def following(*words: str) -> Iterator[Iterator[dict[str, Any]]]:
    """What a command that stays prints, line for line."""
    with subprocess.Popen([*PEERAPI, "collab", *words], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield map(json.loads, process.stdout)
        finally:
            process.kill()


def test_an_invitation_is_answered(command: Command, bob: Apart, tmp_path: Path) -> None:
    command("collab", "sign-in")
    program = Program()
    registration = Registration(Application(DRAW.bytes, b"", "Drawing"), "/bin/true", "", 3)
    program.call(local.REGISTER, local.Pair(registration, 0))
    [endpoint] = program.call(local.ENDPOINTS, None)
    address = endpoint.address
    where = {"address": {"dwSize": 32, "sin6": (address.ip, address.port, 0)}, "pwzEndpointName": "there"}
    assert command.code("collab", "invitations") == 0
    assert command.err == "no invitations\n"
    following = subprocess.Popen(
        [sys.executable, "-m", "peerapi", "collab", "invitations", "--follow", "--json"],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    for answer, action in (("--accept", 1), ("--decline", 0)):
        sent = bob.invite("", where, DRAW, pwzMessage="Come")
        wait_until(lambda: command.json("collab", "invitations"))
        [shown] = command.json("collab", "invitations")
        assert (shown["application"], shown["message"], shown["contact"]) == ("Drawing", "Come", False)
        assert "(no contact) invites to Drawing: Come" in command("collab", "invitations")
        command("collab", "invitations", answer, shown["id"])
        assert bob.await_answer(sent)["action"] == action
    assert following.stdout is not None
    assert b'"message":' in following.stdout.readline()
    following.kill()
    following.wait()
    following.stdout.close()
    program.close()
