"""``peerapi config``: flags for compiling and linking a program.

gcc $(peerapi config --cflags) prog.c $(peerapi config --libs)

For programs written for Windows: ``--unicode`` chooses the wide form of functions that have two, as their build files
do; ``--lenient`` lets a pointer to another type be a warning, as Microsoft's compiler does and gcc did until 13, and a
variable stand in a header without ``extern``, as that does and gcc did until 9;
``--sources=FOLDER`` adds a folder of forwarding headers for headers of their own that they spell in another case than
the files have.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from pathlib import Path

import click

from peerapi.cli.commands import Command, Failure

PACKAGE = Path(__file__).resolve().parents[1]
OPTIONS = {
    "--cflags": "Flags for compiling C and C++.",
    "--libs": "Flags for linking; behind the sources.",
    "--unicode": "The wide form of functions that have two, as build files for Windows choose it.",
    "--lenient": "Microsoft's compiler: a pointer to another type warns, a header may have variables.",
    "--includedir": "The folder of the headers.",
    "--libdir": "The folder of the library.",
    "--pkgconfigdir": "For PKG_CONFIG_PATH: the folder of peerapi.pc.",
    "--cmakedir": "For -Dpeerapi_DIR= of CMake.",
}
"What can be asked for, and what that is; ``answers`` has the answers."


def include_folder() -> Path:
    """The headers: inside an installed package, beside it in the source tree."""
    installed = PACKAGE / "include"
    return installed if installed.is_dir() else PACKAGE.parent / "include"


def library_folder() -> Path:
    """The library, the archive with ``main`` for ``wmain`` programs, and what -lp2p, -lp2pgraph, ... find."""
    return PACKAGE / "lib"


def answers() -> dict[str, str]:
    """Option -> what is printed for it."""
    include, library = str(include_folder()), str(library_folder())
    flags = ["-fshort-wchar", f"-I{include}", f"-I{library}/spellings"]
    libs = [f"-L{library}", "-lpeerapi_wmain", "-l:libpeerapi.so.0", f"-Wl,-rpath,{library}"]
    return {
        "--cflags": shlex.join(flags),
        "--libs": shlex.join(libs),
        "--unicode": "-DUNICODE -D_UNICODE",
        "--lenient": "-Wno-error=incompatible-pointer-types -fcommon",
        "--includedir": include,
        "--libdir": library,
        "--pkgconfigdir": str(library_folder() / "pkgconfig"),
        "--cmakedir": str(library_folder() / "cmake" / "peerapi"),
    }


def forwarding_folder(sources: Path) -> Path:
    """A folder in the user's cache, made anew: headers of ``sources`` under the spellings its files include them by."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "peerapi" / "spellings" / hashlib.sha256(str(sources).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    files = [path for path in sorted(sources.rglob("*")) if path.is_file()]
    by_name = {path.name.lower(): path for path in files}
    exact = {path.name for path in files}
    for path in files:
        if path.suffix.lower() in (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".inl"):
            text = path.read_text(encoding="utf-8", errors="replace")
            for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*["<]([^"<>/\\]+)[">]', text, re.MULTILINE):
                if name not in exact and name.lower() in by_name:
                    (folder / name).write_text(f'#include "{by_name[name.lower()]}"\n', encoding="utf-8")
    return folder


def _ask(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Note what is asked for, in the order in which it was typed."""
    asked = ctx.ensure_object(list)
    if isinstance(value, tuple):
        asked += [shlex.join([f"-I{forwarding_folder(folder.resolve())}"]) for folder in value]
    elif value:
        asked.append(answers()[param.opts[0]])


@click.command("config", cls=Command, no_args_is_help=True)
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    multiple=True,
    expose_value=False,
    callback=_ask,
    help="A folder of forwarding headers for those of FOLDER whose names are spelled in another case than the files; "
    "repeatable.",
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Print flags for compiling and linking a program, on one line, in the order in which they are asked for:

    gcc $(peerapi config --cflags) prog.c $(peerapi config --libs)
    """
    asked = ctx.ensure_object(list)
    if not (library_folder() / "libpeerapi.so.0").exists():
        raise Failure(ctx.command_path, f"{library_folder()} has no library yet: run `make build`")
    print(" ".join(asked))


command.params[:0] = [
    click.Option([option], is_flag=True, expose_value=False, callback=_ask, help=text)
    for option, text in OPTIONS.items()
]
