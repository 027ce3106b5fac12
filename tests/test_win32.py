"""The Win32 subset in C: the programs of tests/c, run by themselves, under valgrind and under the sanitizers."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from tests.support import facts
from tests.support.once import once

pytestmark = pytest.mark.long

Results = Callable[[str], "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).resolve().parents[1]
INCLUDE, WIN32, PROGRAMS = ROOT / "include", ROOT / "peerapi" / "win32", ROOT / "tests" / "c"
SOURCES = sorted(path for path in WIN32.glob("win32*.c") if "Peerx" not in path.read_text(encoding="utf-8"))
"All that stands without the engine."
PARTS = sorted(PROGRAMS.glob("win32_*.c"))
WIDE = ("-std=c11", "-fshort-wchar")
STRICT = ("-Wall", "-Wextra", "-Werror", "-pthread", "-g", f"-I{INCLUDE}")
ELSEWHERE = ("__config", "p2p", "peerapi.h", "pnrp", "drt", "ws2", "winsock", "wincrypt")
ELSEWHERE += ("in6addr", "inaddr", "pshpack", "poppack")
HEADERS = sorted(
    path.name
    for path in INCLUDE.iterdir()
    if path.suffix in ("", ".h") and path.is_file() and not path.name.startswith(ELSEWHERE)
)
"All but those of the peer, socket and certificate functions and of packing, which are tested elsewhere."
CXX_HEADERS = ("cstdlib", "istream", "ostream")
WINDOWS = ("winuser", "wingdi", "commctrl", "commdlg", "windowsx", "peerapi_winuser", "peerapi_commctrl")
"How the names of headers begin that declare functions about windows, which the library does not have."

MODES: dict[str, tuple[tuple[str, ...], tuple[str, ...], Sequence[Path]]] = {
    "valgrind": (
        ("-O1", "-DROUNDS=400"),
        (
            "valgrind",
            "-q",
            "--error-exitcode=9",
            "--leak-check=full",
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
        ),
        [part for part in PARTS if part.name != "win32_processes.c"],  # valgrind knows no pidfd_open
    ),
    "address": (("-O1", "-DROUNDS=4000", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"), (), PARTS),
    "thread": (
        ("-O1", "-DROUNDS=10000", "-fsanitize=thread"),
        (),
        [part for part in PARTS if re.search("main|handles|waits|threads|race", part.name)],
    ),
}
"Flags, what the program is started with, and the files of tests/c it consists of."


PLAIN = ("-O1",)
"How the library is compiled that nothing watches."


def library_flags(mode: str) -> tuple[str, ...]:
    """Those flags of a mode that are about the library too."""
    return tuple(flag for flag in MODES[mode][0] if not flag.startswith("-D"))


def run(*command: str | Path, text: str = "", timeout: float = 600) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, input=text, capture_output=True, text=True, timeout=timeout)


def made(*command: str | Path, text: str = "") -> None:
    """Runs a compiler, which must have nothing to say."""
    result = run(*command, text=text)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr


def compiled(factory: pytest.TempPathFactory, flags: Sequence[str], sources: Sequence[Path] = SOURCES) -> list[Path]:
    """Sources of the library as object files, each compiled once in a run of the tests with the same flags."""
    options = ("gcc", *WIDE, *STRICT, "-fPIC", "-fvisibility=hidden", *flags)

    def compile_one(source: Path) -> Path:
        name = f"{source.stem} {hashlib.sha256(' '.join(options).encode()).hexdigest()[:16]}"
        return once(factory, name, lambda folder: made(*options, "-c", source, "-o", folder / "one.o")) / "one.o"

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(compile_one, sources))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the win32 part alone as libpeerapi.so, and libpeerapi_wmain.a."""

    def link(folder: Path) -> None:
        objects = compiled(tmp_path_factory, PLAIN)
        made("gcc", "-shared", "-Wl,-z,defs", *objects, "-pthread", "-ldl", "-o", folder / "libpeerapi.so")
        made("gcc", *WIDE, *STRICT, "-c", WIN32 / "wmain.c", "-o", folder / "wmain.o")
        made("ar", "rcs", folder / "libpeerapi_wmain.a", folder / "wmain.o")

    return once(tmp_path_factory, "win32", link)


