"""What others show to prove what they say, checked with the cloud's profile and clock: certified addresses,
revocations, payloads and delegations (MS-PNRP 3.1.5.7, 3.1.5.8, 3.1.5.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from peerapi.moment import Moment
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Profile, Verify
from peerapi.pnrp.chain import ChainCheck
from peerapi.pnrp.cpa import Cpa, validate_cpa
from peerapi.pnrp.outputs import Found
from peerapi.pnrp.payload import validate_payload
from peerapi.ring.authority import Answer
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.route_entry import RouteEntry


class Place(Protocol):
    """Where something is checked."""

    @property
    def profile(self) -> Profile: ...
    @property
    def now(self) -> Moment: ...


class Proofs:
    """``cpa``, ``revocation`` and ``registration`` give what has been proved, or raise Refused; the others are those of
    ``ring.proofs``."""

    def __init__(self, state: Place, verify: Verify, check_chain: ChainCheck | None) -> None:
        self._state = state
        self._verify = verify
        self._check_chain = check_chain

    def cpa(self, answer: Answer, nonce: bytes, pnrp_id: int) -> Cpa:
        """The CPA of an AUTHORITY_BUFFER about ``pnrp_id`` (3.1.5.7); else Refused."""
        if answer.cpa is None:
            raise Refused(Refusal.NO_CPA)
        if answer.route is not None and answer.route.id != pnrp_id:
            raise Refused(Refusal.PNRP_ID)
        cpa = validate_cpa(
            answer.cpa,
            profile=self._state.profile,
            verify=self._verify,
            now=self._state.now.utc,
            nonce=nonce,
            pnrp_id=pnrp_id,
            delegated=answer.chain is not None,
        )
        if answer.classifier is not None and ids.classifier_hash(answer.classifier) != cpa.classifier_hash:
            raise Refused(Refusal.PNRP_ID)
        if answer.chain is not None:
            if self._check_chain is None:
                raise Refused(Refusal.CHAIN, "delegated names are not understood here")
            self._check_chain(answer.chain, cpa, answer.classifier, self._state.now.utc)
        return cpa

    def revocation(self, data: bytes) -> Cpa:
        state = self._state
        return validate_cpa(
            data, profile=state.profile, verify=self._verify, now=state.now.utc, revoke=True, delegated=False
        )

    def registration(self, answer: Answer, nonce: bytes, pnrp_id: int) -> Found:
        """What a publisher says of itself, all of it checked."""
        cpa = self.cpa(answer, nonce, pnrp_id)
        content = None
        if cpa.has_payload:
            if answer.payload is None:
                raise Refused(Refusal.SYNTAX, "the payload is missing")
            content = validate_payload(
                answer.payload,
                public_key=cpa.public_key,
                profile=self._state.profile,
                verify=self._verify,
                now=self._state.now.utc,
                nonce=nonce,
                pnrp_id=pnrp_id,
            )
        return Found(
            pnrp_id, cpa.endpoints, cpa.friendly_name, content, cpa.public_key, cpa.not_after, cpa.service_addresses
        )

    def entry(
        self,
        answer: Answer,
        nonce: bytes,
        route: RouteEntry,
        proved: Callable[[bytes], None],
        refused: Callable[[Refused], None],
    ) -> None:
        """Whether the CPA in ``answer`` names the ID and all addresses of ``route``; ``proved`` gets its key."""
        try:
            cpa = self.cpa(answer, nonce, route.id)
            services = {(endpoint.ip, endpoint.port) for endpoint in cpa.service_addresses}
            if not services.issuperset((ip, route.port) for ip in route.addresses):
                raise Refused(Refusal.ADDRESS)
        except Refused as why:
            refused(why)
        else:
            proved(cpa.public_key)

    def answer(
        self,
        answer: Answer,
        nonce: bytes,
        id: int,
        proved: Callable[[Found], None],
        refused: Callable[[Refused], None],
    ) -> None:
        """What a publisher says of itself."""
        try:
            found = self.registration(answer, nonce, id)
        except Refused as why:
            refused(why)
        else:
            proved(found)
