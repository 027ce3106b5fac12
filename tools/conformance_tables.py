"""Writes ``conformance/tables``: functions, layouts, constants and codes of the facts as C.

    python -m tools.conformance_tables            writes the files anew

The facts are those of ``tests/facts``; that the files are what they say is checked by tests/conformance/test_tables.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.api.pointers import NULL_ACCEPTED
from tests.support import facts

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "conformance" / "tables"
ABI = facts.load("abi_x64.json")
FUNCTIONS: dict[str, dict[str, Any]] = facts.load("functions.json")["functions"]
CODES: dict[str, dict[str, Any]] = facts.load("error_codes.json")["codes"]
FAMILIES = ("graph", "group", "identity", "pnrp", "common", "collab")
WIDTH = 120
NUMBERS = {"BOOL", "DWORD", "ULONG", "WORD", "ULONGLONG", "HCRYPTPROV", "HWND", "PEER_APPLICATION_REGISTRATION_TYPE"}
HANDLES = {"HGRAPH", "HGROUP", "HPEERENUM", "HPEEREVENT", "HREGISTRATION", "HRESOLUTION", "HANDLE"}
NOTE = "/* Made by tools/conformance_tables.py from the facts; do not edit. */\n"


def kind(param: dict[str, Any]) -> str:
    """One letter for what a parameter is; tables.h says which."""
    name: str = param["type"]
    if name in HANDLES:
        return "h"
    if name in NUMBERS:
        return "n"
    if param["direction"] == "in":
        return "p"
    if param["direction"] == "inout":
        return "c"
    pointee = name.removesuffix("*").strip()
    if pointee in HANDLES or pointee == "HCRYPTPROV":
        return "H"
    if name.endswith("*") and (pointee in ("PWSTR", "PVOID *", "PVOID*") or pointee.startswith("PPEER_")):
        return "B"
    return "s"


def argument(param: dict[str, Any], index: int) -> str:
    field = "number" if kind(param) == "n" else "pointer"
    type_ = param["type"] if param["type"].endswith("*") else param["type"].removeprefix("const ")
    return f"({type_})a[{index}].{field}"


def filled(items: Iterable[str], indent: str = "    ") -> Iterator[str]:
    """Items side by side, as many as a line holds."""
    line = indent
    for item in items:
        if len(line) + len(item) + 2 > WIDTH and line.strip():
            yield line.rstrip()
            line = indent
        line += f"{item}, "
    if line.strip():
        yield line.rstrip()


def of_family(family: str) -> dict[str, dict[str, Any]]:
    return {name: row for name, row in sorted(FUNCTIONS.items()) if row["family"] == family}


def functions(family: str) -> str:
    """The functions that answer an HRESULT: how to call each with any arguments, and what its page lists."""
    text = [NOTE, '#include "tables.h"\n']
    rows = []
    for name, row in of_family(family).items():
        if row["return"] != "HRESULT":
            continue
        params = row["params"]
        called = ", ".join(argument(param, index) for index, param in enumerate(params))
        unused = "" if params else "(void)a; "
        text.append(f"static HRESULT call_{name}(const ARG *a) {{ {unused}return {name}({called}); }}")
        if params:
            described = ", ".join(
                f"{{\"{param['name']}\", '{kind(param)}', "
                f"{2 if (name, param['name']) in NULL_ACCEPTED else int(bool(param['optional']))}}}"
                for param in params
            )
            text.append(f"static const PARAM params_{name}[] = {{{described}}};")
        listed = " ".join(row["documented_returns"])
        text.append("")
        of = f"params_{name}" if params else "NULL"
        enforced = int(str(row.get("startup_enforcement", "")).startswith("documented"))
        needs = f'"{row["needs_startup"]}"' if row["needs_startup"] else "NULL"
        rows.append(f'    {{"{name}", call_{name}, {len(params)}, {of}, {needs}, {enforced},\n     "{listed}"}},')
    text += [f"const FUNCTION functions_{family}[] = {{", *rows, "    {NULL, NULL, 0, NULL, NULL, 0, NULL},", "};", ""]
    return "\n".join(text)


def is_of(row: dict[str, Any], *headers: str) -> bool:
    return row.get("header") in headers


def layout(array: str, include: str, *headers: str) -> str:
    items = []
    for name, row in sorted(ABI["structs"].items()):
        if not is_of(row, *headers):
            continue
        items.append(f'{{"{name}", "its size", sizeof({name}), {row["size"]}}}')
        for field in row["fields"]:
            for one in field["members"] if field.get("anonymous") else [field]:
                member = one["name"]
                items.append(f'{{"{name}", "{member}", offsetof({name}, {member}), {one["offset"]}}}')
    lines = "\n".join(filled(items))
    return (
        f"{NOTE}{include}\n"
        f"const MEMBER {array}[] = {{\n#if defined(_WIN64) || defined(__LP64__)\n{lines}\n#endif\n"
        "    {NULL, NULL, 0, 0}};\n"
    )


def constants(array: str, include: str, *headers: str) -> str:
    items = []
    for name, row in sorted(ABI["enums"].items()):
        if is_of(row, *headers):
            items += [f'{{"{name}", "{one}", (LONGLONG)({one}), {value}}}' for one, value in row["members"].items()]
    for name, row in sorted(ABI["constants"].items()):
        if is_of(row, *headers) and row["kind"] == "integer":
            items.append(f'{{"constants", "{name}", (LONGLONG)({name}), {row["value"]}}}')
    lines = "\n".join(filled(items))
    return f"{NOTE}{include}\nconst CONSTANT {array}[] = {{\n{lines}\n    {{NULL, NULL, 0, 0}}}};\n"


def values() -> dict[str, str]:
    """Every code of the API, without those of drt.h, which not every set of headers has."""
    return {
        name: entry["value"]
        for name, entry in sorted(CODES.items())
        if not name.startswith(("DRT_", "FACILITY_", "WSA_PNRP", "ERROR_"))
    }


def code_header() -> str:
    text = [NOTE, "#ifndef CONFORMANCE_CODES_H", "#define CONFORMANCE_CODES_H", ""]
    text.append("/* Not every set of headers has these. */")
    for name, value in values().items():
        if re.fullmatch(r"\w+", name) and name.startswith("PEER_"):
            text += [f"#ifndef {name}", f"#define {name} ((HRESULT){value})", "#endif"]
    return "\n".join([*text, "", "#endif", ""])


def code_names() -> str:
    known = values()
    order = sorted(known, key=lambda name: (name.startswith("HRESULT_FROM"), name in ("E_HANDLE",), name))
    items = [f'{{"{name}", (HRESULT){known[name]}}}' for name in order]
    defined = []
    for name, value in known.items():
        if re.fullmatch(r"PEER_\w+", name):
            item = f'{{"winerror.h", "{name}", (LONGLONG)(HRESULT)({name}), (LONGLONG)(HRESULT){value}}},'
            defined += [f"#ifdef {name}", f"    {item}", "#endif"]
    lines = "\n".join(filled(items))
    return (
        f'{NOTE}#include "tables.h"\n\n'
        f"const CODE_NAME code_names[] = {{\n{lines}\n    {{NULL, 0}}}};\n\n"
        "/* Of the codes, those that these headers define. */\n"
        "const CONSTANT defined_codes[] = {\n" + "\n".join(defined) + "\n    {NULL, NULL, 0, 0}};\n"
    )


def tables() -> dict[str, str]:
    """File name -> text."""
    peers = '#include "tables.h"\n\n#include <p2p.h>\n'
    names = '#include "../kit.h"\n\n#include "rows.h"\n\n#include <pnrpns.h>\n'
    return {
        **{f"functions_{family}.c": functions(family) for family in FAMILIES},
        "layout_p2p.c": layout("layout_p2p", peers, "p2p.h"),
        "layout_pnrp.c": layout("layout_pnrp", names, "pnrpns.h", "pnrpdef.h"),
        "constants_p2p.c": constants("constants_p2p", peers, "p2p.h"),
        "constants_pnrp.c": constants("constants_pnrp", names, "pnrpns.h", "pnrpdef.h"),
        "codes.h": code_header(),
        "code_names.c": code_names(),
    }


def main() -> None:
    """Writes what differs."""
    for name, text in tables().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
