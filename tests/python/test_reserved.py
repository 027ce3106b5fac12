"""A graph under a group's security in which one member alone makes records of a type."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

import peerapi
from peerapi import errors
from tests.python.conftest import Run
from tests.python.graphs import NOTE
from tests.python.test_group import founded, joined


def test_a_type_is_reserved_for_one_member_of_a_graph_under_a_group(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await joined(stack, ann)
            reserved = {NOTE: ann.identity}
            here = peerapi.Scope.LOOPBACK
            own = peerapi.create_graph(graph_id, ann.identity, scope=here, group=ann, reserved=reserved)
            graph = await stack.enter_async_context(own)
            (place,) = await graph.listen()
            opened = peerapi.open_graph(graph_id, ben.identity, group=ben, reserved=reserved)
            theirs = await stack.enter_async_context(opened)
            await theirs.connect(place)
            await theirs.wait_synchronized()
            note = await graph.add(NOTE, "by ann")
            changes = theirs.changes(NOTE)
            if not await theirs.records(NOTE):
                await anext(changes)
            assert (await theirs.get(note)).text == "by ann"
            with pytest.raises(errors.NotAuthorized):
                await theirs.add(NOTE, "by ben")
            with pytest.raises(errors.DuplicateGraph):  # it is open, and something else is reserved in it
                await peerapi.create_graph(graph_id, ann.identity, group=ann, exist_ok=True)
            with pytest.raises(ValueError, match="under the security of a group"):
                peerapi.create_graph(f"{graph_id}-plain", "ann", reserved=reserved)
            with pytest.raises(errors.InvalidArgument):
                await peerapi.open_graph(f"{graph_id}-x", ann.identity, group=ann, reserved={NOTE: "two words"})

    run(main)
