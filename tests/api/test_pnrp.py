"""PeerPnrp as C calls it: two real processes, and every documented return code provoked or listed with the reason."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
import unittest.mock
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.api.documented import Table, short
from tests.support import native
from tests.support.native import (
    FUNCTIONS,
    SOCKADDR_IN6,
    WAIT_OBJECT_0,
    WAIT_TIMEOUT,
    Library,
    code,
    expect,
    put_text,
    text_at,
)
from tests.support.native import wide as wide
from tests.support.ports import free_range

ROOT = Path(__file__).parents[2]
VERSION = 2
AUTO = 0xFFFFFFFF
REGISTRATION_INFO = native.structure("PEER_PNRP_REGISTRATION_INFO")
ENDPOINT_INFO = native.structure("PEER_PNRP_ENDPOINT_INFO")
CLOUD_INFO = native.structure("PEER_PNRP_CLOUD_INFO")
NAME = "0.café"
STRANGER = "ab" * 20 + ".chat"
"A well-formed secure name of somebody else."


class Endpoint(NamedTuple):
    name: str | None
    ports: list[int]
    comment: str | None
    payload: bytes


def info(
    *ports: int,
    auto: bool = False,
    port: int = 0,
    cloud: str | None = None,
    identity: str | None = None,
    comment: str | None = "a comment",
    payload: bytes = b"",
) -> Any:
    """A PEER_PNRP_REGISTRATION_INFO with addresses at ::1."""
    made = REGISTRATION_INFO(wPort=port, cAddresses=AUTO if auto else len(ports))
    put_text(made, "pwzCloudName", cloud)
    put_text(made, "pwzPublishingIdentity", identity)
    put_text(made, "pwzComment", comment)
    sockets = [SOCKADDR_IN6(10, (ctypes.c_uint8 * 2)(*each.to_bytes(2, "big"))) for each in ports]
    for one in sockets:
        one.sin6_addr[15] = 1
    pointers = (ctypes.c_void_p * max(1, len(ports)))(*[ctypes.addressof(one) for one in sockets])
    data = ctypes.create_string_buffer(payload, len(payload) or 1)
    made.kept += [sockets, pointers, data]
    made.ppAddresses = ctypes.addressof(pointers) if ports else None
    made.payload.cbData, made.payload.pbData = len(payload), ctypes.addressof(data) if payload else None
    return made


def copied(address: int) -> Endpoint:
    found = ENDPOINT_INFO.from_address(address)
    pointers = (ctypes.c_void_p * found.cAddresses).from_address(found.ppAddresses) if found.cAddresses else []
    sockets = [SOCKADDR_IN6.from_address(pointer) for pointer in pointers]
    assert all(one.sin6_family == 10 and bytes(one.sin6_addr) == bytes(15) + b"\1" for one in sockets)
    ports = [int.from_bytes(bytes(one.sin6_port), "big") for one in sockets]
    payload = ctypes.string_at(found.payload.pbData, found.payload.cbData) if found.payload.cbData else b""
    return Endpoint(text_at(found.pwzPeerName), ports, text_at(found.pwzComment), payload)


class Pnrp:
    """The functions with Python values in and out."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def start(self, version: int = VERSION) -> int:
        return int(self.library.PeerPnrpStartup(version))

    def stop(self) -> int:
        return int(self.library.PeerPnrpShutdown())

    def try_register(self, name: str | None, given: Any) -> tuple[int, int | None]:
        handle = ctypes.c_void_p()
        pointer = None if given is None else ctypes.byref(given)
        return int(self.library.PeerPnrpRegister(wide(name), pointer, ctypes.byref(handle))), handle.value

    def register(self, name: str = NAME, given: Any = None) -> int:
        result, handle = self.try_register(name, given)
        expect(result, "S_OK")
        assert handle
        return handle

    def update(self, handle: int, given: Any) -> int:
        pointer = None if given is None else ctypes.byref(given)
        return int(self.library.PeerPnrpUpdateRegistration(handle, pointer))

    def unregister(self, handle: int) -> int:
        return int(self.library.PeerPnrpUnregister(handle))

    def try_resolve(
        self, name: str | None = NAME, cloud: str | None = None, most: int = 5
    ) -> tuple[int, list[Endpoint]]:
        count, array = ctypes.c_uint32(most), ctypes.c_void_p(0x10)
        result = int(self.library.PeerPnrpResolve(wide(name), wide(cloud), ctypes.byref(count), ctypes.byref(array)))
        if result:
            assert not array.value
            return result, []
        assert bool(array.value) == bool(count.value)
        found = [copied(array.value + number * ENDPOINT_INFO.SIZE) for number in range(count.value)]
        self.library.PeerFreeData(array)
        return result, found

    def resolve(self, name: str = NAME, cloud: str | None = None, most: int = 5) -> list[Endpoint]:
        result, found = self.try_resolve(name, cloud, most)
        expect(result, "S_OK")
        return found

    def event(self, manual: bool = False) -> int:
        return int(self.library.CreateEventW(None, manual, 0, None))

    def try_search(
        self, name: str | None, event: int | None, cloud: str | None = None, most: int = 5
    ) -> tuple[int, int]:
        handle = ctypes.c_void_p()
        result = self.library.PeerPnrpStartResolve(wide(name), wide(cloud), most, event, ctypes.byref(handle))
        return int(result), handle.value or 0

    def search(self, event: int, name: str = NAME, most: int = 5) -> int:
        result, handle = self.try_search(name, event, most=most)
        expect(result, "S_OK")
        return handle

    def next(self, handle: int) -> tuple[int, Endpoint | None]:
        out = ctypes.c_void_p(0x10)
        result = int(self.library.PeerPnrpGetEndpoint(handle, ctypes.byref(out)))
        if result:
            assert not out.value
            return result, None
        assert out.value
        found = copied(out.value)
        self.library.PeerFreeData(out)
        return result, found

    def end(self, handle: int) -> int:
        return int(self.library.PeerPnrpEndResolve(handle))

    def clouds(self) -> list[tuple[str | None, int, int]]:
        count, array = ctypes.c_uint32(), ctypes.c_void_p()
        expect(self.library.PeerPnrpGetCloudInfo(ctypes.byref(count), ctypes.byref(array)), "S_OK")
        found = [
            CLOUD_INFO.from_address((array.value or 0) + number * CLOUD_INFO.SIZE) for number in range(count.value)
        ]
        values = [(text_at(one.pwzCloudName), one.dwScope, one.dwScopeId) for one in found]
        self.library.PeerFreeData(array)
        return values

    def identity(self) -> str:
        out = ctypes.c_void_p()
        expect(self.library.PeerIdentityCreate(wide("chat"), wide("Alice"), None, ctypes.byref(out)), "S_OK")
        name = text_at(out.value)
        self.library.PeerFreeData(out)
        assert name
        return name


