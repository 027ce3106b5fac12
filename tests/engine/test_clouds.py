"""The clouds of a process over real sockets at ::1: two engines stand for two processes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from peerapi.address import LOOPBACK, Address
from peerapi.engine.clouds import network
from peerapi.engine.clouds.clouds import Clouds, Membership
from peerapi.engine.clouds.member import Publication, Query
from peerapi.engine.clouds.search import Hit, Search
from peerapi.engine.runtime import Engine
from peerapi.errors import DuplicatePeerName, InvalidArgument, NoCloud, NotFound, PeerError
from peerapi.identity.names import PeerName, peer_name, secure_authority
from peerapi.pnrp import keys
from peerapi.pnrp.algorithms import MODERN
from peerapi.pnrp.cpa import AppEndpoint
from tests.support.ports import free_range

UNSECURED = peer_name("0", "café")
HERE = Publication((AppEndpoint(LOOPBACK, 4711),), 0, "a comment", b"some payload")
ENGINES = [Engine(), Engine(), Engine()]


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    base = free_range()
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(base))
    monkeypatch.delenv("PEERAPI_PNRP_SEEDS", raising=False)
    for variable in ("PEERAPI_PNRP_LINKS", "PEERAPI_PNRP_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    return base


@pytest.fixture
def processes() -> Iterator[list[Clouds]]:
    made = [Clouds(Membership(engine)) for engine in ENGINES]
    yield made
    for each in made:
        each.close_all()
    for engine in ENGINES:
        assert not engine.reports, list(engine.reports)


def hits(clouds: Clouds, name: PeerName, most: int = 1) -> list[Hit]:
    return clouds.search(Query(name, most), None).wait()


def found(clouds: Clouds, name: PeerName, most: int = 1) -> list[bytes | str | None]:
    return [one.found.payload for one in hits(clouds, name, most)]


def test_a_name_is_found_in_its_own_process(processes: list[Clouds]) -> None:
    processes[0].register(UNSECURED, None, None, HERE)
    ((one, _),) = hits(processes[0], UNSECURED)
    assert (one.endpoints, one.friendly_name, one.payload) == (HERE.endpoints, HERE.comment, HERE.payload)


def test_a_name_is_found_by_another_process_with_all_that_was_published(processes: list[Clouds]) -> None:
    processes[0].register(UNSECURED, None, None, HERE)
    ((one, _),) = hits(processes[1], UNSECURED)
    assert (one.endpoints, one.friendly_name, one.payload) == (HERE.endpoints, HERE.comment, HERE.payload)


def test_a_process_that_was_there_first_finds_what_is_registered_later(processes: list[Clouds]) -> None:
    assert not found(processes[0], UNSECURED)
    processes[1].register(UNSECURED, None, None, HERE)
    assert found(processes[0], UNSECURED) == [HERE.payload]


def test_a_secure_name_is_signed_by_its_key(processes: list[Clouds]) -> None:
    signer = keys.generate(MODERN)
    name = peer_name(secure_authority(signer.public_key_der), "chat")
    processes[0].register(name, signer, None, HERE)
    ((one, _),) = hits(processes[1], name)
    assert one.public_key == signer.public_key_der


def test_a_secure_name_with_another_key_is_refused(processes: list[Clouds]) -> None:
    name = peer_name(secure_authority(b"somebody else"), "chat")
    with pytest.raises(InvalidArgument):
        processes[0].register(name, keys.generate(MODERN), None, HERE)


def test_a_name_of_two_processes_is_found_twice(processes: list[Clouds]) -> None:
    for number, process in enumerate(processes[:2]):
        process.register(UNSECURED, None, None, HERE._replace(payload=bytes([number])))
    assert sorted(map(str, found(processes[2], UNSECURED, 5))) == [str(b"\0"), str(b"\1")]


def test_an_update_is_what_others_find(processes: list[Clouds]) -> None:
    registration = processes[0].register(UNSECURED, None, None, HERE)
    assert found(processes[1], UNSECURED) == [HERE.payload]
    registration.update(HERE._replace(payload=b"new"))
    assert found(processes[1], UNSECURED) == [b"new"]


def test_a_withdrawn_name_is_found_no_more(processes: list[Clouds]) -> None:
    registration = processes[0].register(UNSECURED, None, None, HERE)
    assert found(processes[1], UNSECURED) == [HERE.payload]
    registration.withdraw()
    assert not found(processes[1], UNSECURED)


def test_a_name_is_registered_once_in_a_process_and_again_after_it_was_withdrawn(processes: list[Clouds]) -> None:
    registration = processes[0].register(UNSECURED, None, None, HERE)
    with pytest.raises(DuplicatePeerName):
        processes[0].register(UNSECURED, None, None, HERE)
    registration.withdraw()
    processes[0].register(UNSECURED, None, None, HERE)


def test_automatic_addresses_are_those_of_the_cloud(processes: list[Clouds]) -> None:
    processes[0].register(UNSECURED, None, None, Publication(None, 4711, None, None))
    ((one, _),) = hits(processes[1], UNSECURED)
    assert one.endpoints == (AppEndpoint(LOOPBACK, 4711),)


def test_automatic_addresses_follow_those_of_the_machine(
    processes: list[Clouds], monkeypatch: pytest.MonkeyPatch
) -> None:
    processes[0].register(UNSECURED, None, None, Publication(None, 4711, None, None))
    both = [Address(LOOPBACK, 0), Address.parse("2001:db8::1", 0)]
    monkeypatch.setattr(network.Plan, "addresses", lambda _: both)
    processes[0].member(processes[0].chosen(None)[0]).addresses_changed()
    ((one, _),) = hits(processes[1], UNSECURED)
    assert one.endpoints == tuple(AppEndpoint(each.ip, 4711) for each in both)


def test_a_search_that_the_engine_forgets_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerapi.engine.clouds.search.GRACE", 0.0)
    with pytest.raises(PeerError) as late:
        Search(Query(UNSECURED), lambda: None).wait()
    assert late.value.hresult & 0xFFFF == 10060


def test_a_process_that_listens_and_does_not_speak_yet_is_waited_for(
    processes: list[Clouds], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its engine is still starting: what it has registered is found all the same."""
    late = Engine()
    monkeypatch.setattr(late, "_run", lambda: (threading.Event().wait(1.5), Engine._run(late)))
    other = Clouds(Membership(late))
    other.register(UNSECURED, None, None, HERE)
    try:
        assert found(processes[0], UNSECURED, 5) == [HERE.payload]
    finally:
        other.close_all()


