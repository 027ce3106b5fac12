"""A program of tests/c as a program of Windows, under the tests that it has here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import test_real_programs
from tests.support.wine import Wine, missing

pytestmark = pytest.mark.long

if not missing():

    @pytest.fixture(scope="session")
    def compile_c(wine: Wine) -> Callable[..., Path]:
        """As the fixture of that name; the file runs a program of Windows."""

        def compile_c(source: str, *flags: str) -> Path:
            file = wine.folder / f"{hashlib.sha256(source.encode()).hexdigest()[:16]}.c"
            file.write_text(source, encoding="utf-8")
            return wine.script(wine.compile(file, "-Wno-format"))

        return compile_c

    begin, ask = test_real_programs.begin, test_real_programs.ask
    test_what_a_caller_does_not_want = test_real_programs.test_what_a_caller_does_not_want_may_be_left_out
    test_who_has_no_identity = test_real_programs.test_who_has_no_identity_gets_the_default_one
    test_programs_that_start_together = test_real_programs.test_programs_that_start_together_have_one_default_identity
    test_nobody_by_a_name_is_an_answer = test_real_programs.test_nobody_by_a_name_is_an_answer
    test_the_subject_of_an_event = (
        test_real_programs.test_the_subject_of_an_event_can_be_read_during_the_first_synchronization
    )
    test_the_subject_of_an_event_of_a_group = test_real_programs.test_the_subject_of_an_event_of_a_group_can_be_read_too
    test_a_program_hears_of_its_own_node = test_real_programs.test_a_program_hears_of_its_own_node_what_has_changed

    def test_addresses_of_both_families_are_registered_and_resolved(
        begin: test_real_programs.Begin, ask: test_real_programs.Ask
    ) -> None:
        assert test_real_programs.first_line(begin("register")) == "registered"
        assert ask("resolve").splitlines() == [
            "00000000, 1 endpoints",
            "[::1]:81",
            "192.168.1.50:80",
            "192.168.1.50:80",
        ]
