"""Every argument of the Python API is of a type and value that can be, or a TypeError or ValueError says so."""

from __future__ import annotations

import gc
import inspect
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import peerapi
from peerapi import Address, Draft, Role, Scope, errors, where
from peerapi.abi.handles import GRAPHS
from peerapi.api import graph as api
from peerapi.api.graph_family import GRAPH, STARTUPS, start_up
from peerapi.api.structs import Properties
from peerapi.engine.graphs.driver import Driver
from peerapi.python.arguments import InvalidValue
from peerapi.python.streams import Stream
from tests.python.conftest import Run

NOTE = UUID("11111111-2222-3333-4444-555555555555")
Call = Callable[[peerapi.Graph], Any]
HALF = "half \ud800 a character"
WRONG: dict[str, tuple[type[Exception], str, Call]] = {
    "a count as data": (TypeError, "data is bytes or str, not int 3", lambda graph: graph.add(NOTE, 3)),
    "a list as data": (TypeError, "data is bytes or str, not list", lambda graph: graph.add(NOTE, [1, 2])),
    "a name as type": (TypeError, r"type is a uuid.UUID, as in uuid.UUID", lambda graph: graph.add("note", "x")),
    "half a character": (ValueError, "data has half a character", lambda graph: graph.add(NOTE, HALF)),
    "attributes in a list": (TypeError, "attributes is a mapping", lambda graph: graph.add(NOTE, attributes=["x"])),
    "a float": (TypeError, "neither a text, a date nor", lambda graph: graph.add(NOTE, attributes={"a": 1.5})),
    "a negative number": (ValueError, "an int from 0 on", lambda graph: graph.add(NOTE, attributes={"a": -1})),
    "a name of an attribute": (TypeError, "name of an attribute is a str", lambda g: g.add(NOTE, attributes={1: 1})),
    "an attribute's half": (ValueError, "half a character", lambda graph: graph.add(NOTE, attributes={"a": HALF})),
    "an attribute's moment": (
        ValueError,
        "no moment of UTC",
        lambda graph: graph.add(NOTE, attributes={"a": datetime.min.replace(tzinfo=timezone(timedelta(hours=9)))}),
    ),
    "seconds": (TypeError, "expires is a datetime", lambda graph: graph.add(NOTE, expires=60)),
    "before there were FILETIMEs": (ValueError, "before 1601", lambda graph: graph.add(NOTE, expires=datetime.min)),
    "drafts": (TypeError, "a draft is a peerapi.Draft, not str", lambda graph: graph.add_many(["x"])),
    "one draft": (TypeError, "an iterable of peerapi.Draft", lambda graph: graph.add_many(Draft(NOTE))),
    "a draft's type": (TypeError, "type is a uuid.UUID", lambda graph: graph.add_many([Draft(NOTE.hex)])),
    "get by text": (TypeError, "record is a uuid.UUID", lambda graph: graph.get(str(NOTE))),
    "find by number": (TypeError, "record is a uuid.UUID", lambda graph: graph.find(7)),
    "update nothing": (TypeError, "record is a uuid.UUID", lambda graph: graph.update(None, "x")),
    "update with a count": (TypeError, "data is bytes", lambda graph: graph.update(NOTE, 5)),
    "delete by text": (TypeError, "record is a uuid.UUID", lambda graph: graph.delete("x")),
    "records by name": (TypeError, "type is a uuid.UUID", lambda graph: graph.records("note")),
    "records of a number": (TypeError, "creator is a str", lambda graph: graph.records(creator=5)),
    "count by name": (TypeError, "type is a uuid.UUID", lambda graph: graph.count("note")),
    "search a number": (TypeError, "what peerapi.where gives", lambda graph: graph.search(5)),
    "changes of a name": (TypeError, "iterable of uuid.UUID", lambda graph: graph.changes("note")),
    "changes of names": (TypeError, "type is a uuid.UUID", lambda graph: graph.changes(["note"])),
    "a float of events": (TypeError, "limit is an int", lambda graph: graph.changes(limit=1.5)),
    "no room": (ValueError, "limit is from 1", lambda graph: graph.messages(limit=0)),
    "an event that is no class": (TypeError, "classes of events", lambda graph: graph.events("change")),
    "a port beyond": (ValueError, "port is from 0 to 65535, not 70000", lambda graph: graph.listen(70000)),
    "a port in words": (TypeError, "port is an int, not str", lambda graph: graph.listen("4001")),
    "a port that is a bool": (TypeError, "port is an int, not bool", lambda graph: graph.listen(True)),
    "a scope by number": (TypeError, "scope is a peerapi.Scope", lambda graph: graph.listen(scope=9)),
    "an interface": (ValueError, "interface is from 0", lambda graph: graph.listen(interface=-1)),
    "no place": (TypeError, "a place is a str", lambda graph: graph.connect(None)),
    "no places": (ValueError, "no address is given", lambda graph: graph.connect([])),
    "a place without a port": (ValueError, "names no port", lambda graph: graph.connect("nowhere")),
    "a place with another port": (ValueError, "80000 is not a port", lambda graph: graph.connect("[::1]:80000")),
    "a port beside a place": (ValueError, "port is from 1 to 65535", lambda graph: graph.connect("::1", 0)),
    "a place's port of many digits": (ValueError, "no port", lambda g: g.connect("[::1]:" + "9" * 5000)),
    "an interface of many digits": (ValueError, "interface", lambda g: g.connect("[fe80::1%" + "9" * 5000 + "]:1")),
    "a peer": (TypeError, "peer is a str", lambda graph: graph.connect("::1", 1, peer=5)),
    "a node by name": (TypeError, "number is an int", lambda graph: graph.node("ben")),
    "a node beyond": (ValueError, "number is from 0", lambda graph: graph.node(1 << 64)),
    "nodes of a number": (TypeError, "peer is a str", lambda graph: graph.nodes(5)),
    "a connection by name": (TypeError, "number is an int", lambda graph: graph.connection("ben")),
    "send to a name": (TypeError, "connection is an int", lambda graph: graph.send("ben", NOTE, b"")),
    "send a count": (TypeError, "data is bytes", lambda graph: graph.send(1, NOTE, 5)),
    "send by name": (TypeError, "type is a uuid.UUID", lambda graph: graph.send(1, "note", b"")),
    "direct to nobody": (TypeError, "peer is a str", lambda graph: graph.direct(None, "::1", 1)),
    "attributes of a node": (TypeError, "attributes is a str", lambda graph: graph.set_node_attributes(5)),
    "a file by number": (TypeError, "path is a str or os.PathLike", lambda graph: graph.export_database(5)),
    "no file": (ValueError, "no path", lambda graph: graph.export_database("")),
    "a file with a zero": (ValueError, "no path", lambda graph: graph.import_database("a\0b")),
    "progress": (TypeError, "progress is a function", lambda graph: graph.import_database("a", 5)),
    "a name that is a number": (TypeError, "comment is a str", lambda graph: graph.set_properties(comment=5)),
    "a name with a zero": (ValueError, "a character 0", lambda graph: graph.set_properties(friendly_name="a\0b")),
    "a lifetime in seconds": (TypeError, "timedelta", lambda graph: graph.set_properties(presence_lifetime=300)),
    "a lifetime backwards": (
        ValueError,
        "presence_lifetime is from 0",
        lambda graph: graph.set_properties(presence_lifetime=timedelta(-1)),
    ),
    "a part of a node": (TypeError, "max_presence is an int", lambda graph: graph.set_properties(max_presence=1.5)),
    # of the module
    "a graph by number": (TypeError, "graph_id is a str", lambda _: peerapi.create_graph(5, "alice")),
    "a graph without a peer": (TypeError, "peer is a str", lambda _: peerapi.open_graph("garden", None)),
    "a scope": (TypeError, "scope is a peerapi.Scope", lambda _: peerapi.create_graph("x", "y", scope="global")),
    "a size": (ValueError, "max_record_size", lambda _: peerapi.create_graph("x", "y", max_record_size=1 << 40)),
    "a long lifetime": (
        ValueError,
        "presence_lifetime",
        lambda _: peerapi.create_graph("x", "y", presence_lifetime=timedelta.max),
    ),
    "a group by name": (TypeError, "group is a peerapi.Group", lambda _: peerapi.create_graph("x", "y", group="z")),
    "precedence": (TypeError, "iterable of uuid.UUID", lambda _: peerapi.open_graph("x", "y", precedence="note")),
    "half a name": (ValueError, "graph_id has half", lambda _: peerapi.open_graph(HALF, "y")),
    "deleting a number": (TypeError, "graph_id is a str", lambda _: peerapi.delete_graph(5, "y")),
    "a group's name": (TypeError, "friendly_name is a str", lambda _: peerapi.create_group(None)),
    "a role": (TypeError, "password_role is a peerapi.Role", lambda _: peerapi.create_group("x", password_role="m")),
    "a membership": (TypeError, "timedelta", lambda _: peerapi.create_group("x", membership_lifetime=5)),
    "a group that is a number": (TypeError, "group is a str", lambda _: peerapi.open_group(5)),
    "an invitation in bytes": (TypeError, "invitation is a str", lambda _: peerapi.join_group(b"<x/>")),
    "an invitation of nothing": (TypeError, "invitation is a str", lambda _: peerapi.parse_invitation(None)),
    "an identity": (TypeError, "identity is a str", lambda _: peerapi.identity_info(5)),
    "a new identity": (TypeError, "friendly_name is a str", lambda _: peerapi.create_identity(5)),
    "an identity to delete": (TypeError, "identity is a str", lambda _: peerapi.delete_identity(None)),
    "an identity's groups": (TypeError, "identity is a str", lambda _: peerapi.groups_of(5)),
    "a group to delete": (TypeError, "group is a str", lambda _: peerapi.delete_group(None)),
    "a configuration": (TypeError, "document is a str", lambda _: peerapi.import_group(b"", "x")),
    "a comparison": (ValueError, "is none of", lambda _: where("a", "=", 1)),
    "a comparison in a list": (ValueError, "is none of", lambda _: where("a", ["=="], 1)),
    "a name to compare": (TypeError, "name is a str", lambda _: where(5, "==", 1)),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_argument_is_said_to_be_wrong(run: Run, graph_id: str, what: str) -> None:
    kind, said, call = WRONG[what]

    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK) as graph:
            with pytest.raises(kind, match=said) as caught:
                found = call(graph)
                if inspect.isawaitable(found):
                    await found
            assert isinstance(caught.value, kind)
            assert await graph.count() == 0

    run(main)