def test_a_stranger_in_the_range_is_not_waited_for_again_and_again(
    processes: list[Clouds], port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerapi.engine.clouds.driver.SILENT", 0.5)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("::1", port + 5))
        processes[0].register(UNSECURED, None, None, HERE)
        assert found(processes[0], UNSECURED, 5) == [HERE.payload]
        member = processes[0].member(processes[0].chosen(None)[0])
        assert not member.waits_for_somebody()


def test_nobody_else_is_another_failure_than_nobody_knows(processes: list[Clouds]) -> None:
    with pytest.raises(PeerError) as alone:
        processes[0].search(Query(UNSECURED), None).wait_found()
    processes[1].register(peer_name("0", "another"), None, None, HERE)
    with pytest.raises(PeerError) as unknown:
        processes[0].search(Query(UNSECURED), None).wait_found()
    assert (alone.value.hresult & 0xFFFF, unknown.value.hresult & 0xFFFF) == (10051, 11001)


def test_the_end_of_a_search_is_told(processes: list[Clouds]) -> None:
    news: list[Search] = []
    processes[0].register(UNSECURED, None, None, HERE)
    search = processes[1].search(Query(UNSECURED), None, lambda: news.append(search))
    search.wait()
    assert search.take() is not None
    with pytest.raises(IndexError):
        search.take()


def test_closing_ends_searches_and_frees_the_port(processes: list[Clouds], port: int) -> None:
    search = processes[0].search(Query(UNSECURED), None)
    processes[0].close_all()
    with pytest.raises(PeerError) as ended:
        search.wait()
    assert ended.value.hresult & 0xFFFF == 1223
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", port))


def test_a_cloud_that_was_left_takes_nothing(processes: list[Clouds]) -> None:
    registration = processes[0].register(UNSECURED, None, None, HERE)
    processes[0].close_all()
    with pytest.raises(NotFound):
        registration.update(HERE)


@pytest.mark.parametrize("name", ["Global_", "GLOBAL_", "Loopback_", "PEER_PNRP_ALL_LINKS"])
def test_with_nothing_configured_the_loopback_cloud_stands_in_for_all(processes: list[Clouds], name: str) -> None:
    assert [plan.name for plan in processes[0].chosen(name)] == ["Loopback_"]


def test_an_unknown_cloud_is_an_error(processes: list[Clouds]) -> None:
    with pytest.raises(NoCloud):
        processes[0].chosen("Site_")


def test_a_seed_brings_the_global_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_SEEDS", "[2001:db8::1]:3540, 2001:db8::2:3541")
    plans = network.plans()
    assert [plan.name for plan in plans] == ["Global_", "Loopback_"]
    assert [str(seed) for seed in plans[0].seeds] == ["[2001:db8::1]:3540", "[2001:db8::2]:3541"]


class Interfaces:
    """A machine with a loopback interface, two links, and a third that has no address."""

    NAMES: ClassVar = [(1, "lo"), (2, "wired"), (3, "wireless"), (4, "unplugged")]
    ADDRESSES: ClassVar = [
        (Address(LOOPBACK, 0), 1),
        (Address.parse("2001:db8::1", 0), 2),
        (Address.parse("fe80::2", 0, 2), 2),
        (Address.parse("fe80::3", 0, 3), 3),
    ]


@pytest.fixture
def interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.if_nameindex", lambda: Interfaces.NAMES)
    monkeypatch.setattr("peerapi.engine.network.interface_addresses", lambda: Interfaces.ADDRESSES)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("", []),
        ("all", [2, 3]),
        ("wired", [2]),
        (" wireless , unplugged ", [3, 4]),
        ("absent", []),
        ("all,absent", [2, 3]),
    ],
)
def test_links_have_clouds_when_they_are_named(
    interfaces: None, monkeypatch: pytest.MonkeyPatch, named: str, expected: list[int]
) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_LINKS", named)
    names = [*(f"LinkLocal_ff00::%{index}/8" for index in expected), "Loopback_"]
    assert [plan.name for plan in network.plans()] == names


