"""Every compiler that is here, every standard: headers without a warning, std::wstring right, wide streams refused."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.test_win32 import INCLUDE, STRICT, made, run, shared

pytestmark = pytest.mark.long

__all__ = ["shared"]

C_STANDARDS = ("c99", "c11", "c17", "c2x")
CXX_STANDARDS = ("c++11", "c++14", "c++17", "c++20", "c++2b")
HEADERS = (
    "windows.h",
    "winsock2.h",
    "ws2tcpip.h",
    "p2p.h",
    "drt.h",
    "peerapi.h",
    "pnrpns.h",
    "commctrl.h",
    "commdlg.h",
)
HEADERS += ("windowsx.h", "strsafe.h", "tchar.h", "intsafe.h", "shlwapi.h", "tlhelp32.h", "io.h", "process.h")


def present(pattern: str) -> list[str]:
    """Compilers on the path whose name is gcc, gcc-13 and so on; each once, whatever its names."""
    names = {name for folder in os.get_exec_path() if Path(folder).is_dir() for name in os.listdir(folder)}
    found = sorted((name for name in names if re.fullmatch(pattern, name)), reverse=True)
    return sorted({os.path.realpath(shutil.which(name) or name): name for name in found}.values())


C_COMPILERS = present(r"(gcc|clang)(-\d+)?")
CXX_COMPILERS = present(r"(g\+\+|clang\+\+)(-\d+)?")


@pytest.mark.parametrize("standard", C_STANDARDS)
@pytest.mark.parametrize("compiler", C_COMPILERS)
def test_headers_in_c(compiler: str, standard: str) -> None:
    text = "".join(f"#include <{header}>\n" for header in HEADERS) + "extern int unit;\n"
    flags = ("-fshort-wchar", "-Wno-deprecated", *STRICT)  # clang calls c2x what is c23 elsewhere
    made(compiler, "-xc", f"-std={standard}", *flags, "-fsyntax-only", "-", text=text)


@pytest.mark.parametrize("standard", CXX_STANDARDS)
@pytest.mark.parametrize("compiler", CXX_COMPILERS)
def test_headers_in_cxx(compiler: str, standard: str) -> None:
    text = "".join(f"#include <{header}>\n" for header in HEADERS) + "extern int unit;\n"
    made(compiler, "-xc++", f"-std={standard}", "-fshort-wchar", *STRICT, "-fsyntax-only", "-", text=text)


STRINGS = r"""
#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>
#include <windows.h>
int wmain() {
    std::wstring name(L"garden"), part = name.substr(1, 3), number = std::to_wstring(42);
    std::map<std::wstring, int> known;
    std::vector<std::wstring> words(3, L"a rather long string, which is on the heap");
    name += L".";
    name = name + std::wstring(L"alice") + L'\x20ac';
    known[name] = 1;
    known[L"x"] = 2;
    words.insert(words.begin(), name);
    std::sort(words.begin(), words.end());
    words[0].replace(2, 6, L"-").insert(0, L"<").append(3, L'>').erase(1, 1);
    std::ostringstream narrow;
    narrow << name.size();
    const std::wstring whole = L"garden.alice\x20ac", cut = L"< - long string, which is on the heap>>>";
    bool right = name == whole && name.size() == 13 && part == L"ard" && number == L"42" && std::stoi(number) == 42;
    right = right && name.find(L"alice") == 7 && name.rfind(L'.') == 6 && known.size() == 2 && known.count(whole) == 1;
    right = right && words.back() == name && words[0] == cut && narrow.str() == "13" && name.compare(L"garden") > 0;
    std::cout << (right ? "right" : "wrong") << std::endl;
    return right ? 0 : 1;
}
"""


@pytest.mark.parametrize(
    ("standard", "optimization"), [*((one, "-O2") for one in CXX_STANDARDS), ("c++11", "-O0"), ("c++2b", "-O0")]
)
@pytest.mark.parametrize("compiler", CXX_COMPILERS)
def test_wide_strings_of_cxx(shared: Path, tmp_path: Path, compiler: str, standard: str, optimization: str) -> None:
    libraries = (f"-L{shared}", "-lpeerapi_wmain", "-lpeerapi", f"-Wl,-rpath,{shared}")
    flags = (f"-std={standard}", optimization, "-fshort-wchar", *STRICT)
    (tmp_path / "program.cpp").write_text(STRINGS, encoding="utf-8")
    made(compiler, *flags, tmp_path / "program.cpp", *libraries, "-o", tmp_path / "program")
    assert run(tmp_path / "program").stdout == "right\n"


def test_without_our_headers_they_are_wrong(tmp_path: Path) -> None:
    """What the headers are for: the library's instantiation has characters of 32 bits."""
    text = '#include <string>\nint main() { std::wstring a(L"garden"); a += L"."; return a == L"garden." ? 0 : 1; }\n'
    made("g++", "-std=c++17", "-fshort-wchar", "-xc++", "-", "-o", tmp_path / "program", text=text)
    assert run(tmp_path / "program").returncode != 0


STREAMS = {
    "wcout": "std::wcout << L'a';",
    "wcin": "wchar_t c; std::wcin >> c;",
    "a string to wcout": 'std::wcout << std::wstring(L"a");',
    "wostringstream": 'std::wostringstream stream; stream << L"a";',
    "wofstream": 'std::wofstream stream("x");',
    "getline": "std::wstring line; std::getline(std::wcin, line);",
    "imbue": "std::wcout.imbue(std::locale());",
}


def using(*uses: str) -> str:
    """A program with wide streams, each use in a function of its own."""
    headers = "".join(f"#include <{name}>\n" for name in ("iostream", "sstream", "fstream", "string", "windows.h"))
    return headers + "".join(f"void f{number}(void) {{ {use} }}\n" for number, use in enumerate(uses))


@pytest.mark.parametrize("compiler", CXX_COMPILERS)
@pytest.mark.parametrize("use", STREAMS)
def test_wide_streams_do_not_compile_and_the_compiler_says_what_to_do(tmp_path: Path, use: str, compiler: str) -> None:
    command = (compiler, "-std=c++17", "-fshort-wchar", f"-I{INCLUDE}", "-xc++", "-c", "-", "-o", tmp_path / "one.o")
    result = run(*command, text=using(STREAMS[use]))
    assert result.returncode == 1
    assert "no wide streams with -fshort-wchar: use" in result.stderr


@pytest.mark.parametrize("compiler", CXX_COMPILERS)
def test_with_the_systems_characters_wide_streams_are_as_they_were(compiler: str) -> None:
    text = using(*STREAMS.values()).replace("windows.h", "cstdio")
    made(compiler, "-std=c++17", "-xc++", "-fsyntax-only", "-", text=text)