GROUP_WRONG: dict[str, tuple[type[Exception], str, Callable[[peerapi.Group], Any]]] = {
    "a port": (ValueError, "port is from 0 to 65535", lambda group: group.prefer_port(-1)),
    "places": (TypeError, "a place is a peerapi.Address", lambda group: group.connect([("::1", 1)])),
    "a place that is a number": (TypeError, "places are", lambda group: group.connect(5)),
    "a password": (TypeError, "password is a str", lambda group: group.try_password(None)),
    "a member": (TypeError, "name is a str", lambda group: group.member(5)),
    "who is invited": (TypeError, "identity_info is a str", lambda group: group.invite(None)),
    "roles in a word": (TypeError, "some of peerapi.Role", lambda group: group.invite("x", roles="member")),
    "roles in words": (TypeError, "a role is a peerapi.Role", lambda group: group.invite("x", roles=["member"])),
    "until when": (TypeError, "expires is a datetime", lambda group: group.invite("x", expires=5)),
    "who is revoked": (TypeError, "member is a str", lambda group: group.revoke(5)),
    "why": (TypeError, "reason is a str", lambda group: group.revoke("x", 5)),
    "a configuration's password": (TypeError, "password is a str", lambda group: group.export_config(None)),
    "a comment": (TypeError, "comment is a str", lambda group: group.set_properties(comment=5)),
    "another password": (TypeError, "password is a str", lambda group: group.set_properties(password=5)),
}


