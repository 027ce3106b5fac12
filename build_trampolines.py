"""The C between a program and Python, which follows from the headers: one exported function for each that they declare.

From ``include/p2p.h`` come the cdef (structs, enums, constants and functions as C sees them), one exported C trampoline
for each function, and the table of prototypes against which ``peerapi.abi.exports`` checks the Python functions. A
trampoline answers E_UNEXPECTED when the engine cannot start and E_NOTIMPL when no Python function stands behind it;
cffi alone would answer 0, which is S_OK, to both.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from build_tools import BuildError, compiler

HEADERS = ("p2p.h", "pnrpns.h", "peerapi.h", "drt.h")
"Headers whose declarations Python sees, with what they include of LAYOUT_FILES."
LAYOUT_FILES = {"p2p.h", "pnrpdef.h", "pnrpns.h", "peerapi.h", "drt.h", "wincrypt.h"}
PURE_C = {"PeerFreeData", "PeerGraphFreeData"}
"Written in C below: they must work whatever state the engine is in."
UNREADY = {"PeerxGetLastErrorText": "peerapi_unready_text"}
"What answers instead of E_UNEXPECTED when the engine cannot start, with the same parameters: functions of PROLOGUE."
READ_IN_C = {
    "PeerGraphGetRecord": "peerapi_read_record(PEERAPI_GRAPH, {0}, {1}, {2})",
    "PeerGroupGetRecord": "peerapi_read_record(PEERAPI_GROUP, {0}, {1}, {2})",
    "PeerGraphGetEventData": "peerapi_read_event(PEERAPI_GRAPH, {0}, {1})",
    "PeerGroupGetEventData": "peerapi_read_event(PEERAPI_GROUP, {0}, {1})",
}
"What C tries to answer before Python is asked (reading.h): functions that are called for each record."
INTERFACES = {
    "DRT_SECURITY_PROVIDER": "peerapi_security_provider",
    "DRT_BOOTSTRAP_PROVIDER": "peerapi_bootstrap_provider",
}
"""Structures of functions that the library hands out: each has one constant of it, whose functions ask Python. What
pvContext of a copy holds tells them apart."""
CALLBACKS = {"DRT_BOOTSTRAP_RESOLVE_CALLBACK": "peerapi_bootstrap_found"}
"Functions of the library that an application's own structures are told to call: types, and the constants of them."

SYSTEM_TYPES = """
typedef int32_t HRESULT, LONG, INT, BOOL;
typedef uint32_t ULONG, DWORD, UINT;
typedef uint16_t WORD, USHORT;
typedef uint8_t BYTE, *PBYTE;
typedef unsigned long long ULONGLONG;
typedef void *PVOID, *LPVOID, *HANDLE, *HWND;
typedef const void *LPCVOID;
typedef uintptr_t ULONG_PTR;
typedef char16_t WCHAR;
typedef WCHAR *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;
typedef char *LPSTR;
typedef const char *LPCSTR;
typedef struct _GUID { uint32_t Data1; uint16_t Data2, Data3; uint8_t Data4[8]; } GUID;
typedef struct _FILETIME { DWORD dwLowDateTime, dwHighDateTime; } FILETIME;
typedef struct _SYSTEMTIME {
    WORD wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds;
} SYSTEMTIME;
typedef struct _BLOB { ULONG cbSize; BYTE *pBlobData; } BLOB, *LPBLOB;
struct in6_addr { ...; };
struct sockaddr_in6 {
    uint16_t sin6_family, sin6_port; uint32_t sin6_flowinfo; struct in6_addr sin6_addr; uint32_t sin6_scope_id;
};
typedef struct sockaddr_in6 SOCKADDR_IN6;
struct sockaddr { ...; };
typedef struct sockaddr SOCKADDR, *LPSOCKADDR;
typedef struct _SOCKET_ADDRESS { LPSOCKADDR lpSockaddr; INT iSockaddrLength; } SOCKET_ADDRESS;
typedef struct _SOCKET_ADDRESS_LIST { INT iAddressCount; SOCKET_ADDRESS Address[1]; } SOCKET_ADDRESS_LIST;
struct sockaddr_storage { ...; };
typedef struct sockaddr_storage SOCKADDR_STORAGE, *PSOCKADDR_STORAGE;
typedef struct _CSADDR_INFO { SOCKET_ADDRESS LocalAddr, RemoteAddr; INT iSocketType, iProtocol; } CSADDR_INFO;
typedef struct _WSAVersion { ...; } WSAVERSION;
typedef struct _AFPROTOCOLS { ...; } AFPROTOCOLS;
typedef struct _WSAQuerySetW {
    DWORD dwSize; LPWSTR lpszServiceInstanceName; GUID *lpServiceClassId; WSAVERSION *lpVersion; LPWSTR lpszComment;
    DWORD dwNameSpace; GUID *lpNSProviderId; LPWSTR lpszContext; DWORD dwNumberOfProtocols; AFPROTOCOLS *lpafpProtocols;
    LPWSTR lpszQueryString; DWORD dwNumberOfCsAddrs; CSADDR_INFO *lpcsaBuffer; DWORD dwOutputFlags; LPBLOB lpBlob;
} WSAQUERYSETW;
"""
"What p2p.h uses of other headers. cffi compares each with the real one when it compiles."

WIN32 = """
HANDLE CreateEventW(LPVOID attributes, BOOL manualReset, BOOL initialState, LPCWSTR name);
BOOL SetEvent(HANDLE event);
BOOL ResetEvent(HANDLE event);
DWORD WaitForSingleObject(HANDLE handle, DWORD milliseconds);
BOOL CloseHandle(HANDLE handle);
"""
"What a Python program needs besides, when it calls the C functions: PeerGraphRegisterEvent wants an event."

HOOKS = {
    "set_service": ("const void *query", "int32_t operation", "uint32_t flags"),
    "begin": ("const void *restrictions", "uint32_t flags", "uint64_t *lookup"),
    "next": ("uint64_t lookup", "uint32_t flags", "void **result"),
    "notify": ("uint64_t lookup", "uint64_t event"),
    "end": ("uint64_t lookup",),
    "cleanup": (),
    "resolve": ("const void *name", "void *addresses", "uint32_t *count"),
}
"""What the Winsock functions, which are written in C, ask Python for (winsock.h): the members of peerapi_name_space and
peerapi_pnrp_resolver. Each answers an int32_t."""

SCALARS = {
    "ULONG": "uint32_t",
    "DWORD": "uint32_t",
    "UINT": "uint32_t",
    "USHORT": "uint16_t",
    "WORD": "uint16_t",
    "BYTE": "uint8_t",
    "LONG": "int32_t",
    "INT": "int32_t",
    "BOOL": "int32_t",
    "HRESULT": "int32_t",
    "ULONGLONG": "uint64_t",
}
"Parameter types that are passed as they are; an enum is an int32_t, everything else an address or handle: uintptr_t."


@dataclass(frozen=True)
class Prototype:
    """One exported function as its header declares it."""

    result: str
    name: str
    parameters: tuple[tuple[str, str], ...]
    "(type, name) in order"

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """What Python is given. A result that is neither a success nor a failure is one more parameter, the last: the
        address of where it belongs."""
        if self.result in ("HRESULT", "BOOL", "void", "VOID"):
            return self.parameters
        return *self.parameters, (f"{self.result} *", "pResult")

    @property
    def line(self) -> str:
        """As exports.py reads it: ``HRESULT Name(HGRAPH hGraph,GUID * pRecordId)``."""
        return f"{self.result} {self.name}({','.join(f'{kind} {name}' for kind, name in self.asked)})"


# ---- reading the headers ----


def preprocess(include: Path, headers: Iterable[str], wanted: set[str]) -> str:
    """The declarations that stand in the files named ``wanted``, without attributes and directives."""
    source = "".join(f"#include <{header}>\n" for header in headers if (include / header).exists())
    command = [compiler(), "-E", "-xc", "-std=gnu11", "-DPEERAPI_CDEF", "-DPEERAPI_CHAR16", f"-I{include}", "-"]
    text = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if text.returncode:
        raise BuildError(f"the headers in {include} do not preprocess:\n{text.stderr}")
    kept, keep = [], False
    for line in text.stdout.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            path = Path(marker[1])
            keep = path.parent == include and path.name in wanted
        elif keep and not line.startswith("#"):
            kept.append(line)
    return declarations("\n".join(kept))


def declarations(text: str) -> str:
    """Preprocessed C reduced to what cffi's parser reads: no attributes, no inline functions, no GUID constants."""
    text = re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", text)
    text = re.sub(r"\b(__extension__|__inline__|__inline|__restrict)\b", "", text)
    text = re.sub(r"\b_Static_assert\s*\([^;]*\);", "", text)
    text = re.sub(r"^\s*extern\s[^;(]*;", "", text, flags=re.M)
    text = re.sub(r"\bstatic\b[^;{]*\{[^{}]*\}", "", text)
    return re.sub(r"\n\s*\n+", "\n", text)


