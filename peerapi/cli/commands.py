"""What all commands have in common: how they are declared (with click), what they are given, and how they fail.

A failure that a person can meet is one sentence on stderr and exit code 1; what was typed wrongly is exit code 2, with
the usage. Nobody is shown a traceback: it goes to where ``PEERAPI_LOG`` says.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import io
import ipaddress
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import click

from peerapi.cli.standard_streams import StreamClosed, forget_output, open_standard_streams
from peerapi.errors import (
    InvalidArgument,
    InvalidAttributes,
    InvalidPeerName,
    InvalidSearch,
    PeerError,
    os_failure,
    os_sentence,
)
from peerapi.log import Log, set_up
from peerapi.signals import INTERRUPTED
from peerapi.store.data_folder import require_usable
from peerapi.text import is_name, printable

F = TypeVar("F", bound=Callable[..., object])
WHOLE = 1000
"Characters of a sentence that is not cut."


# ---- failing ----


class Failure(click.ClickException):
    """What a command could not do."""

    def __init__(self, command: str, sentence: str) -> None:
        super().__init__(printable(sentence))
        self.command = command

    def show(self, file: Any = None) -> None:
        """One line: which command, and why."""
        print(f"{self.command}: {self.message}", file=sys.stderr if file is None else file)


def mistyped(sentence: str) -> click.UsageError:
    """What is wrong with the words of the command line, as click says what it finds itself: exit code 2."""
    return click.UsageError(printable(sentence), click.get_current_context(silent=True))


@contextlib.contextmanager
def typed() -> Iterator[None]:
    """What the API refuses inside, of what somebody has typed and before anything is begun, was mistyped."""
    try:
        yield
    except (InvalidArgument, InvalidAttributes, InvalidPeerName, InvalidSearch) as error:
        raise mistyped(str(error)) from error


class NobodyReads(click.ClickException):
    """The other end of standard output is closed (head, less): nothing is wrong, and nothing more is to be written."""

    exit_code = 0

    def __init__(self) -> None:
        super().__init__("")

    def show(self, file: Any = None) -> None:
        """What is still to be written goes nowhere, also when the interpreter ends."""
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def sentence(error: BaseException) -> str:
    """What is said of a failure: the reason, and the name and number that the API has for it."""
    if isinstance(error, OSError) and not isinstance(error, StreamClosed):
        known = os_failure(error)
        return f"{os_sentence(error)} ({known.name}, 0x{known.hresult:08X})"
    if isinstance(error, PeerError):
        return f"{error} ({error.name}, 0x{error.hresult:08X})"
    return str(error)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The failures in a group of failures (a nursery's), in order; a failure alone is its own."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from leaves(one)
    else:
        yield error


@contextlib.contextmanager
def failing(command: str) -> Iterator[None]:
    """What goes wrong inside is a Failure of this command. Who has closed the other end of a pipe wants no more."""
    set_up()
    try:
        yield
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise
    except BaseException as error:
        (first, *_) = leaves(error)
        if any(isinstance(one, KeyboardInterrupt) for one in leaves(error)):
            raise KeyboardInterrupt from error
        if isinstance(first, BrokenPipeError):
            raise NobodyReads from error
        if isinstance(first, (PeerError, OSError)):
            raise Failure(command, sentence(first)) from error
        if not isinstance(first, Exception):
            raise
        from traceback import format_exception

        Log("cli").error("%s", "".join(format_exception(error)))
        said = f"a fault of peerapi itself: {type(first).__name__}: {first} (PEERAPI_LOG=error shows where)"
        raise Failure(command, said) from error


# ---- declaring ----


class Command(click.Command):
    """One command, whose failures are sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        with failing(ctx.command_path):
            if ctx.parent is not None and isinstance(ctx.parent.command, Stored):
                require_usable()
            return super().invoke(ctx)


class Family(click.Group):
    """Commands of one kind. Who mistypes one is told which was probably meant."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order in which they are declared."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first sentence of each, whole."""
        shown = [(name, found) for name in self.list_commands(ctx) if (found := self.get_command(ctx, name))]
        if shown:
            with formatter.section("Commands"):
                formatter.write_dl([(name, found.get_short_help_str(WHOLE)) for name, found in shown])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        known = self.list_commands(ctx)
        if word in known or ctx.resilient_parsing or word.startswith("-"):
            return super().resolve_command(ctx, args)
        close = difflib.get_close_matches(word, known, 3, 0.5) or [one for one in known if one.startswith(word)]
        meant = f" Did you mean {' or '.join(close)}?" if close else f" There are {', '.join(known)}."
        raise click.UsageError(f"There is no command {word!r}.{meant}", ctx)

    def invoke(self, ctx: click.Context) -> Any:
        with failing(ctx.command_path):
            return super().invoke(ctx)


class Stored(Family):
    """Commands about what lies in the data folder: one that cannot be used is a failure, and not an empty one."""


class Lazy(Family):
    """A family whose members are modules that are imported when they are asked for: each has its command in
    ``command``."""

    def __init__(self, *arguments: Any, members: Mapping[str, tuple[str, str]] | None = None, **more: Any) -> None:
        """``members``: name -> (module, what it is for)."""
        super().__init__(*arguments, **more)
        self.members = members or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.members:
            return None
        found: click.Command = importlib.import_module(self.members[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of the commands, for which none of them is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.members.items()])


# ---- what commands are given ----


class Whole(click.IntRange):
    """A whole number, and called so."""

    name = "whole number"

    def __init__(self, min: int | None = None, max: int | None = None, *, shown: str = "COUNT") -> None:
        super().__init__(min, max)
        self.shown = shown

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return self.shown


