from collections.abc import Callable, Sequence
from typing import Any

from peerapi.store.database import Long, Row

Acks = list[tuple[bytes, bool]] | tuple[tuple[bytes, bool], ...]

LONG: int
"Bytes of a FLOOD above which it is not for ``sift``."

def frames(messages: list[bytes] | tuple[bytes, ...], frame_size: int, /) -> bytes:
    """The messages, each as one or more frames. ValueError: no frame size."""

def floods(records: list[bytes] | tuple[bytes, ...], frame_size: int, /) -> bytes:
    """The records, each as a FLOOD, framed. ValueError: no frame size, or no record."""

def split(data: bytes, position: int, messages: list[bytes], max_frame: int, max_message: int, /) -> int:
    """Append the messages that are whole and one frame each, from ``position`` on; where the first other thing is."""

def flood_record(message: bytes, /) -> bytes:
    """The record in a raw FLOOD, after the checks of 3.1.5.2.10 on the message.

    ``message`` is a whole message from a ``Deframer`` (size and version are right) whose type is FLOOD.
    """

def flood_to_forward(message: bytes, /) -> bytes:
    """A raw FLOOD as this node sends it on: reserved fields are zero, and nothing lies between them and the record
    (2.2.2.11). The message itself where it is so already; checks as ``flood_record``."""

def sift(
    messages: Sequence[bytes],
    at: int,
    fresh: dict[bytes, Row],
    recent: dict[bytes, tuple[int, Row]],
    stored: Callable[[bytes], Any],
    same: Callable[[Any, bytes], int | None],
    get: Callable[[bytes], Row | Long | None],
    now: int,
    make: Callable[[bytes], Row | None] | None,
    apart: frozenset[bytes],
    acks: list[tuple[bytes, bool]],
    rows: list[Row],
    taken: list[bytes],
    /,
) -> tuple[int, bytes | None, Row | Long | None]:
    """Go through the FLOODs from ``at`` on as long as they are of the two kinds that nearly all are.

    The record is here in just these bytes: acknowledged as not useful. It is in ``fresh`` or ``recent``, or ``same``
    gives its expiration time for what ``stored`` says of its ID, or ``get`` finds it, which is asked only when the
    others do not know, and never for an ID that is not in ``recent`` and of which ``stored`` says None. Or there is
    none of its ID, and ``make`` finds it valid: its row goes into ``fresh`` and ``rows``, its message as this node
    sends it on into ``taken``, and it is acknowledged as useful. Stops at what is no FLOOD or a long one, also at the
    end: (at, None, None). And at any other record (expired at ``now``, of a type that is ``apart``, malformed, another
    version of what is here, one of which ``make`` says None): (at, the record, what is here of its ID).
    """

def pack_acks(acks: Acks, /) -> bytes:
    """The array of an ACK. ValueError: a record ID that has not 16 bytes."""

def weigh(weight: float, acks: Acks, start: int, decay: float, gain: float, /) -> float:
    """``weight`` after the acknowledgements from ``start`` on: each lets it decay, a useful one adds ``gain``."""

def weigh_array(weight: float, array: bytes, decay: float, gain: float, /) -> float:
    """The same of acknowledgements as an ACK carries them."""
