"""``peerapi conformance api``: C programs that ask any p2p.h for facts, built and run here, or a run from elsewhere."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from peerapi.cli import config, conformance_picture, conformance_results
from peerapi.cli.commands import Command, sentence
from peerapi.cli.conformance_results import Results
from peerapi.cli.inspection import other_home
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.starting import end
from peerapi.engine.collab.stores import contact_book
from peerapi.engine.runtime import moment

PATH: click.Path = click.Path(path_type=Path)
THERE: click.Path = click.Path(path_type=Path, exists=True, dir_okay=False)
LIMIT = 1800.0
"Seconds after which a program that does not end is ended."
WARNINGS = ("-std=c99", "-O1", "-Wall", "-Wextra")


class ConformanceFailed(Exception):
    """The programs could not be built or run; the text says why."""


@dataclass(frozen=True)
class Options:
    """What is run, and how it is told."""

    families: tuple[str, ...] = ()
    "Families, or single sections as in graph.records; none: all."
    library: Path | None = None
    "A libpeerapi.so.0 to run against, instead of the one of this installation."
    program: str = ""
    "A command that runs a program built elsewhere, as in 'wine conformance.exe'; nothing is built then."
    results: Path | None = None
    "What a run has written; nothing is run then."
    compare: Path | None = None
    "Another run, to be compared fact by fact."
    as_json: bool = False
    picture: Path | None = None
    "Where to write a picture of what was asked."
    compiler: str = ""


def sources() -> Path:
    """The programs: inside an installed package, beside it in the source tree."""
    installed = config.PACKAGE / "conformance"
    return installed if installed.is_dir() else config.PACKAGE.parent / "conformance"


def files() -> list[Path]:
    return sorted([*sources().glob("*.c"), *sources().glob("tables/*.c")])


def sections() -> list[str]:
    """What there is to be asked, as the programs have it: graph.records and so on, in order."""
    try:
        text = (sources() / "sections.c").read_text(encoding="ascii")
    except OSError:
        return []
    return [f"{family}.{name}" for family, name in re.findall(r'^ *\{"(\w+)", "(\w+)", \w+\},$', text, re.MULTILINE)]


def families() -> list[str]:
    """The families of these sections."""
    return list(dict.fromkeys(one.partition(".")[0] for one in sections()))


class Kit(Command):
    """The command, whose help names the families."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if named := families():
            with formatter.section("Families"):
                formatter.write_text(", ".join(named))


def build(folder: Path, compiler: str = "") -> Path:
    """Compiles the programs for this machine; -> the program. ConformanceFailed with what the compiler says."""
    compiler = compiler or next((name for name in ("gcc", "clang", "cc") if shutil.which(name)), "")
    if not compiler:
        raise ConformanceFailed("there is no C compiler here: `peerapi doctor` says how to get one")
    answers = config.answers()
    flags = [*shlex.split(compiler), *WARNINGS, *shlex.split(answers["--cflags"])]

    def compiled(source: Path) -> Path:
        made = folder / f"{source.stem}.o"
        _call([*flags, "-c", str(source), "-o", str(made)])
        return made

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        objects = list(workers.map(compiled, files()))
    program = folder / "conformance"
    _call([*shlex.split(compiler), *map(str, objects), *shlex.split(answers["--libs"]), "-o", str(program)])
    return program


def _call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        raise ConformanceFailed(f"{command[0]} fails:\n{done.stderr.strip()}")