@pytest.mark.parametrize("what", GROUP_WRONG)
def test_a_groups_wrong_argument_is_said_to_be_wrong(run: Run, what: str) -> None:
    kind, said, call = GROUP_WRONG[what]

    async def main() -> None:
        async with peerapi.create_group("Card", cloud="Loopback_") as group:
            with pytest.raises(kind, match=said):
                found = call(group)
                if inspect.isawaitable(found):
                    await found

    run(main)


def test_a_wrong_value_is_a_failure_of_the_api_as_well() -> None:
    """Who catches PeerError, or looks at HRESULTs, goes on doing so."""
    with pytest.raises(errors.InvalidArgument) as caught:
        peerapi.create_graph("x\0y", "alice")
    assert isinstance(caught.value, InvalidValue) and caught.value.hresult == 0x80070057
    assert errors.by_hresult(0x80070057) is errors.InvalidArgument
    assert set(Role) and Address  # what the messages name is to be had from the package


class Index:
    """A number of another library, as numpy's are."""

    def __index__(self) -> int:
        return 0


def test_what_behaves_like_a_right_argument_is_one(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK) as graph:
            for data in (b"x", bytearray(b"x"), memoryview(b"x"), "x"):
                assert (await graph.get(await graph.add(NOTE, data))).data == b"x"
            record = await graph.get(await graph.add(NOTE, "y", expires=timedelta.max))
            assert record.expires.year > 9000
            assert (await graph.get(record)).id == record.id
            assert await graph.find(uuid4()) is None
            await graph.listen(Index())

    run(main)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.uuids(), st.datetimes(),
    st.datetimes(timezones=st.just(UTC)), st.timedeltas(), st.just(math.inf), st.just(object()),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(), st.integers(), max_size=2),
    st.characters(categories=["Cs"]), st.sampled_from([timedelta.min, timedelta.max, datetime.min, datetime.max]),
)  # fmt: skip
CALLS: tuple[Callable[..., Any], ...] = (
    lambda graph, one, other: graph.add(one, other),
    lambda graph, one, other: graph.add(NOTE, "x", attributes=one, expires=other),
    lambda graph, one, other: graph.add(NOTE, "x", attributes={"a": one, "b": other}),
    lambda graph, one, other: graph.update(one, other),
    lambda graph, one, other: graph.get(one),
    lambda graph, one, other: graph.records(one, creator=other),
    lambda graph, one, other: graph.search(one),
    lambda graph, one, other: graph.count(one, creator=other),
    lambda graph, one, other: graph.changes(one, limit=other),
    lambda graph, one, other: graph.send(one, NOTE, other),
    lambda graph, one, other: graph.node(one),
    lambda graph, one, other: graph.set_properties(friendly_name=one, presence_lifetime=other),
    lambda graph, one, other: graph.set_properties(comment=one, max_presence=other),
    lambda graph, one, other: graph.set_node_attributes(one),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=st.integers(0, len(CALLS) - 1), one=JUNK, other=JUNK)
