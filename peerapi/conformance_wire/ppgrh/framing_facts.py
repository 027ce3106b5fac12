"""Frames and the common header: 2.2.1.1, 2.2.1.2, 3.1.5.2."""

from __future__ import annotations

import struct
from functools import partial
from uuid import uuid4

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.link import ME, Link, connected
from peerapi.conformance_wire.ppgrh.messages import SYNC_END, WELCOME, framed, message, one_frame
from peerapi.conformance_wire.ppgrh.records import Record, new_record

END = b"\1\0\0\0"
"The body of a SYNC_END."


def _ends(first: bytes, authenticated: bool, bench: Bench) -> None:
    with connected(bench) if authenticated else Link.to(bench) as link:
        link.raw(first)
        for raw in link.expect_end():
            expect(messages.kind_of(raw) == messages.DISCONNECT, f"{messages.name_of(raw)} comes first")


BAD_FRAMES = {
    "of size 0": b"\0\0",
    "of 65535 bytes": b"\xff\xff" + b"x" * 100,
    "of 32769 bytes, one above what any security provider may ask for": b"\x80\x01" + b"x" * 100,
    "that is longer than its message": one_frame(messages.sync_end() + b"\0"),
    "that holds two messages": one_frame(messages.sync_end() * 2),
}
BAD_HEADERS: list[tuple[str, str, bytes]] = [
    ("2.2.1.2", "a Message Size of 0", message(SYNC_END, END, size=0)),
    ("2.2.1.2", "a Message Size of 1", message(SYNC_END, END, size=1)),
    ("2.2.1.2", "a Message Size of 7, less than the header", message(SYNC_END, END, size=7)),
    ("2.2.1.2", "a Message Size below the size of its frame", message(SYNC_END, END, size=11)),
    ("2.2.1.2", "Version 0x00", message(SYNC_END, END, version=0)),
    ("2.2.1.2", "Version 0x01", message(SYNC_END, END, version=1)),
    ("2.2.1.2", "Version 0x0F", message(SYNC_END, END, version=0x0F)),
    ("2.2.1.2", "Version 0x11", message(SYNC_END, END, version=0x11)),
    ("2.2.1.2", "Version 0xFF", message(SYNC_END, END, version=0xFF)),
    ("3.1.5.2", "Message Type 0x00", message(0, END)),
    ("3.1.5.2", "Message Type 0x0F", message(15, END)),
    ("3.1.5.2", "Message Type 0x10", message(16, END)),
    ("3.1.5.2", "Message Type 0x80", message(128, END)),
    ("3.1.5.2", "Message Type 0xFF", message(255, END)),
]

for what, raw in BAD_FRAMES.items():
    for state, authenticated in (("of a new connection", False), ("of a neighbor", True)):
        PPGRH.add("2.2.1.1", f"a frame {what} ends the connection {state}", partial(_ends, raw, authenticated))
for section, what, raw in BAD_HEADERS:
    PPGRH.add(section, f"{what} ends the connection", partial(_ends, framed(raw), True))
PPGRH.add("2.2.1.2", "bytes of another protocol end the connection", partial(_ends, b"GET / HTTP/1.1\r\n\r\n", False))
PPGRH.add("2.2.1.2", "bytes that are all ones end the connection", partial(_ends, b"\xff" * 400, False))


def _joins_in_frames_of(size: int, bench: Bench) -> None:
    with Link.to(bench) as link:
        link.send(messages.auth_info(bench.target.graph, ME), messages.connect(uuid4().int >> 64), frame=size)
        link.welcome = link.expect(WELCOME)
        record = new_record(bench.target.graph, ME, uuid4(), link.peer_time, b"x" * 300)
        link.send(messages.flood(record.encode()), frame=size)
        same(link.acked(record)[record.id], 1, "Useful")


for size in (1, 2, 3, 7, 100, 1000, messages.DEFAULT_FRAME):
    PPGRH.add("2.2.1.1", f"messages in frames of {size} bytes are put together", partial(_joins_in_frames_of, size))


@PPGRH.fact("2.2.1.1", "messages are understood that come byte by byte")
def _byte_by_byte(bench: Bench) -> None:
    with Link.to(bench) as link:
        stream = framed(messages.auth_info(bench.target.graph, ME)) + framed(messages.connect(uuid4().int >> 64))
        for byte in stream:
            link.raw(bytes((byte,)))
        link.welcome = link.expect(WELCOME)


