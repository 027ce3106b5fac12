"""Tables of the return codes that the pages of functions list: each provoked, or with the reason why it cannot be.

What is documented stands in ``tests/facts/functions.json``. A test module makes a ``Table`` for its functions and
checks it with two parametrized tests, over ``documented`` and over ``to_provoke``; that no function is left out is
checked in test_documented_returns.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from tests.support.native import DRT_FUNCTIONS, FUNCTIONS, expect

S = TypeVar("S")
Pair = tuple[str, str]
"Function and code."
NO_MEMORY = "the library does not run out of memory on purpose"
TABLES: list[Table[Any]] = []
ALL = FUNCTIONS | DRT_FUNCTIONS


class Table(Generic[S]):
    """The codes of some functions. ``S`` is what a provocation gets to work with; it answers an HRESULT."""

    def __init__(self, functions: Iterable[str], cannot_be_provoked: Mapping[Pair, str]) -> None:
        self.rows = {name: ALL[name] for name in functions if ALL[name]["return"] == "HRESULT"}
        self.documented: list[Pair] = [
            (name, code) for name, row in self.rows.items() for code in row["documented_returns"]
        ]
        self.reasons: dict[Pair, str] = {pair: NO_MEMORY for pair in self.documented if pair[1] == "E_OUTOFMEMORY"}
        self.reasons |= cannot_be_provoked
        self.provoked: dict[Pair, Callable[[S], int]] = {}
        assert set(self.reasons) <= set(self.documented), "a reason for what is not documented"
        TABLES.append(self)

    def provokes(self, function: str, *codes: str) -> Callable[[Callable[[S], int]], Callable[[S], int]]:
        """A decorator: this call makes the function give these codes."""

        def keep(call: Callable[[S], int]) -> Callable[[S], int]:
            for code in codes:
                assert (function, code) in self.documented, "provokes what is not documented"
                assert (function, code) not in self.provoked
                self.provoked[function, code] = call
            return call

        return keep

    def provoke_rest(self, makers: Mapping[str, Callable[[str], Callable[[S], int]]]) -> None:
        """For what is in neither list yet: how a code is made for any function, by code."""
        for name, code in self.documented:
            if code in makers and (name, code) not in self.provoked.keys() | self.reasons.keys():
                self.provoked[name, code] = makers[code](name)

    @property
    def to_provoke(self) -> list[Pair]:
        return [pair for pair in self.documented if pair in self.provoked]

    def check_listed(self, function: str, code: str) -> None:
        """A code is in exactly one of the two lists."""
        assert ((function, code) in self.provoked) != ((function, code) in self.reasons)

    def check_comes(self, function: str, code: str, what: S) -> None:
        """The provocation gives the code."""
        expect(self.provoked[function, code](what), code)


def short(value: str) -> str:
    """For the names of tests."""
    return value.removeprefix("Peer")