def test_all_links_are_the_clouds_of_links_where_there_are_some(
    interfaces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_LINKS", "all")
    chosen = Clouds(Membership(ENGINES[0])).chosen("PEER_PNRP_ALL_LINKS")
    assert [plan.scope_id for plan in chosen] == [2, 3]


def test_a_node_of_a_link_has_the_link_local_addresses_of_its_interface_only(
    interfaces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_LINKS", "wired")
    assert [address.host for address in network.plans()[0].addresses()] == ["fe80::2"]


def test_apis_of_pnrp_share_the_clouds_and_not_what_they_do_there(port: int) -> None:
    membership = Membership(ENGINES[0])
    first, second = Clouds(membership), Clouds(membership)
    first.register(UNSECURED, None, None, HERE)
    second.register(peer_name("0", "another"), None, None, HERE)
    assert found(second, UNSECURED) == [HERE.payload]
    first.close_all()
    assert not found(second, UNSECURED)
    assert found(second, peer_name("0", "another")) == [HERE.payload]
    second.close_all()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", port))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PEERAPI_PNRP_SEEDS", "seed.example.org:3540"),
        ("PEERAPI_PNRP_SEEDS", "[::1]:80"),
        ("PEERAPI_PNRP_PORT", "80"),
        ("PEERAPI_PNRP_PORT", "x"),
        ("PEERAPI_PNRP_PROFILE", "weak"),
        ("PEERAPI_PNRP_LINKS", "lo"),
    ],
)
def test_an_environment_that_cannot_be_understood_is_an_error(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidArgument):
        network.plans()
