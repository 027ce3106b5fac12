import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import functions  # noqa: E402  (a script of tools/, which is no package)
import newcomer  # noqa: E402
import reference  # noqa: E402


def test_the_table_of_functions_says_what_is_exported() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{functions.BEGIN}\n{functions.table()}\n{functions.END}" in readme, "python tools/functions.py --write"


def test_the_headers_declare_145_and_27_functions() -> None:
    assert len(functions.declared()) == 145 + 27


def test_every_exported_function_is_declared() -> None:
    others = ("Peerx", "Cryp", "Cert", "PFX")
    assert {name for name in functions.working() if not name.startswith(others)} <= set(functions.declared())


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


def test_what_a_newcomer_types_is_the_readme_word_by_word(tmp_path: Path) -> None:
    """``make test-newcomer`` runs it on a bare system; here it is only made, and read by the shell."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    made = newcomer.steps(text)
    lines = made.splitlines()
    for typed in (
        "pipx install .",
        "gcc $(peerapi config --cflags) first.c $(peerapi config --libs) -o first",
        "./first",
    ):
        assert typed in text
        assert typed in lines
    assert [line for line in lines if 'peerapi whiteboard --new "Birthday card" >' in line]
    (tmp_path / "steps.sh").write_text(made, encoding="utf-8")
    subprocess.run(["sh", "-n", str(tmp_path / "steps.sh")], check=True, timeout=120)


@pytest.mark.parametrize("gone", ["pipx install .", "apt-get install pipx", "peerapi whiteboard --join", "int wmain"])
def test_a_readme_that_no_longer_says_a_step_is_noticed(gone: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert gone in text
    with pytest.raises((newcomer.ReadmeChanged, ValueError)):
        newcomer.steps(text.replace(gone, "something else"))
