"""What the conformance program says of this library, in a short form: all but what takes its time."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from peerapi.cli import conformance_api
from peerapi.cli.conformance_results import Results

pytestmark = pytest.mark.long(minutes=2)

LONG = {"graph.expiration"}
"Sections that wait for what takes its time."
PICTURE = Path(__file__).parents[2] / "docs" / "conformance.svg"


def sections(program: Path) -> list[str]:
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, timeout=120, check=True)
    return listed.stdout.split()


@pytest.fixture(scope="module")
def results(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    short = [name for name in sections(program) if name not in LONG]
    return conformance_api.ask([str(program)], short, tmp_path_factory.mktemp("run"))


def test_all_facts_hold(results: Results) -> None:
    assert [fact for fact in results.facts if not fact.holds] == []


def test_each_fact_has_a_name_of_its_own(results: Results) -> None:
    assert [name for name, count in Counter(fact.name for fact in results.facts).items() if count > 1] == []


def test_names_do_not_hold_what_changes_from_run_to_run(program: Path, results: Results, tmp_path: Path) -> None:
    some = ("abi", "graph.limits", "graph.startups")
    again = conformance_api.ask([str(program)], some, tmp_path)
    first = {fact.name for fact in results.facts}
    assert {fact.name for fact in again.facts} <= first


def test_the_command_knows_the_sections_before_it_has_built_anything(program: Path) -> None:
    assert conformance_api.sections() == sections(program)


def test_the_long_sections_exist(program: Path) -> None:
    assert set(sections(program)) >= LONG


def test_guesses_have_short_names(results: Results) -> None:
    assert [fact for fact in results.facts if not re.fullmatch(r"[a-z0-9-]*", fact.guess)] == []


def test_there_are_as_many_facts_as_are_promised(results: Results) -> None:
    assert len(results.facts) >= 1500


def test_the_picture_in_the_documentation_is_of_these_facts(results: Results) -> None:
    """It has the long sections, too; their families have more facts there."""
    drawn = dict(re.findall(r">(\w+)</text>(?:<rect[^>]*>|\s)*<text[^>]*>(\d+) facts", PICTURE.read_text()))
    counted = Counter(fact.family for fact in results.facts)
    longer = {name.partition(".")[0] for name in LONG}
    assert {name: int(count) for name, count in drawn.items() if name not in longer} == {
        name: count for name, count in counted.items() if name not in longer
    }
    assert all(int(drawn[name]) > counted[name] for name in longer)
