"""Seeds: every one a graph's life with its own troubles. A failure names the command that replays it."""

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.simulation.picture import draw
from tests.simulation.scenario import KINDS, run

pytestmark = pytest.mark.long

SEEDS = int(os.environ.get("PEERAPI_SIMULATION_SEEDS", "24"))
"How many small seeds; more on demand."


def small(seed: int) -> int:
    """Between 3 and 16 nodes, as the seed has it."""
    return 3 + seed * 7 % 14


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_small_graph_comes_through_its_troubles(seed: int) -> None:
    report = run(small(seed), seed)
    assert not report.failures, f"\n{report}"


@pytest.mark.parametrize("seed", range(4))
def test_a_small_graph_on_disk_comes_through_deaths_and_returns(tmp_path: Path, seed: int) -> None:
    report = run(small(seed), seed, folder=tmp_path, trouble=("restart", "churn"))
    assert not report.failures, f"\n{report}"


@pytest.mark.parametrize("trouble", KINDS)
def test_a_graph_of_sixty_comes_through(trouble: str) -> None:
    report = run(60, 7, trouble=(trouble,))
    assert not report.failures, f"\n{report}"


def test_a_graph_of_three_hundred_loses_a_third_and_is_one_again_within_ten_minutes() -> None:
    report = run(300, 1, trouble=("murder",))
    assert not report.failures, f"\n{report}"
    assert report.healing is not None
    assert report.healing <= 600
    assert report.diameter < 20


def test_a_report_names_the_command_that_replays_it() -> None:
    report = run(3, 1, trouble=())
    report.failures.append("something")
    assert "python -m tests.simulation --nodes 3 --seed 1" in str(report)


def test_the_picture_shows_every_node_of_every_moment() -> None:
    report = run(9, 3, trouble=("partition",))
    picture = ET.fromstring(draw(report))
    circles = picture.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == sum(len(shape.edges) for shape in report.shapes)
    assert [shape.title for shape in report.shapes] == ["before: partition", "after: partition", "healed"]
