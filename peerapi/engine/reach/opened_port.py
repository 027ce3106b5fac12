"""A port at the routers that is open for one call: who calls and does not listen can be dialed there by who is called,
which may be the only way without the relay. Where the user lets routers be asked (PEERAPI_MAP)."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.engine.port_mapping import PortMapping
from peerapi.log import Log

FIRST_ANSWER = 0.5
"Seconds that a call waits for a router: the relay takes as long."
LOOK = 0.01
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

    async def public(self) -> list[Address]:
        """Where it is reached, when the routers have answered in time."""
        import trio

        with trio.move_on_after(FIRST_ANSWER):
            while not self._mapping.answered.is_set():
                await trio.sleep(LOOK)
        return self._mapping.public

    def give_back(self) -> None:
        """It is needed no more."""
        self._mapping.close()
