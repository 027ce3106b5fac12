"""What a program can do in a group that another one of the same person has open: everything, and both see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerapi.graphing.codec.records import MEMBERSHIP
from tests.sharing.conftest import PASSWORD, Club, Start

pytestmark = pytest.mark.long
TYPE = "UUID(int=77)"


def test_records_are_the_same_for_both(club: Club) -> None:
    holder, other = club.holder, club.other
    holder.ask("keep('changes', group.changes())")
    other.ask("keep('changes', group.changes())")
    first = other.ask(f"group.add({TYPE}, b'one', attributes={{'colour': 'red', 'size': 3}})")
    for program in (holder, other):
        assert first in program.ask("anext(changes)")
        assert program.value(f"group.count({TYPE})") == 1
        assert "b'one'" in program.ask(f"group.get({first})")
        assert program.ask("opened('found', group.search(peerapi.where('colour', '==', 'red')))") == "'found'"
        assert program.ask("found[0].data") == "b'one'"
    assert other.ask(f"group.update({first}, b'two')") == "None"
    assert "b'two'" in holder.ask(f"group.get({first})")
    assert holder.ask(f"group.delete({first})") == "None"
    assert other.ask(f"group.get({first})").startswith("failed RecordNotFound")
    for program in (holder, other):
        kinds = [program.ask("anext(changes)") for _ in range(2)]
        assert ["UPDATED" in kinds[0], "DELETED" in kinds[1]] == [True, True], kinds
    many = other.ask(f"group.add_many([peerapi.Draft({TYPE}, bytes([n])) for n in range(100)])")
    assert many.count("UUID") == 100
    assert holder.value(f"group.count({TYPE})") == 100
    long = other.ask(f"group.add({TYPE}, bytes(5 << 20))")
    assert holder.ask(f"opened('long', group.get({long}))") == "'long'"
    assert holder.value("len(long.data)") == 5 << 20


def test_refusals_are_the_same_as_at_home(club: Club) -> None:
    lines = (
        "group.get(UUID(int=5))",
        "group.delete(UUID(int=5))",
        f"group.add({TYPE}, bytes(70 << 20))",
        f"group.add({TYPE}, b'', attributes={{'a b': 1}})",
        "opened('x', group.search('<no search'))",
        "group.send(12345, UUID(int=1), b'')",
        "group.unsent(12345)",
        "group.revoke('nobody', 'why')",
        "group.invite('no xml')",
        "group.export_config('')",
        f"group.add_many([peerapi.Draft(UUID(bytes={MEMBERSHIP!r}), b'')])",
        "group.export_database('/nowhere/at/all')",
        "group.import_database('/nowhere/at/all')",
    )
    for line in lines:
        at_home, shared = club.holder.ask(line), club.other.ask(line)
        assert at_home.startswith("failed "), line
        assert at_home.split()[1] == shared.split()[1], f"{line}: {at_home}; {shared}"


def test_members_properties_invitations_and_credentials(club: Club, start: Start, tmp_path: Path) -> None:
    holder, other = club.holder, club.other
    assert other.ask("group.members()") == holder.ask("group.members()")
    assert other.ask(f"group.member({club.identity!r})") == holder.ask(f"group.member({club.identity!r})")
    assert other.ask("group.member('nobody')") == "None"
    assert other.ask("group.set_properties(friendly_name='a better name')") == "None"
    assert holder.value("group.friendly_name") == "a better name"
    assert other.ask("group.properties()") == holder.ask("group.properties()")
    assert other.value("group.friendly_name") == "a better name"
    assert "<PEERINVITATION" in other.value("group.invite_by_password()")
    assert other.value("group.export_config('secret')").startswith("<PEERGROUPCONFIG")
    assert other.value("group.refusals()") == holder.value("group.refusals()")
    ben = start("ben")
    ben.ask("opened('who', peerapi.create_identity('ben'))")
    info, ben_name = ben.value("peerapi.identity_info()"), ben.value("who.name")
    invitation = other.value(f"group.invite({info!r})")
    assert ben.ask(f"opened('group', peerapi.join_group({invitation!r}))") == "'group'"
    assert other.ask("group.connect()").count("Address") >= 1
    assert holder.ask("group.addresses") == other.ask("group.addresses")
    assert ben.ask("group.connect()") != ""
    assert ben.ask("group.wait_ready()") == "None"
    other.ask("keep('news', group.events(peerapi.MemberChange))")
    assert ben.ask(f"group.add({TYPE}, b'from ben')").startswith("UUID")
    while ben_name not in other.ask("group.members()"):
        other.ask("anext(news)")
    assert other.ask("len(group.connections())") == holder.ask("len(group.connections())")
    assert other.ask(f"group.revoke({ben_name!r}, 'no more')") == "None"
    while ben_name in holder.ask("group.members()"):
        other.ask("anext(news)")


def test_direct_connections_and_data(club: Club, start: Start) -> None:
    other = club.other
    ben = start("ben")
    ben.ask("opened('who', peerapi.create_identity('ben'))")
    invitation = club.holder.value(f"group.invite({ben.value('peerapi.identity_info()')!r})")
    ben.ask(f"opened('group', peerapi.join_group({invitation!r}))")
    club.holder.ask("group.connect()")
    ben.ask("group.connect()")
    ben.ask("group.wait_ready()")
    ben.ask("keep('states', group.events(peerapi.StatusChange))")
    ben.ask("keep('news', group.events(peerapi.Message, peerapi.DirectChange))")
    while ben.ask("group.addresses") == "()":
        ben.ask("anext(states)")
    where = ben.value("(group.addresses[0].host, group.addresses[0].port)")
    direct = f"group.direct({ben.value('group.identity')!r}, {where[0]!r}, {where[1]})"
    assert other.ask(f"opened('direct', {direct})") == "'direct'"
    assert other.ask("direct.send(UUID(int=3), b'hello')") == "None"
    assert "b'hello'" in ben.ask("first(news, peerapi.Message)")
    number = ben.ask("[one.id for one in group.connections() if one.direct][0]")
    assert ben.ask(f"group.send({number}, UUID(int=3), b'and back')") == "None"
    assert "b'and back'" in other.ask("anext(direct)")
    assert other.ask("group.unsent(direct.connection.id)") == "0"
    assert other.ask("direct.aclose()") == "None"
    assert "DISCONNECTED" in ben.ask("first(news, peerapi.DirectChange)")


def test_a_database_goes_to_a_file_through_the_holder(club: Club, tmp_path: Path) -> None:
    club.other.ask(f"group.add({TYPE}, b'kept')")
    copy = tmp_path / "copy"
    assert club.other.ask(f"group.export_database({str(copy)!r})") == "None"
    assert copy.stat().st_size > 0
    assert copy.stat().st_mode & 0o077 == 0


def test_the_holder_closes_and_goes_on_serving(club: Club) -> None:
    holder, other = club.holder, club.other
    holder.ask("start_up()")
    assert holder.ask("group.aclose()") == "None"
    assert other.ask(f"group.add({TYPE}, b'still')").startswith("UUID")
    assert holder.ask(f"peerapi.delete_group({club.name!r})").startswith("failed")
    assert other.ask(f"peerapi.delete_group({club.name!r})").startswith("failed")
    assert holder.ask(f"opened('again', peerapi.open_group({club.name!r}))") == "'again'"
    assert holder.value(f"again.count({TYPE})") == 1
    holder.end()
    assert other.value(f"group.count({TYPE})") == 1
    assert other.ask(f"group.add({TYPE}, b'mine now')").startswith("UUID")
    third = club.opened()
    assert third.value(f"group.count({TYPE})") == 2
    assert third.ask("group.aclose()") == "None"
    assert other.ask("group.aclose()") == "None"
    assert other.ask(f"peerapi.delete_group({club.name!r})") == "None"


def test_joining_what_is_open_elsewhere_is_refused_and_by_password_it_is_opened(club: Club) -> None:
    invitation = club.holder.value("group.invite_by_password()")
    third = club.start()
    joined = f"peerapi.join_group({invitation!r}, password={PASSWORD!r})"
    assert third.ask(f"opened('group', {joined})") == "'group'"
    assert third.ask(f"group.add({TYPE}, b'a member already')").startswith("UUID")
    config = club.holder.value("group.export_config('secret')")
    assert third.ask(f"peerapi.import_group({config!r}, 'secret', overwrite=True)").startswith("failed GroupInUse")


def test_a_graph_under_the_security_of_a_shared_group(club: Club, start: Start) -> None:
    """The second program's own graph is judged there; somebody who is no member does not come in."""
    other = club.other
    ben = start("ben")
    ben.ask("opened('who', peerapi.create_identity('ben'))")
    invitation = other.value(f"group.invite({ben.value('peerapi.identity_info()')!r})")
    ben.ask(f"opened('group', peerapi.join_group({invitation!r}))")
    club.holder.ask("group.connect()")
    ben.ask("group.connect()")
    ben.ask("group.wait_ready()")
    made = f"peerapi.create_graph('side', {club.identity!r}, group=group, scope=peerapi.Scope.LOOPBACK)"
    assert other.ask(f"opened('graph', {made})") == "'graph'"
    assert "Address" in other.ask("graph.listen()")
    assert other.ask(f"graph.add({TYPE}, b'under security')").startswith("UUID")
    where = other.value("(graph.addresses[0].host, graph.addresses[0].port)")
    ben_name = ben.value("group.identity")
    assert ben.ask(f"opened('graph', peerapi.open_graph('side', {ben_name!r}, group=group))") == "'graph'"
    assert "Connection" in ben.ask(f"graph.connect({where[0]!r}, {where[1]})")
    assert ben.ask("graph.wait_synchronized()") == "None"
    assert ben.value(f"graph.count({TYPE})") == 1
    eve = start("eve")
    eve.ask("opened('who', peerapi.create_identity('eve'))")
    eve.ask("opened('graph', peerapi.open_graph('side', who.name))")
    assert eve.ask(f"graph.connect({where[0]!r}, {where[1]})").startswith("failed")


