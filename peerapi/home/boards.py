"""The boards of this user, of which any number are open in this process."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import trio

from peerapi.activities.beside import Activities
from peerapi.activities.running import Opened
from peerapi.home.reasons import expected
from peerapi.pages.broadcast import News
from peerapi.pages.requests import Refused
from peerapi.pages.serving import Windows
from peerapi.whiteboard import manage
from peerapi.whiteboard.opening import Opening, Wanted
from peerapi.whiteboard.saved_boards import GROUP, SavedBoard
from peerapi.whiteboard.session import Session

MOST_OPEN = 32
"Boards that are open at the same time."
MOST_SHOWN = 24
"People at one board who are named in the list of boards."


@dataclass
class OpenBoard:
    """A board that is open."""

    session: Session
    scope: trio.CancelScope
    windows: Windows
    closed: trio.Event = field(default_factory=trio.Event)
    activities: Activities = field(init=False)
    here: list[dict[str, Any]] = field(default_factory=list)
    "Who is at the board: name, whether it is this user, and by which way this node is linked with them."

    @property
    def saved(self) -> SavedBoard:
        return self.session.source.saved


class Boards:
    """``run`` has to be running. ``tell`` is given news for the pages, ``changed`` is called after each change of what
    ``listed`` says."""

    def __init__(
        self,
        folder: Path,
        name: Callable[[], str],
        tell: Callable[[News], None],
        changed: Callable[[], None],
        *,
        here: bool,
    ) -> None:
        """``name``: what this user is called at a new board; ``here``: see Wanted."""
        self._folder = folder
        self._name = name
        self._tell = tell
        self._changed = changed
        self._here = here
        self._nursery: trio.Nursery | None = None
        self._open: dict[str, OpenBoard] = {}
        self._windows: dict[str, tuple[Windows, dict[UUID, Windows]]] = {}
        "Those of each board that was open and of its activities, also when it is closed: see Windows.begin_again."
        self._busy: set[str] = set()
        "What is being opened or removed: keys, titles, invitations."

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled; then every board is closed."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    def listed(self) -> list[dict[str, Any]]:
        """All boards, those opened last first."""
        return [self._view(one) for one in manage.saved_boards(self._folder).all()]

    def at(self, key: str) -> tuple[Session, Windows] | None:
        """The session and the windows of a board that is open."""
        found = self._open.get(key)
        return None if found is None else (found.session, found.windows)

    def activities(self, key: str) -> Activities:
        """Those of a board that is open. Raises Refused when it is not."""
        found = self._open.get(key)
        if found is None:
            raise Refused("the board is not open")
        return found.activities

    def activity(self, key: str, id: UUID) -> tuple[Opened, Windows] | None:
        """An activity that is open, of a board that is."""
        found = self._open.get(key)
        return None if found is None else found.activities.at(id)

    def title(self, key: str) -> str:
        """Raises Refused when there is no such board."""
        return self._saved(key).title

    # ---- opening ----

    async def begin(self, title: str) -> str:
        """A new board; its key. Raises Refused, EXPECTED in groups."""
        return await self._opened(title, new=title)

    async def join(self, word: str) -> str:
        """The board that an invitation leads to; its key. Raises like ``begin``."""
        return await self._opened(word, join=word)

    async def open(self, key: str) -> str:
        """A board that this user has opened before; its key. Raises like ``begin``."""
        self._saved(key)
        return await self._opened(key, open=key)

    async def _opened(self, what: str, **wanted: Any) -> str:
        asked = Wanted(self._folder, self._name(), here=self._here, **wanted)
        opening = Opening(asked)
        if opening.before is not None and opening.before.key in self._open:
            return opening.before.key
        if len(self._open) >= MOST_OPEN:
            raise Refused(f"{MOST_OPEN} boards are open: close one of them first")
        assert self._nursery is not None
        async with self._alone_with(opening.before.key if opening.before is not None else what):
            key: str = await self._nursery.start(self._keep_open, opening)
        return key

    async def _keep_open(self, opening: Opening, *, task_status: trio.TaskStatus[str]) -> None:
        """A board, until it is closed. What goes wrong before it is open goes to whoever opens it."""
        key = ""
        try:
            with trio.CancelScope() as scope:
                async with opening.opened(lambda why: None) as session:
                    opening.keep(session.source.saved)
                    key = session.source.saved.key
                    windows, beside = self._windows.setdefault(key, (Windows(), {}))
                    windows.begin_again()
                    found = self._open[key] = OpenBoard(session, scope, windows)
                    found.activities = Activities(session, self._changed, beside)
                    self._changed()
                    task_status.started(key)
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(found.activities.run)
                        await self._follow(key, found)
        except BaseException as error:
            if key and isinstance(error, Exception) and (reason := expected(error)) is not None:
                self._tell({"is": "told", "words": f"{self.title(key)} was closed: {reason}"})
            else:
                raise
        finally:
            if key:
                closed = self._open.pop(key)
                closed.session.broadcast.tell({"is": "over"})
                closed.closed.set()
                self._changed()

    async def _follow(self, key: str, found: OpenBoard) -> None:
        """Note who comes and goes, and tell what is said there."""
        began = int(time.time() * 1000)
        while True:
            with found.session.broadcast.subscribe() as news:
                async for one in news:
                    if one["is"] == "people":
                        found.here = [
                            {"name": node["name"], "me": node["me"], "path": one["paths"].get(node["node"], "")}
                            for node in one["nodes"][:MOST_SHOWN]
                        ]
                        self._changed()
                    elif one["is"] == "line" and one["at"] >= began and one["by"] != found.session.source.peer:
                        self._tell({"is": "said", "board": key, "words": one["words"]})

    # ---- closing ----

    async def close(self, key: str) -> None:
        """A board that is not open stays as it is."""
        found = self._open.get(key)
        if found is not None:
            found.scope.cancel()
            await found.closed.wait()

    async def leave(self, key: str) -> None:
        """Remove a board from this machine. Raises Refused, EXPECTED."""
        saved = self._saved(key)
        async with self._alone_with(key):
            await self.close(key)
            await manage.leave(self._folder, saved)
        self._changed()

    async def delete(self, key: str) -> bool:
        """Delete a board for everybody; whether somebody else has heard of it. Raises Refused, EXPECTED."""
        saved = self._saved(key)
        async with self._alone_with(key):
            await self.close(key)
            heard = await manage.delete(self._folder, saved)
        self._changed()
        return heard

    # ---- inviting ----

    def invitation(self, key: str) -> manage.Invitation:
        """The word for who is to come to a board. Raises Refused, EXPECTED."""
        self._saved(key)
        found = self._open.get(key)
        if found is not None and found.session.invitation():
            return manage.Invitation(found.session.invitation(), found.session.reach())
        return manage.invitation(self._folder, key)

    # ---- helpers ----

    def _saved(self, key: str) -> SavedBoard:
        for one in manage.saved_boards(self._folder).all():
            if one.key == key:
                return one
        raise Refused("there is no such board any more")

    @asynccontextmanager
    async def _alone_with(self, what: str) -> AsyncIterator[None]:
        """Nothing else is begun with that board meanwhile. Raises Refused."""
        if what in self._busy:
            raise Refused("that is being done already")
        self._busy.add(what)
        try:
            yield
        finally:
            self._busy.remove(what)

    def _view(self, saved: SavedBoard) -> dict[str, Any]:
        found = self._open.get(saved.key)
        return {
            "key": saved.key,
            "title": saved.title,
            "name": saved.name,
            "kind": saved.kind,
            "mine": saved.founder == saved.peer if saved.kind == GROUP else saved.began_here,
            "opened": saved.opened,
            "open": found is not None,
            "here": [] if found is None else found.here,
            "activities": [] if found is None else found.activities.listed(),
            "inviting": saved.kind != GROUP or bool(saved.password),
        }
