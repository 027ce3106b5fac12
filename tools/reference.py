"""docs/reference.md: every function of the headers with its comment, its prototype and the codes that its page on
Windows documents; and the manual page of the command. Made from what is there, so they cannot lie.

    python tools/reference.py          compare; says which file is not what it should be
    python tools/reference.py --write  write docs/reference.md and docs/peerapi.1
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

ROOT = Path(__file__).parents[1]
REFERENCE, MANUAL = ROOT / "docs" / "reference.md", ROOT / "docs" / "peerapi.1"
HEADERS = {"p2p.h": "The Peer-to-Peer API", "drt.h": "The Distributed Routing Table", "peerapi.h": "Of this library"}
_PIECES = re.compile(r"/\*(?P<comment>.*?)\*/|(?P<code>[^/;{]+(?:\{[^}]*\}[^;]*)?;)", re.S)
_FUNCTION = re.compile(r"\b(\w+)\s+WINAPI\s+(\w+)\s*\((.*)\)\s*;", re.S)
_SECTION = re.compile(r"^\s*-{20,}\s*\n(.*?)\n[ *]*-{20,}\s*$", re.S)


class Function(NamedTuple):
    """One function as its header has it."""

    name: str
    prototype: str
    comment: str


class Section(NamedTuple):
    title: str
    functions: list[Function]


def _text(comment: str) -> str:
    """A comment without its stars, as one paragraph for each of its own."""
    lines = [re.sub(r"^\s*\*? ?", "", line).rstrip() for line in comment.strip().splitlines()]
    paragraphs = "\n".join(lines).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def sections(header: str) -> Iterator[Section]:
    """The sections of a header, each with its functions and what stands above them."""
    text = re.sub(r"^[ \t]*#.*(?:\\\n.*)*$", "", (ROOT / "include" / header).read_text(encoding="utf-8"), flags=re.M)
    text = text.replace('extern "C" {', "")
    section, comment = Section("", []), ""
    for piece in _PIECES.finditer(text):
        if piece["comment"] is not None:
            heading = _SECTION.match(piece["comment"])
            if heading is None:
                comment = _text(piece["comment"])
                continue
            if section.functions:
                yield section
            section, comment = Section(_text(heading[1]).partition("\n\n")[0], []), ""
            continue
        found = _FUNCTION.search(piece["code"])
        if found is not None and "typedef" not in piece["code"]:
            parameters = [" ".join(one.split()) for one in re.split(r",\s*(?![^()]*\))", found[3].strip())]
            shown = ",\n    ".join(parameters)
            prototype = f"{found[1]} {found[2]}({shown if len(parameters) < 2 else chr(10) + '    ' + shown});"
            section.functions.append(Function(found[2], prototype, comment))
        comment = ""
    if section.functions:
        yield section


def documented() -> dict[str, list[str]]:
    """Function -> the codes that its page names."""
    facts: dict[str, Any] = json.loads((ROOT / "tests" / "facts" / "functions.json").read_text(encoding="utf-8"))
    both = {**facts["functions"], **facts["drt_functions"]}
    return {name: row["documented_returns"] for name, row in both.items()}


def reference() -> str:
    """Markdown."""
    codes = documented()
    out = [
        "# Reference",
        "",
        "Every function of the headers: what its comment says, its prototype, and the codes that its page names.",
        "Written by `tools/reference.py` from `include/` and from the facts that the tests check against; what was",
        "decided where the pages are silent stands in [decisions.md](decisions.md). An argument that is missing or",
        "malformed is E_INVALIDARG everywhere.",
        "",
    ]
    for header, title in HEADERS.items():
        out += [f"## {title}: `{header}`", ""]
        for section in sections(header):
            out += [f"### {section.title}", ""] if section.title else []
            for function in section.functions:
                out += [f"#### {function.name}", "", *([function.comment, ""] if function.comment else [])]
                out += ["```c", function.prototype, "```", ""]
                if codes.get(function.name):
                    out += [f"Codes: {', '.join(codes[function.name])}", ""]
    return "\n".join(out)


# ---- the manual page ----


def _roff(text: str) -> str:
    """Text that roff reads as it is."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped, flags=re.M)


