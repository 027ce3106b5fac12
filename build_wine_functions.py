"""Writes the C of the bridge for Wine (docs/wine.md): a function of Windows' calling convention for each of ours.

``build_wine.py`` compiles it. Each function calls the one of the same name in libpeerapi.so. Memory, text and
structures are the same on both sides. Functions are not: those that the program hands in (``FUNCTIONS``) get a twin in
front of them, which runs them on a thread of Wine's; those that the library hands out get one in the other direction.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from build_tools import BuildError, compiler
from build_trampolines import HEADERS, Prototype, callback, declarations, members, prototypes

ROOT = Path(__file__).resolve().parent
OURS = re.compile(r"Peer|Drt")
"Other functions of the headers (certificates) are in Wine's own DLLs."
FUNCTIONS = {"PEER_SECURITY_INTERFACE": 1, "DRT_SECURITY_PROVIDER": 0, "DRT_BOOTSTRAP_PROVIDER": 0}
"Structures of functions that programs hand in; which argument of each function is the structure's pvContext."
GIVEN = ("DRT_SECURITY_PROVIDER", "DRT_BOOTSTRAP_PROVIDER")
"Those that the library hands out, too."
NAME_SPACE = re.compile(r"WSA(SetService|LookupService|NSPIoctl)")
"Functions of Winsock that Wine has without content: ours are run in their place."
WINSOCK = ("WSAStartup", "WSACleanup", "WSAGetLastError")
"What these need of libpeerapi's own Winsock."
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
    ended = missing if function.name.startswith("Drt") or not missing else " PEER_E_NOT_INITIALIZED"
    absent = "" if nothing(function) else " E_NOTIMPL"
    call = f"native_{function.name}({', '.join(one.passed for one in crossings)})"
    lines = [
        f"static {function.result} (*native_{function.name})({kinds(function)});\n",
        f"{function.result} MS bridge_{function.name}({declared(function)})\n{{\n",
        f"    if (bridge_is_ending())\n        return{ended};\n",
        f"    if (!native_{function.name} && !bridge_load())\n        return{missing};\n",
        f"    if (!native_{function.name})\n        return{absent};\n",
        *(one.before for one in crossings),
        "    unsigned control = bridge_enter();\n",
        f"    {'' if nothing(function) else f'{function.result} result = '}{call};\n",
        "    bridge_leave(control);\n",
        *(one.after for one in crossings),
        "" if nothing(function) else "    return result;\n",
        "}\n",
    ]
    return "".join(lines)


def table(names: list[str]) -> str:
    rows = "".join(f'    {{"{name}", (void **)&native_{name}}},\n' for name in names)
    return f"const struct bridge_function bridge_functions[] = {{\n{rows}    {{NULL, NULL}},\n}};\n"


# ---- the name space ----


def name_space(functions: list[Prototype]) -> str:
    """What runs in place of Wine's functions: with the error where Wine's WSAGetLastError finds it."""
    out = []
    for one in functions:
        out.append(
            f"static {one.result} (*native_{one.name})({kinds(one)});\n"
            f"static {one.result} MS bridge_{one.name}({declared(one)})\n{{\n"
            "    if (bridge_is_ending() || !ready_for_names())\n        return SOCKET_ERROR;\n"
            "    unsigned control = bridge_enter();\n"
            f"    {one.result} result = native_{one.name}({', '.join(name for _, name in one.parameters)});\n"
            "    bridge_leave(control);\n"
            "    if (result == SOCKET_ERROR)\n        bridge_set_last_error((unsigned)native_WSAGetLastError());\n"
            "    return result;\n}\n"
        )
    rows = "".join(f'    {{"{one.name}", ANY bridge_{one.name}}},\n' for one in functions)
    out.append(f"const struct bridge_replacement bridge_replacements[] = {{\n{rows}    {{NULL, NULL}},\n}};\n")
    return "\n".join(out)


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
        "    unsigned control = bridge_enter();\n"
        f"    {keep}own_{structure}.{member}({', '.join(values)});\n"
        "    bridge_leave(control);\n"
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
    unsigned control = bridge_enter();
    own_callback({", ".join(arguments)});
    bridge_leave(control);
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
#include <pthread.h>
#include <stdlib.h>
#include <winsock2.h>
#include <windows.h>
{includes}
#include "bridge.h"

#define MS __attribute__((ms_abi))
#define ANY (void (*)(void))
#pragma GCC diagnostic ignored "-Wattributes"

"""
NAMES = """
static int (*native_WSAStartup)(WORD, LPWSADATA);
static int (*native_WSACleanup)(void);
static int (*native_WSAGetLastError)(void);

/* libpeerapi's Winsock is started while the program's is; what ended with that one ends here. */
static int ready_for_names(void)
{
    static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
    static int started;
    WSADATA data;
    if (!bridge_load()) {
        bridge_set_last_error(WSASYSNOTREADY);
        return 0;
    }
    pthread_mutex_lock(&guard);
    int wanted = bridge_winsock_is_started();
    if (wanted && !started)
        started = native_WSAStartup(MAKEWORD(2, 2), &data) == 0;
    else if (!wanted && started)
        started = native_WSACleanup() != 0;
    pthread_mutex_unlock(&guard);
    return 1;
}
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


def winsock() -> list[Prototype]:
    """The functions of the name space."""
    command = [compiler(), "-E", "-P", "-std=gnu11", "-DPEERAPI_CHAR16", str(ROOT / "include" / "winsock2.h")]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = [one for one in prototypes(declarations(text)) if NAME_SPACE.match(one.name)]
    if len(found) != 8:
        raise BuildError(f"functions of name spaces in winsock2.h: {[one.name for one in found]}")
    return found


def source(text: str) -> str:
    """The C of the bridge."""
    functions, of_names = exported(text), winsock()
    parts = [PROLOGUE.format(includes="\n".join(f"#include <{header}>" for header in HEADERS)), callbacks(text)]
    parts += [twins_in(text, structure, context) for structure, context in FUNCTIONS.items()]
    parts += [twins_out(text, structure) for structure in GIVEN]
    parts += [SETTINGS, *(export(one) for one in functions), NAMES, name_space(of_names)]
    parts.append(table([one.name for one in (*functions, *of_names)] + list(WINSOCK)))
    return "\n".join(parts)
