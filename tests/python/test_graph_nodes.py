"""Graphs of the Python API with other nodes: connections, nodes, direct data, handles."""

from __future__ import annotations

import ctypes
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

import peerapi
from peerapi import Draft, Scope, Status, errors
from tests.python.conftest import Run
from tests.python.graphs import NOTE, OTHER, pair

# ---- other nodes ----


def test_records_travel_to_a_node_that_has_joined(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            with ben.changes(NOTE) as changes:
                note = await alice.add(NOTE, "hello")
                change = await anext(changes)
                assert (change.kind, change.id, change.type) == (peerapi.ChangeKind.ADDED, note, NOTE)
                record = await change.record()
                assert record is not None
                assert (record.text, record.creator) == ("hello", "alice")
            assert Status.HAS_CONNECTIONS in alice.status & ben.status

    run(main)


def test_connections_name_the_other_node(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            (there,) = ben.connections()
            assert (there.peer, there.node, there.direct) == ("alice", alice.node().id, False)
            assert there.address.port == alice.addresses[0].port
            assert ben.connection(there.id) == there
            with pytest.raises(errors.ConnectionNotFound):
                ben.connection(there.id + 1)

    run(main)


@pytest.mark.parametrize("form", ["pair", "text", "address"])
def test_a_place_may_be_written_in_several_ways(run: Run, graph_id: str, form: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK) as alice:
            (address,) = await alice.listen()
            async with peerapi.open_graph(graph_id, "ben") as ben:
                if form == "pair":
                    found = await ben.connect("::1", address.port)
                elif form == "text":
                    found = await ben.connect(str(address))
                else:
                    found = await ben.connect(address, peer="alice")
                assert found.peer == "alice"

    run(main)


@pytest.mark.parametrize(
    "place", ["::1", "[::1]", "::1:x", "::1:4000", "[::1]:0", "[::1]:70000", "[fe80::1%nothing]:40"]
)
def test_what_is_no_place_is_refused(run: Run, graph_id: str, place: str) -> None:
    async def main() -> None:
        async with peerapi.open_graph(graph_id, "ben") as ben:
            with pytest.raises(errors.InvalidArgument):
                await ben.connect(place)

    run(main)


def test_a_host_name_that_is_none_is_not_found(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.open_graph(graph_id, "ben") as ben:
            with pytest.raises(errors.WrappedWin32Error) as caught:
                await ben.connect("x" * 300, 4001)
            assert caught.value.hresult == 0x80072AF9  # WSAHOST_NOT_FOUND

    run(main)


def test_a_connection_that_fails_raises_why(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK) as alice:
            (address,) = await alice.listen()
            with pytest.raises(errors.ConnectSelf):
                await alice.connect(address)
        async with peerapi.open_graph(graph_id, "ben") as ben:
            with pytest.raises(errors.ConnectionFailed) as caught:
                await ben.connect(address)
            assert caught.value.hresult == 0x80630109

    run(main)


def test_nodes_are_known_from_their_presence(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            with alice.events(peerapi.NodeChange) as news:
                await ben.set_node_attributes("drawing")
                await ben.listen()
                async for change in news:
                    if change.peer == "ben":
                        break
            (found,) = alice.nodes("ben")
            assert (found.id, found.attributes) == (ben.node().id, "drawing")
            assert alice.node(found.id) == found
            with pytest.raises(errors.NodeNotFound):
                alice.node(1)

    run(main)


def test_data_goes_over_a_direct_connection_and_back(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            place = (await ben.listen())[0]
            with ben.messages(NOTE) as inbox:
                async with alice.direct("ben", place) as direct:
                    assert (direct.connection.peer, direct.connection.direct) == ("ben", True)
                    await direct.send(OTHER, "not for the inbox")
                    await direct.send(NOTE, "how are you?")
                    question = await anext(inbox)
                    assert question.text == "how are you?"
                    await ben.send(question.connection, NOTE, b"fine")
                    answer = await anext(direct)
                    assert (answer.type, answer.data) == (NOTE, b"fine")
                with pytest.raises(errors.ConnectionNotFound):
                    await direct.send(NOTE, "too late")

    run(main)


def test_a_direct_connection_is_refused_when_nobody_listens_for_one(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            place = (await ben.listen())[0]
            with pytest.raises(errors.ConnectionRefused):
                await alice.direct("ben", place)

    run(main)


# ---- handles ----


def test_a_python_graph_is_adopted_by_c_code(run: Run, graph_id: str, library: Path) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            c = ctypes.CDLL(str(library))
            status = ctypes.c_uint32()
            handle = ctypes.c_void_p(graph.handle)
            assert c.PeerGraphGetStatus(handle, ctypes.byref(status)) == 0
            assert status.value == graph.status
            assert graph.handle == handle.value
        assert c.PeerGraphGetStatus(handle, ctypes.byref(status)) & 0xFFFFFFFF != 0
        with pytest.raises(errors.GraphShuttingDown):
            repr(graph.handle)

    run(main)


def test_an_adopted_graph_stays_open_when_it_is_let_go(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            for handle in (graph.handle, ctypes.c_void_p(graph.handle)):
                async with peerapi.Graph.from_handle(handle) as same:
                    note = await same.add(NOTE, "from the other side")
                assert (await graph.get(note)).text == "from the other side"

    run(main)


@pytest.mark.parametrize("handle", [0, 5, 1 << 60])
def test_what_is_no_handle_is_refused(handle: int) -> None:
    with pytest.raises(errors.InvalidGraph):
        peerapi.Graph.from_handle(handle)


def test_something_else_than_a_handle_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        peerapi.Graph.from_handle("garden")


# ---- closing ----


def test_a_closed_graph_says_so(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            records = aiter(graph.records())
            await graph.add_many([Draft(NOTE)] * 200)
            await anext(records)
        for work in (graph.add(NOTE), graph.get(uuid4()), graph.properties(), graph.listen(), graph.count()):
            with pytest.raises(errors.GraphShuttingDown):
                await work
        with pytest.raises(errors.GraphShuttingDown):
            graph.changes()
        with pytest.raises(errors.GraphShuttingDown):
            async for _ in records:
                pass

    run(main)


def test_what_waits_for_a_connection_can_be_asked_and_a_direct_one_be_ended_by_who_was_called(
    run: Run, graph_id: str
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            with alice.events(peerapi.DirectChange) as changes:
                async with ben.direct("alice", alice.addresses[0]) as direct:
                    came = await anext(changes)
                    assert alice.unsent(came.connection) == ben.unsent(direct.connection.id) == 0
                    await alice.close_direct(came.connection)
                    assert [message async for message in direct] == []
                    for gone in (alice.unsent, ben.unsent):
                        with pytest.raises(errors.ConnectionNotFound):
                            gone(came.connection)
                (neighbor,) = alice.connections()
                with pytest.raises(errors.ConnectionNotFound):
                    await alice.close_direct(neighbor.id)

    run(main)
