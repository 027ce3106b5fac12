"""Builds the DLLs of the Peer-to-Peer API for Wine (docs/wine.md): ``build/wine/p2p.dll.so`` and those that lead to it.

    python build_wine.py [--force]     when something is newer than what was built

What the headers declare is exported: for each function one of the calling convention of Windows, which calls the same
function of libpeerapi.so in that of this system. Memory, text and structures are the same on both sides. What is not:
functions that the program hands in (``FUNCTIONS``) get a twin in front of them, which runs them on a thread of Wine's;
functions that the library hands out get one in the other direction. Written by hand is only what has no signature:
``wine/library.c`` and ``wine/wine_side.c``.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import build_link_names
from build_tools import BuildError, compiler, run
from build_trampolines import HEADERS, LAYOUT_FILES, Prototype, callback, members, preprocess, prototypes

ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "wine"
TARGET = ROOT / "build" / "wine"
MAIN = "p2p"
"The DLL that has the code."
LEADING = {
    "p2pgraph": r"PeerGraph",
    "p2pcollab": r"PeerCollab",
    "drt": r"Drt(?!Create|Delete)",
    "drtprov": r"Drt(Create|Delete)(?!Ipv6)",
    "drttransport": r"Drt(Create|Delete)Ipv6",
}
"The DLLs whose functions are those of MAIN: names, and which functions programs look for there."
OURS = re.compile(r"Peer|Drt")
"Other functions of the headers (certificates) are in Wine's own DLLs."
FUNCTIONS = {"PEER_SECURITY_INTERFACE": 1, "DRT_SECURITY_PROVIDER": 0, "DRT_BOOTSTRAP_PROVIDER": 0}
"Structures of functions that programs hand in; which argument of each function is the structure's pvContext."
GIVEN = ("DRT_SECURITY_PROVIDER", "DRT_BOOTSTRAP_PROVIDER")
"Those that the library hands out, too."
CALLBACK = "DRT_BOOTSTRAP_RESOLVE_CALLBACK"
"A function that goes in and out as an argument of the above, with its context in front of it."

# ---- the functions of the headers ----


def exported(text: str) -> list[Prototype]:
    """The functions that the DLLs have."""
    return sorted((one for one in prototypes(text) if OURS.match(one.name)), key=lambda one: one.name)


def declared(function: Prototype) -> str:
    return ", ".join(f"{kind} {name}" for kind, name in function.parameters) or "void"


def kinds(function: Prototype) -> str:
    return ", ".join(kind for kind, _ in function.parameters) or "void"


def nothing(function: Prototype) -> bool:
    return function.result in ("void", "VOID")


@dataclass(frozen=True)
class Crossing:
    """How a parameter gets to the other side: statements before and after the call, and what is passed."""

    before: str
    passed: str
    after: str = ""


def crossing(kind: str, name: str, function: str) -> Crossing:
    """What an exported function does with a parameter."""
    if kind == "PPEER_SECURITY_INTERFACE":
        return Crossing(
            f"    PEER_SECURITY_INTERFACE twin;\n    {name} = in_PEER_SECURITY_INTERFACE({name}, &twin);\n", name
        )
    if kind == "const DRT_SETTINGS *":
        return Crossing(f"    struct settings_twin twin;\n    {name} = in_settings({name}, &twin);\n", name)
    for structure in GIVEN:
        if kind == f"{structure} * *":
            return Crossing("", name, f"    if (SUCCEEDED(result))\n        result = out_{structure}({name});\n")
        if kind == f"{structure} *" and "Delete" in function:
            return Crossing(
                f"    {structure} *own = bridge_native_of({name}, 0);\n",
                f"own ? own : {name}",
                f"    bridge_forget({name});\n",
            )
    return Crossing("", name)


def export(function: Prototype) -> str:
    """One exported function, in C."""
    crossings = [crossing(kind, name, function.name) for kind, name in function.parameters]
    missing = "" if nothing(function) else " E_UNEXPECTED"
    absent = "" if nothing(function) else " E_NOTIMPL"
    call = f"native_{function.name}({', '.join(one.passed for one in crossings)})"
    lines = [
        f"static {function.result} (*native_{function.name})({kinds(function)});\n",
        f"{function.result} MS bridge_{function.name}({declared(function)})\n{{\n",
        f"    if (!native_{function.name} && !bridge_load())\n        return{missing};\n",
        f"    if (!native_{function.name})\n        return{absent};\n",
        *(one.before for one in crossings),
        "    bridge_depth++;\n",
        f"    {'' if nothing(function) else f'{function.result} result = '}{call};\n",
        "    bridge_depth--;\n",
        *(one.after for one in crossings),
        "" if nothing(function) else "    return result;\n",
        "}\n",
    ]
    return "".join(lines)


def table(functions: list[Prototype]) -> str:
    rows = "".join(f'    {{"{one.name}", (void **)&native_{one.name}}},\n' for one in functions)
    return f"const struct bridge_function bridge_functions[] = {{\n{rows}    {{NULL, NULL}},\n}};\n"


# ---- structures of functions ----


def functions_of(text: str, structure: str) -> list[tuple[str, Prototype]]:
    """(member, what it is) of the functions in a structure, in order. Parameters are called a0, a1, ..."""
    body = re.search(rf"\{{([^{{}}]*)\}}\s*{structure}\b", text)
    if body is None:
        raise BuildError(f"no structure {structure} in the headers")
    named = [(member, callback(text, kind)) for kind, member in re.findall(r"\b(PFN\w+)\s+(\w+)\s*;", body[1])]
    inline = [(one.name.removeprefix(f"{structure}_"), one) for one in members(text, structure)]
    return [
        (member, Prototype(one.result, member, tuple((kind, f"a{at}") for at, (kind, _) in enumerate(one.parameters))))
        for member, one in (named or inline)
    ]


def twin_in(structure: str, member: str, function: Prototype, context: int) -> str:
    """What libpeerapi calls in place of a function of the program."""
    tag = f"{structure}_{member}"
    fields = "".join(f"    {kind} {name};\n" for kind, name in function.parameters)
    answer = "" if nothing(function) else f"    {function.result} result;\n"
    values = []
    for at, (kind, name) in enumerate(function.parameters):
        if at == context:
            values.append("theirs->pvContext")
        elif kind == CALLBACK:
            values.append(f"call->{name} ? out_callback(call->{name}) : NULL")
        else:
            values.append(f"call->{name}")
    filled = ", ".join(name for _, name in function.parameters) + ("" if nothing(function) else ", 0")
    keep = "" if nothing(function) else "call->result = "
    return (
        f"typedef {function.result} (MS *ms_{tag})({kinds(function)});\n"
        f"struct call_{tag} {{\n{fields}{answer}}};\n"
        f"static void run_{tag}(void *argument)\n{{\n"
        f"    struct call_{tag} *call = argument;\n"
        f"    const {structure} *theirs = (const {structure} *)call->a{context};\n"
        f"    {keep}((ms_{tag})theirs->{member})({', '.join(values)});\n}}\n"
        f"static {function.result} in_{tag}({declared(function)})\n{{\n"
        f"    struct call_{tag} call = {{{filled}}};\n"
        f"    bridge_on_wine(run_{tag}, &call);\n"
        f"{'' if nothing(function) else '    return call.result;' + chr(10)}}}\n"
    )


def twins_in(text: str, structure: str, context: int) -> str:
    """The twins of a structure's functions, and what puts them in front of a structure of the program."""
    functions = functions_of(text, structure)
    out = [twin_in(structure, member, function, context) for member, function in functions]
    body = "".join(
        f"    if (theirs->{member})\n        twin->{member} = in_{structure}_{member};\n" for member, _ in functions
    )
    sized = "    if (theirs->dwSize != sizeof *theirs)\n        return theirs;\n" if "PEER" in structure else ""
    own = (
        f"    {structure} *own = bridge_native_of(theirs, 1);\n    if (own)\n        return own;\n"
        if structure in GIVEN
        else ""
    )
    any_of = " || ".join(f"theirs->{member}" for member, _ in functions)
    out.append(
        f"static {structure} *in_{structure}({structure} *theirs, {structure} *twin)\n{{\n"
        f"    if (!theirs)\n        return NULL;\n{sized}{own}"
        f"    *twin = *theirs;\n"
        f"    if ({any_of})\n        twin->pvContext = bridge_keep(theirs, sizeof *theirs);\n"
        f"{body}    return twin;\n}}\n"
    )
    return "\n".join(out)


