"""The key of the seats of a graph, in a file beside its database, or of a host: its addresses stay the same from day to
day.

It is not in the database itself, since copies of that are given to others (PeerGraphExportDatabase).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import peerapi.private as private
from peerapi.engine.reach.known_words import SEAT_SUFFIX
from peerapi.identity.keys import KeyPair, UnsuitableKey
from peerapi.reach import envelope, seat
from peerapi.reach.seat import RelayEndpoint, Seat

if TYPE_CHECKING:
    import ssl


class OwnSeat(NamedTuple):
    """A seat at one relay, and what answers calls there."""

    seat: Seat
    context: ssl.SSLContext


def own_seats(path: Path, relays: list[RelayEndpoint]) -> dict[RelayEndpoint, OwnSeat]:
    """The seats that a graph has at some relays. Takes 0.1 s for each that is new: not for the engine's thread.

    ``path``: the database's. Raises OSError: the key cannot be kept, and another one would be another address.
    """
    key, modifiers = _read(Path(f"{path}{SEAT_SUFFIX}"))
    known = dict(modifiers)
    found = {}
    for relay in relays:
        modifier = known.get(str(relay))
        if modifier is None:
            modifier = known[str(relay)] = seat.find_modifier(relay, key.public.spki, os.urandom(seat.MODIFIER_SIZE))
        address = seat.address_of(relay, modifier, key.public.spki)
        own = Seat(address, modifier, key.public.spki, key.sign)
        found[relay] = OwnSeat(own, envelope.callee_context(key, modifier))
    if known != modifiers or not Path(f"{path}{SEAT_SUFFIX}").exists():
        _write(Path(f"{path}{SEAT_SUFFIX}"), key, known)
    return found


def passing_seats(relays: list[RelayEndpoint]) -> dict[RelayEndpoint, Seat]:
    """Seats at some relays with a key that is kept nowhere: for as long as a process lives. Takes 0.1 s for each."""
    key, found = KeyPair.generate(), dict[RelayEndpoint, Seat]()
    for relay in relays:
        modifier = seat.find_modifier(relay, key.public.spki, os.urandom(seat.MODIFIER_SIZE))
        address = seat.address_of(relay, modifier, key.public.spki)
        found[relay] = Seat(address, modifier, key.public.spki, key.sign)
    return found


def _read(path: Path) -> tuple[KeyPair, dict[str, bytes]]:
    """The key and its modifiers; a new key where there is none, or a damaged one."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, UnsuitableKey):
        content = json.loads(path.read_text(encoding="ascii"))
        key = KeyPair.load(base64.b64decode(content["key"]))
        return key, {relay: bytes.fromhex(modifier) for relay, modifier in content["modifiers"].items()}
    return KeyPair.generate(), {}


def _write(path: Path, key: KeyPair, modifiers: dict[str, bytes]) -> None:
    content = {
        "key": base64.b64encode(key.pkcs8()).decode(),
        "modifiers": {relay: modifier.hex() for relay, modifier in modifiers.items()},
    }
    private.replace(path, json.dumps(content))
