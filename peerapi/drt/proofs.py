"""Proofs of keys, judged by the security provider (MC-DRT 3.1.5.5.1.1, 3.1.5.5.1.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from peerapi.address import Address
from peerapi.drt.asking import Asking, Unpack
from peerapi.drt.border import NO_NONCE, REVOKED, Secured, Unpacked
from peerapi.drt.state import TableState, key_bytes, key_number
from peerapi.ring.authority import Answer
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.route_entry import RouteEntry

NO_OWNER = b"-"
"Stands for the key of a provider that knows no owners."


class FoundKey(NamedTuple):
    """A key that was found and proved, and what is published under it."""

    id: int
    payload: bytes
    addresses: tuple[Address, ...]


def _classifier_bytes(classifier: str | None) -> bytes | None:
    return classifier.encode("utf-16-be", "surrogatepass") if classifier is not None else None


class Proofs:
    """``ring.proofs.Proofs`` of a table."""

    def __init__(self, state: TableState, asking: Asking) -> None:
        self._state = state
        self._asking = asking

    def entry(
        self,
        answer: Answer,
        nonce: bytes,
        route: RouteEntry,
        proved: Callable[[bytes], None],
        refused: Callable[[Refused], None],
    ) -> None:
        def unpacked(result: Unpacked) -> None:
            named = {(one.ip, one.port) for one in result.addresses}
            if not named.issuperset((ip, route.port) for ip in route.addresses):
                refused(Refused(Refusal.ADDRESS))
            else:
                proved(result.public_key or NO_OWNER)

        self._unpack(answer, nonce, route.id, self._state.choose(route), unpacked, refused)

    def answer(
        self,
        answer: Answer,
        nonce: bytes,
        id: int,
        proved: Callable[[Any], None],
        refused: Callable[[Refused], None],
    ) -> None:
        def unpacked(result: Unpacked) -> None:
            proved(FoundKey(id, result.payload, result.addresses))

        self._unpack(answer, nonce, id, None, unpacked, refused)

    def _unpack(
        self,
        answer: Answer,
        nonce: bytes,
        id: int,
        peer: Address | None,
        unpacked: Callable[[Unpacked], None],
        refused: Callable[[Refused], None],
    ) -> None:
        if answer.cpa is None:
            refused(Refused(Refusal.NO_CPA))
            return
        if answer.route is not None and answer.route.id != id:
            refused(Refused(Refusal.PNRP_ID))
            return

        def judged(result: Unpacked) -> None:
            if result.key != key_bytes(id) or result.version != self._state.version:
                refused(Refused(Refusal.PNRP_ID))
            elif result.flags & REVOKED:
                refused(Refused(Refusal.KEY))
            else:
                unpacked(result)

        secured = Secured(answer.cpa, answer.chain, _classifier_bytes(answer.classifier), answer.payload)
        asked = self._asking.ask(
            peer, Unpack(secured, nonce), judged, lambda hresult: refused(Refused(Refusal.PROOF, f"{hresult:#010x}"))
        )
        if not asked:
            refused(Refused(Refusal.BUSY))

    def revocation(self, cpa: bytes, source: Address, revoked: Callable[[int, bytes], None]) -> None:
        """``revoked`` gets the key that ``cpa`` withdraws, and its owner, if that is proved."""

        def judged(result: Unpacked) -> None:
            if result.flags & REVOKED and result.version == self._state.version:
                revoked(key_number(result.key), result.public_key or NO_OWNER)
            else:
                self._state.counters.refuse(Refusal.PROOF)

        self._asking.ask(
            source,
            Unpack(Secured(cpa), NO_NONCE),
            judged,
            lambda hresult: self._state.counters.refuse(Refusal.PROOF),
        )
