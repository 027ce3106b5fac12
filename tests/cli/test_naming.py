"""What is shown can be typed back: names for people, names for machines, and as much of either as is clear."""

from __future__ import annotations

from uuid import UUID

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

import peerapi
from peerapi.cli.naming import fitting, meant
from peerapi.errors import NotFound
from tests.cli.conftest import Command

NOTE = UUID("11111111-2222-3333-4444-555555555555")
OTHER = UUID("66666666-7777-8888-9999-aaaaaaaaaaaa")
NEAR = UUID("11111111-9999-3333-4444-555555555555")


def names(one: str) -> list[str]:
    return [one]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("garden", ["garden"]),
        ("GARDEN", ["garden"]),
        ("gardens", ["gardens"]),
        ("gard", ["garden", "gardens"]),
        ("m", ["Meadow"]),
        ("", []),
        ("x", []),
    ],
)
def test_the_very_name_comes_before_its_case_and_that_before_how_it_begins(typed: str, found: list[str]) -> None:
    assert fitting(typed, ["garden", "gardens", "Meadow"], names) == found


@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_a_name_in_full_always_means_what_has_it(known: list[str], data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(known))
    assert fitting(chosen, known, names) == [chosen]


def test_of_several_the_choices_are_named_and_of_none_what_is_called_nearly_so() -> None:
    with pytest.raises(NotFound, match=r"several graphs 'gard': garden, gardens"):
        meant("graph", "gard", ["garden", "gardens"], names)
    with pytest.raises(NotFound, match=r"no graph 'gradne'\. Did you mean 'garden'\? `all` shows all"):
        meant("graph", "gradne", ["garden", "Meadow"], names, listing="all")


@pytest.fixture
def garden(command: Command) -> list[str]:
    """The IDs of three records of two people, in a graph that people call Our Garden."""
    ids: list[str] = []

    async def main() -> None:
        made = peerapi.create_graph("garden-1", "alice", friendly_name="Our Garden", scope=peerapi.Scope.LOOPBACK)
        async with made as alice:
            ids.append(str(await alice.add(NOTE, "roses")))
            ids.append(str(await alice.add(OTHER, "tulips", attributes={"Big": 2**53 + 1})))
            (address,) = (await alice.listen())[:1]
            async with peerapi.open_graph("garden-1", "ben") as ben:
                await ben.connect(address)
                await ben.wait_synchronized()
                with alice.changes() as changes:
                    ids.append(str(await ben.add(NEAR, "moss")))
                    await anext(changes)
        await peerapi.delete_graph("garden-1", "ben")

    trio.run(main)
    return ids


@pytest.mark.parametrize("name", ["garden-1", "gard", "GARDEN-1", "Our Garden", "our g"])
def test_a_graph_is_named_in_any_of_these_ways(command: Command, garden: list[str], name: str) -> None:
    assert command.json("graph", "show", name)[0]["graph"] == "garden-1"
    assert len(command.json("graph", "records", name, "--peer", "al", "--database", "gr")) == 3
    command("graph", "delete", name, "--yes")
    assert command.json("graph", "list") == []


def test_a_name_that_may_mean_two_graphs_is_refused_with_both(command: Command, garden: list[str]) -> None:
    command.code("graph", "create", "garden-2", "--scope", "loopback", "--name", "Their Garden")
    said = command.refused("graph", "show", "garden")
    assert "garden-1 (Our Garden), garden-2 (Their Garden)" in said
    assert "Did you mean 'garden-1'" in command.refused("graph", "show", "graden-1")


def test_the_type_that_a_table_shows_can_be_typed(command: Command, garden: list[str]) -> None:
    shown = command("graph", "records", "garden-1").splitlines()[2].split()[1]
    assert shown == str(OTHER)[:8]
    (found,) = command.json("graph", "records", "garden-1", "--type", shown)
    assert found["type"] == str(OTHER)
    assert len(command.json("graph", "records", "garden-1", "--type", str(NOTE).upper())) == 1
    said = command.refused("graph", "records", "garden-1", "--type", str(NOTE)[:8])
    assert NOTE.hex in said and NEAR.hex in said
    assert "There is no record type '77'" in command.refused("graph", "records", "garden-1", "--type", "77")
    assert command.code("graph", "records", "garden-1", "--type", str(UUID(int=9))) == 0
    assert command.err == "no records\n"


def test_creators_are_named_by_how_they_begin(command: Command, garden: list[str]) -> None:
    assert [one["creator"] for one in command.json("graph", "records", "garden-1", "--creator", "b")] == ["ben"]
    assert len(command.json("graph", "records", "garden-1", "--creator", "ALICE")) == 2


def test_a_record_is_shown_by_its_id_or_how_that_begins(command: Command, garden: list[str]) -> None:
    for typed in (garden[1], garden[1].upper(), garden[1][:23], garden[1][:24]):
        (shown,) = command.json("graph", "record", "garden-1", typed)
        assert (shown["id"], shown["data"]) == (garden[1], {"text": "tulips"})
    assert "tulips" in command("graph", "record", "garden-1", garden[1])
    assert command("graph", "record", "garden-1", garden[1], "--data") == "tulips"
    common = garden[0][:17]  # a creator's part is the same in all that it has made (MS-PPGRH 3.1.7.2)
    assert garden[0] in command.refused("graph", "record", "garden-1", common)
    assert "no record" in command.refused("graph", "record", "garden-1", str(UUID(int=1)))


def test_numbers_that_others_could_not_read_to_the_last_digit_are_strings(command: Command, garden: list[str]) -> None:
    found = command.json("graph", "record", "garden-1", garden[1])[0]
    assert found["attributes"] == {"Big": str(2**53 + 1)}
    assert found["version"] == 1


def test_identities_are_named_in_any_of_these_ways(command: Command) -> None:
    ann = command("identity", "create", "--name", "Ann").strip()
    ben = command("identity", "create", "--name", "Ben").strip()
    for typed in (ben, ben[:12], "Ben", "be"):
        assert command.json("identity", "show", typed)[0]["peer_name"] == ben
    command("identity", "rename", "ben", "Anton")
    assert command.json("identity", "show", "Ann")[0]["peer_name"] == ann
    assert f"{ann} (Ann), {ben} (Anton)" in command.refused("identity", "show", "an")
    command("identity", "delete", "anton", "--yes")
    assert [one["friendly_name"] for one in command.json("identity", "list")] == ["Ann"]