def prototypes(text: str) -> Iterator[Prototype]:
    """Every function declared in ``text``."""
    for match in re.finditer(r"(?:^|[;}])\s*(?:extern\s+)?(\w+)\s+(\w+)\s*\(([^()]*)\)\s*(?=;)", text):
        result, name, inside = match.groups()
        if result == "typedef":
            continue
        parameters = []
        for piece in inside.split(","):
            piece = " ".join(piece.replace("*", " * ").split())
            if piece in ("", "void", "VOID"):
                continue
            kind, _, parameter = piece.rpartition(" ")
            parameters.append((kind, parameter))
        yield Prototype(result, name, tuple(parameters))


# ---- writing C ----


def scalar(kind: str, enums: set[str]) -> str:
    """How a parameter travels to Python."""
    return SCALARS.get(kind) or ("int32_t" if kind in enums else "uintptr_t")


def trampolines(functions: list[Prototype], enums: set[str]) -> str:
    """The exported functions, in C."""
    out = ["unsigned char peerapi_attached[PEERAPI_COUNT];\n"]
    for index, function in enumerate(functions):
        passed = ", ".join(scalar(kind, enums) for kind, _ in function.asked) or "void"
        values = ", ".join(f"({scalar(kind, enums)}){name}" for kind, name in function.parameters)
        out.append(f"static uint32_t py_{function.name}({passed});\n")
        if function.result == "HRESULT":
            out.append(
                f"{head(function)}\n{{\n"
                f"    if (!peerapi_ready())\n        return {unready(function)};\n"
                f"    if (!peerapi_attached[{index}])\n        return E_NOTIMPL;\n"
                f"{read_in_c(function)}"
                f"{result_of(function, f'(HRESULT)py_{function.name}({values})')}}}\n"
            )
            continue
        if function.asked != function.parameters:
            values = f"{values}, (uintptr_t)&result" if values else "(uintptr_t)&result"
        asking = (
            f"!peerapi_ready() ? (uint32_t)E_UNEXPECTED : !peerapi_attached[{index}] ? (uint32_t)E_NOTIMPL\n"
            f"                       : py_{function.name}({values})"
        )
        if function.result in ("void", "VOID"):
            out.append(f"{head(function)}\n{{\n    (void)({asking});\n}}\n")
        elif function.result == "BOOL":
            out.append(f"{head(function)}\n{{\n    return peerapi_done({asking});\n}}\n")
        else:
            out.append(
                f"{head(function)}\n{{\n    {function.result} result = 0;\n\n"
                f"    (void)peerapi_done({asking});\n    return result;\n}}\n"
            )
    return "\n".join(out)