@pytest.fixture(scope="session")
def linked(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``linked(compiler, source, *flags)``: a program of tests/c as users build theirs."""
    folder = tmp_path_factory.mktemp("linked")

    def linked(compiler: str, source: str, *flags: str) -> Path:
        program = folder / re.sub(r"\W+", "_", f"{compiler} {source} {flags}")
        libraries = (f"-L{shared}", "-lpeerapi_wmain", "-lpeerapi", f"-Wl,-rpath,{shared}")
        made(compiler, *STRICT, *flags, PROGRAMS / source, *libraries, "-o", program)
        return program

    return linked


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """``results(mode)``: one run of all tests in C in that mode, or the failure to build them."""

    @cache
    def results(mode: str) -> subprocess.CompletedProcess[str]:
        flags, wrapper, parts = MODES[mode]
        folder = tmp_path_factory.mktemp(mode)
        try:
            objects = compiled(tmp_path_factory, library_flags(mode))
            made("gcc", *WIDE, *STRICT, *flags, *parts, *objects, "-ldl", "-o", folder / "tests")
        except AssertionError as error:
            return subprocess.CompletedProcess([], 1, "", str(error))
        return run(*wrapper, folder / "tests")

    return results


def behaviours() -> list[tuple[str, str]]:
    return [
        (mode, name)
        for mode, (_, _, parts) in MODES.items()
        for part in parts
        for name in re.findall(r"^TEST\((\w+)\)", part.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ]


@pytest.mark.parametrize(("mode", "name"), behaviours())
def test_behaviour(results: Results, mode: str, name: str) -> None:
    result = results(mode)
    assert f"ok {name}\n" in result.stdout, result.stderr


@pytest.mark.parametrize("mode", MODES)
def test_nothing_leaks_races_or_strays(results: Results, mode: str) -> None:
    result = results(mode)
    assert (result.returncode, result.stderr) == (0, "")


# ---- other ways to compile ----


def test_clang_accepts_every_source() -> None:
    made("clang", *WIDE, *STRICT, "-fvisibility=hidden", "-fsyntax-only", *SOURCES, WIN32 / "wmain.c", *PARTS)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_program_without_short_wchar(linked: Callable[..., Path], compiler: str) -> None:
    assert run(linked(compiler, "char16.c", "-std=c11", "-DPEERAPI_CHAR16")).stdout == "ok\n"


@pytest.mark.parametrize("language", ["-xc", "-xc++"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_without_the_flag_the_compiler_says_what_is_missing(compiler: str, language: str) -> None:
    """Else a text after a cast is its first letter, and nobody is told."""
    text = """#include <windows.h>\n#include <p2p.h>\nPCWSTR name = (PCWSTR)L"garden";
        size_t size(void) { WCHAR text[] = L"garden"; PCWSTR other = L"other"; return wcslen(text) + wcslen(other); }"""
    command = [compiler, language, f"-I{INCLUDE}", "-Wall", "-fsyntax-only", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert "compile with -fshort-wchar (peerapi config --cflags)" in done.stderr
    assert done.stderr.count("error: ") == 1, "the sentence stands alone"
    assert "warning: " not in done.stderr


@pytest.mark.parametrize("order", ["-DSTANDARD_LIBRARY_FIRST", "-DSTANDARD_LIBRARY_LAST"])
@pytest.mark.parametrize("width", ["-fshort-wchar", "-DPEERAPI_CHAR16"])
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_program_in_cxx(linked: Callable[..., Path], compiler: str, width: str, order: str) -> None:
    assert run(linked(compiler, "cxx.cpp", "-std=c++17", width, order)).stdout == "ok\n"


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_needs_no_other_before_it(header: str) -> None:
    language = ("-xc++", "-std=c++17") if header in CXX_HEADERS else ("-xc", "-std=c99")
    text = f"#include <{header}>\nextern int unit;\n"
    made("gcc", *language, *STRICT, "-Wpedantic", "-fshort-wchar", "-fsyntax-only", "-", text=text)


@pytest.mark.parametrize("width", ["-fshort-wchar", "-DPEERAPI_CHAR16"])
@pytest.mark.parametrize("standard", ["c99", "c11", "gnu17"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_all_headers_together(compiler: str, standard: str, width: str) -> None:
    text = "".join(f"#include <{header}>\n" for header in [*HEADERS, *reversed(HEADERS)] if header not in CXX_HEADERS)
    flags = ("-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-fsyntax-only")
    made(compiler, "-xc", f"-std={standard}", width, *STRICT, "-Wpedantic", *flags, "-", text=text)


# ---- wmain ----


@pytest.mark.parametrize("flags", [(), ("-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2")], ids=["plain", "fortified"])
def test_wmain_and_streams_speak_utf8(linked: Callable[..., Path], flags: tuple[str, ...]) -> None:
    program = linked("gcc", "wide_main.c", *WIDE, "-D_UNICODE", *flags)
    result = run(program, "é", "\N{GRINNING FACE}x", text="zeile €\nletzte")
    assert result.stdout == "é 1\n\N{GRINNING FACE}x 3\n<zeile €\n<letzte>\nü narrow\n"
    assert result.returncode == 3


def test_tmain_is_main_without_unicode(linked: Callable[..., Path]) -> None:
    assert run(linked("gcc", "wide_main.c", *WIDE), "é").stdout == "é 2\n>\nü narrow\n"


@pytest.mark.parametrize(
    "declared",
    [
        "int wmain(int argc, wchar_t **argv)",
        "int wmain(int argc, wchar_t **argv, wchar_t **)",
        "int wmain(int argc, const wchar_t **argv)",
        'extern "C" int wmain(int argc, wchar_t **argv)',
    ],
)
def test_wmain_in_cxx(shared: Path, tmp_path: Path, declared: str) -> None:
    source = tmp_path / "program.cpp"
    source.write_text(declared + " { return argc * 100 + argv[1][0]; }\n", encoding="utf-8")
    libraries = (f"-L{shared}", "-lpeerapi_wmain", "-lpeerapi", f"-Wl,-rpath,{shared}")
    made("g++", *STRICT, "-fshort-wchar", source, *libraries, "-o", tmp_path / "program")
    assert run(tmp_path / "program", "\x07").returncode == 207


def test_a_program_with_main_does_without_the_wmain_archive(linked: Callable[..., Path]) -> None:
    symbols = run("nm", linked("gcc", "at_exit.c", *WIDE)).stdout
    assert "wmain" not in symbols


# ---- the process around it ----


def test_a_process_may_exit_while_its_threads_are_busy(linked: Callable[..., Path]) -> None:
    program = linked("gcc", "at_exit.c", *WIDE)
    assert [run(program).returncode for _ in range(8)] == [7] * 8


# ---- what is exported, and what is said ----


def declared_functions(tmp_path: Path) -> set[str]:
    """Functions our headers declare and do not define, by gcc's own account."""
    listing = tmp_path / "prototypes"
    text = "".join(f"#include <{header}>\n" for header in HEADERS if header not in CXX_HEADERS)
    made("gcc", "-xc", *WIDE, *STRICT, "-aux-info", listing, "-c", "-", "-o", tmp_path / "none.o", text=text)
    lines = listing.read_text(encoding="utf-8")
    found = re.findall(r"^/\* (\S+):\d+:N[CO] \*/ extern [^;]*?\b(\w+) \(", lines, flags=re.MULTILINE)
    return {
        name
        for path, name in found
        if Path(path).parent == INCLUDE and Path(path).name in HEADERS and not Path(path).name.startswith(WINDOWS)
    }


def exported_functions(library: Path) -> set[str]:
    return {line.split()[-1] for line in run("nm", "-D", "--defined-only", library).stdout.splitlines()}


def test_everything_declared_is_exported_and_nothing_else(shared: Path, tmp_path: Path) -> None:
    declared, exported = declared_functions(tmp_path), exported_functions(shared / "libpeerapi.so")
    assert len(declared) > 300
    assert {name for name in declared if name not in exported and f"peerapi_{name}" not in exported} == set()
    assert {
        name for name in exported if name not in declared and name.removeprefix("peerapi_") not in declared
    } == set()


def error_codes() -> dict[str, int]:
    """Every code of winerror.h and of the facts."""
    macros = run("gcc", "-E", "-dM", "-xc", INCLUDE / "winerror.h").stdout
    number = r"(?:_HRESULT_TYPEDEF_\(|\(\(HRESULT\))?(0x[0-9A-Fa-f]+|\d+)\)?"
    kinds = r"ERROR|WSA|RPC|E|S|CO_E|CLASS_E|REGDB_E|NTE|CRYPT_E|CERT_E|TRUST_E|SEC_E|SEC_I|PEER_E|PEER_S|WAIT"
    codes = {name: int(value, 0) for name, value in re.findall(rf"^#define ((?:{kinds})\w+) {number}$", macros, re.M)}
    for name, entry in facts.load("error_codes.json")["codes"].items():
        codes[re.sub(r"\W+", "_", name)] = int(entry["value"], 16)
    return {
        name: code for name, code in codes.items() if not name.endswith(("BASE", "BASEERR")) and "FACILITY" not in name
    }


def test_every_error_code_has_its_sentence(shared: Path, tmp_path: Path) -> None:
    codes = error_codes()
    assert len(codes) > 500
    rows = "\n".join(f'{{"{name}", {code:#x}u}},' for name, code in codes.items())
    source = f"""
#include <stdio.h>
#include <windows.h>
static const struct {{ const char *name; DWORD code; }} codes[] = {{ {rows} }};
int main(void) {{
    char text[300];
    for (size_t index = 0; index < ARRAYSIZE(codes); index++) {{
        text[0] = 0;
        FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL,
                       codes[index].code, 0, text, sizeof text, NULL);
        printf("%s|%s\\n", codes[index].name, text);
    }}
    return 0;
}}
"""
    libraries = (f"-L{shared}", "-lpeerapi", f"-Wl,-rpath,{shared}")
    made("gcc", "-xc", *WIDE, *STRICT, "-", *libraries, "-o", tmp_path / "messages", text=source)
    said = dict(line.split("|") for line in run(tmp_path / "messages").stdout.splitlines())
    assert said.keys() == codes.keys()
    assert {name: text for name, text in said.items() if not re.fullmatch(r"[A-Z][^|\r\n]+\. ", text)} == {}


def test_messages_stand_in_the_order_of_their_codes() -> None:
    """The search for one relies on it."""
    source = (WIN32 / "win32_message_table.h").read_text(encoding="utf-8")
    names = re.findall(r"\{\(DWORD\)(\w+),", source)
    text = '#include "drt.h"\n' + "\n".join(f"value {name}" for name in names)
    values = re.findall(r"^value (.*)$", run("gcc", "-E", "-P", "-xc", f"-I{INCLUDE}", "-", text=text).stdout, re.M)
    codes = [int(re.findall(r"0x[0-9A-Fa-f]+|\d+", value)[-1], 0) for value in values]
    assert len(codes) > 500
    assert codes == sorted(set(codes))
