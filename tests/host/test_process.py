"""The host as a process: started on demand, one for each home, alone with its user, and gone when nobody needs it."""

from __future__ import annotations

import os
import socket
import stat
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from peerapi.collab import local
from peerapi.collab.events import CollabEventType
from peerapi.engine.collab import starting
from peerapi.engine.collab.places import Places, held
from peerapi.engine.collab.program import CollabRegistration, Program
from peerapi.errors import NotFound, NotSignedIn, PeerError, ServiceNotAvailable
from tests.support.collab import host_process, is_gone, stop_host, wait_until

ROOT = Path(__file__).parents[2]
ALL = 3


def not_signed_in() -> int:
    raise NotSignedIn


def options(program: Program) -> int:
    return program.ask(local.OPTIONS, None, not_signed_in)


def pid(home: Path) -> int:
    found = host_process(home)
    assert found is not None
    return found


def test_a_host_starts_when_it_is_needed_and_no_earlier(program: Program, home: Path) -> None:
    with pytest.raises(NotSignedIn):
        options(program)
    assert not home.exists()
    program.call(local.SIGN_IN, ALL)
    assert options(program) == ALL


def test_a_host_has_nothing_of_the_program_that_started_it(home: Path, tmp_path: Path) -> None:
    """Descriptors, signal mask, children, variables that are about the program."""
    code = """
import json, os, signal, sys
from peerapi.collab import local
from peerapi.engine.collab.program import Program
leaked = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.set_inheritable(leaked, True)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
signal.signal(signal.SIGHUP, signal.SIG_IGN)
Program().call(local.SIGN_IN, 3)
try:
    os.waitpid(-1, 0)
    print("a child")
except ChildProcessError:
    print("no child")
"""
    leaked = tmp_path / "leaked"
    environment = dict(os.environ, PYTHONWARNINGS="ignore", PEERAPI_LAUNCH="x", PYTHONPATH=str(ROOT))
    command = [sys.executable, "-c", code, str(leaked)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout == "no child\n"
    process = pid(home)
    folder = Path(f"/proc/{process}")
    held_open = [os.readlink(one) for one in (folder / "fd").iterdir()]
    assert str(leaked) not in held_open
    status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)
    assert int(status["SigBlk"], 16) == 0
    assert os.getsid(process) != os.getsid(0)
    assert Path(os.readlink(folder / "cwd")) == Path("/")
    variables = (folder / "environ").read_bytes().split(b"\0")
    assert not any(one.startswith((b"PYTHON", b"PEERAPI_LAUNCH")) for one in variables)


def test_two_homes_have_two_hosts(home: Path, tmp_path: Path) -> None:
    first, second = Program(), Program(lambda: Places(tmp_path / "other" / "collab"))
    try:
        first.call(local.SIGN_IN, 1)
        second.call(local.SIGN_IN, 2)
        assert (options(first), options(second)) == (1, 2)
        assert pid(home) != pid(tmp_path / "other")
    finally:
        first.close()
        second.close()
        stop_host(tmp_path / "other")


FIFTY = """
import contextlib, os, sys
from peerapi.collab import local
from peerapi.engine.collab import starting
from peerapi.engine.collab.program import Program

start, reading, writing = starting._start, *os.pipe()

def counted(places):
    with open(sys.argv[1], "ab") as file:
        file.write(b".")
    return start(places)

starting._start = counted
if sys.argv[2] == "without":
    starting.held = lambda path, wait: contextlib.nullcontext(True)
children = []
for _ in range(50):
    child = os.fork()
    if not child:
        os.close(writing)
        os.read(reading, 1)  # until all are there
        program = Program()
        program.call(local.SIGN_IN, 3)
        os.write(1, program.call(local.STATUS, None).splitlines()[0].encode() + b"\\n")
        os._exit(0)
    children.append(child)
os.close(writing)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


@pytest.mark.parametrize("lock", ["with", "without"])
def test_fifty_processes_at_once_start_one_host_because_of_the_lock(home: Path, tmp_path: Path, lock: str) -> None:
    started = tmp_path / "started"
    command = [sys.executable, "-c", FIFTY, str(started), lock]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    if lock == "without":
        assert len(started.read_bytes()) > 1, "each starts one of its own"
        return
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == ["signed in: NEAR_ME, INTERNET"] * 50
    assert started.read_bytes() == b"."


def test_fifty_programs_of_one_process_have_one_host(home: Path) -> None:
    programs = [Program() for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda one: one.call(local.SIGN_IN, ALL), programs))
    assert {options(one) for one in programs} == {ALL}
    said = programs[0].call(local.STATUS, None)
    assert said.count(str(os.getpid())) == 49, "all at the same host"
    for one in programs:
        one.close()


def test_a_second_host_of_one_home_ends_at_once(program: Program, home: Path) -> None:
    program.call(local.SIGN_IN, ALL)
    command = [sys.executable, "-m", "peerapi.host", "run", "--foreground"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stdout) == (1, "another host runs already\n")
    assert options(program) == ALL


def test_socket_and_folders_are_the_users_alone(program: Program, home: Path) -> None:
    program.call(local.SIGN_IN, ALL)
    path = Places().announced()
    assert path is not None
    for each in (path.parent, home / "collab"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700, each
    for each in (path, home / "collab" / "host.lock", home / "collab" / "host.json", home / "collab" / "host.log"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def test_a_socket_of_another_user_is_not_spoken_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else listens where our host should be, and would be told all we say."""
    places = Places()
    places.make()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(places.socket()))
    listener.listen()
    places.announce(places.socket())
    found = starting.connected(places)
    assert found is not None, "the user at the other end is all that is looked at"
    found.close()
    monkeypatch.setattr(starting, "peer_of", lambda connection: os.geteuid() + 1)
    with pytest.raises(ServiceNotAvailable, match="another user"):
        starting.connected(places)
    listener.close()
    places.notice.unlink()


