"""What others show to prove what they say, checked with the cloud's profile and clock: certified addresses,
revocations, payloads and delegations (MS-PNRP 3.1.5.7, 3.1.5.8, 3.1.5.10)."""

from __future__ import annotations

from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Verify
from peerapi.pnrp.authority import AuthorityBuffer
from peerapi.pnrp.chain import ChainCheck
from peerapi.pnrp.cpa import Cpa, validate_cpa
from peerapi.pnrp.outputs import Found
from peerapi.pnrp.payload import validate_payload
from peerapi.pnrp.refusal import Refusal, Refused
from peerapi.pnrp.state import CloudState


class Proofs:
    """Each method gives what has been proved, or raises Refused."""

    def __init__(self, state: CloudState, verify: Verify, check_chain: ChainCheck | None) -> None:
        self._state = state
        self._verify = verify
        self._check_chain = check_chain

    def cpa(self, answer: AuthorityBuffer, nonce: bytes, pnrp_id: int) -> Cpa:
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

    def answer(self, answer: AuthorityBuffer, nonce: bytes, pnrp_id: int) -> Found:
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
