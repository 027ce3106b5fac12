"""Notices that this machine has come into another network, or has slept: laptops do both all the time.

The kernel tells of addresses that come and go (``address_changes``). Sleep is seen by two clocks: the one that the loop
goes by stands still meanwhile, and the one since boot does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from peerapi.address import Address
from peerapi.engine.address_changes import AddressChanges

if TYPE_CHECKING:
    import trio

LOOK_AT_THE_CLOCKS = 3.0
JUMP = 20.0
"Seconds of sleep that count: what was said to others before may not be true any longer."


class Follower(Protocol):
    """Something that depends on the network of this machine. Told on the engine's thread."""

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """``here``: the addresses of this machine now, without loopback; empty when it is cut off. ``slept``: for how
        many seconds it had been asleep, if that is the news."""


def since_boot() -> float:
    """How far the clock since boot is ahead of the one that stands still in sleep, in seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


class NetworkWatch:
    """Watches as long as somebody follows. Used on the engine's thread."""

    def __init__(
        self,
        spawn: Callable[..., object],
        report: Callable[[BaseException], None],
        asleep: Callable[[], float] = since_boot,
    ) -> None:
        """``spawn`` starts a task with its arguments; ``report`` notes an error that nobody waits for."""
        self._spawn = spawn
        self._report = report
        self._asleep = asleep
        self._followers: dict[Follower, None] = {}
        self._scope: trio.CancelScope | None = None

    def follow(self, follower: Follower) -> None:
        """Tell it from now on. Following twice does nothing."""
        import trio

        self._followers[follower] = None
        if self._scope is None:
            self._scope = trio.CancelScope()
            self._spawn(self._watch, self._scope)

    def leave(self, follower: Follower) -> None:
        """Tell it no more. Leaving twice does nothing."""
        self._followers.pop(follower, None)
        if not self._followers and self._scope is not None:
            self._scope.cancel()
            self._scope = None

    async def _watch(self, scope: trio.CancelScope) -> None:
        import trio

        try:
            with scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._watch_clocks)
                    await self._watch_addresses()
        finally:
            if self._scope is scope:  # the loop has ended; the next one that follows has it watched again
                self._scope = None

    async def _watch_addresses(self) -> None:
        try:
            changes = AddressChanges()
        except OSError as error:  # a system that gives no such news
            self._report(error)
            return
        try:
            while await changes.wait():
                self._tell(0.0)
        finally:
            changes.close()

    async def _watch_clocks(self) -> None:
        import trio

        before = self._asleep()
        while True:
            await trio.sleep(LOOK_AT_THE_CLOCKS)
            now = self._asleep()
            if now - before >= JUMP:
                self._tell(now - before)
            before = now

    def _tell(self, slept: float) -> None:
        from peerapi.engine import network  # which starting need not wait for: it knows messages of graphs

        here = addresses_of(one for one, _ in network.interface_addresses())
        for follower in list(self._followers):
            try:
                follower.network_changed(here, slept)
            except Exception as error:  # it was closed meanwhile, or its store failed; the others are told
                self._report(error)


def addresses_of(found: Iterable[Address]) -> frozenset[bytes]:
    """What others can reach."""
    return frozenset(one.ip for one in found if not one.is_loopback)