def what_another_user_hears() -> str:
    """With the rights of root one can let others into any folder."""
    path = Places().announced()
    assert path is not None
    modes = {each: each.stat().st_mode for each in (path, *path.parents[:4])}
    for each, mode in modes.items():
        each.chmod(mode | 0o666 if each == path else mode | 0o011)
    code = f"""
import os, socket, sys
os.setuid(65534)
made = socket.socket(socket.AF_UNIX)
made.connect({str(path)!r})
made.settimeout(120)
try:
    made.sendall({local.asked(local.GREET, 1, local.Greeting(local.VERSION))!r})
    print("something" if made.recv(100) else "nothing")
except OSError:
    print("nothing")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    for each, mode in modes.items():
        each.chmod(mode)
    return run.stdout.strip()


BLIND = """
import os
from peerapi.host import service
service.peer_of = lambda connection: os.geteuid()
from peerapi.host.__main__ import main
main(["run", "--foreground"])
"""


def test_another_user_is_not_let_in_because_the_system_says_who_it_is(home: Path) -> None:
    if os.geteuid() != 0:
        return
    blind = subprocess.Popen([sys.executable, "-c", BLIND], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert blind.stdout is not None
    assert blind.stdout.readline() == "ready\n"
    assert what_another_user_hears() == "something"
    stop_host(home)
    blind.wait(120)
    blind.stdout.close()
    program = Program()
    program.call(local.SIGN_IN, ALL)
    assert what_another_user_hears() == "nothing"
    assert options(program) == ALL
    program.close()


@pytest.mark.parametrize("what", ["socket", "notice", "junk", "lock"])
def test_what_a_dead_host_left_behind_is_in_nobodys_way(home: Path, what: str) -> None:
    places = Places()
    places.make()
    if what == "socket":
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(places.socket()))
        left.close()
    elif what == "notice":
        places.announce(Path("/nowhere/at/all.sock"))
    elif what == "junk":
        places.notice.write_text("{]")
    else:
        places.lock.write_text("4711")
        places.start.write_text("")
    program = Program()
    program.call(local.SIGN_IN, ALL)
    assert options(program) == ALL
    program.close()


def test_a_killed_host_signs_the_user_out_and_the_next_call_starts_another(program: Program, home: Path) -> None:
    seen: list[int] = []
    registration = CollabRegistration(
        dict.fromkeys((CollabEventType.MY_PRESENCE_CHANGED, CollabEventType.PEOPLE_NEAR_ME_CHANGED)),
        lambda: seen.append(1),
    )
    program.register(registration)
    program.call(local.SIGN_IN, ALL)
    first = pid(home)
    wait_until(lambda: len(registration.queue) == 2)
    os.kill(first, 9)
    wait_until(lambda: len(registration.queue) == 4)
    events = [registration.queue.popleft() for _ in range(4)]
    told = [(event.type, event.content.change) for event in events]
    assert told == [(7, 0), (10, 0), (10, 1), (7, 1)]
    with pytest.raises(NotSignedIn):
        options(program)
    program.call(local.SIGN_IN, 1)
    assert pid(home) != first
    wait_until(lambda: len(registration.queue) == 2)


def test_programs_may_be_killed_at_any_moment(program: Program, home: Path) -> None:
    """What they held is gone, and nothing else."""
    program.call(local.SIGN_IN, ALL)
    code = """
