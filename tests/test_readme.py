import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import functions  # noqa: E402  (a script of tools/, which is no package)


def test_the_table_of_functions_says_what_is_exported() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{functions.BEGIN}\n{functions.table()}\n{functions.END}" in readme, "python tools/functions.py --write"


def test_the_header_declares_145_functions() -> None:
    assert len(functions.declared()) == 145


def test_every_exported_function_is_declared() -> None:
    assert {name for name in functions.working() if not name.startswith(("Peerx", "Cryp"))} <= set(functions.declared())