def ask(command: Sequence[str], families: Sequence[str], folder: Path, library: Path | None = None) -> Results:
    """Runs a program in a folder, with a home of its own there; -> its facts. ConformanceFailed."""
    first = random.SystemRandom().randrange(20_000, 32_000)
    environment = {
        **os.environ,
        "PEERAPI_HOME": str(folder / "home"),
        "PEERAPI_PNRP_PORT": str(first),
        "PEERAPI_COLLAB_PORT": str(first + 100),
        "CONFORMANCE_CONTACT": str(_contact(folder)),
        "PEERAPI_PNRP_SEEDS": "",
        "PEERAPI_PNRP_LINKS": "",
    }
    if library:
        environment["LD_LIBRARY_PATH"] = str(library.resolve().parent)
    words = [*command, *families]
    try:
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ConformanceFailed(str(problem)) from None
    finally:
        end(Places(folder / "home" / "collab"))
    results = conformance_results.parse(done.stdout.decode("utf-8", "replace"))
    if done.returncode or not results.facts:
        said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        if "no such family" in said:
            known = dict.fromkeys(line.partition(".")[0] for line in _listed(command, folder, environment))
            wanted = f"there is no family or section {shlex.join(families)}"
            raise ConformanceFailed(f"{wanted}; the families are {', '.join(known)}")
        raise ConformanceFailed(f"{shlex.join(words)} has told nothing: {said}")
    return results


def _contact(folder: Path) -> Path:
    """A file with the contact XML of another user, whom nobody will meet."""
    file = folder / "contact.xml"
    with other_home(str(folder / "other")):
        file.write_text(contact_book().export(None, moment().utc), encoding="ascii")
    return file


def _listed(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The families and sections that a program knows."""
    listing = [*command, "--list"]
    done = subprocess.run(listing, cwd=folder, env=environment, capture_output=True, timeout=LIMIT, check=False)
    return done.stdout.decode("ascii", "replace").split()


@click.command("api", cls=Kit)
@click.argument("families", nargs=-1, metavar="[FAMILY]...")
@click.option("--library", type=THERE, metavar="FILE", help="The library to run against, a libpeerapi.so.0.")
@click.option("--program", default="", metavar="COMMAND", help="What runs a program that was built elsewhere.")
@click.option("--results", type=THERE, metavar="FILE", help="Look at what a run has written; nothing is run.")
@click.option("--compare", type=THERE, metavar="FILE", help="Another run (TAP or JSON), to be compared fact by fact.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, not a table.")
@click.option("--picture", type=PATH, metavar="FILE", help="Write a picture (SVG) of what was asked.")
@click.option("--compiler", default="", metavar="COMMAND", help="The C compiler; gcc unless said.")
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Build C programs, run them, and show which facts of the functions hold.

    A FAMILY is abi, graph and so on, or a section of one, as in graph.records; without any, all are asked. The exit
    code is 1 when a fact does not hold, or when two runs differ.
    """
    options = Options(**given)
    if not options.program and not options.results:
        known = [*sections(), *families()]
        unknown = [one for one in options.families if one not in known]
        if unknown and known:
            said = f"There is no family or section {shlex.join(unknown)}; the families are {', '.join(families())}."
            raise click.UsageError(said, ctx)
    ctx.exit(run(options))


def run(options: Options) -> int:
    """Tells what holds and what does not; 0 when all holds (or two runs agree), else 1."""
    try:
        results = _results(options)
        other = conformance_results.load(options.compare) if options.compare else None
    except (ConformanceFailed, OSError, ValueError) as problem:
        said = sentence(problem) if isinstance(problem, OSError) else problem
        print(f"peerapi conformance: {said}", file=sys.stderr)
        return 1
    if options.picture:
        options.picture.write_text(conformance_picture.svg(results), encoding="utf-8")
    if other is not None:
        partial = any("." in family for family in options.families)
        differences = conformance_results.compare(results, other, partial=partial)
        if options.as_json:
            print(json.dumps([vars(one) for one in differences], indent=1))
        else:
            print(conformance_results.differences_table(differences, len(results.facts), len(other.facts)))
        return int(bool(differences))
    print(conformance_results.as_json(results) if options.as_json else conformance_results.table(results))
    return int(any(not fact.holds for fact in results.facts))


def _results(options: Options) -> Results:
    if options.results:
        return conformance_results.load(options.results)
    with tempfile.TemporaryDirectory(prefix="peerapi-") as name:
        folder = Path(name)
        if options.program:
            return ask(shlex.split(options.program), options.families, folder, options.library)
        return ask([str(build(folder, options.compiler))], options.families, folder, options.library)