def twin_out(structure: str, member: str, function: Prototype) -> str:
    """What the program calls in place of a function of the library."""
    tag = f"{structure}_{member}"
    values = []
    before = ""
    for kind, name in function.parameters:
        if kind == CALLBACK:
            before = f"    struct their_callback *kept = keep_callback({name}, a1);\n"
            before += f"    if ({name} && !kept)\n        return E_OUTOFMEMORY;\n"
            values.append(f"{name} ? in_callback : NULL")
        else:
            values.append(name)
    if before:
        values[1] = "kept"
    keep = "" if nothing(function) else f"{function.result} result = "
    return (
        f"static {function.result} MS out_{tag}({declared(function)})\n{{\n{before}"
        "    bridge_depth++;\n"
        f"    {keep}own_{structure}.{member}({', '.join(values)});\n"
        "    bridge_depth--;\n"
        f"{'' if nothing(function) else '    return result;' + chr(10)}}}\n"
    )


def twins_out(text: str, structure: str) -> str:
    """The twins of the functions that the library hands out in a structure, which are always the same ones."""
    functions = functions_of(text, structure)
    out = [f"static {structure} own_{structure};\n"]
    out += [twin_out(structure, member, function) for member, function in functions]
    puts = "".join(
        f"    made->{member} = (__typeof__(made->{member}))ANY out_{structure}_{member};\n" for member, _ in functions
    )
    out.append(
        f"static HRESULT out_{structure}({structure} **place)\n{{\n"
        f"    {structure} *made = malloc(sizeof *made);\n"
        f"    if (!made)\n        return E_OUTOFMEMORY;\n"
        f"    own_{structure} = **place;\n    *made = **place;\n{puts}"
        f"    *place = bridge_given(*place, made, sizeof *made);\n"
        f"    return *place ? S_OK : E_OUTOFMEMORY;\n}}\n"
    )
    return "\n".join(out)


