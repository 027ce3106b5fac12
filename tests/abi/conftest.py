"""Functions of Python behind functions of C, for one test each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from peerapi.abi import exports, library
from peerapi.abi.exports import Gate
from tests.abi.exported import (
    Attach,
    C,
)


@pytest.fixture
def c() -> C:
    library.load()
    return C()


@pytest.fixture
def attach(c: C) -> Iterator[Attach]:
    """``attach(function, needs=None)``: puts a Python function behind the C function of its name for one test."""
    _, lib = library.load()
    before: dict[str, exports.Export | None] = {}

    def attach(function: Callable[..., Any], needs: Gate | None = None) -> None:
        name = function.__name__
        before.setdefault(name, exports.REGISTRY.pop(name, None))
        exports.REGISTRY.pop(name, None)
        exports.export(needs=needs)(function)
        exports.attach(iter([name]))

    yield attach
    for name, old in before.items():
        del exports.REGISTRY[name]
        if name in exports.prototypes():
            lib.peerapi_attached[exports.prototypes()[name][0]] = 0
        if old is not None:
            exports.REGISTRY[name] = old
            exports.attach(iter([name]))
