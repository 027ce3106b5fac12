"""SOLICIT, REQUEST, FLOOD, INQUIRE and LOOKUP as the node answers them (2.2, 3.1.5.2, 3.2.5)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.pnrp import messages
from peerapi.conformance_wire.pnrp.catalogue import PNRP
from peerapi.conformance_wire.pnrp.messages import Message
from peerapi.conformance_wire.pnrp.node import node, registered

HASHED = messages.sha1(b"a nonce")


def an_id(bench: Bench) -> int:
    """The PNRP ID of the first name."""
    return next(iter(bench.once(registered).values()))


# ---- what is dropped ----

Body = Callable[[Bench], bytes]
GOOD: dict[int, tuple[str, Body]] = {
    messages.SOLICIT: ("SOLICIT", lambda bench: messages.solicit(HASHED)),
    messages.INQUIRE: ("INQUIRE", lambda bench: messages.inquire(an_id(bench))),
    messages.FLOOD: ("FLOOD", lambda bench: messages.flood()),
    messages.LOOKUP: (
        "LOOKUP",
        lambda bench: messages.lookup(an_id(bench), 0, bench.once(node).endpoint),
    ),
}
HEADERS: dict[str, Callable[[int, int], bytes]] = {
    "FieldID 0x0011": lambda kind, id: messages.header(kind, id, field=0x11),
    "Length 0x000B": lambda kind, id: messages.header(kind, id, size=11),
    "Length 0x000D": lambda kind, id: messages.header(kind, id, size=13),
    "Identifier 0x50": lambda kind, id: messages.header(kind, id, mark=0x50),
    "VersionMajor 0x03": lambda kind, id: messages.header(kind, id, major=3),
    "VersionMajor 0x05": lambda kind, id: messages.header(kind, id, major=5),
    "VersionMinor 0x01": lambda kind, id: messages.header(kind, id, minor=1),
}


def _dropped(kind: int, head: Callable[[int, int], bytes], body: Body, bench: Bench) -> None:
    here, id = bench.once(node), messages.new_message_id()
    here.silent_about(head(kind, id) + body(bench), id)


def _fine(kind: int, id: int) -> bytes:
    return messages.header(kind, id)


for what, head in HEADERS.items():
    for kind, (name, body) in GOOD.items():
        if kind != messages.FLOOD:
            PNRP.add("3.1.5.2", f"a {name} whose header has {what} is dropped", partial(_dropped, kind, head, body))
for kind in (0x00, 0x05, 0x06, 0x0A, 0x0C, 0x81, 0xFF):
    check = partial(_dropped, kind, _fine, GOOD[messages.INQUIRE][1])
    PNRP.add("3.1.5.2", f"a message of type 0x{kind:02X} is dropped", check)
PNRP.add(
    "3.1.5.2", "a datagram of 11 bytes is dropped", partial(_dropped, 1, lambda k, i: _fine(k, i)[:11], lambda b: b"")
)


def _cut(body: Body, bench: Bench) -> bytes:
    return body(bench)[:-4]


def _doubled(body: Body, bench: Bench) -> bytes:
    return body(bench) * 2


def _of(field: int, change: Callable[[bytes], bytes], body: Body, bench: Bench) -> bytes:
    """A message body with one element replaced."""
    parts = []
    for kind, found in messages.elements(body(bench)):
        whole = messages.element(kind, found)
        parts.append(change(whole) if kind == field else whole)
    return b"".join(parts)


def _length(size: int, raw: bytes) -> bytes:
    return raw[:2] + struct.pack(">H", size) + raw[4:]


def _field(field: int, raw: bytes) -> bytes:
    return struct.pack(">H", field) + raw[2:]


def _path(bench: Bench, *several: bytes) -> bytes:
    return messages.lookup(an_id(bench), 0, b"".join(several))


MALFORMED: list[tuple[str, int, str, Body]] = []
for kind, section in (
    (messages.SOLICIT, "3.2.5.3"),
    (messages.INQUIRE, "3.2.5.6"),
    (messages.FLOOD, "3.1.5.5"),
    (messages.LOOKUP, "3.2.5.2"),
):
    name, body = GOOD[kind]
    MALFORMED += [
        (section, kind, f"a {name} that lacks its last four bytes", partial(_cut, body)),
        (section, kind, f"a {name} without elements", lambda bench: b""),
        (section, kind, f"a {name} whose elements come twice", partial(_doubled, body)),
    ]
    required = {
        messages.SOLICIT: [messages.HASHED_NONCE],
        messages.INQUIRE: [messages.FLAGS, messages.VALIDATE],
        messages.FLOOD: [messages.FLOOD_CONTROLS, messages.VALIDATE, messages.ENDPOINTS],
        messages.LOOKUP: [messages.LOOKUP_CONTROLS, messages.TARGET, messages.VALIDATE, messages.ENDPOINTS],
    }[kind]
    for field in required:
        what = f"a {name} whose element 0x{field:04X}"
        MALFORMED += [
            (section, kind, f"{what} is not there", partial(_of, field, lambda raw: b"", body)),
            (section, kind, f"{what} has another FieldID", partial(_of, field, partial(_field, 0x77), body)),
            (section, kind, f"{what} has a Length of 3", partial(_of, field, partial(_length, 3), body)),
            (section, kind, f"{what} has a Length beyond the end", partial(_of, field, partial(_length, 0xFFFF), body)),
        ]
MALFORMED += [
    ("2.2.2.8", messages.LOOKUP, "a LOOKUP with an empty Flagged Path", _path),
    (
        "2.2.2.8",
        messages.LOOKUP,
        "a LOOKUP with a Flagged Path of 23 entries",
        lambda bench: _path(bench, bench.once(node).endpoint * 23),
    ),
    (
        "2.2.2.8",
        messages.LOOKUP,
        "a LOOKUP with ResolveCriteria 0x03",
        lambda bench: messages.lookup(an_id(bench), 0, bench.once(node).endpoint, criteria=3),
    ),
    (
        "2.2.2.4",
        messages.FLOOD,
        "a FLOOD with an Already Flooded List of 23 entries",
        lambda bench: messages.flood(seen=bench.once(node).endpoint * 23),
    ),
    (
        "2.2.2.1",
        messages.SOLICIT,
        "a SOLICIT with SolicitType 0x02",
        lambda bench: messages.solicit(HASHED, type=2),
    ),
]
for section, kind, what, body in MALFORMED:
    PNRP.add(section, f"{what} is dropped", partial(_dropped, kind, _fine, body))


# ---- SOLICIT and ADVERTISE ----


def an_advertise(bench: Bench) -> Message:
    return bench.once(node).solicit(messages.solicit(HASHED))


def _array(bench: Bench) -> tuple[int, int, int, int, list[bytes]]:
    return messages.array_in(messages.one(bench.once(an_advertise).body, messages.ID_ARRAY))


@PNRP.fact("3.2.5.3", "a SOLICIT is answered by an ADVERTISE with its Message ID")
def _advertised(bench: Bench) -> None:
    bench.once(an_advertise)


@PNRP.fact("2.2.2.2", "an ADVERTISE has the elements 0x0018, 0x0060, 0x0092 in this order")
def _advertise_order(bench: Bench) -> None:
    fields = [field for field, _ in messages.elements(bench.once(an_advertise).body)]
    same(fields, [messages.ACKED, messages.ID_ARRAY, messages.HASHED_NONCE], "the FieldIDs")


@PNRP.fact("2.2.2.2", "HashedNonce of an ADVERTISE is that of the SOLICIT")
def _advertise_nonce(bench: Bench) -> None:
    same(messages.one(bench.once(an_advertise).body, messages.HASHED_NONCE), HASHED, "HashedNonce")


@PNRP.fact("2.2.2.2", "EntryLength of an ADVERTISE is 0x20")
def _advertise_each(bench: Bench) -> None:
    same(_array(bench)[3], 0x20, "EntryLength")


@PNRP.fact("2.2.2.2", "ElementFieldType of an ADVERTISE is 0x0030")
def _advertise_type(bench: Bench) -> None:
    same(_array(bench)[2], messages.ID, "ElementFieldType")


@PNRP.fact("2.2.2.2", "ArrayLength of an ADVERTISE is 8 and its entries")
def _advertise_length(bench: Bench) -> None:
    number, size, _, each, _ = _array(bench)
    same(size, 8 + number * each, "ArrayLength")


@PNRP.fact("2.2.2.2", "NumEntries of an ADVERTISE is the number of its PNRP IDs")
def _advertise_number(bench: Bench) -> None:
    number, _, _, _, entries = _array(bench)
    same(number, len(entries), "NumEntries")


@PNRP.fact("3.2.5.3", "a node that knows fewer than five others advertises its own PNRP IDs")
def _advertise_own(bench: Bench) -> None:
    expect(bench.once(registered), "no name was given")


@PNRP.fact("1.3.1.2", "the P2P ID of a registered name is the hash of its classifier and authority")
def _p2p_id(bench: Bench) -> None:
    expect(len(bench.once(registered)) == len(bench.target.names), "some name is not there")


def _answered(kind: int, body: Body, answer: int, bench: Bench) -> None:
    bench.once(node).ask(kind, body(bench), answer, "answer")


ANSWERED: list[tuple[str, str, int, Body, int]] = [
    ("2.2.2.1", "SOLICIT for any entries", messages.SOLICIT, lambda b: messages.solicit(HASHED, type=0), 2),
    ("2.2.2.1", "SOLICIT for local entries", messages.SOLICIT, lambda b: messages.solicit(HASHED, type=1), 2),
    (
        "2.2.2.1",
        "SOLICIT whose Reserved and Padding1 are not zero",
        messages.SOLICIT,
        lambda b: b"\0\x44\0\6\xff\0\xff\xff" + messages.solicit(HASHED),
        2,
    ),
    (
        "2.2.2.5",
        "INQUIRE whose reserved bits and padding are not zero",
        messages.INQUIRE,
        lambda b: messages.element(0x40, b"\xff\xe3", pad=b"\xff") + messages.inquire(an_id(b))[8:],
        8,
    ),
    (
        "2.2.2.4",
        "FLOOD whose reserved fields are not zero",
        messages.FLOOD,
        lambda b: messages.element(0x43, b"\xff\xfe\xff", pad=b"\xff") + messages.flood()[8:],
        9,
    ),
    (
        "2.2.2.8",
        "LOOKUP whose reserved fields are not zero",
        messages.LOOKUP,
        lambda b: (
            messages.element(0x45, b"\xff\xff\0\0\0\0\xff\xff")
            + messages.lookup(an_id(b), 0, b.once(node).endpoint)[12:]
        ),
        8,
    ),
    *(
        (
            "2.2.2.8",
            f"LOOKUP with ResolveReasonCode 0x{reason:02X}",
            messages.LOOKUP,
            partial(lambda reason, b: messages.lookup(an_id(b), 0, b.once(node).endpoint, reason=reason), reason),
            8,
        )
        for reason in (0, 1, 2, 3)
    ),
    *(
        (
            "2.2.2.8",
            f"LOOKUP with ResolveCriteria 0x{criteria:02X}",
            messages.LOOKUP,
            partial(lambda one, b: messages.lookup(an_id(b), 0, b.once(node).endpoint, criteria=one), criteria),
            8,
        )
        for criteria in (0, 1, 2, 4, 8)
    ),
    (
        "2.2.2.8",
        "LOOKUP with a Flagged Path of 22 entries",
        messages.LOOKUP,
        lambda b: messages.lookup(an_id(b), 0, b.once(node).endpoint * 22),
        8,
    ),
    (
        "2.2.2.4",
        "FLOOD with an Already Flooded List of 22 entries",
        messages.FLOOD,
        lambda b: messages.flood(seen=b.once(node).endpoint * 22),
        9,
    ),
]
for section, what, kind, body, answer in ANSWERED:
    PNRP.add(section, f"a {what} is answered", partial(_answered, kind, body, answer))
