"""The lessons find_files, four_in_a_row, slides and notes, compiled as a person would and run for real over ::1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.test_samples import SAMPLES, Crowd

LESSONS = ("find_files", "four_in_a_row", "slides", "notes")


@pytest.fixture(scope="session")
def lessons(sample_of: Callable[[str], Path]) -> dict[str, Path]:
    return {name: sample_of(name) for name in LESSONS}


@pytest.fixture
def crowd(lessons: dict[str, Path], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Crowd]:
    crowd = Crowd(lessons[request.param], tmp_path, request.param)
    with crowd.stack:
        yield crowd


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("crowd", [name], indirect=True)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_short(name: str) -> None:
    assert len((SAMPLES / f"{name}.c").read_text(encoding="utf-8").splitlines()) <= 200


@of("find_files")
def test_a_file_is_found_where_it_lies_and_fetched(crowd: Crowd, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "moss.jpg").write_bytes(content)
    (tmp_path / "rose.txt").write_text("red")
    ann, ben, cleo = crowd.create("ann"), crowd.join("ben", through="ann"), crowd.join("cleo", through="ben")
    ann.tell(f"share {tmp_path / 'moss.jpg'}")
    ann.wait_for("* shared moss.jpg")
    ben.tell(f"share {tmp_path / 'rose.txt'}")
    ben.wait_for("* shared rose.txt")
    cleo.tell("find *.jpg")
    cleo.wait_for("1. moss.jpg, of ann")
    cleo.wait_for("* 1 found")
    cleo.tell(f"get 1 {tmp_path / 'fetched'}")
    cleo.wait_for("* fetched moss.jpg")
    assert (tmp_path / "fetched").read_bytes() == content
    ann.tell("find ros?.txt")
    ann.wait_for("1. rose.txt, of ben")
    for program in (cleo, ben, ann):
        program.leave("/quit")


@of("four_in_a_row")
def test_a_game_is_played_to_its_end_and_a_cheater_plays_alone(crowd: Crowd) -> None:
    ann, ben, cleo = crowd.create("ann"), crowd.join("ben", through="ann"), crowd.join("cleo", through="ben")
    ann.tell("4")
    for program in (ann, ben, cleo):
        program.wait_for("* move 2: the turn of anybody")
    ann.tell("4")
    ann.wait_for("* that is no move now")
    ben.tell("5")
    for program in (ann, ben, cleo):
        program.wait_for("* move 3: the turn of ann")
    ben.tell("/cheat 1")
    ann.wait_for("* refused a move of ben")
    cleo.tell("/cheat 2")
    for program in (ann, ben):
        program.wait_for("* refused a move of cleo")
    for number, (who, column) in enumerate(((ann, "4"), (ben, "5"), (ann, "4"), (ben, "5")), 4):
        who.tell(column)
        turn = "ben" if who is ann else "ann"
        for program in (ann, ben):
            program.wait_for(f"* move {number}: the turn of {turn}")
    ann.tell("4")
    for program in (ann, ben, cleo):
        program.wait_for("* ann has won")
    ben.tell("1")
    ben.wait_for("* that is no move now")


@of("four_in_a_row")
def test_who_comes_later_has_the_whole_game_whatever_order_it_comes_in(crowd: Crowd) -> None:
    ann, ben = crowd.create("ann"), crowd.join("ben", through="ann")
    for number in range(6):
        (ann, ben)[number % 2].tell(str(number % 3 + 1))
        for program in (ann, ben):
            program.wait_for(
                f"* move {number + 2}: the turn of {'anybody' if number == 0 else ('ben', 'ann')[number % 2]}"
            )
    cleo = crowd.join("cleo", through="ben")
    if "* move 7: the turn of ann" not in cleo.heard:
        cleo.wait_for("* move 7: the turn of ann")


@of("slides")
def test_only_the_creator_shows_slides(crowd: Crowd) -> None:
    ann, ben, cleo = crowd.create("ann"), crowd.join("ben", through="ann"), crowd.join("cleo", through="ben")
    ann.tell("Our garden in 東京")
    for program in (ann, ben, cleo):
        program.wait_for("[ Our garden in 東京 ]")
    ben.tell("mine")
    ben.wait_for("* only who has made the graph adds slides")
    ben.tell("/cheat mine")
    for program in (ann, cleo):
        program.wait_for("* refused a slide of ben")
    ann.tell("The end")
    for program in (ann, cleo):
        program.wait_for("[ The end ]")
        assert "[ mine ]" not in program.heard
        program.leave("/quit")


@of("notes")
def test_a_document_is_the_same_for_all_who_write_it(crowd: Crowd) -> None:
    ann, ben = crowd.create("ann"), crowd.join("ben", through="ann")
    ann.tell("write Roses are red", "write Violets are grey")
    ben.wait_for("2. Violets are grey  (version 1, by ann)")
    ben.tell("edit 2 Violets are blue")
    for program in (ann, ben):
        program.wait_for("2. Violets are blue  (version 2, by ben)")
    ann.tell("edit 1 Roses are white", "edit 1 Roses are pink")
    ben.wait_for("1. Roses are pink  (version 3, by ann)")
    ben.tell("drop 1")
    ann.wait_for("1. Violets are blue  (version 2, by ben)")
    cleo = crowd.join("cleo", through="ben")
    cleo.tell("show")
    cleo.wait_for("1. Violets are blue  (version 2, by ben)")
    cleo.wait_for("* 1 paragraphs")
    for program in (cleo, ben, ann):
        program.leave("quit")


@of("notes")
def test_two_who_change_a_paragraph_at_once_come_to_one_text(crowd: Crowd) -> None:
    ann, ben = crowd.create("ann"), crowd.join("ben", through="ann")
    ann.tell("write Roses are red")
    ben.wait_for("1. Roses are red  (version 1, by ann)")
    for round_ in range(10):
        ann.tell(f"edit 1 ann {round_}")
        ben.tell(f"edit 1 ben {round_}")
    for program in (ann, ben):
        program.tell("write done")
    for program in (ann, ben):
        program.wait_for("* 3 paragraphs")

    def last(program: object) -> list[str]:
        heard = program.heard  # type: ignore[attr-defined]
        return [line for line in heard if line.startswith("1. ")][-1:]

    while last(ann) != last(ben):
        for program in (ann, ben):
            program.tell("show")
            program.wait_for("* 3 paragraphs")
