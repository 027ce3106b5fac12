"""Comparing two databases by hashes: SOLICIT_HASH, ADVERTISE, REQUEST (MS-PPGRH 3.1.5.2.7-3.1.5.2.9, 3.1.7.31).

A comparison looks at every record that there is. So it is done in slices of at most ``SLICE`` records or entries, each
an input of its own: the application and the other links have their turn in between, however large the database is and
whatever a neighbor asks. ``compared`` and its like are generators, one ``yield`` a slice; ``Synchronization.pump`` runs
them. What has to be known of all records is kept as 28 bytes for each.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterable, Iterator
from itertools import islice

from peerapi.digests import md5
from peerapi.graphing.codec.framing import DEFAULT_MAX_MESSAGE, frame
from peerapi.graphing.codec.message_values import MessageType
from peerapi.graphing.codec.record_messages import (
    advertise_message,
    advertise_parts,
    request_message,
    request_parts,
    solicit_hash_message,
    solicit_hash_parts,
)
from peerapi.graphing.link import Link
from peerapi.graphing.machine.bounds import ASKED_NOTHING
from peerapi.graphing.state import GraphState
from peerapi.moment import LAST_TIME
from peerapi.store.database import LOCAL

RANGE = 10
"Records in a range of the hash-based sync."
SLICE = 100
"Records, ranges or abstracts that are looked at before others have their turn."
SHORT_SLICE = 50
"The same of what a neighbor asks for: the application and other neighbors notice next to nothing of it."
LAST_ID = b"\xff" * 16

_KEY = struct.Struct(">Q16sI")
"Modification time, ID, version: sorts like the records of 3.1.7.31."
_BOUND = struct.Struct(">Q16s")
_HASH_INFO = struct.Struct(">16sQ16s")
_BOUNDARY = struct.Struct(">Q16sQ16sI")
_ABSTRACT = struct.Struct(">16sI")
_TIME_AND_ID = _BOUND.size
_ANY_VERSION = b"\xff" * 4
_ZERO = bytes(_TIME_AND_ID)

Slices = Iterator[None]
"Work that is done a slice at a time; the end of the iterator is its end."


class _Keys:
    """The keys of all records that have not expired, in order: gathered in slices, then taken from the front."""

    def __init__(self, state: GraphState) -> None:
        self._state = state
        self._runs: list[bytearray] = []
        "Sorted keys, one behind the other: objects of their own would take almost three times as much."
        self._ahead: bytes | None = None
        self._merged: Iterator[bytes] = iter(())

    def gather(
        self, include: frozenset[bytes] = frozenset(), exclude: frozenset[bytes] = frozenset(), size: int = SLICE
    ) -> Slices:
        """Read what there is, ``size`` records a slice. A record that changes meanwhile is left out: its change is
        flooded."""
        state = self._state
        after, upto = 0, state.database.last_seq
        run: list[bytes] = []
        while after < upto:
            found = state.database.abstracts(after, upto, size)
            if not found:
                break
            after = found[-1].seq
            if state.keeps_local:
                found = [each for each in found if not each.flags & LOCAL]
            now = 0 if state.defers_expiration else state.peer_time  # as ``GraphState.has_expired``
            run += [
                _KEY.pack(modification, id_, version)
                for _, id_, type_, version, modification, expiration, _ in found
                if expiration > now and (not include or type_ in include) and type_ not in exclude
            ]
            if len(run) >= SLICE:
                self._end_run(run)
            yield
        self._end_run(run)
        self._merged = heapq.merge(*map(_cut, self._runs))
        self._ahead = next(self._merged, None)

    def _end_run(self, run: list[bytes]) -> None:
        run.sort()
        if run and self._runs and self._runs[-1][-_KEY.size :] <= run[0]:
            self._runs[-1] += b"".join(run)  # mostly what changed later was made later
        else:
            self._runs.append(bytearray().join(run))
        run.clear()

    def upto(self, bound: bytes, most: int) -> list[bytes]:
        """At most ``most`` of the next keys that are not above ``bound`` (time and ID)."""
        taken: list[bytes] = []
        bound += _ANY_VERSION
        while self._ahead is not None and self._ahead <= bound and len(taken) < most:
            taken.append(self._ahead)
            self._ahead = next(self._merged, None)
        return taken

    def __iter__(self) -> Iterator[bytes]:
        if self._ahead is not None:
            yield self._ahead
        yield from self._merged


def _cut(run: bytearray) -> Iterator[bytes]:
    """The keys of a run."""
    return (bytes(run[at : at + _KEY.size]) for at in range(0, len(run), _KEY.size))


def _hash(abstracts: Iterable[bytes]) -> bytes:
    """MD5 over RECORD_ABSTRACTs as sent (3.1.7.31, reading A16)."""
    return md5(b"".join(abstracts), usedforsecurity=False).digest()


class Comparison:
    """Both sides of the hash-based sync of one graph, as work in slices."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    def asked(self, link: Link) -> Slices:
        """Ask: SOLICIT_HASH with a hash for every RANGE records (3.1.7.31). One more range ends at the end of time.

        A record that only the other side has and that is newer than all of ours lies above our last record, in no range
        (reading A15); the closing range, which is empty here, makes it visible to any implementation.
        """
        keys = _Keys(self._state)
        yield from keys.gather()
        entries = bytearray()
        rest = iter(keys)
        while piece := list(islice(rest, SLICE)):
            for at in range(0, len(piece), RANGE):
                part = piece[at : at + RANGE]
                entries += _hash(key[8:] for key in part) + part[-1][:_TIME_AND_ID]
            yield
        entries += _HASH_INFO.pack(_hash(()), LAST_TIME, LAST_ID)
        link.sizes[MessageType.ADVERTISE] = DEFAULT_MAX_MESSAGE
        self._send(link, solicit_hash_message(entries))

    def advertised(self, link: Link, message: bytes) -> Slices:
        """Answer a SOLICIT_HASH: say what lies in every range whose hash differs (3.1.5.2.7). Raises
        MalformedMessage."""
        return self._advertised(link, *solicit_hash_parts(message))

    def _advertised(
        self, link: Link, include: tuple[bytes, ...], exclude: tuple[bytes, ...], entries: memoryview
    ) -> Slices:
        keys = _Keys(self._state)
        yield from keys.gather(frozenset(include), frozenset(exclude), SHORT_SLICE)
        boundaries, abstracts = bytearray(), bytearray()
        lower = _ZERO
        looked = 0
        for digest, time, id_ in _HASH_INFO.iter_unpack(entries):
            upper = _BOUND.pack(time, id_)
            listed, ours = bytearray(), md5(usedforsecurity=False)
            while more := keys.upto(upper, SHORT_SLICE):
                piece = b"".join([key[8:] for key in more])
                ours.update(piece)
                listed += piece
                looked += len(more)
                if looked >= SHORT_SLICE:
                    looked = 0
                    yield
            if ours.digest() != digest:
                boundaries += lower + upper + (len(listed) // _ABSTRACT.size).to_bytes(4, "big")
                abstracts += listed
            lower = upper
            looked += 1
            if looked >= SHORT_SLICE:
                looked = 0
                yield
        link.sizes[MessageType.REQUEST] = len(abstracts) + ASKED_NOTHING
        link.comparing = False
        self._send(link, advertise_message(boundaries, abstracts))

    def requested(self, link: Link, message: bytes) -> Slices:
        """Answer an ADVERTISE: what is missing here is requested, what is missing there is remembered (3.1.5.2.8).

        Records To Send are those that lie in an advertised range and are unknown there, or newer than the version
        advertised. A record that the other side has in another range was modified there at another time. When the
        versions are the same, both sides changed it without knowing of each other: it is sent, and resolved where it
        arrives. Raises MalformedMessage.
        """
        return self._requested(link, *advertise_parts(message))

    def _requested(self, link: Link, boundaries: memoryview, abstracts: memoryview) -> Slices:
        asked = link.solicited
        link.sizes[MessageType.ADVERTISE] = ASKED_NOTHING
        to_send: dict[bytes, None] = {}
        newer_there: set[bytes] = set()
        wanted = bytearray()
        for at in range(0, len(abstracts), SLICE * _ABSTRACT.size):
            for id_, version in _ABSTRACT.iter_unpack(abstracts[at : at + SLICE * _ABSTRACT.size]):
                ours = self._version(id_)
                if ours < version:
                    wanted += _ABSTRACT.pack(id_, version)
                    newer_there.add(id_)
                elif ours > version:
                    to_send[id_] = None
            yield
        yield from self._only_here(boundaries, abstracts, newer_there, to_send)
        asked.records_to_send = list(to_send)
        self._send(link, request_message(wanted))

    def _version(self, record_id: bytes) -> int:
        """The version of the record that is here; 0 when there is none that lives."""
        standing = self._state.database.standing(record_id)
        return 0 if standing is None or self._state.has_expired(standing[1]) else standing[0]

    def _only_here(
        self, boundaries: memoryview, abstracts: memoryview, newer_there: set[bytes], to_send: dict[bytes, None]
    ) -> Slices:
        """Records in a range that the other side does not have in that range, nor newer elsewhere.

        Ranges are taken in their order and never twice, so that hostile bounds cost no more than honest ones. When the
        counts of the ranges are not those of the abstracts, each range may be about all of them.
        """
        keys = _Keys(self._state)
        yield from keys.gather()
        size = _ABSTRACT.size
        counts = 0
        for number, (*_, count) in enumerate(_BOUNDARY.iter_unpack(boundaries)):
            counts += count
            if number % SLICE == SLICE - 1:
                yield
        counted = counts * size == len(abstracts)
        there: set[bytes] = set()
        if not counted:
            yield from self._listed(there, abstracts)
        listed = looked = 0
        for time_lower, id_lower, time_upper, id_upper, count in _BOUNDARY.iter_unpack(boundaries):
            if counted:
                there.clear()
                yield from self._listed(there, abstracts[listed : listed + count * size])
                listed += count * size
                looked += count
            # Exclusive: whether the bound is the range before or the first record of this one (A15), that record is
            # known there.
            while skipped := keys.upto(_BOUND.pack(time_lower, id_lower), SLICE):
                looked += len(skipped)
                if looked >= SLICE:
                    looked = 0
                    yield
            while piece := keys.upto(_BOUND.pack(time_upper, id_upper), SLICE):
                for key in piece:
                    id_ = key[8:_TIME_AND_ID]
                    if id_ not in there and id_ not in newer_there:
                        to_send[id_] = None
                looked += len(piece)
                if looked >= SLICE:
                    looked = 0
                    yield
            looked += 1
            if looked >= SLICE:
                looked = 0
                yield

    @staticmethod
    def _listed(there: set[bytes], abstracts: memoryview) -> Slices:
        for at in range(0, len(abstracts), SLICE * _ABSTRACT.size):
            piece = abstracts[at : at + SLICE * _ABSTRACT.size]
            there.update(id_ for id_, _ in _ABSTRACT.iter_unpack(piece))
            if len(piece) == SLICE * _ABSTRACT.size:
                yield

    @staticmethod
    def wanted(message: bytes) -> Iterator[bytes]:
        """The record IDs of a REQUEST."""
        return (id_ for id_, _ in _ABSTRACT.iter_unpack(request_parts(message)))

    def _send(self, link: Link, message: bytes) -> None:
        self._state.send(link, frame(message, self._state.frame_size))
