"""PeerPnrp as C calls it: two real processes, and every documented return code provoked or listed with the reason."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from peerapi.address import Address
from peerapi.api.pnrp import _endpoint
from tests.api.pnrp_functions import NAME, STRANGER, Endpoint, Pnrp, info
from tests.support import native
from tests.support.native import WAIT_TIMEOUT, Library, expect
from tests.support.native import wide as wide
from tests.support.ports import free_range

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a home and a loopback cloud of its own."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    monkeypatch.delenv("PEERAPI_PNRP_SEEDS", raising=False)
    monkeypatch.delenv("PEERAPI_PNRP_LINKS", raising=False)
    monkeypatch.delenv("PEERAPI_PNRP_PROFILE", raising=False)


@pytest.fixture
def other(library: Path) -> Iterator[Callable[[str], str]]:
    """Another process: a line of Python to evaluate there, with ``pnrp`` and ``info``; what it gives, as text."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.api.test_pnrp", str(library)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    pipe, answers = child.stdin, child.stdout

    def evaluate(line: str) -> str:
        pipe.write(line + "\n")
        pipe.flush()
        return answers.readline().rstrip("\n")

    yield evaluate
    pipe.close()
    assert child.wait(120) == 0
    answers.close()


def _serve(path: str) -> None:
    pnrp = Pnrp(Library(Path(path)))
    expect(pnrp.start(), "S_OK")
    for line in sys.stdin:
        print(repr(eval(line, {"pnrp": pnrp, "info": info})), flush=True)
    expect(pnrp.stop(), "S_OK")


# ---- publishing and finding ----


def test_a_secure_name_of_one_process_is_found_by_another_with_endpoints_comment_and_payload(
    pnrp: Pnrp, other: Callable[[str], str]
) -> None:
    name = pnrp.identity()
    pnrp.register(name, info(4711, 80, payload=b"\0payload\xff"))
    assert other(f"pnrp.resolve({name!r})") == repr([Endpoint(name, [4711, 80], "a comment", b"\0payload\xff")])


def test_what_another_process_registers_is_found_by_the_asynchronous_calls(
    pnrp: Pnrp, other: Callable[[str], str]
) -> None:
    assert int(other(f"pnrp.register({NAME!r}, info(4711, payload=b'x'))"))
    event = pnrp.event()
    found: list[Endpoint | None] = []
    handle = pnrp.search(event)
    while not found or found[-1] is not None:
        assert pnrp.is_set(event)
        found.append(pnrp.next(handle)[1])
    assert found == [Endpoint(NAME, [4711], "a comment", b"x"), None]
    expect(pnrp.end(handle), "S_OK")
    assert pnrp.library.CloseHandle(event)


def test_a_name_of_two_processes_is_found_in_both(pnrp: Pnrp, other: Callable[[str], str]) -> None:
    assert int(other(f"pnrp.register({NAME!r}, info(2))"))
    pnrp.register(NAME, info(1))
    assert sorted(one.ports for one in pnrp.resolve()) == [[1], [2]]
    assert len(pnrp.resolve(most=1)) == 1


def test_an_update_is_found_by_another_process(pnrp: Pnrp, other: Callable[[str], str]) -> None:
    handle = pnrp.register(NAME, info(1, payload=b"old"))
    expect(pnrp.update(handle, info(2, comment=None, payload=b"new")), "S_OK")
    assert other("pnrp.resolve()") == repr([Endpoint(NAME, [2], None, b"new")])


def test_a_name_is_found_within_its_own_process(pnrp: Pnrp) -> None:
    pnrp.register(NAME, info(4711))
    assert pnrp.resolve() == [Endpoint(NAME, [4711], "a comment", b"")]


def test_nothing_said_means_automatic_addresses_in_all_clouds(pnrp: Pnrp) -> None:
    pnrp.register()
    assert pnrp.resolve() == [Endpoint(NAME, [0], None, b"")]


def test_automatic_addresses_have_the_port_that_is_named(pnrp: Pnrp) -> None:
    pnrp.register(NAME, info(auto=True, port=4711, cloud="Global_"))
    (found,) = pnrp.resolve(cloud="GLOBAL_")
    assert found.ports == [4711]


def test_a_name_may_have_a_payload_and_no_address(pnrp: Pnrp) -> None:
    pnrp.register(NAME, info(payload=b"x" * 4096))
    assert pnrp.resolve() == [Endpoint(NAME, [], "a comment", b"x" * 4096)]


def test_another_classifier_of_an_identity_is_signed_by_its_key(pnrp: Pnrp) -> None:
    name = pnrp.identity().partition(".")[0] + ".another"
    pnrp.register(name, info(1))
    assert [one.ports for one in pnrp.resolve(name)] == [[1]]


def test_a_name_that_is_withdrawn_can_be_registered_again(pnrp: Pnrp) -> None:
    handle = pnrp.register(NAME, info(1))
    expect(pnrp.try_register(NAME, info(2))[0], "PEER_E_PNRP_DUPLICATE_PEER_NAME")
    expect(pnrp.unregister(handle), "S_OK")
    expect(pnrp.unregister(handle), "E_INVALIDARG")
    pnrp.register(NAME, info(2))


@pytest.mark.parametrize("name", ["", "chat", "0.", "0", "x" * 1000, "AB" * 20 + ".chat"])
def test_what_is_no_peer_name_is_invalid(pnrp: Pnrp, name: str) -> None:
    expect(pnrp.try_register(name, info(1))[0], "E_INVALIDARG")
    expect(pnrp.try_resolve(name)[0], "E_INVALIDARG")
    expect(pnrp.try_search(name, pnrp.event())[0], "E_INVALIDARG")


