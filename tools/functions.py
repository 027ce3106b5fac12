"""The README's table of functions: which of the 145 of p2p.h and the 27 of drt.h work. Printed from the headers and
from what is exported, so it cannot lie.

    python tools/functions.py          print the table
    python tools/functions.py --write  put it into README.md, between its marks
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- functions: begin -->", "<!-- functions: end -->"
FAMILIES = {
    "PeerGraph": "Graphs",
    "PeerGroup": "Groups",
    "PeerIdentity": "Identities",
    "PeerPnrp": "Names (PNRP)",
    "PeerCollab": "Collaboration",
    "Peer": "Common",
    "Drt": "Distributed Routing Tables",
}
IN_C = frozenset({"PeerFreeData", "PeerGraphFreeData"})
"Functions that need no engine."


def declared() -> list[str]:
    """The functions of p2p.h and drt.h, in the headers' order."""
    text = "".join((ROOT / "include" / name).read_text(encoding="utf-8") for name in ("p2p.h", "drt.h"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return list(dict.fromkeys(re.findall(r"\b((?:Peer|Drt)[A-Z]\w+)\s*\(", text)))


def working() -> set[str]:
    """The functions that are more than E_NOTIMPL."""
    sys.path.insert(0, str(ROOT))
    import peerapi.api
    from peerapi.abi import exports

    for name in peerapi.api.MODULES:
        importlib.import_module(f"peerapi.api.{name}")
    return set(exports.REGISTRY) | IN_C


def family(function: str) -> str:
    """The longest prefix that names a family."""
    return next(prefix for prefix in FAMILIES if function.startswith(prefix))


def table() -> str:
    """Markdown: a line for each family."""
    done = working()
    lines = ["| section | works | not yet (answers `E_NOTIMPL`) |", "| --- | --- | --- |"]
    for prefix, title in FAMILIES.items():
        mine = [name for name in declared() if family(name) == prefix]
        yes = [name.removeprefix(prefix) for name in mine if name in done]
        no = [name.removeprefix(prefix) for name in mine if name not in done]
        lines.append(f"| **{title}** `{prefix}*`, {len(yes)} of {len(mine)} | {', '.join(yes)} | {', '.join(no)} |")
    total = sum(name in done for name in declared())
    return "\n".join([*lines, "", f"{total} of {len(declared())} functions work."])


def main() -> None:
    """See the module's text."""
    readme = ROOT / "README.md"
    if sys.argv[1:] != ["--write"]:
        print(table())
        return
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