def members(text: str, structure: str) -> list[Prototype]:
    """The functions of a structure of functions, in order, whose parameters have no names in the headers."""
    body = re.search(rf"\{{([^{{}}]*)\}}\s*{structure}\b", text)
    if body is None:
        raise BuildError(f"no structure {structure} in the headers")
    return [
        Prototype(result, f"{structure}_{name}", tuple((kind, f"a{at}") for at, kind in enumerate(types(inside))))
        for result, name, inside in re.findall(r"(\w+)\s*\(\s*\*\s*(\w+)\s*\)\s*\(([^()]*)\)\s*;", body[1])
    ]


def callback(text: str, name: str) -> Prototype:
    """The function of which the headers define a pointer type."""
    found = re.search(rf"typedef\s+(\w+)\s*\(\s*\*\s*{name}\s*\)\s*\(([^()]*)\)\s*;", text)
    if found is None:
        raise BuildError(f"no type {name} in the headers")
    return Prototype(
        found[1], name, tuple((kind.rpartition(" ")[0], kind.rpartition(" ")[2]) for kind in types(found[2]))
    )


def types(parameters: str) -> list[str]:
    """The parameters of a list, their stars apart from words."""
    return [" ".join(one.replace("*", " * ").split()) for one in parameters.split(",")]


