"""Chains that were proved are remembered, so a test that takes a check out must leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from peerapi.grouping import membership, signatures

Without = Callable[..., None]


def forget() -> None:
    membership._proved.cache_clear()
    signatures._good.clear()
    signatures._good_roots.clear()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[Without]:
    """``without("part of a complaint", ...)``: certificate chains with that fault are taken from now on."""
    require = membership._require

    def without(*details: str) -> None:
        def lenient(truth: bool, detail: str) -> None:
            require(truth or any(one in detail for one in details), detail)

        forget()
        monkeypatch.setattr(membership, "_require", lenient)

    yield without
    forget()
