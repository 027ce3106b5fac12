"""The engine thread and the way into it."""

import errno
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import trio

from peerapi.engine.runtime import UNIX_EPOCH, Engine, StartupCount, moment
from peerapi.errors import NotInitialized, WrappedWin32Error
from tests.engine.support import PATIENCE, until

HALF_IMPORTED = """
import errno, sys, threading
import _frozen_importlib_external as importing
from peerapi.engine.runtime import Engine
from peerapi.errors import PeerError

def too_many(loader, path):
    global left
    left -= 1
    if left < 0:
        raise OSError(errno.EMFILE, "too many open files")
    return read(loader, path)

left, read = int(sys.argv[1]), importing.FileLoader.get_data
importing.FileLoader.get_data = too_many
engine = Engine()
try:
    engine.call(lambda: None)
except PeerError as error:
    print(f"{error.hresult & 0xFFFFFFFF:08X}")
importing.FileLoader.get_data = read
again = threading.Event()
engine.repeat(0.001, again.set)
print("works" if again.wait(float(sys.argv[2])) else engine.reports)
"""


def test_a_moment_has_the_time_of_day_and_a_clock_that_only_moves_forward() -> None:
    before = time.time_ns() // 100
    one, other = moment(), moment()
    assert before <= one.utc - UNIX_EPOCH <= time.time_ns() // 100
    assert other.elapsed >= one.elapsed


def test_the_last_shutdown_is_the_one_that_counts() -> None:
    calls: list[str] = []
    count = StartupCount(lambda: calls.append("down"))
    count.startup()
    count.startup()
    count.shutdown()
    assert calls == []
    count.shutdown()
    assert calls == ["down"]
    with pytest.raises(NotInitialized):
        count.shutdown()
    count.startup()
    count.shutdown()
    assert calls == ["down", "down"]


def test_a_call_returns_what_the_work_returns(engine: Engine) -> None:
    assert engine.call(lambda: 42) == 42
    assert engine.call(threading.get_ident) != threading.get_ident()


def test_a_call_raises_what_the_work_raises(engine: Engine) -> None:
    def fail() -> None:
        raise KeyError("for a test")

    with pytest.raises(KeyError, match="for a test"):
        engine.call(fail)
    assert engine.call(lambda: 1) == 1, "the loop goes on"


def test_work_runs_in_the_order_in_which_it_was_posted(engine: Engine) -> None:
    order: list[int] = []
    for n in range(1000):
        engine.post(lambda n=n: order.append(n))
    engine.call(lambda: None)
    assert order == list(range(1000))


def test_work_may_post_more_work(engine: Engine) -> None:
    done = threading.Event()
    engine.post(lambda: engine.post(lambda: engine.post(done.set)))
    assert done.wait(120)


def test_many_threads_may_call_at_once(engine: Engine) -> None:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda n=n: answers.append(engine.call(lambda: n))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(20))


def test_the_loop_knows_its_own_thread(engine: Engine) -> None:
    assert not engine.on_loop()
    assert engine.call(engine.on_loop)


def test_signals_belong_to_the_host(engine: Engine) -> None:
    blocked = engine.call(lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGUSR1} <= blocked
    assert not {signal.SIGINT, signal.SIGTERM} & signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_reports_are_kept_but_not_without_bound(engine: Engine) -> None:
    engine.reports.clear()
    for n in range(500):
        engine.report(ValueError(n))
    assert len(engine.reports) == 100
    assert engine.reports[-1].args == (499,)
    engine.reports.clear()


@pytest.mark.parametrize("modules", [0, 30, 49, 63, 80])
def test_a_loop_whose_import_stopped_half_way_starts_when_there_are_descriptors_again(modules: int) -> None:
    """A process under a limit of open files can read so many modules of trio, and the others later."""
    words = [sys.executable, "-c", HALF_IMPORTED, str(modules), str(PATIENCE)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout.split(), done.stderr) == (["80070004", "works"], "")  # ERROR_TOO_MANY_OPEN_FILES


def test_a_start_that_failed_before_a_call_came_does_not_fail_that_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop was about to start by itself, without descriptors; meanwhile there are some again."""
    reached, released = threading.Event(), threading.Event()
    run = trio.run
    starts: list[bool] = []

    def failing_once(*arguments: Any) -> None:
        starts.append(True)
        if len(starts) == 1:
            reached.set()
            assert released.wait(PATIENCE)
            raise OSError(errno.EMFILE, "too many open files")
        run(*arguments)

    monkeypatch.setattr(trio, "run", failing_once)
    engine = Engine()
    early: list[BaseException] = []

    def call_early() -> None:
        try:
            engine.call(lambda: None)
        except BaseException as error:
            early.append(error)

    caller = threading.Thread(target=call_early)
    caller.start()
    assert reached.wait(PATIENCE)
    results: list[str] = []
    late = threading.Thread(target=lambda: results.append(engine.call(lambda: "done")))
    late.start()
    until(lambda: len(engine._work) == 2)
    released.set()
    caller.join(PATIENCE)
    late.join(PATIENCE)
    assert [type(error) for error in early] == [WrappedWin32Error]
    assert results == ["done"]
    assert len(starts) == 2
