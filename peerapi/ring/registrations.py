"""The list of what is registered here: PNRP IDs (MS-PNRP 3.2.1) or keys (MC-DRT 3.2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Handled(Protocol):
    """What may be registered: the application knows it by a handle."""

    @property
    def handle(self) -> int: ...


R = TypeVar("R", bound=Handled)


class Registrations(Generic[R]):
    """The Locally Registered ID List, in the order in which they came."""

    def __init__(self) -> None:
        self._by_id: dict[int, R] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._by_id.values()))

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(self._by_id)

    def holds(self, id: int) -> bool:
        return id in self._by_id

    def get(self, id: int) -> R | None:
        return self._by_id.get(id)

    def of_handle(self, handle: int) -> R | None:
        return next((one for one in self._by_id.values() if one.handle == handle), None)

    def add(self, id: int, registration: R) -> None:
        self._by_id[id] = registration

    def remove(self, id: int) -> None:
        """KeyError: there is none."""
        del self._by_id[id]
