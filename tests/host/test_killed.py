"""Hosts that are killed at any moment, and hosts of another version: what programs see of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from peerapi.collab import local
from peerapi.collab.events import Change, CollabEventType
from peerapi.collab.values import Presence
from peerapi.engine.collab import program as programs
from peerapi.engine.collab import starting
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.program import CollabRegistration, Program
from peerapi.errors import NotSignedIn, ServiceNotAvailable
from tests.support.collab import host_process, is_gone, wait_until

ALL = 3
ROOT = Path(__file__).parents[2]
KILLS = 6
PRESENCE = Presence(5, None)


def killed(home: Path) -> None:
    """The host of that home, with kill -9, and gone."""
    process = host_process(home)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: is_gone(process))


class Slow(Program):
    """A program whose thread for what the host tells comes to it late."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.holds = threading.Event()

    def told(self, kind: int, value: object) -> None:
        self.holds.set()
        assert self.free.wait(120)
        super().told(kind, value)


def signed_in_with_a_host_that_is_gone(home: Path) -> Slow:
    """It does not know yet."""
    slow = Slow()
    slow.register(CollabRegistration(dict.fromkeys([CollabEventType.MY_PRESENCE_CHANGED]), bool))
    other = Program()
    other.call(local.SIGN_IN, ALL)
    other.close()
    assert slow.holds.wait(120)
    killed(home)
    return slow


def test_a_call_that_finds_its_host_killed_has_the_next_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs learn of it a moment later, and call meanwhile."""
    with monkeypatch.context() as without:
        without.setattr(programs, "TRIES", 1)
        slow = signed_in_with_a_host_that_is_gone(home)
        with pytest.raises(ServiceNotAvailable):
            slow.call(local.SIGN_IN, ALL)
        slow.free.set()
        slow.close()

    slow = signed_in_with_a_host_that_is_gone(home)
    connection = slow._connection
    assert connection is not None
    calling = threading.Thread(target=slow.call, args=(local.SIGN_IN, ALL))
    calling.start()
    wait_until(lambda: not connection.alive)
    slow.free.set()
    calling.join(120)
    assert slow.call(local.OPTIONS, None) == ALL
    slow.close()


def test_the_end_of_a_host_is_told_before_anything_of_the_next(home: Path) -> None:
    slow = signed_in_with_a_host_that_is_gone(home)
    (registration,) = slow._registrations
    releasing = threading.Timer(0.2, slow.free.set)
    releasing.start()
    slow.call(local.SIGN_IN, ALL)
    wait_until(lambda: len(registration.queue) == 3)
    changes = [registration.queue.popleft().content.change for _ in range(3)]
    assert changes == [Change.ADDED, Change.DELETED, Change.ADDED]
    slow.close()


def test_a_host_is_killed_at_any_moment_and_every_program_goes_on(home: Path) -> None:
    """Each call does what it says or says that the user is not signed in, and signing in always helps."""
    stop = threading.Event()
    wrong: list[BaseException] = []
    rounds = [0] * 4

    def work(number: int) -> None:
        program = Program()
        try:
            while not stop.is_set():
                program.call(local.SIGN_IN, ALL)
                try:
                    program.call(local.SET_PRESENCE, PRESENCE)
                    program.call(local.ITEMS, local.Pair(None, None))
                except NotSignedIn:
                    continue
                rounds[number] += 1
        except BaseException as error:
            wrong.append(error)
        finally:
            program.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(len(rounds))]
    for worker in workers:
        worker.start()
    for _ in range(KILLS):
        before = list(rounds)
        wait_until(lambda before=before: wrong or all(now > then for now, then in zip(rounds, before, strict=True)))
        process = host_process(home)
        assert process is not None
        with suppress(ProcessLookupError):  # all of them may have heard from the one before at the last moment
            os.kill(process, signal.SIGKILL)
    before = list(rounds)
    wait_until(lambda: wrong or all(now > then for now, then in zip(rounds, before, strict=True)))
    stop.set()
    for worker in workers:
        worker.join(120)
    assert wrong == []


# ---- another version ----


Answer = Callable[[local.Frame], bytes]


@contextmanager
def a_host_that(answers: Answer) -> Iterator[None]:
    """Somebody of this user who listens where the host should be."""
    places = Places()
    places.make()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(places.socket()))
    listener.listen()
    places.announce(places.socket())

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                frames = local.Frames()
                for frame in frames.feed(connection.recv(1000)):
                    connection.sendall(answers(frame))
                connection.recv(1)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        serving.join(120)
        places.socket().unlink()
        places.notice.unlink()


def newer(frame: local.Frame) -> bytes:
    """Answers everybody with its own version."""
    return local.answered(local.GREET, frame.request, local.Welcome(local.VERSION + 1, 0))


def older(frame: local.Frame) -> bytes:
    """Refuses who is not as old."""
    return local.refused(frame.request, 0x8000FFFF, "This host speaks version 0, the program 1.")


def strange(frame: local.Frame) -> bytes:
    """Answers with something else altogether."""
    return local.frame(local.REPLY, frame.request, bytes(4) + b"what?")


@pytest.mark.parametrize("host", [newer, older, strange])
def test_a_host_of_another_version_is_not_spoken_to(home: Path, host: Answer) -> None:
    with a_host_that(host), pytest.raises(ServiceNotAvailable, match="another"):
        Program().call(local.SIGN_IN, ALL)


def test_a_host_of_another_version_is_ended_all_the_same(home: Path) -> None:
    """A host whose language no program of this version understands."""
    code = "from peerapi.collab import local; local.VERSION = 77; from peerapi.host.__main__ import main; "
    command = [sys.executable, "-c", code + "main(['run', '--foreground'])"]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    with pytest.raises(ServiceNotAvailable, match="host stop"):
        Program().call(local.SIGN_IN, ALL)
    stopped = subprocess.run(
        [sys.executable, "-m", "peerapi", "host", "stop"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert child.wait(120) == 0
    child.stdout.close()
    program = Program()
    program.call(local.SIGN_IN, ALL)
    program.close()


def test_who_answers_at_the_socket_is_known_by_the_system(home: Path) -> None:
    program = Program()
    program.call(local.SIGN_IN, ALL)
    found = starting.connected(Places())
    assert found is not None
    assert starting._peer_of(found)[0] == host_process(home)
    found.close()
    program.close()