@pytest.fixture(scope="module")
def loaded(library: Path) -> Library:
    return Library(library)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a home and a loopback cloud of its own."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    monkeypatch.delenv("PEERAPI_PNRP_SEEDS", raising=False)
    monkeypatch.delenv("PEERAPI_PNRP_LINKS", raising=False)
    monkeypatch.delenv("PEERAPI_PNRP_PROFILE", raising=False)


@pytest.fixture
def stopped(loaded: Library) -> Iterator[Pnrp]:
    """Before the Startup."""
    pnrp = Pnrp(loaded)
    yield pnrp
    assert pnrp.stop() == code("PEER_E_NOT_INITIALIZED"), "Startup and Shutdown are not paired"


@pytest.fixture
def pnrp(stopped: Pnrp) -> Iterator[Pnrp]:
    expect(stopped.start(), "S_OK")
    yield stopped
    expect(stopped.stop(), "S_OK")


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
    assert child.wait(60) == 0
    answers.close()


def _serve(path: str) -> None:
    pnrp = Pnrp(Library(Path(path)))
    expect(pnrp.start(), "S_OK")
    for line in sys.stdin:
        print(repr(eval(line, {"pnrp": pnrp, "info": info})), flush=True)
    expect(pnrp.stop(), "S_OK")


# ---- documented return codes ----


def drained(pnrp: Pnrp) -> list[int]:
    """The codes of GetEndpoint until the search is over, one after each time that the event was set."""
    pnrp.register()
    event, codes = pnrp.event(), [0]
    handle = pnrp.search(event)
    while codes[-1] == 0:
        assert pnrp.library.WaitForSingleObject(event, 20_000) == WAIT_OBJECT_0
        codes.append(pnrp.next(handle)[0])
    expect(pnrp.end(handle), "S_OK")
    return codes[1:]


def unavailable(pnrp: Pnrp) -> int:
    """The Startup on a machine without IPv6."""
    with unittest.mock.patch("socket.socket", side_effect=OSError("Address family not supported")):
        return pnrp.start()


def stopped_too_often(pnrp: Pnrp) -> int:
    expect(pnrp.stop(), "S_OK")
    result = pnrp.stop()
    expect(pnrp.start(), "S_OK")
    return result


