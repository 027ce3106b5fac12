"""The Winsock subset in C: the programs of tests/c, run by themselves, under valgrind and under the sanitizers."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.test_win32 import (
    INCLUDE,
    MODES,
    PLAIN,
    PROGRAMS,
    STRICT,
    WIDE,
    WIN32,
    compiled,
    exported_functions,
    library_flags,
    made,
    run,
)
from tests.test_win32 import SOURCES as BASE

Linked = Callable[..., Path]
Results = Callable[[str], "subprocess.CompletedProcess[str]"]

SOURCES = sorted(WIN32.glob("winsock*.c"))
PARTS = [PROGRAMS / f"winsock_{part}.c" for part in ("address", "names", "service", "socket")]
WRAPPERS: dict[str, Sequence[str]] = {"valgrind": MODES["valgrind"][1], "address": MODES["address"][1]}
HEADERS = (
    "winsock2.h",
    "ws2tcpip.h",
    "ws2def.h",
    "ws2ipdef.h",
    "mstcpip.h",
    "iphlpapi.h",
    "ws2spi.h",
    "in6addr.h",
    "inaddr.h",
)


ALL = [*SOURCES, *BASE, WIN32 / "program_system.c", WIN32.parent / "abi" / "guids.c"]
"The library's Winsock sources, and the Win32 ones they stand on."


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with libpeerapi.so without the engine, and libpeerapi_wmain.a."""
    folder = tmp_path_factory.mktemp("winsock")
    objects = compiled(tmp_path_factory, PLAIN, ALL)
    made("gcc", "-shared", "-Wl,-z,defs", *objects, "-pthread", "-ldl", "-o", folder / "libpeerapi.so")
    made("gcc", *WIDE, *STRICT, "-c", WIN32 / "wmain.c", "-o", folder / "main.o")
    made("ar", "rcs", folder / "libpeerapi_wmain.a", folder / "main.o")
    return folder


@pytest.fixture(scope="session")
def linked(shared: Path) -> Linked:
    """``linked(compiler, source, *flags)``: a program of tests/c as users build theirs."""

    def linked(compiler: str, source: str, *flags: str) -> Path:
        program = shared / re.sub(r"\W+", "_", f"{compiler} {source} {flags}")
        libraries = (f"-L{shared}", "-lpeerapi_wmain", "-lpeerapi", f"-Wl,-rpath,{shared}")
        made(compiler, *STRICT, *flags, PROGRAMS / source, *libraries, "-o", program)
        return program

    return linked


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """``results(mode)``: one run of all tests in C in that mode, or the failure to build them."""

    @cache
    def results(mode: str) -> subprocess.CompletedProcess[str]:
        flags, folder = MODES[mode][0], tmp_path_factory.mktemp(mode)
        parts = [PROGRAMS / "win32_main.c", *PARTS]
        try:
            objects = compiled(tmp_path_factory, library_flags(mode), ALL)
            made("gcc", *WIDE, *STRICT, *flags, *parts, *objects, "-ldl", "-o", folder / "tests")
        except AssertionError as error:
            return subprocess.CompletedProcess([], 1, "", str(error))
        return run(*WRAPPERS[mode], folder / "tests")

    return results


