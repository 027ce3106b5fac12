"""The samples as programs of Windows, in one graph with the same samples of this system: tests of theirs, as they are.

Whose home is called as one of `tests.support.wine.NATIVES` runs the one of this system. What a program of Windows
prints to a pipe has the letters of its code page only; so these tests are those in which people write ASCII.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import test_lessons, test_samples
from tests.support.wine import missing
from tests.wine.conftest import Build

pytestmark = pytest.mark.long

if not missing():

    @pytest.fixture(scope="session")
    def programs(mixed: Build) -> dict[str, Path]:
        return {name: mixed(name) for name in ("graph_chat", "whiteboard", "group_chat")}

    @pytest.fixture(scope="session")
    def lessons(mixed: Build) -> dict[str, Path]:
        return {name: mixed(name) for name in ("find_files", "four_in_a_row")}

    chatters, painters, club = test_samples.chatters, test_samples.painters, test_samples.club
    crowd = test_lessons.crowd

    test_a_newcomer_reads_what_was_said_before = test_samples.test_a_newcomer_reads_what_was_said_before
    test_a_member_comes_back = test_samples.test_a_member_comes_back_and_hears_what_is_said
    test_a_plain_member_invites_nobody = test_samples.test_a_plain_member_invites_nobody
    test_three_boards_are_the_same_picture = test_samples.test_three_boards_are_the_same_picture_byte_for_byte
    test_a_file_is_found_where_it_lies_and_fetched = test_lessons.test_a_file_is_found_where_it_lies_and_fetched
    test_a_game_is_played_to_its_end = test_lessons.test_a_game_is_played_to_its_end_and_a_cheater_plays_alone
