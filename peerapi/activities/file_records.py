"""The records of files beside a board: what there is and who has it, without input and output of its own.

A record is JSON: ``{"file": ID, "name": ..., "size": ...}`` of each member who has it, and ``{"gone": ID}`` of one who
does not give it any more. Of one file under two names there are two entries, so nobody renames what another one shares.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from peerapi import Record
from peerapi.files.content import MOST_SIZE
from peerapi.files.names import is_plain

MOST_RECORD = 1024
"Bytes of a record that is looked at."
KEY = re.compile("[0-9a-f]{16}", re.ASCII)
"How a page names an entry."
_ID = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass
class Entry:
    """A file under one name, and who has it, whoever has said so first at the beginning."""

    file: bytes
    name: str
    size: int
    by: str
    holders: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.file.hex()} {self.size} {self.name}".encode()).hexdigest()[:16]


def announcement(file: bytes, name: str, size: int) -> bytes:
    """The record of who has a file."""
    return json.dumps({"file": file.hex(), "name": name, "size": size}, ensure_ascii=False).encode()


def withdrawal(file: bytes) -> bytes:
    """The record of who does not give it any more."""
    return json.dumps({"gone": file.hex()}).encode()


def listed(records: Sequence[Record]) -> tuple[list[Entry], int]:
    """All entries in the order in which they were shared first, and how many records were refused."""
    entries: dict[tuple[bytes, str, int], Entry] = {}
    had: dict[tuple[bytes, str], list[Entry]] = {}
    "File and member -> entries under which they have it."
    refused = 0
    for record in records:
        said = _read(record.data)
        if said is None:
            refused += 1
        elif isinstance(said, bytes):
            for one in had.pop((said, record.creator), ()):
                one.holders.remove(record.creator)
        else:
            entry = entries.setdefault((said.file, said.name, said.size), said)
            entry.by = entry.by or record.creator
            if record.creator not in entry.holders:
                entry.holders.append(record.creator)
                had.setdefault((said.file, record.creator), []).append(entry)
    return list(entries.values()), refused


def _read(data: bytes) -> Entry | bytes | None:
    """What a record says: a file, the ID of one that is gone, or nothing sound."""
    try:
        said: Any = json.loads(data) if len(data) <= MOST_RECORD else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    match said:
        case {"gone": str(file)} if _ID.fullmatch(file) and len(said) == 1:
            return bytes.fromhex(file)
        case {"file": str(file), "name": str(name), "size": int(size)} if _ID.fullmatch(file) and len(said) == 3:
            is_sound = type(size) is int and 0 <= size <= MOST_SIZE and _is_name(name)
            return Entry(bytes.fromhex(file), name, size, "") if is_sound else None
    return None


def _is_name(name: str) -> bool:
    return is_plain(name)
