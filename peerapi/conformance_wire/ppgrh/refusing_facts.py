"""REFUSE and DISCONNECT as the node sends and reads them (2.2.2.4, 2.2.2.5, 3.1.5.2.1, 3.1.5.2.4)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.link import Link, connected, ends, refused
from peerapi.conformance_wire.ppgrh.messages import connect, message

NODE = 0x0123456789ABCDEF
PLACES = 7
"Maximum Neighbors (3.1.1), the default."


def direct_refused(bench: Bench) -> bytes:
    return refused(bench, connect(NODE, flags=messages.DIRECT_BIT), messages.DIRECT)


def duplicate_refused(bench: Bench) -> bytes:
    with connected(bench) as link:
        raw = refused(bench, connect(link.node))
        link.probe()
        return raw


def twice_refused(bench: Bench) -> bytes:
    with connected(bench) as link:
        link.send(connect(link.node))
        raw = link.expect(messages.REFUSE)
        same(link.expect_end(), [], "what follows")
        return raw


def busy_refused(bench: Bench) -> bytes:
    """The answer to an eighth neighbor; the seven that are there have told where they listen."""
    links: list[Link] = []
    try:
        for number in range(PLACES):
            links.append(connected(bench, addresses=messages.endpoint(4720 + number)))
        raw = refused(bench, connect(NODE))
        for link in links:
            link.probe()
        return raw
    finally:
        for link in links:
            link.__exit__(None, None, None)


REFUSALS: tuple[tuple[str, Callable[[Bench], bytes], int], ...] = (
    ("for a direct connection that nobody waits for", direct_refused, messages.DIRECT_DISALLOWED),
    ("to a node that is a neighbor on another connection", duplicate_refused, messages.DUPLICATE_CONNECTION),
    ("to a second CONNECT without Update", twice_refused, messages.ALREADY_CONNECTED),
)


def _code(capture: Callable[[Bench], bytes], code: int, bench: Bench) -> None:
    same(bench.once(capture)[8], code, "Error Code")


def _count(capture: Callable[[Bench], bytes], bench: Bench) -> None:
    same(bench.once(capture)[9], 0, "Address Count")


def _offset(capture: Callable[[Bench], bytes], bench: Bench) -> None:
    same(int.from_bytes(bench.once(capture)[10:12], "big"), 0, "Address Offset")


def _size(capture: Callable[[Bench], bytes], bench: Bench) -> None:
    same(len(bench.once(capture)), 12, "Message Size")


for what, capture, code in REFUSALS:
    PPGRH.add("3.1.5.2.1", f"the REFUSE {what} has Error Code 0x{code:02X}", partial(_code, capture, code))
    PPGRH.add("3.1.5.2.1", f"the REFUSE {what} has an Address Count of 0", partial(_count, capture))
    PPGRH.add("3.1.5.2.1", f"the REFUSE {what} has an Address Offset of 0", partial(_offset, capture))
    PPGRH.add("3.1.5.2.1", f"the REFUSE {what} has 12 bytes", partial(_size, capture))


@PPGRH.fact("3.1.5.2.1", "an eighth neighbor is refused with Error Code 0x01")
def _busy(bench: Bench) -> None:
    same(bench.once(busy_refused)[8], messages.BUSY, "Error Code")


@PPGRH.fact("3.1.5.2.1", "the REFUSE to an eighth neighbor names neighbors, at most 10")
def _busy_count(bench: Bench) -> None:
    _, found = messages.referrals(bench.once(busy_refused))
    expect(1 <= len(found) <= 10, f"{len(found)} addresses")
    wanted = {(bench.target.host, 4720 + number) for number in range(PLACES)}
    expect(set(found) <= wanted, f"{found} are not the neighbors' addresses")


@PPGRH.fact("3.1.5.2.1", "Address Offset of the REFUSE to an eighth neighbor lies behind the fixed fields")
def _busy_offset(bench: Bench) -> None:
    expect(int.from_bytes(bench.once(busy_refused)[10:12], "big") >= 12, "the offset lies within them")


@PPGRH.fact("3.1.5.2.1", "the addresses of the REFUSE to an eighth neighbor lie within the message")
def _busy_array(bench: Bench) -> None:
    raw = bench.once(busy_refused)
    expect(raw[9] * 20 + int.from_bytes(raw[10:12], "big") <= len(raw), raw[:12].hex())


# ---- what a neighbor may not say ----


def _ends(raw: bytes, bench: Bench) -> None:
    with connected(bench) as link:
        ends(link, raw)


for section, what, raw in (
    ("3.1.5.2.2", "a WELCOME that answers nothing", messages.welcome(NODE, 0, "somebody")),
    ("3.1.5.2.3", "a REFUSE that answers nothing", messages.refuse(messages.BUSY)),
    ("3.1.5.2.4", "a DISCONNECT of 11 bytes, less than 0x0C,", message(messages.DISCONNECT, b"\1\0\0")),
    ("3.1.5.2.4", "a DISCONNECT with Reason 0x00", messages.disconnect(0)),
    ("3.1.5.2.4", "a DISCONNECT with Reason 0x04", messages.disconnect(4)),
    ("3.1.5.2.4", "a DISCONNECT with Reason 0xFF", messages.disconnect(255)),
    ("3.1.5.2.4", "a DISCONNECT whose addresses lie behind it", messages.disconnect(1, count=1)),
    ("3.1.5.2.4", "a DISCONNECT whose Address Offset lies behind it", messages.disconnect(1, at=13)),
    ("2.2.2.5", "a DISCONNECT with Reason LEAVING", messages.disconnect(1)),
    ("2.2.2.5", "a DISCONNECT with Reason LEAST_USEFUL", messages.disconnect(2)),
    ("2.2.2.5", "a DISCONNECT with Reason APP_DISCONNECT", messages.disconnect(3)),
    ("2.2.2.5", "a DISCONNECT with addresses", messages.disconnect(1, messages.endpoint(4731))),
    ("3.1.5.2.1", "a CONNECT of 23 bytes from a neighbor", message(messages.CONNECT, connect(NODE)[8:-1])),
    (
        "3.1.5.2.1",
        "a CONNECT with Update from a neighbor whose addresses lie behind it",
        message(messages.CONNECT, struct.pack(">BBHHHQ", messages.UPDATE_BIT, 1, 24, 24, 0, NODE)),
    ),
):
    PPGRH.add(section, f"{what} ends the connection", partial(_ends, raw))
