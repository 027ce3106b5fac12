"""What the parts of a node in one cloud share (MS-PNRP 3.1.1, 3.2.1), whatever part changes it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from peerapi.address import Address
from peerapi.pnrp.algorithms import MODERN, Profile, Signer
from peerapi.pnrp.outputs import State, StateChanged
from peerapi.pnrp.registration import Registration
from peerapi.ring.registrations import Registrations
from peerapi.ring.scope import Scope
from peerapi.ring.state import RingState


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """What a cloud is, told once."""

    name: str = "Global_"
    scope: Scope = Scope.GLOBAL
    profile: Profile = MODERN
    "Which keys and hashes its nodes use; explicit, never negotiated."
    seeds: tuple[Address, ...] = ()
    "Seed servers."
    known: tuple[Address, ...] = ()
    "Endpoints to try first, most recently used first (LocalOOB)."
    multicast: bool = True
    "Whether SSDP is available; never so for a loopback cloud."
    scope_id: int = 0
    "Interface index of a link-local cloud."


class CloudState(RingState):
    """One node in one cloud, without anything that reacts. ``now`` is set by the machine before each input."""

    def __init__(self, config: CloudConfig, random: random.Random, signer: Signer) -> None:
        self.registrations: Registrations[Registration] = Registrations()
        super().__init__(config.scope, config.scope_id, random, self.registrations)
        self.profile = config.profile
        self.multicast = config.multicast and config.scope is not Scope.LOOPBACK
        self.signer = signer
        "The key of names that have none of their own."
        self.status = State.VIRTUAL

    @property
    def services(self) -> tuple[Address, ...]:
        """The Service Address List of a CPA: up to four."""
        return self.endpoints

    def change_status(self, status: State) -> None:
        if status is not self.status:
            self.status = status
            self.outputs.append(StateChanged(status))
