"""How leaks are found: what is kept each time is seen, and what is taken once is not."""

from __future__ import annotations

from tests.support.leaks import leaked


def test_what_is_kept_each_time_is_found() -> None:
    all_of_it: list[object] = []
    assert leaked(lambda: all_of_it.extend(object() for _ in range(20))) >= 20


def test_what_is_taken_once_or_given_back_is_none() -> None:
    once: list[object] = []

    def exercise() -> None:
        if not once:
            once.extend(object() for _ in range(1000))
        [object() for _ in range(1000)]

    assert leaked(exercise) < 15
