"""What a relay and its nodes read: frames, passes, words, seat addresses, and whole stories of connections.

Besides the errors, what must hold is that nobody makes a pass or a seat of another's, and that a relay whose
connections have ended holds nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable

from fuzz.seeds import relays as seeds
from peerapi.address import Address
from peerapi.moment import Moment
from peerapi.reach import frames, passes, quotas, seat, word
from peerapi.reach.frames import Decoder, MalformedFrame, Unknown
from peerapi.reach.refusal import Refused
from peerapi.reach.relay import Relay
from peerapi.reach.relay_outputs import Close

MOST_STEPS = 200


def leg_frames(data: bytes) -> None:
    """A stream is frames or malformed; what is decoded can be sent again and means the same."""
    decoder = Decoder()
    decoder.feed(data)
    try:
        while (frame := decoder.next()) is not None:
            if not isinstance(frame, Unknown):
                (number, body) = frames.TYPES[type(frame)], frames.encode(frame)[3:]
                assert frames.decode(number, body) == frame
    except MalformedFrame:
        return


def granted(data: bytes) -> None:
    """A pass that was not made of an issued one is refused."""
    try:
        passes.verify(seeds.SECRET, data, seeds.NOW)
    except Refused:
        return
    assert any(data.startswith(one[:17]) for one in seeds.passes_issued()), "a pass that nobody has issued"
    issued = {one[-passes.TAG_SIZE :] for one in seeds.passes_issued()}
    assert data[-passes.TAG_SIZE :] in issued, "a pass that nobody has narrowed"


def seat_address(data: bytes) -> None:
    """Any address, modifier and key: a seat is the owner's alone."""
    address, modifier, spki = Address(data[:16].ljust(16, b"\0"), 443), data[16:32], data[32:]
    if seat.is_seat(address):
        assert seat.relay_of(address).address.is_ipv4
        str(address), address.relay
    if seat.proves(address, modifier, spki):
        assert data in seeds.seats(), "a seat that is nobody's"


def relay_word(data: bytes) -> None:
    """A word is read or refused; what is read is written the same."""
    try:
        found = word.read(data.decode("latin-1"))
    except word.NotARelay:
        return
    again = word.read(word.write(found))
    assert (again.access.endpoint, again.access.pin, again.granted) == (
        found.access.endpoint,
        found.access.pin,
        found.granted,
    )


def relay_story(data: bytes) -> None:
    """``u8 connection | u8 seconds | u16 length | bytes`` again and again: what a relay is told, by anybody."""
    relay = Relay([seeds.ENDPOINT], seeds.SECRET, quotas.private(1 << 30), _counted(), lambda *_: True)
    now, at, opened = Moment(seeds.NOW, 0.0), 0, dict[int, int]()
    for step in range(MOST_STEPS):
        if at + 4 > len(data):
            break
        who, seconds, size = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        piece, at = data[at + 4 : at + 4 + size], at + 4 + size
        now = Moment(now.utc, now.elapsed + seconds / 64)
        if who not in opened:
            opened[who] = step
            relay.opened(step, Address(bytes(10) + b"\xff\xff\xc0\x00\x02" + bytes((who,)), 40000), now)
        if piece:
            relay.received(opened[who], piece, now)
        else:
            relay.closed(opened.pop(who), now)
        relay.tick(now)
        outputs, relay.outputs = relay.outputs, []
        for output in outputs:
            if isinstance(output, Close):
                relay.closed(output.number, now)
    for number in list(relay.connections):
        relay.closed(number, now)
    assert not relay.connections and not relay.sessions and not relay.seating.taken
    assert len(relay.timers) == 0


def _counted() -> Callable[[int], bytes]:
    """Randomness that is the same each time."""
    numbers = iter(range(1 << 30))
    return lambda size: next(numbers).to_bytes(size, "big")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "leg-frames": leg_frames,
    "relay-pass": granted,
    "seat-address": seat_address,
    "relay-word": relay_word,
    "relay": relay_story,
}
