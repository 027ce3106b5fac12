"""A program beside the node that makes it do what only its application can: add a record, call an address, leave.

The program reads one JSON object a line, ``{"do": ..., ...}``, and answers each with one line: ``{"ok": value}`` or
``{"error": text}``. docs/conformance.md lists what it is asked to do, so that anybody can write one for another
implementation.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any, Self


class DriverFailed(Exception):
    """The driver has answered with an error, or is gone."""


class Driver:
    """A driver as a child process."""

    def __init__(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **(environment or {})},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def do(self, what: str, **details: Any) -> Any:
        """Asks for one thing and waits until it is done. Raises DriverFailed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": what, **details}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError as problem:
            raise DriverFailed(f"{what}: the driver is gone") from problem
        if not line:
            raise DriverFailed(f"{what}: the driver has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise DriverFailed(f"{what}: {answer['error']}")
        return answer.get("ok")

    def close(self) -> None:
        """Ends the driver, and with it the nodes that it runs."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
