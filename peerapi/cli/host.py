"""``peerapi host``: the process that the programs of this user share."""

from __future__ import annotations

import json
import sys

import click

from peerapi.cli.commands import Stored, for_programs
from peerapi.cli.output import facts, in_json
from peerapi.collab import local
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.program import Program
from peerapi.engine.collab.starting import end
from peerapi.errors import ServiceNotAvailable


@click.group("host", cls=Stored, no_args_is_help=True)
def command() -> None:
    """The host of this user: it holds sign-in, presence and what is published, for all programs that use PeerCollab.

    Programs start it when they need it, and it ends by itself.
    """


@command.command()
@for_programs
def status(as_json: bool) -> None:
    """Show whether a host runs, who is signed in, and for which programs.

    With --json: process (null without a host), signed_in (NEAR_ME, INTERNET), programs (their process IDs).
    """
    program = Program()
    said = program.ask(local.STATUS, None, str)
    program.close()
    shown = dict(line.split(": ") for line in said.splitlines())
    scopes, programs = (_several(shown.get(name, "")) for name in ("signed in", "programs"))
    process = _process() if said else None
    if as_json:
        print(in_json({"process": process, "signed_in": scopes, "programs": [int(one) for one in programs]}))
        return
    told: list[tuple[str, object]] = [("host", f"process {process or 'unknown'}" if said else "none")]
    if said:
        words = ", ".join(one.lower().replace("_", "-") for one in scopes)  # as --scope is typed
        told += [("signed in", words or "no"), ("programs", ", ".join(programs) or "none")]
    print(facts(told))


def _several(words: str) -> list[str]:
    return [] if words in ("", "no", "none") else words.split(", ")


@command.command()
def run() -> None:
    """Be the host, until SIGTERM: for a service manager, which is told when it is ready.

    Programs find it as they find one that they have started. It does not end when nobody needs it.
    """
    from peerapi.host.__main__ import main

    code = main(["run", "--foreground", "--idle", "inf"])
    if code:
        raise click.exceptions.Exit(code)


@command.command()
def stop() -> None:
    """End the host: the user is signed out, and what programs hold there is gone."""
    program = Program()

    def none() -> None:
        print("no host runs", file=sys.stderr)

    try:
        program.ask(local.STOP, None, none)
    except ServiceNotAvailable:
        end(Places())
    program.close()


@command.command()
def log() -> None:
    """Print what hosts of this data folder have written of failures."""
    try:
        print(Places().log.read_text(encoding="utf-8", errors="replace"), end="")
    except FileNotFoundError:
        print("no host has run yet", file=sys.stderr)


def _process() -> int | None:
    try:
        return int(json.loads(Places().notice.read_text(encoding="utf-8"))["process"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
