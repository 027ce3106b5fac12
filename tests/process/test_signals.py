"""A signal at any moment ends one call, and leaves no lock and no half-made state (signals.py)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from peerapi import signals
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import Engine
from peerapi.signals import deferred
from tests.engine.support import draft, info


class Interrupted(Exception):
    """What the handlers of these tests raise."""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[list[int]]:
    """SIGUSR1 and SIGUSR2 raise, SIGALRM is only counted. What has been handled."""
    handled: list[int] = []

    def raising(number: int, frame: FrameType | None) -> None:
        handled.append(number)
        raise Interrupted(number)

    chosen: dict[int, Any] = {
        signal.SIGUSR1: raising,
        signal.SIGUSR2: raising,
        signal.SIGALRM: lambda number, frame: handled.append(number),
    }
    before = {number: signal.signal(number, handler) for number, handler in chosen.items()}
    yield handled
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_handler_waits_and_is_called_when_the_work_is_done(handlers: list[int]) -> None:
    done: list[str] = []

    @deferred
    def work() -> None:
        signal.raise_signal(signal.SIGUSR1)
        done.append("first")
        signal.raise_signal(signal.SIGALRM)
        done.append("second")
        assert handlers == []

    with pytest.raises(Interrupted):
        work()
    assert done == ["first", "second"]
    assert sorted(handlers) == [signal.SIGUSR1, signal.SIGALRM]


def test_a_result_is_kept_when_no_handler_raises(handlers: list[int]) -> None:
    @deferred
    def work(a: int, *, b: int) -> int:
        signal.raise_signal(signal.SIGALRM)
        return a + b

    assert work(1, b=2) == 3
    assert handlers == [signal.SIGALRM]


def test_what_a_handler_raises_is_raised_and_what_the_work_raised_is_its_context() -> None:
    @deferred
    def work() -> None:
        signal.raise_signal(signal.SIGUSR1)
        raise KeyError("of the work")

    with pytest.raises(Interrupted) as caught:
        work()
    assert isinstance(caught.value.__context__, KeyError)


def test_each_of_several_signals_is_handled(handlers: list[int]) -> None:
    @deferred
    def work() -> None:
        for number in (signal.SIGUSR2, signal.SIGUSR1, signal.SIGALRM):
            signal.raise_signal(number)

    with contextlib.suppress(Interrupted):
        with contextlib.suppress(Interrupted):
            work()
        for _ in range(9):  # as in Python itself, the second is raised as soon as the first has been seen to
            len(())
    assert sorted(handlers) == [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM]


def test_a_signal_that_has_come_before_ends_the_call_before_it_begins(handlers: list[int]) -> None:
    begun: list[bool] = []
    work = deferred(lambda: begun.append(True))
    with pytest.raises(Interrupted):
        ctypes.pythonapi.PyErr_SetInterruptEx(signal.SIGUSR1), work()
    assert begun == []


def test_handlers_are_the_hosts_own_again_and_interrupt_no_more_than_before() -> None:
    before = [signal.getsignal(number) for number in range(1, 32)]
    signal.siginterrupt(signal.SIGALRM, False)

    @deferred
    def work() -> None:
        assert signal.getsignal(signal.SIGUSR1) is not before[signal.SIGUSR1 - 1]

    for _ in range(3):
        work()
    assert [signal.getsignal(number) for number in range(1, 32)] == before
    assert restarting(signal.SIGALRM)
    assert not restarting(signal.SIGUSR1)


def restarting(number: int) -> bool:
    """Whether system calls go on after a signal: SA_RESTART."""
    action = ctypes.create_string_buffer(256)
    assert ctypes.CDLL(None).sigaction(number, None, action) == 0
    flags = ctypes.c_int.from_buffer(action, 8 + 128)  # behind the handler and a set of 1024 signals
    return bool(flags.value & 0x10000000)


def test_work_inside_of_work_is_one(handlers: list[int]) -> None:
    @deferred
    def inner() -> None:
        signal.raise_signal(signal.SIGUSR1)

    @deferred
    def outer() -> None:
        inner()
        assert handlers == []

    with pytest.raises(Interrupted):
        outer()


def test_other_threads_are_not_concerned() -> None:
    handler = signal.getsignal(signal.SIGUSR1)
    found: list[object] = []
    thread = threading.Thread(target=deferred(lambda: found.append(signal.getsignal(signal.SIGUSR1))))
    thread.start()
    thread.join()
    assert found == [handler]


def test_a_method_is_one_still_and_says_what_it_is() -> None:
    class One:
        @deferred
        def method(self, a: int) -> tuple[One, int]:
            """What it does."""
            return self, a

    one = One()
    assert one.method(7) == (one, 7)
    assert One.method(one, 7) == (one, 7)
    assert (One.method.__doc__, One.method.__name__) == ("What it does.", "method")


def test_where_the_interpreter_is_ours_a_function_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A C program pays nothing: it has its signals for itself."""
    monkeypatch.setattr(signals, "_expected", True)
    signals.none_expected()
    assert deferred(len) is len


