"""What the links of one graph may hold, in bytes and in number, and how often that was not enough.

Whoever connects to a plain graph is a neighbor, so a neighbor is a stranger. Each bound that is met is counted in
``Graph.bounded``; most end the link.
"""

from __future__ import annotations

import enum

from peerapi.graphing.codec.framing import DEFAULT_MAX_MESSAGE
from peerapi.graphing.codec.message_values import MessageType

BEFORE_CONNECT = 16 << 10
"Bytes of a message before CONNECT has been answered by WELCOME: 255 addresses and two names fit."
MOST_BEFORE_CONNECT = 16
"Messages until then. The protocol has two; a few may come that are not looked at (3.1.5.2.11)."
SHORT_MESSAGE = 16 << 10
"Bytes of a message that carries no records and no answers."
ASKED_NOTHING = 64 << 10
"Bytes of an ADVERTISE that was not asked for, or a REQUEST when nothing was advertised. They end the link anyway."
AROUND_A_RECORD = 1 << 20
"Bytes of a FLOOD besides payload and attributes: names, and security data."
HALF_A_MESSAGE = 1 << 20
"Bytes of a message that has not come completely, above which all of a graph's links are looked at together."
HALF_MESSAGES = 256 << 20
"Bytes of such messages on all links of a graph; the link with the most is ended beyond."
UNREAD = DEFAULT_MAX_MESSAGE + (4 << 20)
"""Bytes that wait for a neighbor, above which it is not even acknowledged what it sends: the link is ended. Floods and
answers stop much earlier (``flooding.HIGH_WATER``, ``synchronization.LOW_WATER``), but one record may be that long."""
TURN = 512
"""What is done of one read of a link before others have their turn, and the application too. A message counts one, when
it is no FLOOD that is judged in passing (``_messages.sift``, a microsecond) but has a path of its own."""
JUDGED = 16
"What a record counts whose signature has to be verified: with its share of everything else, 200 us and less."


def sizes(max_record_size: int) -> dict[int, int]:
    """How long messages may be on a link, by type; for others ``DEFAULT_MAX_MESSAGE`` holds."""
    short = dict.fromkeys(
        (
            MessageType.AUTH_INFO,
            MessageType.CONNECT,
            MessageType.WELCOME,
            MessageType.REFUSE,
            MessageType.DISCONNECT,
            MessageType.SOLICIT_NEW,
            MessageType.SOLICIT_TIME,
            MessageType.SYNC_END,
        ),
        SHORT_MESSAGE,
    )
    flood = min(max_record_size + AROUND_A_RECORD, DEFAULT_MAX_MESSAGE)
    asked_nothing = dict.fromkeys((MessageType.ADVERTISE, MessageType.REQUEST), ASKED_NOTHING)
    return {int(kind): size for kind, size in {**short, **asked_nothing, MessageType.FLOOD: flood}.items()}


class Bound(enum.Enum):
    """What was asked for beyond its bound."""

    MESSAGE = "bytes of one message"
    BEFORE_CONNECT = "messages before CONNECT"
    HALF_MESSAGES = "bytes of messages that have not come completely, on all links"
    UNREAD = "bytes that wait for a neighbor that does not read"
    DEFERRED = "records that could not be judged yet"
    ANSWERS = "answers under way on one link"
    COMPARISONS = "comparisons by hashes under way on one link"
    SEARCHES = "searches of all nodes that were neither answered nor passed on"
    SEARCH_ANSWERS = "answers to searches of all nodes, in bytes"
    CORRECTIONS = "times the newer version of a record that a link was sent already"
