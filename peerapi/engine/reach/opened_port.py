"""A port at the routers that is open for one call: who calls and does not listen can be dialed there by who is called,
which may be the only way without the relay. Where the user lets routers be asked (PEERAPI_MAP)."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.engine.port_mapping import PortMapping
from peerapi.log import Log

log = Log("engine.reach")


class OpenedPort:
    """One port, until it is given back."""

    def __init__(self, port: int) -> None:
        """Asks from now on. Engine thread."""
        import trio

        self._mapping = PortMapping(port, lambda: None)
        trio.lowlevel.spawn_system_task(self._run)

    async def _run(self) -> None:
        try:
            await self._mapping.run()
        except Exception as error:  # a call does without
            log.warning("no port is opened for a call: %s", error)
            self._mapping.answered.set()

    @property
    def public(self) -> list[Address]:
        """Where it is reached, as far as the routers have answered: a relay mostly takes longer."""
        return self._mapping.public

    def give_back(self) -> None:
        """It is needed no more."""
        self._mapping.close()