class Number(click.FloatRange):
    """A number, of which there is more and less: not NaN."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)
        return number


class NodeAddress(click.ParamType[str]):
    """Where a node is: ``[::1]:4001``, ``192.0.2.1:4001``, or the name of a host and a port."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from peerapi.python import node_addresses

        try:
            node_addresses.read(str(value))
        except PeerError as error:
            self.fail(f"{str(error).removesuffix('.')}; wanted is one as in [::1]:4001.", param, ctx)
        return str(value)


class IpAddress(click.ParamType[str]):
    """An address of IPv4 or IPv6; brackets may be around it, and a zone behind it names an interface."""

    name = "IP address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        typed = str(value).strip().removeprefix("[").removesuffix("]")
        try:
            address = str(ipaddress.ip_address(typed.partition("%")[0]))
            if "%" in typed:
                socket.if_nametoindex(typed.partition("%")[2])
        except (ValueError, OSError):
            self.fail(f"{value!r} is no address of IPv4 or IPv6.", param, ctx)
        return address + typed.removeprefix(typed.partition("%")[0])


class Identifier(click.ParamType[str]):
    """The ID of a graph or of a peer in it: 1 to ``most`` units of UTF-16."""

    name = "text"

    def __init__(self, what: str, most: int) -> None:
        self.what, self.most = what, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        try:
            units = len(text.encode("utf-16-le")) // 2
        except UnicodeEncodeError:
            self.fail(f"{printable(repr(text))} is no text in UTF-8.", param, ctx)
        if not 0 < units <= self.most:
            self.fail(f"{self.what} has 1 to {self.most} characters, not {units}.", param, ctx)
        return text


class DatabaseName(click.ParamType[str]):
    """The name of a database, which is one of a file."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from peerapi.engine.graphs.node import database_path

        try:
            database_path("", "", str(value))
        except (InvalidArgument, UnicodeError):
            self.fail(f"{printable(repr(value))} is no name of a file, without / and the like.", param, ctx)
        return str(value)


class ShownName(click.ParamType[str]):
    """What people call something: one line, in which something is to be seen."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not is_name(text):
            self.fail(f"{value!r} is no name: it is empty, or has characters that cannot be shown.", param, ctx)
        return text


PORT = Whole(1, 65535, shown="PORT")
ANY_PORT = Whole(0, 65535, shown="PORT")
SECONDS = Number(min=0)
COUNT = Whole(min=1)
SHOWN_NAME = ShownName()
NODE_ADDRESS = NodeAddress()
IP_ADDRESS = IpAddress()

for_programs = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, for programs.")
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
force = click.option("--force", "-f", is_flag=True, help="Replace a file that is there already.")


class Word(click.ParamType[str]):
    """One of a few words: spelled as they are shown, with any of space, - and _, or so far that it is clear."""

    name = "word"

    def __init__(self, *words: str) -> None:
        self.words: Sequence[str] = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        words = "|".join(self.words)
        return f"{{{words}}}" if isinstance(param, click.Argument) and param.required else f"[{words}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        typed = str(value).strip().lower().replace(" ", "-").replace("_", "-")
        found = [word for word in self.words if word == typed] or [one for one in self.words if one.startswith(typed)]
        if len(found) != 1 or not typed:
            self.fail(f"{value!r} is none of {', '.join(self.words)}.", param, ctx)
        return found[0]

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self.words if word.startswith(incomplete)]


def sure(question: str, yes: bool) -> None:
    """Ask, unless somebody has said so already. Raises Abort for a no; for who cannot be asked, a UsageError."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here; say --yes.", click.get_current_context())
    click.confirm(question, abort=True, err=True)


# ---- running ----


@contextlib.contextmanager
def _ended_like_ctrl_c() -> Iterator[list[int]]:
    """SIGTERM, and SIGHUP where nohup does not have it ignored, end a command as Ctrl-C does, so that copies and
    folders which it has for a while are gone afterwards; -> which have come. One that stays has handlers of its own
    meanwhile."""
    came: list[int] = []

    def end(number: int, frame: object) -> None:
        came.append(number)
        if callable(signal.getsignal(signal.SIGINT)):
            signal.raise_signal(signal.SIGINT)  # what is done about it is the business of who awaits it, as of trio
        else:
            raise KeyboardInterrupt  # the shell has Ctrl-C ignored, of what it has started with &

    here = threading.current_thread() is threading.main_thread()
    taken = [one for one in (signal.SIGTERM, signal.SIGHUP) if here and signal.getsignal(one) == signal.SIG_DFL]
    for one in taken:
        signal.signal(one, end)
    try:
        yield came
    finally:
        for one in taken:
            signal.signal(one, signal.SIG_DFL)


def run(root: click.Command, words: Sequence[str]) -> int:
    """Run the command that ``words`` name; its exit code."""
    with _ended_like_ctrl_c() as came:
        code = _run(root, words)
        return 128 + came[0] if came and code == INTERRUPTED else code


def _run(root: click.Command, words: Sequence[str]) -> int:
    open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what its encoding does not have is an escape, and not the end
            stream.reconfigure(errors="backslashreplace")
    try:
        with failing("peerapi"):
            code = root.main(args=list(words), prog_name="peerapi", standalone_mode=False)
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        said = io.StringIO()
        error.show(said)
        print(*filter(None, said.getvalue().splitlines()), sep="\n", file=sys.stderr)  # three lines, none of them empty
        return error.exit_code
    except click.ClickException as error:
        forget_output()
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
