"""Modules that are there when they are wanted: for what a library imports at its top and few programs use.

trio imports ``ssl`` and ``hmac`` for its streams over TLS and DTLS, and with them comes OpenSSL: 5 MB of memory. A
graph without security never uses them; groups and relays import ``ssl`` themselves.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any


class _LaterModule(ModuleType):
    """Stands for a module and imports it when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked for by whoever looks at any module there is
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        _leave(self)
        return getattr(import_module(self.__name__), name)


def _leave(stand_in: _LaterModule) -> None:
    """Give the name back, unless the module has it already."""
    found = sys.modules.pop(stand_in.__name__, None)
    if found is not None and found is not stand_in:
        sys.modules[stand_in.__name__] = found


@contextlib.contextmanager
def imported_later(*names: str) -> Iterator[None]:
    """What is imported inside of this gets stand-ins for modules which are not there yet. Other threads that import
    them meanwhile get them too, and afterwards everybody gets the modules."""
    stand_ins = [_LaterModule(name) for name in names]
    try:
        for one in stand_ins:
            sys.modules.setdefault(one.__name__, one)
        yield
    finally:
        for one in stand_ins:
            _leave(one)
