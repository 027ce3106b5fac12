"""What is said to a person of what went wrong."""

from __future__ import annotations

from datetime import UTC, datetime

from peerapi import PeerError, errors
from peerapi.pages.listener import is_without_ipv6

NO_ROOM_HERE = "there is no room left on this machine's disk, so what the others draw and say cannot be kept: make some"
_NO_NETWORK = (
    "this machine has no network at all, by which boards reach each other, not even 127.0.0.1: switch it on "
    "(ip link set lo up, and for a container its network)"
)


def sentence(error: BaseException) -> str:
    """For whoever has started the board."""
    if isinstance(error, errors.DatabaseAccessDenied):
        return "this board is open already under that name; another one can be chosen with --name"
    if isinstance(error, errors.Ipv6NotInstalled) or is_without_ipv6(error):
        return _NO_NETWORK
    if isinstance(error, PeerError):
        return f"{error} (0x{error.hresult:08X})"
    if isinstance(error, OSError):
        return errors.NO_ROOM if errors.is_without_room(error) else errors.os_sentence(error)
    return str(error)


class ClosedAtOnce(Exception):
    """Somebody listens at the address of a plain graph, and does not talk to this node."""


def is_mendable(error: BaseException) -> bool:
    """Whether somebody was reached, so that the person here may be able to do something about it."""
    return isinstance(error, errors.ConnectionNotAuthenticated | ClosedAtOnce)


def why(error: BaseException) -> str:
    """Why a call did not lead to anybody, for the page and the terminal."""
    if isinstance(error, errors.ConnectionNotAuthenticated):
        now = datetime.now(UTC)
        return (
            "somebody was reached, and the two sides do not trust each other: the invitation is not the board's, or "
            f"one of the clocks is wrong (here it is {now:%Y-%m-%d %H:%M} UTC)"
        )
    if isinstance(error, ClosedAtOnce):
        return (
            "somebody listens there, and ends the connection: they are called as you are (another name can be chosen "
            "with --name), or it is another board"
        )
    said = str(error).rstrip(".")
    if isinstance(error, errors.ConnectionFailed) and said != str(errors.ConnectionFailed()).rstrip("."):
        return said  # a relay on the way has said more
    if isinstance(error, errors.ConnectionFailed | errors.NotFound | OSError):
        return "nobody answers there"
    return said
