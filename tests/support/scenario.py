"""Tests that run in a child process: the library is loaded there, not in pytest.

A test marked with `@scenario` is called in a child with a `Peers` as its first argument. One child serves a whole
module, so that start-up is paid once; it is thrown away when a test fails or crashes it. The test fails when the child
dies, hangs or writes anything to stderr.
"""

from __future__ import annotations

import atexit
import faulthandler
import importlib
import inspect
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, overload

ROOT = Path(__file__).parents[2]
LIMIT = 300.0
"Seconds for one test."
Test = Callable[..., None]


class Child:
    """A process that runs scenarios, one after the other."""

    def __init__(self, module: str, library: Path) -> None:
        self.module = module
        self.home = tempfile.mkdtemp(prefix="peerapi-test-")
        self.stderr_path = Path(self.home) / "stderr"
        self.stderr_read = 0
        ours, theirs = Pipe()
        environment = dict(os.environ, PEERAPI_HOME=str(Path(self.home) / "home"))
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.scenario", str(theirs.fileno()), str(library)],
                cwd=ROOT,
                env=environment,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        theirs.close()
        self.pipe = ours

    def run(self, function: str, arguments: dict[str, Any], started: bool) -> None:
        __tracebackhide__ = True
        self.pipe.send((self.module, function, arguments, started))
        end = time.monotonic() + LIMIT
        problem = ""
        while not self.pipe.poll(0.2):
            if self.process.poll() is not None:
                problem = f"the process died with {self.process.returncode}"
                break
            if time.monotonic() > end:
                os.kill(self.process.pid, signal.SIGABRT)
                self.process.wait()
                problem = f"no answer within {LIMIT} s"
                break
        else:
            try:
                problem = self.pipe.recv()
            except EOFError:
                problem = f"the process died with {self.process.wait()}"
        raw = self.stderr_path.read_bytes()[self.stderr_read :]
        self.stderr_read += len(raw)
        text = raw.decode(errors="replace")
        if problem or text:
            raise AssertionError(f"{problem}\n--- stderr ---\n{text}" if text else problem)

    def stop(self) -> None:
        self.pipe.close()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


_current: Child | None = None


def _child(module: str, library: Path, fresh: bool) -> Child:
    global _current
    if _current is not None and (fresh or _current.module != module or _current.process.poll() is not None):
        _stop()
    if _current is None:
        _current = Child(module, library)
    return _current


def _stop() -> None:
    global _current
    if _current is not None:
        _current.stop()
        _current = None


atexit.register(_stop)


@overload
def scenario(body: Test, /) -> Test: ...
@overload
def scenario(*, started: bool = True, fresh: bool = False) -> Callable[[Test], Test]: ...
def scenario(body: Test | None = None, *, started: bool = True, fresh: bool = False) -> Test | Callable[[Test], Test]:
    """Runs the test in a child. ``started``: between Startup and Shutdown; ``fresh``: in a process of its own."""

    def wrap(body: Test) -> Test:
        def test(**arguments: Any) -> None:
            __tracebackhide__ = True
            child = _child(body.__module__, arguments.pop("library"), fresh)
            try:
                child.run(body.__name__, arguments, started)
            except BaseException:
                _stop()
                raise
            if fresh:
                _stop()

        parameters = list(inspect.signature(body).parameters.values())[1:]
        library = inspect.Parameter("library", inspect.Parameter.KEYWORD_ONLY)
        kept = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
        test.__signature__ = inspect.Signature([*kept, library])  # type: ignore[attr-defined]
        test.__name__, test.__doc__, test.__module__ = body.__name__, body.__doc__, body.__module__
        test.__qualname__ = body.__qualname__
        test.body = body  # type: ignore[attr-defined]
        return test

    return wrap if body is None else wrap(body)


def described(problem: BaseException, module: str) -> str:
    """The traceback, and what the names of the test's own frames stood for."""
    lines = list(traceback.TracebackException.from_exception(problem).format())
    frame = problem.__traceback__
    while frame is not None:
        if frame.tb_frame.f_globals.get("__name__") == module:
            lines += [f"{name} = {value!r:.500}\n" for name, value in frame.tb_frame.f_locals.items()]
        frame = frame.tb_next
    return "".join(lines)


def _serve(pipe: Connection, path: Path) -> None:
    from tests.support.native import Library, code
    from tests.support.peers import Peers

    faulthandler.enable()
    library = Library(path)
    while True:
        try:
            module, function, arguments, started = pipe.recv()
        except EOFError:
            return
        try:
            peers = Peers(library)
            if started:
                peers.start()
            getattr(importlib.import_module(module), function).body(peers, **arguments)
            peers.close_all()
            if started:
                assert peers.shutdown() == 0, "PeerGraphShutdown failed"
            assert peers.shutdown() == code("PEER_E_NOT_INITIALIZED"), "Startup and Shutdown are not paired"
        except BaseException as problem:
            pipe.send(described(problem, module))
        else:
            pipe.send("")


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])), Path(sys.argv[2]))