def handed_out(text: str, enums: set[str]) -> str:
    """The functions that programs are not linked to and are given pointers of, and the constants that hold them."""
    out = []
    for structure, constant in INTERFACES.items():
        functions = members(text, structure)
        out += [given(function, enums) for function in functions]
        names = ", ".join(f"given_{function.name}" for function in functions)
        out.append(f"static const {structure} {constant} = {{NULL, {names}}};\n")
    for name, constant in CALLBACKS.items():
        out += [given(callback(text, name), enums), f"static const {name} {constant} = given_{name};\n"]
    return "\n".join(out)


def given(function: Prototype, enums: set[str]) -> str:
    """One such function, in C."""
    passed = ", ".join(scalar(kind, enums) for kind, _ in function.parameters)
    values = ", ".join(f"({scalar(kind, enums)}){name}" for kind, name in function.parameters)
    parameters = ", ".join(f"{kind} {name}" for kind, name in function.parameters)
    asking = f"peerapi_ready() ? py_given_{function.name}({values}) : (uint32_t)E_UNEXPECTED"
    body = f"(void)({asking})" if function.result in ("void", "VOID") else f"return (HRESULT)({asking})"
    return (
        f"static uint32_t py_given_{function.name}({passed});\n"
        f"static {function.result} CALLBACK given_{function.name}({parameters})\n{{\n    {body};\n}}\n"
    )


def read_in_c(function: Prototype) -> str:
    """The statements that answer without Python, where that can be."""
    call = READ_IN_C.get(function.name)
    if call is None:
        return ""
    tried = call.format(*(name for _, name in function.parameters))
    return f"    HRESULT read = {tried};\n    if (read != PEERAPI_ASK_PYTHON)\n        return read;\n"


def result_of(function: Prototype, call: str) -> str:
    """The statements that call Python and answer. A family that is started has started Winsock, as on Windows."""
    change = 1 if function.name.endswith("Startup") else -1 if function.name.endswith("Shutdown") else 0
    if not change:
        return f"    return {call};\n"
    told = f"    if (SUCCEEDED(result))\n        ws_peers({change});\n"
    return f"    HRESULT result = {call};\n{told}    return result;\n"


def unready(function: Prototype) -> str:
    """What a trampoline answers while the engine cannot be called."""
    instead = UNREADY.get(function.name)
    return f"{instead}({', '.join(name for _, name in function.parameters)})" if instead else "E_UNEXPECTED"


def hook_types(parameters: tuple[str, ...]) -> str:
    """How the parameters of a hook travel to Python."""
    return ", ".join("uintptr_t" if "*" in one else one.split()[0] for one in parameters) or "void"


def hooks() -> str:
    """Functions in C that ask Python, and the one that puts them where the Winsock functions look."""
    out = []
    for name, parameters in HOOKS.items():
        values = ", ".join(("(uintptr_t)" if "*" in one else "") + one.split()[-1].lstrip("*") for one in parameters)
        out += [
            f"static int32_t py_hook_{name}({hook_types(parameters)});",
            f"static int32_t hook_{name}({', '.join(parameters) or 'void'})",
            f"{{\n    return py_hook_{name}({values});\n}}\n",
        ]
    members = "".join(f"    peerapi_name_space.{name} = hook_{name};\n" for name in HOOKS if name != "resolve")
    out.append(
        f"static void peerapi_hook(void)\n{{\n{members}"
        "    __atomic_store_n(&peerapi_pnrp_resolver, hook_resolve, __ATOMIC_RELEASE);\n}\n"
    )
    return "\n".join(out)


