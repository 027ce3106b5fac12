"""What the home page may ask of its server: checked field by field before anything is done."""

from __future__ import annotations

import re

from peerapi import PresenceStatus
from peerapi.activities.beside import KINDS
from peerapi.pages.requests import Language, Sort, a_line, a_number, is_bool, is_id, matching, one_of
from peerapi.text import is_name
from peerapi.whiteboard.invitation import MOST_PASTED, MOST_TITLE
from peerapi.whiteboard.opening import MOST_NAME

REQUESTS: dict[str, dict[str, str]] = {
    "begin": {"title": "title"},
    "join": {"word": "pasted"},
    "open": {"board": "board"},
    "close": {"board": "board"},
    "leave": {"board": "board"},
    "delete": {"board": "board"},
    "start": {"board": "board", "kind": "kind"},
    "take part": {"board": "board", "activity": "id"},
    "word": {"board": "board"},
    "invite": {"board": "board", "who": "peer"},
    "answer": {"invitation": "number", "yes": "bool"},
    "there": {"near": "bool", "internet": "bool"},
    "presence": {"status": "status", "text": "line?"},
    "call": {"name": "name"},
    "add": {"card": "pasted"},
    "befriend": {"person": "peer"},
    "change": {"contact": "peer", "watch": "bool", "may_watch": "bool"},
    "forget": {"contact": "peer"},
    "card": {},
    "check": {},
}
"What the page may ask -> its fields -> their sorts; a field with ``?`` may be missing."
_SORTS: dict[str, Sort] = {
    "title": lambda value: a_line(4 * MOST_TITLE)(value) and len(value) <= MOST_TITLE and is_name(value),
    "name": lambda value: a_line(4 * MOST_NAME)(value) and len(value) <= MOST_NAME and is_name(value),
    "pasted": lambda value: isinstance(value, str) and 0 < len(value) <= MOST_PASTED,
    "board": matching(re.compile("[0-9a-f]{12}", re.ASCII)),
    "kind": one_of(*KINDS),
    "id": is_id,
    "peer": a_line(512),
    "line": a_line(255),
    "number": a_number(1, 1 << 31),
    "status": one_of(*(status.name.lower() for status in PresenceStatus if status is not PresenceStatus.OFFLINE)),
    "bool": is_bool,
}
_TOLD = {
    "title": f"a title has 1 to {MOST_TITLE} characters, of which some can be seen",
    "name": f"a name has 1 to {MOST_NAME} characters, of which some can be seen",
    "pasted": "that is empty, or too long",
    "line": "such a text has up to 255 bytes, without control characters",
}
"Sort -> what a person is told who has typed something else."
LANGUAGE = Language(REQUESTS, _SORTS, _TOLD)