def _described(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """A command with its usage and options, and those below it."""
    yield f"{'.SH' if level == 0 else '.SS'} {_roff(context.command_path)}"
    yield f".B {_roff(context.command_path)} {_roff(' '.join(command.collect_usage_pieces(context)))}"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        lines = paragraph.splitlines()
        if lines[:1] == ["\b"]:  # as it is typed
            yield ".PP\n.nf\n" + _roff("\n".join(lines[1:])) + "\n.fi"
        else:
            yield ".PP\n" + _roff(" ".join(lines))
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1] and "--help" not in parameter.opts:
            yield f".TP\n.B {_roff(record[0])}\n{_roff(' '.join(record[1].split()))}"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _described(below, click.Context(below, info_name=name, parent=context), level + 1)


def manual() -> str:
    """The page of peerapi(1), in roff."""
    from peerapi import __version__, cli

    root = cli.root()
    assert isinstance(root, click.Group)
    context = click.Context(root, info_name="peerapi", **root.context_settings)
    out = [
        f'.TH PEERAPI 1 "" "peerapi {__version__}" "User commands"',
        ".SH NAME\npeerapi \\- graphs, groups, identities and peer names of the Peer\\-to\\-Peer API",
        ".SH SYNOPSIS",
        *[f".TP\n.B peerapi {name}\n{_roff(text)}" for name, (_, text) in cli.MEMBERS.items()],
        ".SH DESCRIPTION",
        _roff(f"{root.help} {root.epilog}"),
        ".TP\n.B \\-\\-version\nPrint the version.",
    ]
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        out += _described(command, click.Context(command, info_name=name, parent=context), 0)
    out += [
        ".SH EXIT STATUS",
        _roff(
            "0: done. 1: it could not be done, and one sentence on standard error says why. 2: typed wrongly, or a "
            "file that is named cannot be read, and nothing has been begun. 130: interrupted (Ctrl-C). 143, 129: "
            "ended by SIGTERM, SIGHUP."
        ),
        ".SH ENVIRONMENT",
        ".TP\n.B PEERAPI_HOME\nWhere graphs, groups and identities are kept, instead of the user's data folder.",
        ".TP\n.B PEERAPI_MAP\n1: routers are asked for the port of what listens for the world (PCP, NAT-PMP); "
        "peerapi whiteboard: unless 0.",
        ".TP\n.B PEERAPI_LOG\nlevel[:file]: what the engine does; debug, info, warning or error. No file: stderr.",
        ".TP\n.B PEERAPI_PNRP_SEEDS, PEERAPI_PNRP_LINKS\nWhere peer names are looked for beyond this machine.",
        ".TP\n.B PEERAPI_RELAYS\nWords of relays, instead of those that peerapi relay use has noted.",
        ".TP\n.B PEERAPI_WINE\nThe folder of the DLLs that peerapi wine uses, if not those that `make wine` has built.",
        ".TP\n.B COLUMNS\nHow wide tables may be, wherever they go; otherwise as wide as the terminal, and elsewhere "
        "each row is one line.",
        ".SH SEE ALSO\ngcc(1), pkg\\-config(1)",
    ]
    return "\n".join(line for line in out if line) + "\n"


def made() -> dict[Path, str]:
    """What each file has to be."""
    sys.path.insert(0, str(ROOT))
    return {REFERENCE: reference(), MANUAL: manual()}


def main() -> int:
    wrong = []
    for path, text in made().items():
        if "--write" in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(path.name)
    if wrong:
        print(f"not what the headers and the command say: {', '.join(wrong)}; python tools/reference.py --write")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
