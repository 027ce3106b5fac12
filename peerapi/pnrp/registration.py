"""What is registered of a name (MS-PNRP 3.2.1, 3.2.4.1) and what it answers (3.2.5.6 to 3.2.5.8)."""

from __future__ import annotations

from dataclasses import dataclass

from peerapi.address import Address
from peerapi.moment import SECOND
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Profile, Signer
from peerapi.pnrp.authority import AuthorityBuffer
from peerapi.pnrp.cpa import NO_NONCE, AppEndpoint, Cpa, encode_cpa
from peerapi.pnrp.messages import Inquire
from peerapi.pnrp.outputs import Found
from peerapi.pnrp.payload import ExtendedPayload, encode_payload
from peerapi.ring.route_entry import RouteEntry

LIFETIME = 24 * 3600 * SECOND
"Not After of a CPA lies this far ahead: from 12 hours to a week (2.2.3.1)."


@dataclass(slots=True, eq=False)
class Registration:
    """One name registered here. Everything but ``handle`` and ``pnrp_id`` may be changed by the application."""

    handle: int
    pnrp_id: int
    authority: bytes | None
    "20 bytes; None for an unsecured name."
    classifier: str
    signer: Signer
    endpoints: tuple[AppEndpoint, ...] = ()
    payload: bytes | str | None = None
    friendly_name: str | None = None
    chain: bytes | None = None

    def cpa(self, services: tuple[Address, ...], now: int, nonce: bytes, *, revoke: bool = False) -> Cpa:
        return Cpa(
            not_after=now + LIFETIME,
            service_location=self.pnrp_id & ids.LOCATION_MASK,
            public_key=self.signer.public_key_der,
            nonce=nonce,
            authority=self.authority,
            classifier_hash=ids.classifier_hash(self.classifier) if self.classifier else None,
            friendly_name=self.friendly_name,
            service_addresses=services,
            endpoints=() if revoke else self.endpoints,
            revoke=revoke,
            has_payload=self.payload is not None and not revoke,
        )

    def revocation(self, services: tuple[Address, ...], now: int, profile: Profile) -> bytes:
        """The Revoke CPA (3.2.4.2)."""
        return encode_cpa(self.cpa(services, now, NO_NONCE, revoke=True), self.signer, profile)

    def answer(self, inquire: Inquire, services: tuple[Address, ...], now: int, profile: Profile) -> AuthorityBuffer:
        """What is said to an INQUIRE for this PNRP ID; what is signed carries its nonce."""
        nonce = inquire.nonce or NO_NONCE
        cpa = payload = None
        if inquire.cpa:
            cpa = encode_cpa(self.cpa(services, now, nonce), self.signer, profile)
        if inquire.payload and self.payload is not None:
            extended = ExtendedPayload(now + LIFETIME, self.pnrp_id, nonce, self.payload)
            payload = encode_payload(extended, self.signer, profile)
        return AuthorityBuffer(
            chain=self.chain if inquire.chain else None,
            classifier=self.classifier if inquire.cpa and self.classifier else None,
            payload=payload,
            route=RouteEntry.of(self.pnrp_id, services),
            cpa=cpa,
        )

    def found(self, services: tuple[Address, ...], now: int) -> Found:
        """What a resolver on this very node gets to see."""
        return Found(
            self.pnrp_id,
            self.endpoints,
            self.friendly_name,
            self.payload,
            self.signer.public_key_der,
            now + LIFETIME,
            services,
        )
