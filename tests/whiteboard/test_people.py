"""Who has something already is not given it again."""

from __future__ import annotations

from peerapi.whiteboard.people import STALE, People

NOW = 100.0


def people(*links: tuple[str, tuple[str, ...], str]) -> People:
    """``links``: a node, its neighbors, and who has told of them."""
    known = People()
    for node, neighbors, by in links:
        told = {
            "node": node,
            "peer": f"p{node}",
            "name": f"N{node}",
            "neighbors": [[one, f"p{one}"] for one in neighbors],
        }
        known.told(told, by, NOW)
    return known


def test_who_is_linked_with_the_sender_has_it_from_there() -> None:
    known = people(("1", ("2", "9"), "1"), ("2", ("1", "9"), "2"), ("3", ("9",), "3"))
    assert known.has_told("1", ["1", "2", "3"], NOW) == {"1", "2"}


def test_attack_who_says_that_they_are_linked_with_somebody_does_not_keep_it_from_them() -> None:
    known = people(("1", ("2", "3"), "1"), ("2", ("9",), "2"), ("3", ("1", "9"), "1"))
    assert known.has_told("1", ["1", "2", "3"], NOW) == {"1"}


def test_what_was_said_long_ago_counts_no_longer() -> None:
    known = people(("1", ("2",), "1"), ("2", ("1",), "2"))
    assert known.has_told("1", ["1", "2"], NOW + STALE) == {"1"}