import itertools, sys, uuid
from peerapi.collab import local
from peerapi.collab.values import Item
from peerapi.engine.collab.program import Program
program = Program()
for number in itertools.count():
    program.call(local.SET_ITEM, Item(uuid.UUID(int=number % 20).bytes, b"x" * 5000, 3))
    if number == 20:
        print("going", flush=True)
"""
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"going\n"
        child.kill()
        child.wait()
        child.stdout.close()
        wait_until(lambda: program.call(local.ITEMS, local.Pair(None, None)) == ())
    assert options(program) == ALL


def in_the_foreground(idle: str) -> subprocess.Popen[str]:
    """A host that is a child of ours, and is ready."""
    command = [sys.executable, "-m", "peerapi.host", "run", "--foreground", "--idle", idle]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.stdout.close()
    return child


def test_a_host_ends_when_nobody_needs_it(home: Path) -> None:
    assert in_the_foreground("0.05").wait(120) == 0
    assert Places().announced() is None


def test_a_signed_in_user_keeps_the_host_although_no_program_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_CODE", starting._CODE.replace("sys.argv[2:]", "[*sys.argv[2:], '--idle', '0.3']"))
    first = Program()
    first.call(local.SIGN_IN, ALL)  # where the host has ended before it was called another one is started
    process = pid(home)
    first.close()
    threading.Event().wait(1.0)  # a host that nobody needs would be gone by then; nothing has to happen meanwhile
    assert not is_gone(process)
    second = Program()
    assert options(second) == ALL
    second.call(local.SIGN_OUT, ALL)
    second.close()
    wait_until(lambda: is_gone(process))


def raw(home: Path) -> socket.socket:
    found = starting.connected(Places())
    assert found is not None
    found.settimeout(120)
    return found


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (local.asked(local.OPTIONS, 5, None), True),  # before the greeting
        (local.asked(local.GREET, 5, local.Greeting(local.VERSION + 1)), True),
        (local.frame(0x7F, 5, b""), True),
        (local.frame(local.GREET.kind, 5, b"junk"), True),
        (struct.pack(">I", local.MAX_FRAME + 1) + bytes(5), False),
        (b"GET / HTTP/1.1\r\n\r\n", False),
    ],
)
def test_a_program_that_speaks_wrongly_is_refused_and_others_go_on(
    program: Program, home: Path, sent: bytes, answered: bool
) -> None:
    program.call(local.SIGN_IN, ALL)
    connection = raw(home)
    connection.sendall(sent)
    data = connection.recv(1000)
    if answered:
        (frame,) = local.Frames().feed(data)
        assert frame.request == 5
        assert isinstance(local.read_answer(local.GREET, frame.body), local.Failed)
    else:
        assert data == b""
    connection.close()
    assert options(program) == ALL


def test_a_program_that_reads_nothing_is_let_go(program: Program, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from peerapi.collab.values import Item

    program.call(local.SIGN_IN, ALL)
    deaf = raw(home)
    deaf.sendall(local.asked(local.GREET, 1, local.Greeting(local.VERSION)) + local.asked(local.LISTEN, 2, True))
    item = Item(bytes(16), bytes(16000), 3)
    wait_until(lambda: str(os.getpid()) in program.call(local.STATUS, None))
    for _ in range(1400):
        program.call(local.SET_ITEM, item)
    wait_until(lambda: "programs: none" in program.call(local.STATUS, None))
    deaf.close()


def test_a_change_without_a_host_keeps_one_from_starting_in_the_middle(home: Path) -> None:
    places = Places()
    program = Program()
    during: list[bool] = []

    def directly() -> None:
        with held(places.lock, wait=False) as is_free:
            during.append(is_free)

    program.change(local.DELETE_CONTACT, "ab" * 20, directly)
    assert during == [False]
    program.close()


def test_a_host_that_cannot_start_says_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_CODE", "print('no room')")
    with pytest.raises(ServiceNotAvailable, match="no room"):
        Program().call(local.SIGN_IN, ALL)


def test_a_program_with_more_rights_starts_no_host(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "has_more_rights", lambda: True)
    with pytest.raises(ServiceNotAvailable, match="rights"):
        Program().call(local.SIGN_IN, ALL)


def test_what_the_host_refuses_is_raised_here_with_its_reason(program: Program, home: Path) -> None:
    program.call(local.SIGN_IN, ALL)
    with pytest.raises(PeerError, match="not started by an invitation") as caught:
        program.call(local.LAUNCHED, "token")
    assert caught.type is NotFound


def test_a_host_whose_socket_is_gone_ends_although_the_user_is_signed_in(home: Path) -> None:
    child = in_the_foreground("0.2")
    program = Program()
    program.call(local.SIGN_IN, ALL)
    path = Places().announced()
    assert path is not None
    path.unlink()
    assert child.wait(120) == 0
    program.close()
