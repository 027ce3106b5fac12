"""The headers about windows against those of mingw-w64, whose constants and layouts are Windows' own; small names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from peerapi.cli import config
from tests.test_win32 import INCLUDE, STRICT, WINDOWS, made, run

MINGW = "x86_64-w64-mingw32-gcc"
CHECKED = sorted(path.name for path in INCLUDE.glob("*.h") if path.name.startswith(WINDOWS))
CHECKED += ["fileapi.h", "processenv.h", "shlobj.h", "tlhelp32.h", "wincon.h", "winnls.h"]
INCLUDED = ("winsock2.h", "windows.h", "commctrl.h", "commdlg.h", "windowsx.h", "tlhelp32.h", "shlobj.h")
PRELUDE = "".join(f"#include <{header}>\n" for header in INCLUDED)
OURS = ("gcc", "-fshort-wchar", f"-I{INCLUDE}", "-DUNICODE")
THEIRS = (MINGW, "-DUNICODE", "-D_WIN32_WINNT=0x601", "-D_WIN32_IE=0x900")
OTHERS = ("STARTUPINFOA", "STARTUPINFOW", "PROCESS_INFORMATION", "PROCESSENTRY32W", "OVERLAPPED")
"Structures of other headers that are looked at here, too."


@cache
def values(compiler: tuple[str, ...], expressions: tuple[str, ...]) -> dict[str, int]:
    """Constant expressions as the compiler sees them, read from its assembly."""
    rows = "".join(f"const long long value_{at} = (long long)({one});\n" for at, one in enumerate(expressions))
    text = f"{PRELUDE}#include <stddef.h>\n{rows}"
    result = run(*compiler, "-w", "-xc", "-S", "-", "-o", "-", text=text)
    assert result.returncode == 0, result.stderr
    found = re.findall(r"^value_(\d+):\n\t\.(?:quad\s+(-?\d+)|(?:zero|space)\s+8)", result.stdout, re.MULTILINE)
    return {expressions[int(at)]: int(value or 0) & 0xFFFFFFFF for at, value in found}


def macros(compiler: tuple[str, ...]) -> set[str]:
    return set(
        re.findall(r"^#define (\w+) ", run(*compiler, "-xc", "-E", "-dM", "-", text=PRELUDE).stdout, re.MULTILINE)
    )


def test_constants_have_the_values_of_windows() -> None:
    text = "\n".join((INCLUDE / header).read_text(encoding="utf-8") for header in CHECKED)
    numbers = re.findall(r"^#define ([A-Z]\w+) \(?-?(?:0x[0-9A-F]+|\d+)\)?$", text, re.MULTILINE)
    known = tuple(sorted(set(numbers) & macros(THEIRS)))
    assert len(known) > 1500
    assert len(set(numbers) - set(known)) < 12
    ours, theirs = values(OURS, known), values(THEIRS, known)
    assert len(ours) == len(known)
    assert {name: (ours[name], theirs[name]) for name in known if ours[name] != theirs[name]} == {}


def structures() -> dict[str, list[str]]:
    """Name -> members, of every structure the headers define, as the compiler reads them."""
    text = re.sub(r"^#.*\n", "", run(*OURS, "-xc", "-E", "-", text=PRELUDE).stdout, flags=re.MULTILINE)
    wanted = "\n".join((INCLUDE / header).read_text(encoding="utf-8") for header in CHECKED)
    found = {}
    for body, name in re.findall(r"typedef struct \w* ?\{([^{}]*)\}\s*(?:__attribute__\(\(\w+\)\)\s*)?(\w+)", text):
        if re.search(rf"\b{name}\b", wanted) or name in OTHERS:
            found[name] = re.findall(r"(\w+)(?:\[\w+\])?;", body)
    return found


def test_structures_lie_in_memory_as_on_windows() -> None:
    known = structures()
    assert len(known) > 50
    assert set(OTHERS) - {"OVERLAPPED"} <= known.keys()
    asked = [f"sizeof({name})" for name in [*known, "OVERLAPPED"]]
    asked += [f"offsetof({name}, {member})" for name, members in known.items() for member in members]
    ours, theirs = values(OURS, tuple(asked)), values(THEIRS, tuple(asked))
    assert {one: (ours[one], theirs[one]) for one in asked if ours[one] != theirs[one]} == {}


MISSING_FUNCTION = """
#include <windows.h>
int WINAPI WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR line, int show) {
    (void)instance, (void)previous, (void)line, (void)show;
    return MessageBox(NULL, TEXT("a"), TEXT("b"), MB_OK);
}
int main(void) { return WinMain(NULL, NULL, NULL, 0); }
"""


@pytest.mark.parametrize(("unicode", "name"), [("-DUNICODE", "MessageBoxW"), ("-UUNICODE", "MessageBoxA")])
def test_a_program_with_windows_compiles_and_its_link_error_names_what_is_missing(
    tmp_path: Path, unicode: str, name: str
) -> None:
    program = tmp_path / "program.o"
    made("gcc", "-xc", "-fshort-wchar", *STRICT, unicode, "-c", "-", "-o", program, text=MISSING_FUNCTION)
    result = run("gcc", program, "-o", tmp_path / "program")
    assert result.returncode == 1
    assert f"undefined reference to `{name}'" in result.stderr


MACROS = """
#include <windows.h>
#include <windowsx.h>
#include <commctrl.h>
#include <stdarg.h>
static LRESULT told[3];
LRESULT WINAPI SendMessageW(HWND window, UINT message, WPARAM wParam, LPARAM lParam) {
    (void)window;
    told[0] = message, told[1] = (LRESULT)wParam, told[2] = lParam;
    return 5;
}
static int id, code;
static void OnCommand(HWND window, int which, HWND control, UINT what) {
    (void)window, (void)control, id = which, code = (int)what;
}
static LRESULT procedure(HWND window, UINT message, WPARAM wParam, LPARAM lParam) {
    switch (message) {
    HANDLE_MSG(window, WM_COMMAND, OnCommand);
    default: return 1;
    }
}
int main(void) {
    LVITEM item = {.mask = LVIF_TEXT};
    HWND list = NULL;
    if (ComboBox_SetItemData(list, 3, 4) != 5 || told[0] != CB_SETITEMDATA || told[1] != 3 || told[2] != 4) return 1;
    if (ListView_InsertItem(list, &item) != 5 || told[0] != LVM_INSERTITEMW || told[2] != (LRESULT)&item) return 2;
    if (ListBox_GetCurSel(list) != 5 || told[0] != LB_GETCURSEL) return 3;
    Button_SetCheck(list, BST_CHECKED);
    if (told[0] != BM_SETCHECK || told[1] != BST_CHECKED) return 4;
    if (procedure(list, WM_COMMAND, MAKEWPARAM(7, 8), 0) || id != 7 || code != 8) return 5;
    if (procedure(list, WM_CLOSE, 0, 0) != 1) return 7;
    return GET_X_LPARAM(MAKELPARAM(-2, 3)) == -2 && RGB(1, 2, 3) == 0x030201 && GetGValue(0x030201) == 2 ? 0 : 6;
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_macros_say_and_read_what_they_name(tmp_path: Path, compiler: str) -> None:
    made(compiler, "-xc", "-fshort-wchar", *STRICT, "-DUNICODE", "-", "-o", tmp_path / "program", text=MACROS)
    assert run(tmp_path / "program").returncode == 0


# ---- names that programs use without saying where they come from ----

NAMES = {
    "WEOF is in stdio.h": "#include <stdio.h>\nint f(FILE *x) { return fgetwc(x) == WEOF; }",
    "UNALIGNED": "#include <windows.h>\nvoid f(FILETIME *t) { *((ULONGLONG UNALIGNED *)(void *)t) += 600000000; }",
    "__fallthrough": """
#include <windows.h>
int f(int i) { switch (i) { case 1: i = 2; __fallthrough; default: return i; } }
""",
    "p2p.h brings stdlib.h and ctype.h": """
#include <p2p.h>
int f(void) { void *p = malloc(1); free(p); return _wtoi(L"7") + (int)iswprint(L'x') + isalpha('x'); }
""",
    "WSAIoctl": """
#include <winsock2.h>
int f(SOCKET s, void *p, DWORD n) { return WSAIoctl(s, SIO_ADDRESS_LIST_SORT, p, n, p, n, &n, NULL, NULL); }
""",
    "in_addr6": """
#include <winsock2.h>
#include <ws2tcpip.h>
int f(struct in6_addr a) { in_addr6 b = a; return b.u.Word[5] + b.u.Byte[1] + b.s6_addr[2] + IN6_IS_ADDR_LOOPBACK(&a); }
""",
    "other spellings": """
#include <Windows.h>
#include <WinSock2.h>
#include <Ws2tcpip.h>
#include <TCHAR.H>
#include <Tlhelp32.h>
#include <WINDOWSX.H>
#include <StrSafe.h>
#include <P2P.h>
int f(void) { return MAX_PATH; }
""",
    "modules and folders": """
#include <windows.h>
WCHAR b[MAX_PATH];
int f(void) { return GetModuleFileNameW(NULL, b, MAX_PATH) + GetWindowsDirectoryW(b, MAX_PATH); }
""",
    "packing": """
#include <pshpack1.h>
struct one { char a; int b; };
#include <poppack.h>
#include <pshpack2.h>
struct two { char a; int b; };
#include <poppack.h>
#include <pshpack4.h>
struct four { char a; double b; };
#include <poppack.h>
#include <pshpack8.h>
struct eight { char a; double b; };
#include <poppack.h>
_Static_assert(sizeof(struct one) == 5 && sizeof(struct two) == 6, "");
_Static_assert(sizeof(struct four) == 12 && sizeof(struct eight) == 16, "");
""",
}
MODERN = tuple(
    f"-Werror={name}"
    for name in ("implicit-function-declaration", "incompatible-pointer-types", "int-conversion", "implicit-int")
)
"What gcc calls errors from 14 on."


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", NAMES)
def test_names_that_samples_use_are_there(tmp_path: Path, cflags: list[str], compiler: str, name: str) -> None:
    made(
        compiler,
        "-xc",
        *cflags,
        "-Wall",
        "-Wextra",
        *MODERN,
        "-c",
        "-",
        "-o",
        tmp_path / "one.o",
        text=NAMES[name] + "\n",
    )


@pytest.fixture(scope="session")
def cflags() -> list[str]:
    return config.answers()["--cflags"].split()


def test_headers_of_ones_own_may_be_spelled_in_another_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "program"
    (sources / "inner").mkdir(parents=True)
    (sources / "shared.h").write_text("#define SHARED 1\n", encoding="utf-8")
    (sources / "inner" / "Deep.h").write_text('#include "SHARED.H"\n#define DEEP 1\n', encoding="utf-8")
    (sources / "main.c").write_text(
        '#include "Shared.h"\n# include "deep.h"\nint main(void) { return SHARED - DEEP; }\n', encoding="utf-8"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = ["peerapi", "config", "--cflags", f"--sources={sources}"]
    command[0] = str(Path(sys.executable).parent / "peerapi")
    assert run("gcc", "-fsyntax-only", sources / "main.c").returncode == 1  # the spelling is in the way
    flags = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    made("gcc", *flags, "-Wall", "-Werror", "-fsyntax-only", sources / "main.c")
    failed = subprocess.run([command[0], "config", "--sources=/nowhere"], capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert "does not exist" in failed.stderr
