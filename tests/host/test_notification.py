"""Notifications on the desktop: when, how often, and that nothing of the network is more than text in them."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import trio
import trio.testing

from peerapi.collab import local
from peerapi.collab.values import Invitation
from peerapi.host import notification
from peerapi.host.notification import MOST, PERIOD, Notifications, body

HOSTILE = "<b>\\n\\033[31m</b>&amp; \x07<a href='file:///'>\n--help"


def waiting(*, who: str = "Bob", message: str = "Come", is_contact: bool = True) -> local.Waiting:
    return local.Waiting(1, who, "peer.", is_contact, "Drawing", Invitation(bytes(16), b"", message))


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, with what notify-send was called with: a word a line, an empty line behind each call."""
    folder, file = tmp_path / "bin", tmp_path / "shown"
    folder.mkdir()
    program = folder / "notify-send"
    program.write_text(f'#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done >> {file}\necho >> {file}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    return file


def test_an_invitation_is_shown(shown: Path) -> None:
    trio.run(Notifications().tell, waiting())
    said = "--app-name=peerapi\n--\nAn invitation\nBob invites to Drawing\nCome\npeerapi collab invitations\n\n"
    assert shown.read_text() == said


def test_without_a_bus_nothing_happens_and_with_its_socket_it_does(
    shown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    trio.run(Notifications().tell, waiting())
    assert not shown.exists()
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(tmp_path / "bus"))
        trio.run(Notifications().tell, waiting())
    assert shown.exists()


def test_without_the_program_nothing_happens(shown: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    trio.run(Notifications().tell, waiting())
    assert not shown.exists()


def test_a_flood_of_invitations_is_no_flood_of_notifications(shown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def flood(clock: trio.testing.MockClock) -> None:
        notifications = Notifications()
        for _ in range(4 * MOST):
            await notifications.tell(waiting())
        clock.jump(PERIOD)
        await notifications.tell(waiting())

    def play() -> None:
        clock = trio.testing.MockClock()  # it stands still
        trio.run(flood, clock, clock=clock)

    def count() -> int:
        found = shown.read_text().count("An invitation")
        shown.unlink()
        return found

    play()
    assert count() == MOST + 1
    monkeypatch.setattr(notification, "PERIOD", 0.0)  # without the check, each is one
    play()
    assert count() == 4 * MOST + 1


def test_what_others_write_is_text(shown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_came(text: str, most: int) -> str:
        return text

    with monkeypatch.context() as unchecked:  # without the check, it is markup
        unchecked.setattr(notification, "plain", as_it_came)
        assert "<b>" in body(waiting(message=HOSTILE))
    said = body(waiting(who=HOSTILE, message=HOSTILE, is_contact=False))
    assert "<" not in said
    assert "&lt;b&gt;\\\\n\\\\033" in said
    assert "&amp;amp;" in said
    assert "\x07" not in said
    assert said.count("\n") == 2
    trio.run(Notifications().tell, waiting(who="--help", message="x" * 10_000))
    words = shown.read_text().splitlines()
    assert words[:3] == ["--app-name=peerapi", "--", "An invitation"]
    assert words[3].startswith("--help invites")
    assert max(map(len, words)) <= notification.LONGEST_MESSAGE
