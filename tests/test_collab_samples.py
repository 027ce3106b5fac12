"""samples_c/contacts.c and samples_c/invite.c, compiled as a person would, between two people of one machine."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi.collab import local
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.program import Program as Client
from samples_c.processes import Program
from tests.support.collab import Apart, people, stop_host, wait_until


@pytest.fixture
def bob(library: Path, tmp_path: Path) -> Iterator[Apart]:
    with people(library, tmp_path, "bob") as [person]:
        yield person


@pytest.fixture
def alice(bob: Apart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder of somebody near Bob."""
    monkeypatch.setenv("PEERAPI_COLLAB_PORT", bob.port)
    yield tmp_path / "alice"
    stop_host(tmp_path / "alice")


def test_contacts_are_watched_as_they_come_change_and_go(
    alice: Path, bob: Apart, tmp_path: Path, sample_of: Callable[[str], Path]
) -> None:
    contacts = sample_of("contacts")
    assert len((Path(__file__).parents[1] / "samples_c" / "contacts.c").read_text().splitlines()) <= 200
    file = tmp_path / "alice.xml"
    subprocess.run([contacts, "export", file], env={"PEERAPI_HOME": str(alice)}, check=True, timeout=120)
    added = bob.add(file.read_text())
    bob.update(added, WatcherPermissions=1)
    bob.update(bob.me(), pwzNickName="Bob")
    (tmp_path / "bob.xml").write_text(bob.export())
    watching = Program([contacts, "watch", tmp_path / "bob.xml"], alice)
    watching.wait_for("I am signed in")
    bob.sign_in(1)
    watching.wait_for("near: Bob")
    watching.wait_for("Bob is online")
    bob.set_presence(5, "deep in thought")
    watching.wait_for("Bob is busy: deep in thought")
    bob.sign_out()
    watching.wait_for("Bob is offline")
    watching.leave("")


@pytest.mark.parametrize("answer", [True, False])
def test_an_invitation_starts_the_program_when_its_user_says_yes(
    alice: Path, bob: Apart, tmp_path: Path, answer: bool, sample_of: Callable[[str], Path]
) -> None:
    invite = sample_of("invite")
    result = tmp_path / "started by"
    environment = {"PEERAPI_HOME": str(bob.home), "PEERAPI_COLLAB_PORT": bob.port}
    subprocess.run([invite, "register", result], env=environment, check=True, timeout=120)
    sending = Program([invite, "send", "Schön, dich $(rm -rf) zu sehen"], alice)
    client = Client(lambda: Places(bob.home / "collab"))
    waiting: list[local.Waiting] = []
    wait_until(lambda: waiting.extend(client.call(local.ATTEND, True)) or waiting)
    assert waiting[0].description == "The sample that invites"
    client.call(local.RESPOND, local.Pair(waiting[0].id, answer))
    sending.wait_for("yes" if answer else "no")
    if answer:
        wait_until(lambda: result.exists() and result.stat().st_size)
        assert result.read_text(encoding="utf-8-sig") == "a stranger: Schön, dich $(rm -rf) zu sehen\n"
    else:
        assert not result.exists()
    sending.stop()
    client.close()


def test_a_program_that_was_started_by_hand_has_no_invitation(
    alice: Path, tmp_path: Path, sample_of: Callable[[str], Path]
) -> None:
    invite = sample_of("invite")
    environment = {"PEERAPI_HOME": str(alice)}
    done = subprocess.run([invite, "launched", tmp_path / "file"], env=environment, capture_output=True, timeout=120)
    assert done.returncode == 1
    assert b"0x80070490" in done.stderr
