"""What struct descriptions and the kinds of their fields work with.

That is: C types as the header has them, the source that is generated, and structs that lie elsewhere in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from peerapi.abi import library
from peerapi.errors import InvalidArgument

T = TypeVar("T")

COUNT_LIMIT = 0x100000
"Arrays with more elements are refused unread."
_PADDING = bytes(8)


class Layout(Protocol[T]):
    """A C type with fixed size that knows how to become Python values and back."""

    name: str

    @property
    def size(self) -> int: ...

    def load(self, data: bytes, at: int) -> T:
        """The value whose C form lies in ``data`` from ``at``; follows the pointers in it."""

    def store(self, value: T, at: int, tails: list[bytes], end: int, pointers: list[int]) -> tuple[bytes, int]:
        """The fixed part that will lie at ``at`` of a block; what it points to goes to ``tails``, from ``end``. ->
        (fixed part, new end)

        ``pointers`` gets the offset of each pointer written; a pointer holds the offset of its target until the block
        exists.
        """


# ---- what a kind works with ----


class Slot(NamedTuple):
    """One item of the struct module's format: where, what, and the variable that holds it."""

    offset: int
    code: str
    name: str


class Maker:
    """Collects the source of the two generated functions of a struct, and the objects they refer to."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self.before: list[str] = []  # statements before the value is made, when reading
        self.writes: list[str] = []  # statements that compute the slots, when writing
        self.space: dict[str, Any] = {
            "InvalidArgument": InvalidArgument,
            "PADDING": _PADDING,
            "native": library.native(),
        }

    def name(self, hint: str = "v") -> str:
        return f"{hint}{len(self.slots) + len(self.before) + len(self.writes) + len(self.space)}"

    def slot(self, offset: int, code: str) -> str:
        name = f"s{len(self.slots)}"
        self.slots.append(Slot(offset, code, name))
        return name

    def bind(self, value: Any, hint: str = "o") -> str:
        name = f"{hint}_{len(self.space)}"
        self.space[name] = value
        return name

    def tail(self, slot: str, offset: int, data: str) -> list[str]:
        """Statements that append ``data`` to the tails and point ``slot`` (at ``offset``) to it."""
        return [f"{slot} = end", f"pointers.append(at + {offset})", f"tails.append({data})", f"end += len({data})"]

    def aligned_tail(self, slot: str, offset: int, data: str) -> list[str]:
        """The same for data that begins at a multiple of 8 and may end anywhere.

        It leaves ``end`` even, as strings want it.
        """
        return [
            "if end & 7:",
            "    tails.append(PADDING[end & 7:])",
            "    end += 8 - (end & 7)",
            *self.tail(slot, offset, data),
            "if end & 1:",
            "    tails.append(PADDING[:1])",
            "    end += 1",
        ]


def indent(lines: Iterable[str]) -> list[str]:
    return ["    " + line for line in lines]


class CField(NamedTuple):
    """A field as the header has it."""

    name: str
    type: Any
    "cffi's ctype"
    offset: int
    size: int

    def of(self, *names: str) -> bool:
        """Whether the field has one of the C types."""
        ffi, _ = library.load()
        return any(self.type is ffi.typeof(name) for name in names)

    @property
    def is_number(self) -> bool:
        return self.type.kind in ("primitive", "enum")


def header_fields(name: str) -> tuple[dict[str, CField], int]:
    """The fields of a C struct, those of anonymous unions included, and its size."""
    ffi, _ = library.load()
    c_type = ffi.typeof(name)
    return {field.name: field for field in _walk(ffi, c_type, 0)}, ffi.sizeof(c_type)


def _walk(ffi: Any, c_type: Any, base: int) -> Iterable[CField]:
    for name, field in c_type.fields:
        if name:
            yield CField(name, field.type, base + field.offset, ffi.sizeof(field.type))
        else:
            yield from _walk(ffi, field.type, base + field.offset)


# ---- structs elsewhere in memory ----


class Reader(Generic[T]):
    """``Reader(layout)(address)``: the value at an address. NULL and a wrong dwSize are E_INVALIDARG."""

    def __init__(self, layout: Layout[T]) -> None:
        self._layout = layout
        self._ready: tuple[Callable[[int, int], bytes], int, Callable[[bytes, int], T]] | None = None

    def __call__(self, address: int) -> T:
        read, size, load = self._ready or self._prepare()
        return load(read(address, size), 0)

    def _prepare(self) -> tuple[Callable[[int, int], bytes], int, Callable[[bytes, int], T]]:
        """At the first use: descriptions are compared with the header no earlier."""
        layout, native = self._layout, library.native()
        size = layout.size
        read = native.sized if getattr(layout, "_sized", False) else native.read
        self._ready = read, size, layout.load
        return self._ready


def read_array(layout: Layout[T], address: int, count: int) -> tuple[T, ...]:
    """``count`` values that lie one after the other."""
    if count > COUNT_LIMIT:
        raise InvalidArgument("an array is longer than any limit")
    size = layout.size
    data = library.native().read(address, size * count)
    return tuple([layout.load(data, at) for at in range(0, size * count, size)])


def array_tail(
    layout: Layout[Any], values: Sequence[Any], tails: list[bytes], end: int, pointers: list[int]
) -> tuple[int, int]:
    """Appends an array of structs to the tails, aligned; -> (where it lies, new end)."""
    if end & 7:
        tails.append(_PADDING[end & 7 :])
        end += 8 - (end & 7)
    start, size = end, layout.size
    end = start + size * len(values)
    own: list[bytes] = []
    fixed = []
    for at, value in zip(range(start, end, size), values, strict=False):
        part, end = layout.store(value, at, own, end, pointers)
        fixed.append(part)
    tails += fixed
    tails += own
    return start, end