@pytest.mark.parametrize(
    "given",
    [
        lambda: info(),
        lambda: info(*range(1, 12)),
        lambda: info(1, payload=b"x" * 4097),
        lambda: info(1, comment="x" * 40),
    ],
    ids=["nothing", "eleven addresses", "payload", "comment"],
)
def test_what_cannot_be_published_is_invalid(pnrp: Pnrp, given: Callable[[], Any]) -> None:
    expect(pnrp.try_register(NAME, given())[0], "E_INVALIDARG")


@pytest.mark.parametrize("family", [0, 11])
def test_an_address_that_is_of_another_family_is_invalid(pnrp: Pnrp, family: int) -> None:
    given = info(1)
    given.kept[-3][0].sin6_family = family
    expect(pnrp.try_register(NAME, given)[0], "E_INVALIDARG")


def test_the_windows_number_of_ipv6_is_understood(pnrp: Pnrp) -> None:
    given = info(4711)
    given.kept[-3][0].sin6_family = 23
    pnrp.register(NAME, given)
    assert [one.ports for one in pnrp.resolve()] == [[4711]]


def test_an_identity_that_is_not_there_or_not_the_one_of_the_name(pnrp: Pnrp) -> None:
    name, second = pnrp.identity(), pnrp.identity()
    expect(pnrp.try_register(name, info(1, identity=STRANGER))[0], "PEER_E_IDENTITY_NOT_FOUND")
    expect(pnrp.try_register(name, info(1, identity=second))[0], "E_INVALIDARG")
    pnrp.register(name, info(1, identity=name))


def test_an_unknown_cloud_is_no_cloud(pnrp: Pnrp) -> None:
    expect(pnrp.try_register(NAME, info(1, cloud="Elsewhere_"))[0], "PEER_E_NO_CLOUD")
    expect(pnrp.try_resolve(NAME, "Elsewhere_")[0], "PEER_E_NO_CLOUD")
    expect(pnrp.try_search(NAME, pnrp.event(), "Elsewhere_")[0], "PEER_E_NO_CLOUD")


def test_an_update_keeps_cloud_and_number_of_addresses(pnrp: Pnrp) -> None:
    handle = pnrp.register(NAME, info(1))
    for given in (info(1, 2), info(auto=True), info(1, cloud="Loopback_"), info(1, comment="x" * 40)):
        expect(pnrp.update(handle, given), "E_INVALIDARG")
    assert [one.ports for one in pnrp.resolve()] == [[1]]


def test_the_loopback_cloud_is_there_with_nothing_configured(pnrp: Pnrp) -> None:
    ((name, scope, index),) = pnrp.clouds()
    assert (name, scope, index > 0) == ("Loopback_", native.ENUMS["PNRP_LINK_LOCAL_SCOPE"], True)


# ---- searches ----


def test_a_search_for_no_endpoint_is_invalid(pnrp: Pnrp) -> None:
    expect(pnrp.try_resolve(most=0)[0], "E_INVALIDARG")


def test_a_name_that_nobody_has_is_found_nowhere_which_is_no_failure(pnrp: Pnrp) -> None:
    assert pnrp.try_resolve() == (0, [])


def test_what_is_no_event_is_invalid(pnrp: Pnrp) -> None:
    event = pnrp.event()
    assert pnrp.library.CloseHandle(event)
    for wrong in (None, 0x1234, event):
        expect(pnrp.try_search(NAME, wrong)[0], "E_INVALIDARG")


def test_an_endpoint_that_is_not_there_yet_is_pending(pnrp: Pnrp) -> None:
    event = pnrp.event()
    handle = pnrp.search(event)
    assert pnrp.next(handle)[0] == 0x8000000A
    assert pnrp.is_set(event)
    expect(pnrp.next(handle)[0], "PEER_E_NO_MORE")


def test_a_search_that_was_ended_sets_its_event_no_more(pnrp: Pnrp) -> None:
    event = pnrp.event()
    handle = pnrp.search(event)
    expect(pnrp.end(handle), "S_OK")
    expect(pnrp.next(handle)[0], "E_INVALIDARG")
    assert pnrp.library.WaitForSingleObject(event, 0) == WAIT_TIMEOUT


def test_the_last_shutdown_ends_a_search_that_blocks_and_all_handles(stopped: Pnrp) -> None:
    expect(stopped.start(), "S_OK")
    handle, event = stopped.register(NAME, info(1)), stopped.event()
    search = stopped.search(event, "0.nobody")
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(stopped.try_resolve("0.nobody")[0]))
    thread.start()
    expect(stopped.start(), "S_OK")
    expect(stopped.stop(), "S_OK")
    assert [one.ports for one in stopped.resolve()] == [[1]]
    expect(stopped.stop(), "S_OK")
    thread.join(120)
    assert results == [0x80070000 | 1223]
    expect(stopped.start(), "S_OK")
    expect(stopped.unregister(handle), "E_INVALIDARG")
    expect(stopped.end(search), "E_INVALIDARG")
    expect(stopped.stop(), "S_OK")


if __name__ == "__main__":
    _serve(sys.argv[1])


def test_who_resolves_a_name_gets_addresses_of_ipv6_first() -> None:
    """Programs of before there was IPv4 look for one of IPv6, and take what stands first."""
    places = [Address.parse(host, 7) for host in ("192.0.2.1", "2001:db8::1", "192.0.2.2", "fe80::1")]
    found = SimpleNamespace(addresses=tuple(places), found=SimpleNamespace(payload=None, friendly_name=None))
    search = SimpleNamespace(name="0.garden")
    first = places[1], places[3]
    assert _endpoint(cast(Any, search), cast(Any, found)).addresses == (*first, places[0], places[2])