@pytest.mark.parametrize("way", ["kill", "end"])
def test_who_takes_over_goes_online_again_at_the_same_port(club: Club, start: Start, way: str) -> None:
    holder, other = club.holder, club.other
    holder.ask("group.connect()")
    port = holder.value("group.addresses[0].port")
    other.ask("keep('news', group.events(peerapi.StatusChange))")
    getattr(holder, way)()
    while other.ask("peerapi.Status.LISTENING in group.status") != "True":
        other.ask("anext(news)")
    assert other.value("group.addresses[0].port") == port


def test_a_search_of_all_nodes_is_made_through_the_holder(club: Club) -> None:
    holder, other = club.holder, club.other
    mine = holder.ask(f"group.add({TYPE}, b'here', attributes={{'colour': 'red'}}, local=True)")
    for program in (holder, other):
        program.ask("keep('answers', group.search_nodes(peerapi.where('colour', '==', 'red'), timeout=60))")
        answer = program.ask("anext(answers)")
        assert mine in answer and "local=True" in answer
        assert program.ask("anext(answers, None)") == "None", "the end"
        assert program.ask("answers.absent") == "()"
    for program in (holder, other):
        program.ask("keep('wrong', group.search_nodes('<peersearch/>'))")
        assert program.ask("anext(wrong)").startswith("failed InvalidSearch")