def callbacks(text: str) -> str:
    """The one callback that goes both ways."""
    function = callback(text, CALLBACK)
    arguments = [name for _, name in function.parameters]
    context = arguments[1]
    fields = "".join(f"    {kind} {name};\n" for kind, name in function.parameters)
    theirs = ", ".join("theirs->context" if name == context else f"call->{name}" for name in arguments)
    return f"""\
/* The library's, as the program calls it: there is one. */
static {CALLBACK} own_callback;
static VOID MS call_own({declared(function)})
{{
    bridge_depth++;
    own_callback({", ".join(arguments)});
    bridge_depth--;
}}
static {CALLBACK} out_callback({CALLBACK} own)
{{
    own_callback = own;
    return ({CALLBACK})(void (*)(void))call_own;
}}

/* The program's, as the library calls it. */
struct their_callback {{
    {CALLBACK} function;
    PVOID context;
}};
typedef VOID (MS *ms_callback)({kinds(function)});
struct call_callback {{
{fields}}};
static void run_callback(void *argument)
{{
    struct call_callback *call = argument;
    struct their_callback *theirs = call->{context};
    ((ms_callback)(void (*)(void))theirs->function)({theirs});
}}
static VOID in_callback({declared(function)})
{{
    struct call_callback call = {{{", ".join(arguments)}}};
    bridge_on_wine(run_callback, &call);
}}
static struct their_callback *keep_callback({CALLBACK} function, PVOID context)
{{
    struct their_callback theirs = {{function, context}};
    return function ? bridge_keep(&theirs, sizeof theirs) : NULL;
}}
"""


PROLOGUE = """\
/* Written by build_wine.py from include/. */
#include <stdlib.h>
#include <windows.h>
{includes}
#include "bridge.h"

#define MS __attribute__((ms_abi))
#define ANY (void (*)(void))
#pragma GCC diagnostic ignored "-Wattributes"

"""
SETTINGS = """
struct settings_twin {
    DRT_SETTINGS settings;
    DRT_SECURITY_PROVIDER security;
    DRT_BOOTSTRAP_PROVIDER bootstrap;
};
static const DRT_SETTINGS *in_settings(const DRT_SETTINGS *theirs, struct settings_twin *twin)
{
    if (!theirs || theirs->dwSize != sizeof *theirs)
        return theirs;
    twin->settings = *theirs;
    twin->settings.pSecurityProvider = in_DRT_SECURITY_PROVIDER(theirs->pSecurityProvider, &twin->security);
    twin->settings.pBootstrapProvider = in_DRT_BOOTSTRAP_PROVIDER(theirs->pBootstrapProvider, &twin->bootstrap);
    return &twin->settings;
}
"""


