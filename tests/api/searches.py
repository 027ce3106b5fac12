"""Searches, as tests write them."""

import ctypes
import uuid
from typing import Any

from tests.support.native import expect, wide
from tests.support.peers import Peer


def search(peer: Peer, xml: str, chunk: int = 50) -> list[uuid.UUID]:
    """The IDs of what is found, in order."""
    handle = ctypes.c_void_p()
    expect(peer.library.PeerGraphSearchRecords(peer.handle, wide(xml), ctypes.byref(handle)), "S_OK")
    assert handle.value
    count = peer.count(handle.value)
    found: list[uuid.UUID] = []
    while some := peer.next_records(handle.value, chunk):
        found += [record.id for record in some]
    peer.end(handle.value)
    assert len(found) == count
    return found


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clause(attrib: str, type: str, content: str, compare: str | None = "equal") -> str:
    extra = "" if compare is None else f' compare="{compare}"'
    return f'<clause attrib="{attrib}" type="{type}"{extra}>{escaped(content)}</clause>'


def query(*parts: str) -> str:
    return f"<peersearch>{''.join(parts)}</peersearch>"


def both(*parts: str) -> str:
    return f"<and>{''.join(parts)}</and>"


def either(*parts: str) -> str:
    return f"<or>{''.join(parts)}</or>"


def attributes(*triples: tuple[str, str, Any]) -> str:
    inner = "".join(f'<attribute name="{n}" type="{t}">{escaped(str(v))}</attribute>' for n, t, v in triples)
    return f"<attributes>{inner}</attributes>"
