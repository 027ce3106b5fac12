"""PEER_SECURITY_INTERFACE: an application's own validate, secure and free functions, and ValidateDeferredRecords."""

import threading
from pathlib import Path

import pytest

from tests.api.guarded import UNAUTHORIZED, guarded_pair
from tests.conftest import RunC
from tests.support import native
from tests.support.native import expect
from tests.support.peer_values import record_struct
from tests.support.peers import CONNECTED, HAS_CONNECTIONS, NEIGHBOR_CONNECTION, RECORD_CHANGED, Peers
from tests.support.provider import Asked, Provider, create, set_text, try_create, try_open
from tests.support.scenario import scenario
from tests.wire.client import PRESENCE

SOURCES = Path(__file__).parents[1] / "c"


# the structure


@pytest.mark.parametrize("missing", ["pfnValidateRecord", "pfnSecureRecord"])
@scenario
def test_one_function_of_the_two_is_refused(peers: Peers, missing: str) -> None:
    provider = Provider()
    setattr(provider.interface, missing, None)
    expect(try_create(peers, provider)[0], "E_INVALIDARG")
    expect(try_open(peers, provider)[0], "E_INVALIDARG")
    create(peers, None)  # nothing was left behind


@scenario
def test_without_both_functions_there_is_no_provider(peers: Peers) -> None:
    provider = Provider()
    provider.interface.pfnValidateRecord = provider.interface.pfnSecureRecord = None
    alice = create(peers, provider)
    assert alice.get(alice.add()).security == b""
    assert provider.freed == []


@pytest.mark.parametrize("size", [0, 79, 81, 0xFFFFFFFF])
@scenario
def test_an_interface_of_a_wrong_struct_size_is_refused(peers: Peers, size: int) -> None:
    provider = Provider()
    provider.interface.dwSize = size
    expect(try_create(peers, provider)[0], "E_INVALIDARG")
    expect(try_open(peers, provider)[0], "E_INVALIDARG")


@pytest.mark.parametrize("field", ["pwzSspFilename", "pwzPackageName"])
@scenario
def test_a_windows_security_package_is_refused(peers: Peers, field: str) -> None:
    """It cannot be loaded; going on without it would leave open what was to be protected."""
    provider = Provider()
    set_text(provider.interface, field, "secur32.dll")
    expect(try_create(peers, provider)[0], "E_INVALIDARG")
    provider.interface.pfnValidateRecord = provider.interface.pfnSecureRecord = None
    expect(try_open(peers, provider)[0], "E_INVALIDARG")


@scenario
def test_security_info_without_a_pointer_is_refused(peers: Peers) -> None:
    provider = Provider()
    provider.interface.cbSecurityInfo = 5
    expect(try_create(peers, provider)[0], "E_INVALIDARG")


@scenario
def test_a_provider_without_a_free_function_works(peers: Peers) -> None:
    provider = Provider()
    provider.interface.pfnFreeSecurityData = None
    alice = create(peers, provider)
    assert alice.get(alice.add()).security == b"secured"


@scenario
def test_one_presence_record_however_fast_it_changes(peers: Peers) -> None:
    """Each change prepares the record anew while an earlier one still waits to be secured."""
    alice, hers, bob, _ = guarded_pair(peers)
    release = threading.Event()

    def slow(asked: Asked) -> tuple[int, bytes | None]:
        if asked.record.type == PRESENCE:
            release.wait(120)
        return 0, b""

    hers.on_secure = slow
    library = peers.library
    expect(library.PeerGraphSetPresence(alice.handle, 1), "S_OK")
    for text in ("one", "two", "three"):
        expect(library.PeerGraphSetNodeAttributes(alice.handle, native.wide(text)), "S_OK")
        expect(library.PeerGraphSetPresence(alice.handle, 1), "S_OK")
    release.set()
    bob.until(lambda: any(b"\0t\0h\0r\0e\0e" in record.data for record in bob.records(PRESENCE)), what="the last text")
    assert len(bob.records(PRESENCE)) == 1
    assert len(alice.records(PRESENCE)) == 1


@scenario
def test_a_peer_with_a_provider_and_one_without_understand_each_other(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    bob = peers.join(alice)
    id, own = alice.add(b"secured"), bob.add(b"plain")
    bob.until(lambda: bob.has(id))
    alice.until(lambda: alice.has(own))
    assert bob.get(id).security == b"secured"
    assert alice.get(own).security == b""


@scenario
def test_many_records_with_a_provider_are_all_or_none(peers: Peers) -> None:
    from tests.api.test_graph_many import add_many

    provider = Provider()
    alice = create(peers, provider)
    provider.on_secure = lambda asked: (
        (UNAUTHORIZED, None) if asked.record.data == b"3" else (0, b"s" + asked.record.data)
    )
    with alice.queue(RECORD_CHANGED) as queue:
        result, _ = add_many(alice, [record_struct(b"%d" % number) for number in range(5)])
        expect(result, "PEER_E_NOT_AUTHORIZED")
        assert queue.drain() == []
        assert alice.records() == []
        result, ids = add_many(alice, [record_struct(b"%d" % number) for number in range(4, 8)])
        expect(result, "S_OK")
        assert [event.record for event in queue.drain()] == ids
    assert [alice.get(id).security for id in ids] == [b"s4", b"s5", b"s6", b"s7"]
    provider.check()


@scenario
def test_a_provider_that_lets_records_through_while_a_link_comes_and_goes(peers: Peers) -> None:
    """Bob hangs up while alice's provider has his records: she serves him as before when he is back."""
    alice, hers, bob, _ = guarded_pair(peers)
    release = threading.Event()
    hers.on_validate = lambda asked: 0 if asked.internal or release.wait(120) else 1
    id = bob.add(b"in flight")
    hers.until(lambda: hers.of_applications(hers.validated))
    bob.close()
    release.set()
    alice.until(lambda: alice.has(id))
    alice.until(lambda: not alice.status() & HAS_CONNECTIONS)
    again = peers.reopen(bob)
    with again.queue(NEIGHBOR_CONNECTION) as queue:
        again.connect(alice.port)
        queue.wait(lambda event: event.status == CONNECTED)
    other = again.add(b"after")
    alice.until(lambda: alice.has(other))


def test_a_c_program_with_its_own_provider(run_c: RunC, tmp_path: Path) -> None:
    """Two graphs in one process, each with functions of the program; it asks and compares by itself."""
    source = (SOURCES / "security_provider.c").read_text()
    result = run_c(source, env={"PEERAPI_HOME": str(tmp_path)}, flags=("-std=c11", "-Wextra", "-Werror"))
    assert (result.returncode, result.stdout, result.stderr) == (0, "ok\n", "")