def head(function: Prototype) -> str:
    parameters = ", ".join(f"{kind} {name}" for kind, name in function.parameters) or "void"
    return f"PEERAPI_EXPORT {function.result} WINAPI {function.name}({parameters})"


PROLOGUE = """
#define PEERAPI_COUNT {count}
#include <stdlib.h>
#include <stdint.h>
#include <uchar.h>
{includes}
#include "reading.h"
#include "start.h"
#include "winsock.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && sizeof(void *) == 8, "64-bit little-endian machines only");

static const char peerapi_prototypes[] = {table};

PEERAPI_EXPORT VOID WINAPI PeerFreeData(LPCVOID pvData)
{{
    free((void *)(uintptr_t)pvData);
}}

PEERAPI_EXPORT VOID WINAPI PeerGraphFreeData(PVOID pvData)
{{
    free(pvData);
}}

static BOOL peerapi_done(uint32_t failure)
{{
    if (failure)
        SetLastError(failure >> 16 == 0x8007 ? failure & 0xFFFF : failure);
    return !failure;
}}

static HRESULT peerapi_unready_text(PWSTR *ppwzText)
{{
    const char *text = peerapi_start_error();
    int units = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    PWSTR copy;

    if (!ppwzText)
        return E_INVALIDARG;
    *ppwzText = NULL;
    copy = malloc((size_t)(units > 0 ? units : 1) * sizeof *copy);
    if (!copy)
        return E_OUTOFMEMORY;
    *copy = 0;
    MultiByteToWideChar(CP_UTF8, 0, text, -1, copy, units);
    *ppwzText = copy;
    return S_OK;
}}
"""


def generate(include: Path, target: Path) -> None:
    """Writes ``target``, the cffi module with the trampolines in it."""
    from cffi import FFI

    text = preprocess(include, HEADERS, LAYOUT_FILES)
    functions = sorted((p for p in prototypes(text) if p.name not in PURE_C), key=lambda p: p.name)
    enums = set(re.findall(r"typedef\s+enum\b[^{};]*\{[^}]*\}\s*(\w+)", text))
    if not functions:
        raise BuildError("no functions in the headers")

    ffi = FFI()
    ffi.cdef(SYSTEM_TYPES)
    ffi.cdef(text)
    ffi.cdef(WIN32)
    ffi.cdef("extern unsigned char peerapi_attached[...]; extern const char peerapi_prototypes[...];")
    for function in functions:
        passed = ", ".join(scalar(kind, enums) for kind, _ in function.asked) or "void"
        ffi.cdef(f'extern "Python" uint32_t py_{function.name}({passed});')
    for name, parameters in HOOKS.items():
        ffi.cdef(f'extern "Python" int32_t py_hook_{name}({hook_types(parameters)});')
    ffi.cdef("void peerapi_hook(void);")
    for kind, constant in (*INTERFACES.items(), *CALLBACKS.items()):
        ffi.cdef(f"extern const {kind} {constant};")
    for function in (
        *(one for kind in INTERFACES for one in members(text, kind)),
        *(callback(text, c) for c in CALLBACKS),
    ):
        passed = ", ".join(scalar(kind, enums) for kind, _ in function.parameters)
        ffi.cdef(f'extern "Python" uint32_t py_given_{function.name}({passed});')
    table = "\n    ".join('"' + function.line + '\\n"' for function in functions)
    includes = "\n".join(f"#include <{header}>" for header in ("windows.h", *HEADERS))
    prologue = PROLOGUE.format(count=len(functions), includes=includes, table=table)
    ffi.set_source("_peerapi", prologue + trampolines(functions, enums) + hooks() + handed_out(text, enums))
    with contextlib.redirect_stdout(io.StringIO()):  # it reports what it does
        ffi.emit_c_code(str(target))