# ---- at every instruction --------------------------------------------------------------------------------------------


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    node = Node(Engine())
    yield node
    node.close_all()


def interrupted(work: Callable[[], object], at: int) -> tuple[object, bool]:
    """Do some work that a signal meets at one of its instructions. Its result, None when it was interrupted; and
    whether it was so long."""
    count = 0

    def trace(frame: FrameType, event: str, value: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
            if count == at:
                sys.settrace(None)
                signal.raise_signal(signal.SIGUSR1)
        return trace

    result = None
    sys.settrace(trace)
    try:
        result = work()
    except Interrupted:
        pass
    finally:
        sys.settrace(None)
    return result, count >= at


def test_an_add_may_be_interrupted_at_any_instruction(node: Node) -> None:
    driver = node.create(info(), "db")
    made, at, long = [], 1, True
    while long:
        result, long = interrupted(lambda: driver.add_record(draft()), at)
        made += [result] if result is not None else []
        made.append(driver.add_record(draft()))  # nothing is locked
        at += 1
    assert at > 300
    found = driver.record_ids(None, None)
    ids = {found[i : i + 16] for i in range(0, len(found), 16)}
    assert set(made) <= ids
    node.close(driver)


def test_without_waiting_an_interrupted_add_keeps_the_lock(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = node.create(info(), "db")
    input_as_it_is: Any = Driver.input
    with monkeypatch.context() as careless:
        careless.setattr(Driver, "input", input_as_it_is.__wrapped__)
        for at in range(1, 3000):
            interrupted(lambda: driver.add_record(draft()), at)
            if driver._lock._inner.locked():
                break
    assert driver._lock._inner.locked()
    driver._lock.leave()


@pytest.mark.parametrize("again", ["create", "open"])
def test_opening_and_closing_may_be_interrupted_at_any_instruction(node: Node, again: str) -> None:
    if again == "open":
        node.close(node.create(info(), "db"))
    at, long, rounds = 1, True, 0
    while long:

        def work(name: str = f"graph {at}" if again == "create" else "a graph") -> object:
            driver = node.create(info(graph_id=name), "db") if again == "create" else node.open(name, "alice", "db", ())
            node.close(driver)
            return driver

        _, long = interrupted(work, at)
        node.close_all()  # what was opened before its caller was interrupted
        at, rounds = at + 211, rounds + 1
        driver = node.open("a graph", "alice", "db", ())
        driver.input(lambda: None)
        node.close(driver)
    assert rounds > 10


# ---- whole programs --------------------------------------------------------------------------------------------------

PROGRAM = """
import os, random, signal, sys, threading, time, uuid
import peerapi
how, seed, wanted = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
randomness, armed, hits, made = random.Random(seed), threading.Event(), 0, []
TYPE = uuid.UUID(int=0x1001)

def pester():
    while armed.wait() and hits < wanted:
        time.sleep(randomness.uniform(0.0005, 0.006))
        armed.clear()  # one signal at a time: the program itself has to survive what it is tested for
        os.kill(os.getpid(), signal.SIGINT)

async def add(graph):
    while True:
        made.append(await graph.add(TYPE, "x"))
        if len(made) % 50 == 0:
            await graph.count()

async def begin():
    graph = await peerapi.create_graph("garden", "alice", scope=peerapi.Scope.LOOPBACK)
    await graph.listen()
    return graph

async def end(graph):
    found = {record.id async for record in graph.records()}
    await graph.aclose()
    print(len(set(made) - found), "of", len(made) > 0, "lost", flush=True)

if how == "trio":
    import trio
    run = trio.run
else:
    import asyncio
    run = lambda work, *args: asyncio.run(work(*args))
signal.signal(signal.SIGINT, signal.default_int_handler)
graph = run(begin)
thread = threading.Thread(target=pester)
thread.start()
while hits < wanted:
    try:
        armed.set()
        run(add, graph)
    except KeyboardInterrupt:
        hits += 1
    except BaseExceptionGroup as group:
        hits += 1
        assert group.split(KeyboardInterrupt)[1] is None
armed.set()
thread.join()
run(end, graph)
"""


@pytest.mark.parametrize("how", ["trio", "asyncio"])
def test_a_program_that_is_interrupted_again_and_again_goes_on_with_its_graph(tmp_path: Path, how: str) -> None:
    seed = random.randrange(1 << 30)
    command = [sys.executable, "-c", PROGRAM, how, str(seed), "150"]
    env = {**os.environ, "PEERAPI_HOME": str(tmp_path)}
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert (run.returncode, run.stdout) == (0, "0 of True lost\n"), (seed, run.stderr)