def source(text: str) -> str:
    """The C of the bridge."""
    functions = exported(text)
    parts = [PROLOGUE.format(includes="\n".join(f"#include <{header}>" for header in HEADERS)), callbacks(text)]
    parts += [twins_in(text, structure, context) for structure, context in FUNCTIONS.items()]
    parts += [twins_out(text, structure) for structure in GIVEN]
    parts += [SETTINGS, *(export(one) for one in functions), table(functions)]
    return "\n".join(parts)


# ---- the DLLs ----


def spec_type(kind: str) -> str:
    """A parameter as winebuild's specification says it."""
    if "*" in kind or kind.startswith(("P", "H", "LP")):
        return "ptr"
    return "int64" if kind in ("ULONGLONG", "HCRYPTPROV") else "long"


def spec(functions: list[Prototype], target: str = "") -> str:
    """What a DLL exports: functions of its own, or of the DLL ``target``."""
    return "".join(
        f"@ stdcall {one.name}({' '.join(spec_type(kind) for kind, _ in one.parameters)})"
        f" {f'{target}.' if target else 'bridge_'}{one.name}\n"
        for one in functions
    )


def tool(name: str) -> str:
    """A tool of Wine's."""
    found = shutil.which(name) or shutil.which(name, path="/usr/lib/wine")
    if found is None:
        raise BuildError(
            f"{name} is missing: install Wine's tools (Debian, Ubuntu: apt-get install wine wine64-tools libwine-dev)"
        )
    return found


def make_dll(name: str, specification: str, objects: list[Path]) -> None:
    """``name.dll.so``, and ``name.dll``, which Wine looks for to know that there is one."""
    spec_file = TARGET / f"{name}.spec"
    spec_file.write_text(specification)
    fresh = TARGET / f"{name}.new.dll.so"
    libraries = ("-lntdll", "-ldl", "-lpthread") if objects else ()
    run(tool("winegcc"), "-shared", "-o", fresh, spec_file, *objects, *libraries, f"-Wb,--dll-name,{name}.dll")
    run(tool("winebuild"), "--dll", "--fake-module", "-E", spec_file, "-F", f"{name}.dll", "-o", TARGET / f"{name}.dll")
    fresh.replace(TARGET / f"{name}.dll.so")


def build() -> None:
    """Everything into TARGET."""
    for name in ("winegcc", "winebuild"):
        tool(name)
    TARGET.mkdir(parents=True, exist_ok=True)
    text = preprocess(ROOT / "include", HEADERS, LAYOUT_FILES)
    (TARGET / "functions.c").write_text(source(text))
    library = ROOT / "peerapi" / "lib" / build_link_names.SONAME
    common = ["-c", "-O2", "-g", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-iquote", str(SOURCES)]
    common += ["-iquote", str(ROOT / "peerapi" / "abi"), f'-DPEERAPI_LIBRARY="{library}"']
    windows = [f"-I{ROOT / 'include'}", "-fshort-wchar", "-D_GNU_SOURCE", "-Wno-unused-parameter"]
    run(compiler(), *common, *windows, "-std=gnu11", TARGET / "functions.c", "-o", TARGET / "functions.o")
    run(compiler(), *common, "-std=gnu11", SOURCES / "library.c", "-o", TARGET / "library.o")
    run(tool("winegcc"), *common, SOURCES / "wine_side.c", "-o", TARGET / "wine_side.o")
    functions = exported(text)
    objects = [TARGET / f"{name}.o" for name in ("functions", "library", "wine_side")]
    make_dll(MAIN, spec(functions), objects)
    for name, pattern in LEADING.items():
        own = [one for one in functions if re.match(pattern, one.name) or one.name in ("PeerFreeData",)]
        make_dll(name, spec(own, MAIN), [])


def stale() -> bool:
    """Whether a source is newer than what was built."""
    built = [TARGET / f"{name}.dll{ending}" for name in (MAIN, *LEADING) for ending in ("", ".so")]
    if not all(path.exists() for path in built):
        return True
    sources = [*SOURCES.glob("*.[ch]"), *(ROOT / "include").rglob("*.h"), *ROOT.glob("build_*.py")]
    sources.append(ROOT / "peerapi" / "abi" / "program_system.h")
    return max(path.stat().st_mtime for path in sources) > min(path.stat().st_mtime for path in built)


def main() -> int:
    lock = ROOT / "build" / "wine.lock"
    lock.parent.mkdir(exist_ok=True)
    try:
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if "--force" in sys.argv or stale():
                print(f"building {TARGET}", flush=True)
                build()
    except BuildError as error:
        print(f"build_wine.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
