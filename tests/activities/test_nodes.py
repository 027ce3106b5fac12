"""An activity at three members of one group, each a node of its graph: what one of them may not do, no other takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
import trio

from peerapi import Group
from peerapi.activities import four_in_a_row
from peerapi.activities.beside import KINDS, Activities
from peerapi.activities.four_in_a_row import FourInARow
from peerapi.activities.running import Running
from peerapi.pages.requests import Refused
from peerapi.whiteboard.opening import Opening, Wanted
from peerapi.whiteboard.session import Session


class Member:
    """Somebody at a board, with the activities beside it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._changed = trio.Event()
        self.beside = Activities(session, self._note)
        self.scope = trio.CancelScope()

    async def run(self) -> None:
        with self.scope:
            await self.beside.run()

    def _note(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def listed(self, count: int) -> list[dict[str, Any]]:
        """As soon as there are so many."""
        await self.until(lambda: len(self.beside.listed()) >= count)
        return self.beside.listed()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()

    def running(self, id: UUID) -> Running:
        found = self.beside.at(id)
        assert found
        return found[0]

    async def sees(self, id: UUID, wanted: Callable[[Any], bool]) -> Any:
        """The view of an activity, as soon as it is as wanted."""
        running = self.running(id)
        with running.broadcast.subscribe() as news:
            view = running.state()["view"]
            while not wanted(view):
                await news.receive()
                view = running.state()["view"]
        return view


@asynccontextmanager
async def three(folder: Any) -> AsyncIterator[list[Member]]:
    """Ann, who has begun the board, Ben and Carl."""
    async with trio.open_nursery() as nursery, AsyncExitStack() as stack:
        members: list[Member] = []
        word: str | None = None
        for name in ("Ann", "Ben", "Carl"):
            wanted = Wanted(folder / name, name=name, here=True, join=word, new=None if word else "Game night")
            opening = Opening(wanted)
            session = await stack.enter_async_context(opening.opened(lambda why: None))
            opening.keep(session.source.saved)
            member = Member(session)
            members.append(member)
            stack.callback(member.scope.cancel)  # before the session is closed
            nursery.start_soon(member.run)
            word = word or session.invitation()
        yield members


def played(main: Callable[[], Any]) -> None:
    async def limited() -> None:
        with trio.fail_after(300):
            await main()

    trio.run(limited)


def test_who_says_yes_plays_and_a_cheater_s_move_is_refused_by_every_other_node(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, carl):
            await ann.until(lambda: ann.beside.is_ready)
            game = await ann.beside.begin(FourInARow.kind)
            for other in (ben, carl):
                assert (await other.listed(1))[0]["title"] == "Four in a row"
                await other.beside.open(game)
            await ann.running(game).ask("move", {"column": 3})
            await ben.sees(game, lambda view: view["cells"][18] == 1)
            await ben.running(game).ask("move", {"column": 3})
            for member in (ann, carl):
                view = await member.sees(game, lambda view: view["cells"][19] == 2)
            with pytest.raises(Refused, match="not your turn"):
                await carl.running(game).ask("move", {"column": 0})

            # Carl's program does not ask the rules, and puts a move into the graph in Ann's place.
            graph = carl.running(game)._graph
            assert graph is not None
            await graph.add(FourInARow.record, bytes([3, 3, 0]))
            for member in (ann, ben, carl):
                after = await member.sees(game, lambda view: view["refused"] == 1)
                assert after == {**view, "refused": 1}
            with monkeypatch.context() as unchecked:  # without the rules it would stand on every board
                unchecked.setattr(four_in_a_row, "against", lambda *_: "")
                assert ann.running(game).state()["view"]["cells"][0] == 1

            # Ben takes his move back, which nobody forgets.
            moved = next(one for one in ben.running(game).records() if one.data == bytes([3, 3]))
            own = ben.running(game)._graph
            assert own is not None
            await own.delete(moved.id)
            await ann.running(game).ask("move", {"column": 1})
            for member in (ann, ben, carl):
                assert (await member.sees(game, lambda view: view["cells"][6] == 1))["cells"][18:20] == [1, 2]

    played(main)


def test_a_board_that_was_offline_goes_on_with_what_is_beside_it(tmp_path: Any) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, _):
            await ann.until(lambda: ann.beside.is_ready)
            game = await ann.beside.begin(FourInARow.kind)
            await ann.running(game).ask("move", {"column": 3})
            await ben.listed(1)
            await ben.beside.open(game)
            await ben.sees(game, lambda view: view["cells"][18] == 1)
            for online in (False, True):
                before = ben.beside._group
                await ben.session.set_online(online)
                await ben.until(lambda before=before: ben.beside.is_ready and ben.beside._group is not before)
                assert ben.beside.at(game) is None
            await ben.listed(1)
            await ben.beside.open(game)
            await ben.sees(game, lambda view: view["cells"][18] == 1)
            await ben.running(game).ask("move", {"column": 3})
            await ann.sees(game, lambda view: view["cells"][19] == 2)

    played(main)


def test_what_members_say_of_activities_is_checked(tmp_path: Any) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, _):
            group = await ben.session.graph()
            assert isinstance(group, Group)
            await group.wait_ready()
            from peerapi.activities.beside import ACTIVITY, graph_of
            from peerapi.activities.running import PLACE

            for said in ("", "{", "[]", '{"kind": "four-in-a-row", "graph": "../x"}', '{"kind": "x", "graph": 1}'):
                await group.add(ACTIVITY, said)
                await group.add(PLACE, said)
            graph = graph_of(group.name, "four-in-a-row", group.identity, "0" * 16)
            for said in (f'{{"kind": "rm -rf", "graph": "{graph}"}}', f'{{"graph": "{graph}", "at": [["::1", 0]]}}'):
                await group.add(ACTIVITY, said)
                await group.add(PLACE, said)
            await group.add(ACTIVITY, f'{{"kind": "four-in-a-row", "graph": "{graph}"}}')
            (one,) = await ann.listed(1)
            assert (one["title"], one["by"], one["open"]) == ("Four in a row", "Ben", False)
            with pytest.raises(Refused, match="no such activity"):
                await ann.beside.begin("rm -rf")
            with pytest.raises(Refused, match="no such activity"):
                await ann.beside.open(UUID(int=5))

    played(main)


def test_every_kind_has_its_name_its_type_and_its_page() -> None:
    from peerapi.pages.serving import files

    static = files("peerapi.activities", "peerapi.activities.document")
    assert list(KINDS) == [one.kind for one in KINDS.values()]
    assert len({one.record for one in KINDS.values()}) == len(KINDS)
    assert all(one.script in static and one.title for one in KINDS.values())
    assert b"SCRIPT" in static["activity.html"]
