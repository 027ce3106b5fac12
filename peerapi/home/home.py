"""The home of one user, put together: the others, the boards, the invitations, and what is told to the pages."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import trio

import peerapi
from peerapi import Signin, errors
from peerapi.activities.beside import KINDS
from peerapi.home.boards import Boards
from peerapi.home.invitations import Invitations
from peerapi.home.people import People
from peerapi.home.settings import Settings
from peerapi.pages.broadcast import Broadcast, News
from peerapi.python.network import NetworkCheck
from peerapi.whiteboard import near

MOST_TASKS = 32
"Things that are under way at the same time, which the pages have asked for."
FEW = 0.05
"Seconds in which changes are put together before the pages are told."


class Home:
    """``run`` has to be running for anything to happen."""

    def __init__(self, folder: Path, settings: Settings, *, here: bool, ask_routers: bool) -> None:
        """``folder``: of this user's data; ``here``: boards are reached from this machine only; ``ask_routers``: to
        find out about the network, routers may be asked for a port."""
        self.settings = settings
        self.broadcast = Broadcast()
        self._ask_routers = ask_routers
        self._wake = trio.Event()
        self.people = People(Signin(settings.scope), self._changed)
        self.boards = Boards(folder, lambda: self.people.name, self.tell, self._changed, here=here)
        self.invitations = Invitations(self.people, self._changed)
        self._network: News | None = None
        self._nursery: trio.Nursery | None = None
        self._under_way = 0

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled."""
        with contextlib.suppress(errors.AlreadyExists):  # the user has another program for that
            await peerapi.register_application(
                near.BOARD, near.DESCRIPTION, near.PROGRAM, command_line="-m peerapi home --invited"
            )
        async with trio.open_nursery() as self._nursery:
            await self._nursery.start(self.boards.run)
            self._nursery.start_soon(self.people.run)
            self._nursery.start_soon(self.invitations.run)
            self._nursery.start_soon(self._tell_changes)
            self.start(self.check_network)
            task_status.started()

    # ---- what the pages are told ----

    def tell(self, news: News) -> None:
        """To all windows."""
        self.broadcast.tell(news)

    def opened(self, key: str) -> None:
        """A board was opened, which the windows know before they are told that."""
        self.tell({"is": "boards", "boards": self.boards.listed()})
        self.tell({"is": "opened", "board": key})

    def activity_opened(self, board: str, activity: UUID) -> None:
        """An activity beside a board was opened, whose page is there from now on."""
        self.tell({"is": "activity", "board": board, "activity": str(activity)})

    def snapshot(self) -> Iterator[News]:
        """All that a window which begins has to know."""
        yield {"is": "begin"}
        yield from self._views()
        yield {"is": "whole"}

    def _views(self) -> list[News]:
        views: list[News] = [
            self.people.view(),
            {"is": "kinds", "kinds": {kind: one.title for kind, one in KINDS.items()}},
            {"is": "boards", "boards": self.boards.listed()},
            self.invitations.view(),
        ]
        return [*views, self._network] if self._network is not None else views

    def _changed(self) -> None:
        self._wake.set()

    async def _tell_changes(self) -> None:
        last: list[News] = []
        while True:
            await self._wake.wait()
            await trio.sleep(FEW)
            self._wake = trio.Event()
            now = self._views()
            for news in now:
                if news not in last:
                    self.tell(news)
            last = now

    # ---- what takes its time ----

    def start(self, work: Callable[[], Any]) -> bool:
        """Do something beside the answer to a page; False when too much is under way already."""
        if self._nursery is None or self._under_way >= MOST_TASKS:
            return False
        self._under_way += 1
        self._nursery.start_soon(self._do, work)
        return True

    async def _do(self, work: Callable[[], Any]) -> None:
        try:
            await work()
        finally:
            self._under_way -= 1

    async def check_network(self) -> None:
        """Find out anew what kind of network this is; a relay that does not answer is not waited for at the end."""

        def check() -> NetworkCheck:
            return trio.run(lambda: peerapi.check_network(ask_routers=self._ask_routers))

        found = await trio.to_thread.run_sync(check, abandon_on_cancel=True)
        self._network = {"is": "network", "sentence": found.sentence, "direct": found.reached_directly}
        self.tell(self._network)  # whoever has asked is told also that nothing is different

    async def there(self, scope: Signin) -> None:
        """Be there for these others, now and the next time. Raises OSError."""
        self.settings.scope = int(scope)
        self.settings.save()
        await self.people.switch(scope)