@PPGRH.fact("2.2.1.1", "frames of one message may have different sizes")
def _different_frames(bench: Bench) -> None:
    with connected(bench) as link:
        raw = messages.solicit_new([uuid4()])
        link.raw(one_frame(raw[:1]) + one_frame(raw[1:10]) + one_frame(raw[10:]))
        link.expect(SYNC_END)


@PPGRH.fact("2.2.1.1", "messages that come in one segment are all answered, in order")
def _in_one_segment(bench: Bench) -> None:
    with connected(bench) as link:
        link.raw(framed(messages.solicit_new([uuid4()])) * 5)
        for _ in range(5):
            link.expect(SYNC_END)


@PPGRH.fact("2.2.1.1", "a frame of 16379 bytes, the default size, is taken")
def _a_full_frame(bench: Bench) -> None:
    with connected(bench) as link:
        record = new_record(bench.target.graph, ME, uuid4(), link.peer_time, b"x" * 20_000)
        raw = messages.flood(record.encode())
        link.raw(one_frame(raw[: messages.DEFAULT_FRAME]) + one_frame(raw[messages.DEFAULT_FRAME :]))
        same(link.acked(record)[record.id], 1, "Useful")


def large(bench: Bench) -> tuple[Record, Record, list[int]]:
    """A record of 100,000 bytes, as it was sent and as it comes back, and the sizes of the frames that it came in."""
    with connected(bench) as link:
        record = new_record(bench.target.graph, ME, uuid4(), link.peer_time, b"y" * 100_000)
        link.flood(record)
        link.acked(record)
        del link.frames[:]
        (back,) = link.collect(messages.solicit_new([record.type]))
        return record, back, link.frames


@PPGRH.fact("2.2.1.1", "a message of 100000 bytes is sent in frames that add up to it")
def _large_comes_back(bench: Bench) -> None:
    record, back, frames = bench.once(large)
    same(back, record)
    expect(len(frames) > 2, f"{len(frames)} frames")


@PPGRH.fact("2.2", "no frame that is sent is larger than 16379 bytes, the default size")
def _frames_are_small(bench: Bench) -> None:
    expect(max(bench.once(large)[2]) <= messages.DEFAULT_FRAME, f"a frame of {max(bench.once(large)[2])} bytes")


@PPGRH.fact("2.2.1.1", "no frame that is sent has size 0")
def _frames_are_not_empty(bench: Bench) -> None:
    expect(min(bench.once(large)[2]) >= 1, "a frame of 0 bytes")


def _reserved_is_ignored(raw: bytes, kind: int, bench: Bench) -> None:
    with connected(bench) as link:
        link.send(raw[:6] + b"\xab\xcd" + raw[8:])
        link.expect(kind)


def _reserved_is_ignored_silently(raw: bytes, bench: Bench) -> None:
    with connected(bench) as link:
        link.send(raw[:6] + b"\xab\xcd" + raw[8:])
        link.probe()


for name, raw, kind in (
    ("SOLICIT_NEW", messages.solicit_new([uuid4()]), SYNC_END),
    ("SOLICIT_TIME", messages.solicit_time(0, [uuid4()]), SYNC_END),
    ("SOLICIT_HASH", messages.solicit_hash(b""), messages.ADVERTISE),
):
    PPGRH.add(
        "2.2.1.2", f"the Reserved field of a {name} is ignored on receipt", partial(_reserved_is_ignored, raw, kind)
    )
for name, raw in (
    ("ACK", messages.ack([(uuid4(), 1)])),
    ("PT2PT", messages.point_to_point(messages.PING)),
    ("SYNC_END", messages.sync_end()),
):
    PPGRH.add(
        "2.2.1.2", f"the Reserved field of a {name} is ignored on receipt", partial(_reserved_is_ignored_silently, raw)
    )


@PPGRH.fact("2.2.1.2", "the Reserved field of a FLOOD is ignored on receipt")
def _reserved_of_flood(bench: Bench) -> None:
    with connected(bench) as link:
        record = new_record(bench.target.graph, ME, uuid4(), link.peer_time)
        raw = messages.flood(record.encode())
        link.send(raw[:6] + struct.pack(">H", 0xFFFF) + raw[8:])
        same(link.acked(record)[record.id], 1, "Useful")


@PPGRH.fact("2.2.1.2", "the Reserved fields of AUTH_INFO and CONNECT are ignored on receipt")
def _reserved_of_the_first(bench: Bench) -> None:
    with Link.to(bench) as link:
        first, second = messages.auth_info(bench.target.graph, ME), messages.connect(uuid4().int >> 64)
        link.send(*(raw[:6] + b"\xff\xff" + raw[8:] for raw in (first, second)))
        link.welcome = link.expect(WELCOME)
