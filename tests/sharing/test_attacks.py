"""Others at the socket of a shared group: another user, a program of another version, one that says nothing sensible,
one that reads nothing, and what killed holders leave. Where one check stops an attack, it works without it first."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.collab import local
from peerapi.engine.collab import starting
from peerapi.engine.graphs.node import database_path
from peerapi.engine.groups.groups import DATABASE
from peerapi.errors import ServiceNotAvailable
from peerapi.sharing import operations as ops
from peerapi.sharing import values
from peerapi.sharing.forms import MAX_FRAME
from peerapi.store.data_folder import data_folder
from peerapi.store.ownership import announced
from tests.sharing.conftest import Club

TYPE = "UUID(int=77)"
REFUSED = "group._group.sharing.refused"
NOBODY = 65534


def database_of(club: Club) -> Path:
    """The group's database, in the home folder of the programs."""
    return club.holder.home / database_path(club.name, club.identity, DATABASE).relative_to(data_folder())


def socket_of(club: Club) -> Path:
    path = announced(database_of(club))
    assert path is not None
    return path


@contextlib.contextmanager
def connected(club: Club) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(120)
        sock.connect(str(socket_of(club)))
        yield sock


def answer_of(sock: socket.socket) -> local.Frame:
    frames = local.Frames(MAX_FRAME)
    while True:
        data = sock.recv(1 << 16)
        assert data, "it has hung up"
        for frame in frames.feed(data):
            if frame.kind == local.REPLY:
                return frame


def hangs_up(sock: socket.socket) -> bool:
    with contextlib.suppress(ConnectionError):
        while sock.recv(1 << 16):
            pass
    return True


def greeting(club: Club, version: int = ops.VERSION) -> bytes:
    return local.asked(ops.GREET, 1, values.Greeting(version, club.identity, club.name, None))


def works(club: Club) -> None:
    for program in (club.holder, club.other):
        assert program.ask(f"group.add({TYPE}, b'fine')").startswith("UUID")


def test_the_socket_is_in_a_folder_of_this_user_alone(club: Club) -> None:
    path = socket_of(club)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


STRANGER = textwrap.dedent(
    """
    import os, socket, sys
    os.setuid(int(sys.argv[2]))
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(120)
    try:
        sock.connect(sys.argv[1])
        sock.sendall(bytes.fromhex(sys.argv[3]))
        print(len(sock.recv(100)))
    except OSError as error:
        print(type(error).__name__)
    """
)


def stranger(club: Club, path: Path) -> str:
    command = [sys.executable, "-c", STRANGER, str(path), str(NOBODY), greeting(club).hex()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


def test_another_user_does_not_come_in_and_is_not_answered(club: Club) -> None:
    assert os.geteuid() == 0, "this test becomes another user"
    path = socket_of(club)
    assert stranger(club, path) == "PermissionError"
    for one in (path, path.parent, path.parent.parent):  # as if they were for everybody
        one.chmod(0o777)
    assert stranger(club, path) in ("0", "ConnectionResetError", "BrokenPipeError")
    assert club.holder.value(f"{REFUSED}['not let in']") == 1
    works(club)


def test_who_answers_is_asked_of_the_kernel(club: Club, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A socket of somebody else at the place where the holder's would be is not spoken to."""
    from peerapi.engine.sharing import access

    said: list[bytes] = []
    path = tmp_path / "false"
    false = socket.socket(socket.AF_UNIX)
    false.bind(str(path))
    false.listen()
    false.settimeout(120)

    def reached() -> bool:
        made = access.Access(database_of(club), values.Greeting(1, club.identity, club.name, None), lambda: None)  # type: ignore[arg-type, return-value]
        with contextlib.suppress(Exception):
            made.begin()
        connection, _ = false.accept()
        with connection:
            connection.settimeout(120)
            said.append(connection.recv(1000))
        return bool(said.pop())

    monkeypatch.setattr(access, "announced", lambda _: path)
    monkeypatch.setattr(access, "GREETED", 0.5)
    assert starting.peer_of is access.peer_of
    assert reached(), "without the check everybody would be spoken to"
    monkeypatch.setattr(access, "peer_of", lambda _: NOBODY)
    assert not reached()


@pytest.mark.parametrize("version", [0, ops.VERSION - 1, ops.VERSION + 1, 1 << 31])
def test_a_program_of_another_version_is_told_so(club: Club, version: int) -> None:
    with connected(club) as sock:
        sock.sendall(greeting(club, version))
        found = local.read_answer(ops.GREET, answer_of(sock).body)
        assert isinstance(found, local.Failed)
        assert found.hresult == ServiceNotAvailable.hresult
        assert "version" in found.reason
        sock.sendall(local.asked(ops.STATE, 2, None))
        assert hangs_up(sock), "nothing is answered to who was not greeted"
    works(club)


def test_a_holder_of_another_version_refuses_and_the_program_hears_why(club: Club) -> None:
    third = club.start()
    third.ask("keep('ops', __import__('peerapi.sharing.operations').sharing.operations)")
    third.ask("setattr(ops, 'VERSION', 7)")
    said = third.ask(f"opened('group', peerapi.open_group({club.name!r}))")
    assert said.startswith("failed DatabaseAccessDenied"), said
    assert "version" in said


GARBAGE = {
    "noise": bytes(range(256)) * 40,
    "a frame without end": b"\xff\xff\xff\xff\x02",
    "an empty frame": bytes(4),
    "no operation": local.frame(0x7F, 1, b""),
    "an answer": local.frame(local.REPLY, 1, bytes(4)),
    "half a question": local.frame(ops.ADD.kind, 1, b"\x00"),
    "a question with more behind it": local.frame(ops.STATE.kind, 1, b"more"),
    "a list without end": local.frame(ops.CONNECT_TO.kind, 1, b"\xff\xff\xff\xff"),
}


def test_who_says_what_is_no_question_is_let_go(club: Club) -> None:
    for name, said in GARBAGE.items():
        for greeted in (False, True):
            with connected(club) as sock:
                if greeted:
                    sock.sendall(greeting(club))
                    answer_of(sock)
                sock.sendall(said)
                sock.shutdown(socket.SHUT_WR)
                assert hangs_up(sock), name
    assert club.holder.value(f"{REFUSED}['no question']") > len(GARBAGE)
    works(club)


def test_what_killed_holders_leave_is_in_nobodys_way(club: Club) -> None:
    before = socket_of(club)
    club.holder.kill()
    assert club.other.ask(f"group.add({TYPE}, b'mine now')").startswith("UUID")
    after = socket_of(club)
    assert after != before
    assert list(after.parent.glob("group-*.sock")) == [after]
    club.other.kill()
    assert announced(database_of(club)) is None
    alone = club.opened()
    assert alone.value(f"group.count({TYPE})") == 1
    assert [*after.parent.glob("group-*.sock")] == [socket_of(club)]