def test_whatever_is_handed_over_nothing_else_is_raised(
    junk_graph: Callable[[Call], None], call: int, one: object, other: object
) -> None:
    junk_graph(lambda graph: CALLS[call](graph, one, other))


@pytest.fixture
def junk_graph(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Calls something of a graph that is opened anew each time; what may be raised is let pass."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    import trio

    def called(call: Call) -> None:
        async def main() -> None:
            async with peerapi.create_graph("junk", "alice", scope=Scope.LOOPBACK, exist_ok=True) as graph:
                try:
                    found = call(graph)
                    if inspect.isawaitable(found):
                        await found
                    elif isinstance(found, Stream):
                        found.close()
                except (TypeError, ValueError, peerapi.PeerError) as error:
                    assert not isinstance(error, (errors.Unexpected, UnicodeError)), error

        trio.run(main)

    return called


# ---- exist_ok ----


async def cell(graph_id: str) -> peerapi.Graph:
    """What stands in a cell of a notebook."""
    return await peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK, exist_ok=True)


def test_a_cell_that_is_run_twice_goes_on_with_its_graph(run: Run, graph_id: str) -> None:
    async def main() -> None:
        graph = await cell(graph_id)
        note = await graph.add(NOTE, "kept")
        graph = await cell(graph_id)
        gc.collect()
        assert (await graph.get(note)).text == "kept"
        await graph.aclose()
        assert graph.closed
        async with peerapi.create_graph(graph_id, "alice", exist_ok=True) as graph:
            assert await graph.count() == 1

    run(main)


def test_a_shared_graph_is_closed_with_the_last_of_those_who_share_it(run: Run, graph_id: str) -> None:
    async def main() -> None:
        first, second = await cell(graph_id), await cell(graph_id)
        assert first.handle == second.handle
        await first.aclose()
        await first.aclose()
        assert (first.closed, second.closed) == (True, False)
        await second.add(NOTE, "still open")
        await second.aclose()
        assert second.closed
        await peerapi.delete_graph(graph_id, "alice")

    run(main)


def test_a_graph_of_c_code_is_shared_and_stays_open(run: Run, graph_id: str) -> None:
    async def main() -> None:
        def made() -> Driver:
            start_up()
            driver = api.PeerGraphCreate(
                Properties(0, Scope.LOOPBACK, 0, graph_id, "alice", None, None, 300, 0), "graph", None
            )
            GRAPHS.insert(driver, GRAPH)
            return driver

        driver = made()
        async with await cell(graph_id) as sharing:
            assert sharing.handle == GRAPHS.handle_of(driver)
        assert not driver.closed
        api.PeerGraphClose(GRAPHS.take(GRAPHS.handle_of(driver)))
        STARTUPS.shutdown()

    run(main)


def test_what_is_open_under_another_name_or_another_security_is_not_shared(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK):
            with pytest.raises(errors.DatabaseNameChanged):
                await peerapi.create_graph(graph_id, "alice", database="other", exist_ok=True)
            with pytest.raises(errors.DuplicateGraph):
                await peerapi.create_graph(graph_id, "alice")
        async with (
            peerapi.create_group("Card", cloud="Loopback_") as group,
            peerapi.create_graph(graph_id, group.identity, group=group) as graph,
        ):
            with pytest.raises(errors.DuplicateGraph):
                await peerapi.create_graph(graph_id, group.identity, exist_ok=True)
            async with peerapi.create_graph(graph_id, group.identity, group=group, exist_ok=True) as same:
                assert same.handle == graph.handle

    run(main)