def behaviours() -> list[str]:
    return [
        name
        for part in PARTS
        for name in re.findall(r"^TEST\((\w+)\)", part.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ]


@pytest.mark.parametrize("name", behaviours())
@pytest.mark.parametrize("mode", WRAPPERS)
def test_behaviour(results: Results, mode: str, name: str) -> None:
    result = results(mode)
    assert f"ok {name}\n" in result.stdout, result.stderr


@pytest.mark.parametrize("mode", WRAPPERS)
def test_nothing_leaks_or_strays(results: Results, mode: str) -> None:
    result = results(mode)
    assert (result.returncode, result.stderr) == (0, "")


def test_clang_accepts_every_source() -> None:
    made("clang", *WIDE, *STRICT, "-fvisibility=hidden", "-fsyntax-only", *SOURCES, *PARTS)


# ---- programs of others ----

CONSOLE_OUTPUT = """\
127.0.0.1:80
[fe80::1%7]:3540
hello
closesocket: 10038 The descriptor is not a socket. \n"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_console_program_written_for_windows(linked: Linked, compiler: str) -> None:
    program = linked(compiler, "winsock_console.c", *WIDE)
    result = run(program, "127.0.0.1", "80", "[FE80:0::1%7]:3540")
    assert (result.returncode, result.stdout) == (0, CONSOLE_OUTPUT)


def test_a_console_program_resolves_localhost_and_explains_errors(linked: Linked) -> None:
    result = run(linked("gcc", "winsock_console.c", *WIDE), "localhost", "7", "nonsense")
    lines = result.stdout.splitlines()
    assert result.returncode == 0
    assert set(lines[:-3]) <= {"127.0.0.1:7", "[::1]:7"}
    assert lines[-3] == "WSAStringToAddress: 10022 An argument of a socket function is wrong. "
    unknown = run(linked("gcc", "winsock_console.c", *WIDE), "p12.pnrp.net", "7", "::1")
    assert unknown.stdout.startswith("GetAddrInfoW: 11001 The host is not known. \n::1\n")


def test_the_console_program_is_one_for_windows(tmp_path: Path) -> None:
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    assert compiler, "mingw-w64 is wanted (apt install gcc-mingw-w64-x86-64-win32)"
    made(compiler, "-municode", PROGRAMS / "winsock_console.c", "-lws2_32", "-o", tmp_path / "console.exe")


@pytest.mark.parametrize("order", ["-DSYSTEM_FIRST", "-DOURS_FIRST"])
@pytest.mark.parametrize("extra", [(), ("-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2")], ids=["plain", "fortified"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_program_that_uses_the_systems_headers(
    linked: Linked, compiler: str, extra: tuple[str, ...], order: str
) -> None:
    options = ("-std=c11", "-DPEERAPI_CHAR16", order, *extra)
    program = linked(compiler, "winsock_posix.c", *options, "-DEXPECTED=WSAEWOULDBLOCK")
    assert run(program).stdout == "ok\n"


def test_a_program_that_keeps_the_systems_functions(linked: Linked) -> None:
    program = linked("gcc", "winsock_posix.c", *WIDE, "-DPEERAPI_SYSTEM_SOCKETS", "-DEXPECTED=0")
    assert run(program).stdout == "ok\n"
    assert not re.search(r" U peerapi_(recv|socket)", run("nm", program).stdout)


@pytest.mark.parametrize("width", ["-fshort-wchar", "-DPEERAPI_CHAR16"])
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_program_in_cxx(linked: Linked, compiler: str, width: str) -> None:
    program = linked(compiler, "winsock_cxx.cpp", "-std=c++17", width, "-DPEERAPI_NO_SAL1")
    assert run(program).stdout == "ok\n"


# ---- headers ----

VARIANTS = [(), ("-DUNICODE",), ("-D_GNU_SOURCE", "-include", "sys/socket.h"), ("-DPEERAPI_SYSTEM_SOCKETS",)]


@pytest.mark.parametrize("variant", VARIANTS, ids=" ".join)
@pytest.mark.parametrize("header", HEADERS)
def test_a_header_needs_no_other_before_it(header: str, variant: tuple[str, ...]) -> None:
    text = f"#include <{header}>\n#include <{header}>\n#include <netdb.h>\n#include <unistd.h>\nextern int unit;\n"
    options = ("-std=c99", "-DPEERAPI_CHAR16", *STRICT, "-Wpedantic", *variant)
    made("gcc", "-xc", *options, "-fsyntax-only", "-", text=text)


def declared_functions(tmp_path: Path) -> set[str]:
    """Functions that the socket headers declare and do not define, by gcc's own account."""
    listing = tmp_path / "prototypes"
    text = "".join(f"#include <{header}>\n" for header in HEADERS)
    made("gcc", "-xc", *WIDE, *STRICT, "-aux-info", listing, "-c", "-", "-o", tmp_path / "none.o", text=text)
    lines = listing.read_text(encoding="utf-8")
    found = re.findall(r"^/\* (\S+):\d+:N[CO] \*/ extern [^;]*?\b(\w+) \(", lines, flags=re.MULTILINE)
    return {name for path, name in found if Path(path).parent == INCLUDE and Path(path).name in HEADERS}


SYSTEMS_OWN = {"getaddrinfo", "freeaddrinfo", "getnameinfo"}


def test_everything_declared_is_exported_and_nothing_else(
    shared: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    declared = declared_functions(tmp_path) - SYSTEMS_OWN
    objects = compiled(tmp_path_factory, PLAIN, SOURCES)
    ours = {line.split()[-1] for one in objects for line in symbols_of(one)}
    exported = exported_functions(shared / "libpeerapi.so") & ours
    assert len(declared) > 40
    assert {name for name in declared if name not in exported and f"peerapi_{name}" not in exported} == set()
    assert {name for name in exported if name.removeprefix("peerapi_") not in declared | {"ioctlsocket"}} == set()


def symbols_of(library: Path) -> list[str]:
    return run("nm", "--defined-only", "--extern-only", library).stdout.splitlines()
