import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import functions  # noqa: E402  (a script of tools/, which is no package)
import reference  # noqa: E402


def test_the_table_of_functions_says_what_is_exported() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{functions.BEGIN}\n{functions.table()}\n{functions.END}" in readme, "python tools/functions.py --write"


def test_the_header_declares_145_functions() -> None:
    assert len(functions.declared()) == 145


def test_every_exported_function_is_declared() -> None:
    assert {name for name in functions.working() if not name.startswith(("Peerx", "Cryp"))} <= set(functions.declared())


def test_the_reference_and_the_manual_page_are_what_the_headers_and_the_command_say() -> None:
    """``python tools/reference.py --write`` makes them so."""
    for path, text in reference.made().items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_the_reference_has_every_function() -> None:
    parts = [part for header in reference.HEADERS for part in reference.sections(header)]
    named = {function.name for part in parts for function in part.functions}
    assert set(functions.declared()) | {"DrtOpen", "PeerxGetLastErrorText", "PeerxGraphAddRecords"} <= named
    assert sum(name.startswith("Drt") for name in named) == 27


def test_the_help_and_the_manual_page_name_every_option_of_config(capsys: pytest.CaptureFixture[str]) -> None:
    from peerapi.cli import config, main

    assert main(["config", "--help"]) == 0
    text = capsys.readouterr().out
    page = reference.MANUAL.read_text(encoding="utf-8").replace("\\-", "-")
    assert config.OPTIONS.keys() == config.answers().keys()
    for option in (*config.answers(), "--sources FOLDER"):
        assert option in text
        assert option in page
