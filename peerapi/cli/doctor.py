"""``peerapi doctor``: what a program that uses the library will find on this machine, and what to mend."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

import click

import peerapi
from peerapi import environment, private
from peerapi.cli import config
from peerapi.cli.commands import Command, for_programs
from peerapi.cli.output import in_json
from peerapi.engine import network
from peerapi.errors import AccessDenied, DatabaseAccessDenied, Ipv6NotInstalled, PeerError
from peerapi.store import catalog
from peerapi.store.data_folder import data_folder
from peerapi.store.database import Database
from peerapi.text import printable


class Finding(NamedTuple):
    """One line of the report. ``remedy`` is empty when all is well."""

    subject: str
    text: str
    remedy: str = ""


def examine(*, deeply: bool = False) -> Iterator[Finding]:
    """Every check, in the order in which a program would meet it; ``deeply``: databases of graphs too."""
    yield Finding("peerapi", f"{peerapi.__version__} in {config.PACKAGE}")
    yield Finding("this Python", f"{platform.python_version()}, {sys.executable}")
    yield from examine_packages()
    yield from examine_library()
    yield examine_compiler()
    yield examine_network()
    yield examine_data_folder()
    if deeply:
        yield from examine_databases()


def examine_packages() -> Iterator[Finding]:
    """What the engine imports, the command (click, rich), and the whiteboard."""
    for name in ("cffi", "trio", "sniffio", "cryptography", "click", "rich", "quart-trio", "hypercorn"):
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "not installed", f"{sys.executable} -m pip install {name}")


def examine_library() -> Iterator[Finding]:
    """Whether it starts here, and which Python it would start in a program that is not Python."""
    library = config.library_folder() / "libpeerapi.so.0"
    again = "build it again with this Python: make build, or pip install ."
    if not library.exists():
        yield Finding("library", f"{library} does not exist", again)
        return
    program = "from peerapi.abi import library; library.load()"
    why = complaint([sys.executable, "-P", "-c", program], {"PYTHONPATH": str(config.PACKAGE.parent)})
    if why:
        yield Finding("library", f"{library} does not start: {why}", again)
        return
    yield Finding("library", f"{library}, starts")
    inside = ctypes.CDLL(str(library))
    inside.peerapi_interpreter.restype = ctypes.c_char_p
    interpreter = os.fsdecode(inside.peerapi_interpreter())
    if not interpreter:
        yield Finding(
            "Python of C programs", "not found", f"{again}; or set PEERAPI_PYTHON to a Python of this version"
        )
        return
    why = complaint([interpreter, "-I", "-c", f"import sys; assert sys.version_info[:2] == {sys.version_info[:2]}"], {})
    yield Finding("Python of C programs", interpreter + (f": {why}" if why else ""), again if why else "")


def complaint(command: list[str], environment: dict[str, str]) -> str:
    """Why a command fails, in one line; "" when it does not."""
    try:
        run = subprocess.run(
            command, env=environment | {"PATH": os.defpath}, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (run.stderr.strip().splitlines() or [f"exit code {run.returncode}"])[-1] if run.returncode else ""


def examine_compiler() -> Finding:
    """Only needed to build programs."""
    found = next((path for name in ("gcc", "clang", "cc") if (path := shutil.which(name))), None)
    if found:
        return Finding("C compiler", found)
    return Finding("C compiler", "none in PATH", "Debian, Ubuntu: apt-get install gcc libc6-dev")


def examine_network() -> Finding:
    """Graphs speak TCP over IPv6 or IPv4; loopback is the least."""
    try:
        here = network.loopback()
    except Ipv6NotInstalled as error:
        return Finding("network", str(error), "ip link set lo up")
    if here[0].is_ipv4:
        text = "IPv4 only: graphs and groups work; clouds of peer names need IPv6 (MS-PNRP), which is switched off here"
        return Finding("network", text)
    return Finding("network", "IPv6, loopback ::1 works")


def examine_data_folder() -> Finding:
    """Records and keys must be writable, and nobody else's business."""
    remedy = "set PEERAPI_HOME to a folder that you may write to"
    try:
        folder = data_folder()
    except AccessDenied as error:
        return Finding("data folder", str(error), remedy)
    try:
        private.make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("data folder", f"{folder}: {error.strerror}", remedy)
    chosen = "as PEERAPI_HOME says" if environment.variable("PEERAPI_HOME") else "PEERAPI_HOME would name another"
    return Finding("data folder", f"{folder}, writable ({chosen})")


def examine_databases() -> Iterator[Finding]:
    """Everything in every database, which an opening of a large one takes for granted when nothing was written since it
    was closed. A damaged one is set aside as an opening does it."""
    with contextlib.suppress(AccessDenied):
        for entry in catalog.entries():
            subject = f"database {entry.database} of {entry.graph_id or entry.path.parent}"
            try:
                Database.open(entry.path, create=False, thoroughly=True).close()
            except DatabaseAccessDenied as error:
                yield Finding(subject, f"not looked at: {error}")
            except PeerError as error:
                yield Finding(subject, str(error), "open the graph again; its records come back from other nodes")
            else:
                yield Finding(subject, "whole")


@click.command("doctor", cls=Command)
@click.option("--deep", "deeply", is_flag=True, help="Look through everything in the databases of graphs, too.")
@for_programs
@click.pass_context
def command(ctx: click.Context, as_json: bool, deeply: bool) -> None:
    """Say which interpreter, library and folders a program will meet on this machine, and how to mend what is wrong.

    The exit code is 1 when something has to be mended.
    """
    broken = 0
    for finding in examine(deeply=deeply):
        broken += bool(finding.remedy)
        if as_json:
            found = {"subject": finding.subject, "ok": not finding.remedy, "text": finding.text}
            print(in_json({**found, "remedy": finding.remedy or None}), flush=True)
            continue
        print(printable(f"{'ok  ' if not finding.remedy else 'FAIL'}  {finding.subject}: {finding.text}"), flush=True)
        if finding.remedy:
            print(f"      to mend it: {finding.remedy}", flush=True)
    ctx.exit(1 if broken else 0)