TABLE: Table[Pnrp] = Table(
    (name for name in FUNCTIONS if name.startswith("PeerPnrp")),
    {("PeerPnrpStartup", "E_INVALIDARG"): "its only parameter is a version, and a wrong one has a code of its own"},
)
PROVOCATIONS: dict[tuple[str, str], Callable[[Pnrp], int]] = {
    ("PeerPnrpStartup", "S_OK"): lambda pnrp: pnrp.start() or pnrp.stop(),
    ("PeerPnrpStartup", "PEER_E_UNSUPPORTED_VERSION"): lambda pnrp: pnrp.start(3),
    ("PeerPnrpStartup", "PEER_E_SERVICE_NOT_AVAILABLE"): unavailable,
    ("PeerPnrpShutdown", "S_OK"): lambda pnrp: pnrp.start() or pnrp.stop(),
    ("PeerPnrpShutdown", "PEER_E_NOT_INITIALIZED"): stopped_too_often,
    ("PeerPnrpRegister", "S_OK"): lambda pnrp: pnrp.try_register(NAME, info(1))[0],
    ("PeerPnrpRegister", "E_INVALIDARG"): lambda pnrp: pnrp.try_register(None, info(1))[0],
    ("PeerPnrpRegister", "PEER_E_IDENTITY_NOT_FOUND"): lambda pnrp: pnrp.try_register(STRANGER, info(1))[0],
    ("PeerPnrpUpdateRegistration", "S_OK"): lambda pnrp: pnrp.update(pnrp.register(NAME, info(1)), info(2)),
    ("PeerPnrpUpdateRegistration", "E_INVALIDARG"): lambda pnrp: pnrp.update(pnrp.register(NAME, info(1)), None),
    ("PeerPnrpUnregister", "S_OK"): lambda pnrp: pnrp.unregister(pnrp.register()),
    ("PeerPnrpUnregister", "E_INVALIDARG"): lambda pnrp: pnrp.unregister(0x1234),
    ("PeerPnrpResolve", "S_OK"): lambda pnrp: pnrp.try_resolve()[0] if pnrp.register() else 1,
    ("PeerPnrpResolve", "E_INVALIDARG"): lambda pnrp: pnrp.try_resolve(None)[0],
    ("PeerPnrpStartResolve", "S_OK"): lambda pnrp: pnrp.try_search(NAME, pnrp.event())[0],
    ("PeerPnrpStartResolve", "E_INVALIDARG"): lambda pnrp: pnrp.try_search(NAME, None)[0],
    ("PeerPnrpGetCloudInfo", "S_OK"): lambda pnrp: 0 if pnrp.clouds() else 1,
    ("PeerPnrpGetCloudInfo", "E_INVALIDARG"): lambda pnrp: int(pnrp.library.PeerPnrpGetCloudInfo(None, None)),
    ("PeerPnrpGetEndpoint", "S_OK"): lambda pnrp: drained(pnrp)[0],
    ("PeerPnrpGetEndpoint", "E_INVALIDARG"): lambda pnrp: pnrp.next(0x1234)[0],
    ("PeerPnrpGetEndpoint", "PEER_E_NO_MORE"): lambda pnrp: drained(pnrp)[-1],
    ("PeerPnrpEndResolve", "S_OK"): lambda pnrp: pnrp.end(pnrp.search(pnrp.event())),
    ("PeerPnrpEndResolve", "E_INVALIDARG"): lambda pnrp: pnrp.end(0x1234),
}
for _pair, _call in PROVOCATIONS.items():
    TABLE.provokes(*_pair)(_call)


@pytest.mark.parametrize(("function", "code"), TABLE.documented, ids=short)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, code: str) -> None:
    TABLE.check_listed(function, code)


@pytest.mark.parametrize(("function", "code"), TABLE.to_provoke, ids=short)
def test_the_documented_code_comes(pnrp: Pnrp, function: str, code: str) -> None:
    TABLE.check_comes(function, code, pnrp)


@pytest.mark.parametrize("name", [name for name in TABLE.rows if name != "PeerPnrpStartup"])
def test_before_the_startup_nothing_works(stopped: Pnrp, name: str) -> None:
    arguments = [0 if param["type"] == "ULONG" else None for param in FUNCTIONS[name]["params"]]
    expect(getattr(stopped.library, name)(*arguments), "PEER_E_NOT_INITIALIZED")


@pytest.mark.parametrize("version", [0, 1, 3, 0x0200])
def test_another_major_version_is_not_supported(stopped: Pnrp, version: int) -> None:
    expect(stopped.start(version), "PEER_E_UNSUPPORTED_VERSION")


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
        assert pnrp.library.WaitForSingleObject(event, 20_000) == WAIT_OBJECT_0
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
    assert pnrp.library.WaitForSingleObject(event, 20_000) == WAIT_OBJECT_0
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
    thread.join(60)
    assert results == [0x80070000 | 1223]
    expect(stopped.start(), "S_OK")
    expect(stopped.unregister(handle), "E_INVALIDARG")
    expect(stopped.end(search), "E_INVALIDARG")
    expect(stopped.stop(), "S_OK")


if __name__ == "__main__":
    _serve(sys.argv[1])
