"""Who has which seat at a relay. A seat belongs to who has its key; of two such connections the newer one has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

from peerapi.address import Address
from peerapi.reach import passes, seat
from peerapi.reach.frames import Sit, sit_proof
from peerapi.reach.quotas import Limits, less
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.relay_state import Connection
from peerapi.reach.seat import RelayEndpoint


class Seating:
    """The seats of one relay."""

    def __init__(
        self, endpoints: Collection[RelayEndpoint], limits: Limits, verify: Callable[[bytes, bytes, bytes], bool]
    ) -> None:
        """``verify``: whether a key (SPKI) has made a signature over data."""
        self.taken: dict[bytes, Connection] = {}
        self._endpoints = frozenset(endpoints)
        self._limits = limits
        self._verify = verify
        self._seats_of: Counter[bytes] = Counter()
        "By the account of a pass, or the source where there is none."

    def sit(self, connection: Connection, sit: Sit) -> Connection | None:
        """Give a seat; who had it before and has lost it now. Raises Refused."""
        here = [Address(sit.seat, one.port) for one in self._endpoints if one.ip == sit.seat[4:8]]
        if not here:
            raise Refused(Refusal.ELSEWHERE)
        wanted = next((one for one in here if seat.proves(one, sit.modifier, sit.spki)), None)
        if wanted is None or not self._is_owner(connection, sit, wanted):
            raise Refused(Refusal.SIGNATURE)
        before = self.taken.get(sit.seat)
        if before is connection:
            return None
        accounts = self.accounts(connection)
        own = () if before is None else [account.key for account in self.accounts(before)]
        if any(self._seats_of[one.key] - (one.key in own) >= one.most for one in accounts):
            raise Refused(Refusal.SEATS)
        if before is not None:
            self.rise(before, sit.seat)
        self.taken[sit.seat] = connection
        connection.seats.add(sit.seat)
        self._seats_of.update(account.key for account in accounts)
        return before

    def rise(self, connection: Connection, given_up: bytes) -> None:
        """A connection no longer has a seat."""
        if given_up in connection.seats:
            connection.seats.discard(given_up)
            del self.taken[given_up]
            for account in self.accounts(connection):
                less(self._seats_of, account.key)

    def allowed(self, connection: Connection) -> int:
        """How many seats a connection may have, if others have none."""
        return min(one.most for one in self.accounts(connection))

    def _is_owner(self, connection: Connection, sit: Sit, wanted: Address) -> bool:
        return self._verify(sit.spki, sit.signature, sit_proof(connection.challenge, wanted))

    def accounts(self, connection: Connection) -> list[passes.Account]:
        """What the seats of a connection count for: each pass of a number of seats that its own was made of, else the
        pass itself, and without one where it comes from."""
        grant = connection.grant
        return list(grant.seats) or [passes.Account(grant.identifier or connection.source, self._limits.seats)]
