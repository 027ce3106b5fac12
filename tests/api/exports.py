"""Exports and imports of databases, as tests make them."""

import os
from pathlib import Path
from typing import Any

from tests.support.native import expect, wide
from tests.support.peer_values import Record
from tests.support.peers import SYNCHRONIZED, Peer, Peers


def folder(peers: Peers) -> Path:
    """A folder of this scenario alone."""
    made = Path(os.environ["PEERAPI_HOME"]) / "exports" / peers.unique
    made.mkdir(parents=True, exist_ok=True)
    return made


def try_export(peer: Peer, path: Path | str) -> int:
    return int(peer.library.PeerGraphExportDatabase(peer.handle, wide(str(path))))


def try_import(peer: Peer, path: Path | str) -> int:
    return int(peer.library.PeerGraphImportDatabase(peer.handle, wide(str(path))))


def exported(peers: Peers, peer: Peer, name: str = "copy") -> Path:
    path = folder(peers) / name
    expect(try_export(peer, path), "S_OK")
    return path


def fresh(peers: Peers, peer: Peer) -> Peer:
    """The same peer, opened with no data: as on another machine."""
    if peer.open:
        peer.close()
    result = peers.library.PeerGraphDelete(wide(peer.graph), wide(peer.id), wide(peer.database))
    expect(result, "S_OK")
    result, handle = peers.try_open(peer.graph, peer.id, peer.database)
    expect(result, "PEER_S_GRAPH_DATA_CREATED")
    again = Peer(peers.library, handle, peer.graph, peer.id, peer.database)
    peers.made.append(again)
    return again


def everything(peer: Peer) -> tuple[int, list[Record], Any]:
    return peer.status(), peer.sorted_records(), peer.properties() if peer.status() & SYNCHRONIZED else None
