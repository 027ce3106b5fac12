"""C structs described once, as data; reading and writing follow.

    RECORD = Struct(
        "PEER_RECORD", Record,
        ("type", "type", GUID), ("dwVersion", "version", UINT32), ("pwzCreatorId", "creator", WSTR),
        ("ftCreation", "created", FILETIME), ("data", "data", BLOB),
    )

Each line is (field in C, field in Python, kind). Offsets come from the header, by way of cffi, and each field's C
type is compared with its kind when the description is first used. Fields that are not named are ignored on input and
zero on output; ``dwSize``, where a struct begins with it, is checked on input and filled in on output by itself.

What is written is one block: the struct first, then everything it points to, so that one free() frees it. From a
description two Python functions are generated (as dataclasses does), one that reads and one that writes; a
PEER_RECORD takes about 2 us each way.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from peerapi.abi import failures, library
from peerapi.abi.blueprint import (
    COUNT_LIMIT,
    CField,
    Layout,
    Maker,
    Reader,
    Slot,
    header_fields,
    indent,
    read_array,
)
from peerapi.abi.fields import (
    ADDRESS,
    BLOB,
    BLOB_LIMIT,
    BOOL,
    FILETIME,
    GUID,
    GUID_POINTER,
    HRESULT,
    INT32,
    OPTIONAL_GUID_POINTER,
    OPTIONAL_WSTR,
    SOCKADDR_IN6,
    TEXT_LIMIT,
    UINT16,
    UINT32,
    UINT64,
    WSTR,
    Array,
    Blob,
    CountedBytes,
    Enum,
    Field,
    Inline,
    Number,
    Pointer,
    SockaddrIn6,
    Text,
)

__all__ = [
    "ADDRESS",
    "BLOB",
    "BLOB_LIMIT",
    "BOOL",
    "COUNT_LIMIT",
    "FILETIME",
    "GUID",
    "GUID_POINTER",
    "HRESULT",
    "INT32",
    "OPTIONAL_GUID_POINTER",
    "OPTIONAL_WSTR",
    "SOCKADDR_IN6",
    "TEXT_LIMIT",
    "UINT16",
    "UINT32",
    "UINT64",
    "WSTR",
    "Array",
    "Blob",
    "CountedBytes",
    "Enum",
    "Field",
    "Inline",
    "Items",
    "Layout",
    "Pointer",
    "Reader",
    "SockaddrIn6",
    "Struct",
    "TaggedUnion",
    "Writer",
    "block",
    "items_block",
    "read",
    "read_array",
    "text_block",
]

T = TypeVar("T")


class Items(NamedTuple):
    """What GetNextItem gives: values and how each is laid out."""

    layout: Any
    values: Sequence[Any]


# ---- descriptions ----


class Struct(Generic[T]):
    """The description of one C struct; see the module's text.

    ``make`` builds the Python value from keywords (a NamedTuple, a dataclass). With ``make`` None the struct has one
    described field and that field's value stands for the whole.
    """

    def __init__(self, name: str, make: Callable[..., T] | None, *fields: tuple[str, str, Field]) -> None:
        self.name = name
        self._make = make
        self._fields = fields
        self._size = 0
        self._sized = False

    @property
    def size(self) -> int:
        """The size of the C type, in bytes."""
        if not self._size:
            self.compile()
        return self._size

    def load(self, data: bytes, at: int) -> T:
        """See Layout. Replaced by generated code at first use."""
        self.compile()
        return self.load(data, at)

    def store(self, value: T, at: int, tails: list[bytes], end: int, pointers: list[int]) -> tuple[bytes, int]:
        """See Layout. Replaced by generated code at first use."""
        self.compile()
        return self.store(value, at, tails, end, pointers)

    def compile(self) -> None:
        """Compares the description with the header and generates ``load`` and ``store``.

        TypeError names what does not fit.
        """
        fields, size = header_fields(self.name)
        for c_name, _, kind in self._fields:
            if c_name not in fields:
                raise TypeError(f"{self.name} has no field {c_name}")
            if not kind.fits(fields[c_name]):
                raise TypeError(
                    f"{self.name}.{c_name} is {fields[c_name].type.cname}, which {type(kind).__name__} does not fit"
                )
        self._size = size
        self._sized = (
            "dwSize" in fields and fields["dwSize"].offset == 0 and all(name != "dwSize" for name, _, _ in self._fields)
        )
        load = self._generate_load(fields)
        store = self._generate_store(fields)
        # One assignment each, complete functions only: another thread may be in the middle of a call.
        self.load = load  # type: ignore[method-assign]
        self.store = store  # type: ignore[method-assign]

    def _generate_load(self, fields: Mapping[str, CField]) -> Any:
        maker = Maker()
        values, shown = [], {}
        for c_name, name, kind in self._fields:
            before = len(maker.slots)
            values.append((name, kind.read(maker, fields, fields[c_name], 0)))
            shown.update({slot.name: c_name for slot in maker.slots[before:]})
        lines = list(maker.before)
        if self._sized:
            wrong = f"    raise InvalidArgument('dwSize is not {self._size}, the size of {self.name}')"
            lines = [f"if {maker.slot(0, 'I')} != {self._size}:", wrong, *lines]
        code, names = _format(maker.slots, self._size)
        named: tuple[str, ...] = getattr(self._make, "_fields", ())
        if self._make is None:
            result = values[0][1]
        elif sorted(named) == sorted(name for name, _ in values):
            # A NamedTuple with every field given: skip its keyword handling, which costs more than the rest.
            maker.space["make"], maker.space["new"] = self._make, tuple.__new__
            result = f"new(make, ({', '.join(dict(values)[name] for name in named)},))"
        else:
            maker.space["make"] = self._make
            result = f"make({', '.join(f'{name}={value}' for name, value in values)})"
        maker.space["unpack"] = struct.Struct(code).unpack_from
        text = [
            "def load(data, origin):",
            f"    {names} = unpack(data, origin)",
            *indent(lines),
            f"    return {result}",
        ]
        failures.generated(f"<{self.name}.load>", text, shown)
        return _compiled(self.name, "load", text, maker.space)

    def _generate_store(self, fields: Mapping[str, CField]) -> Any:
        maker = Maker()
        last = sorted(
            self._fields, key=lambda field: isinstance(field[2], Text)
        )  # strings last: what comes before stays aligned
        named: tuple[str, ...] = getattr(self._make, "_fields", ())
        whole = sorted(named) == sorted(name for _, name, _ in last)  # a tuple with nothing else in it: taken at once
        if whole:
            maker.writes.append(f"{''.join(f'x_{name}, ' for name in named)} = value")
        for c_name, name, kind in last:
            source = f"x_{name}"
            if not whole:
                maker.writes.append(f"{source} = value" if self._make is None else f"{source} = value.{name}")
            kind.write(maker, fields, fields[c_name], 0, source)
        if self._sized:
            maker.writes.append(f"{maker.slot(0, 'I')} = {self._size}")
        code, names = _format(maker.slots, self._size)
        maker.space["pack"] = struct.Struct(code).pack
        text = [
            "def store(value, at, tails, end, pointers):",
            *indent(maker.writes),
            f"    return pack({names[1:-2]}), end",
        ]
        return _compiled(self.name, "store", text, maker.space)


class TaggedUnion:
    """A struct with a number that says which member of its anonymous union is in use, such as PEER_GRAPH_EVENT_DATA.

    In Python a pair (tag, value); ``cases`` maps each tag to (member, layout) or (member, Number). A tag without a
    case carries None.
    """

    def __init__(self, name: str, tag: str, cases: Mapping[int, tuple[str, Layout[Any] | Number]]) -> None:
        self.name = name
        self._tag = tag
        self._cases = dict(cases)
        self._members: dict[int, tuple[int, Layout[Any], bytes, bytes]] | None = None
        "By tag: where the member lies, what it is, and the bytes before and behind it."
        self._size = 0

    @property
    def size(self) -> int:
        """The size of the C type, in bytes."""
        self._prepare()
        return self._size

    def _prepare(self) -> dict[int, tuple[int, Layout[Any], bytes, bytes]]:
        if self._members is None:
            fields, self._size = header_fields(self.name)
            if fields[self._tag].offset != 0 or fields[self._tag].size != 4:
                raise TypeError(f"{self.name}.{self._tag} is not a number at the beginning")
            members = {}
            for tag, (name, described) in self._cases.items():
                start, layout = fields[name].offset, _member(fields[name], described)
                before, behind = int(tag).to_bytes(4, "little") + bytes(start - 4), self._size - start - layout.size
                members[int(tag)] = (start, layout, before, bytes(behind))
            self._members = members
        return self._members

    def compile(self) -> None:
        """Compares the description with the header."""
        self._prepare()

    def load(self, data: bytes, at: int) -> tuple[int, Any]:
        """See Layout."""
        tag = int.from_bytes(data[at : at + 4], "little")
        case = self._prepare().get(tag)
        return tag, case and case[1].load(data, at + case[0])

    def store(
        self, value: tuple[int, Any], at: int, tails: list[bytes], end: int, pointers: list[int]
    ) -> tuple[bytes, int]:
        """See Layout."""
        tag, content = value
        case = (self._members or self._prepare()).get(tag)
        if case is None:
            return int(tag).to_bytes(4, "little") + bytes(self._size - 4), end
        start, layout, before, behind = case
        member, end = layout.store(content, at + start, tails, end, pointers)
        return before + member + behind, end


class _Plain:
    """A number as a Layout, for union members."""

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.size = size

    def load(self, data: bytes, at: int) -> int:
        return int.from_bytes(data[at : at + self.size], "little")

    def store(self, value: int, at: int, tails: list[bytes], end: int, pointers: list[int]) -> tuple[bytes, int]:
        return int(value).to_bytes(self.size, "little"), end


def _member(field: CField, layout: Layout[Any] | Number) -> Layout[Any]:
    if isinstance(layout, Number):
        if not layout.fits(field):
            raise TypeError(f"{field.name} is {field.type.cname}")
        return _Plain(field.name, field.size)
    if not field.of(layout.name):
        raise TypeError(f"{field.name} is {field.type.cname}, not {layout.name}")
    return layout


def _format(slots: Sequence[Slot], size: int) -> tuple[str, str]:
    """(format of the whole struct, the names of its variables as a tuple display)"""
    code, at, names = "<", 0, []
    for slot in sorted(slots):
        code += f"{slot.offset - at}x{slot.code}"
        at = slot.offset + struct.calcsize("<" + slot.code)
        names.append(slot.name)
    return code + f"{size - at}x", "(" + "".join(name + ", " for name in names)[:-1] + ")"


def _compiled(struct_name: str, name: str, lines: list[str], space: dict[str, Any]) -> Any:
    exec(compile("\n".join(lines), f"<{struct_name}.{name}>", "exec"), space)
    return space[name]


# ---- reading from addresses, writing to blocks ----


def read(layout: Layout[T], address: int) -> T:
    """The value at an address; see Reader."""
    return Reader(layout)(address)


class Writer(Generic[T]):
    """``Writer(layout)(value)``: the address of one malloc block with the value in C's form."""

    def __init__(self, layout: Layout[T]) -> None:
        self._layout = layout
        self._ready: tuple[Callable[..., tuple[bytes, int]], int, Callable[[bytes, Sequence[int]], int]] | None = None

    def __call__(self, value: T) -> int:
        store, size, make = self._ready or self._prepare()
        tails: list[bytes] = []
        pointers: list[int] = []
        fixed, _ = store(value, 0, tails, size, pointers)
        return make(b"".join((fixed, *tails)) if tails else fixed, pointers)

    def _prepare(self) -> tuple[Callable[..., tuple[bytes, int]], int, Callable[[bytes, Sequence[int]], int]]:
        """Generates the code at the first use, as a Reader does."""
        layout = self._layout
        size = layout.size
        self._ready = layout.store, size, library.native().block
        return self._ready


def block(layout: Layout[T], value: T) -> int:
    """The address of one malloc block with the value in C's form."""
    return Writer(layout)(value)


def items_block(layout: Layout[T], values: Sequence[T]) -> int:
    """The address of one malloc block:

    an array of pointers, then all the structs, then all they point to. 0 without values.
    """
    if not values:
        return 0
    count, size = len(values), layout.size
    stride = size + (-size & 7)
    first = 8 * count
    end = first + stride * count
    tails: list[bytes] = []
    pointers = list(range(0, first, 8))
    parts = [struct.pack(f"<{count}Q", *range(first, end, stride))]
    padding = bytes(stride - size)
    for at, value in zip(range(first, end, stride), values, strict=False):
        fixed, end = layout.store(value, at, tails, end, pointers)
        parts.append(fixed + padding)
    return library.native().block(b"".join((*parts, *tails)), pointers)


def text_block(text: str) -> int:
    """The address of one malloc block with a zero-terminated UTF-16 string."""
    native = library.native()
    return native.block(native.wide(text), ())
