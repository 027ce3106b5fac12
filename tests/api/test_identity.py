"""PeerIdentity, PeerEnumIdentities, PeerEnumGroups, peer names and host names, and PeerxCryptKey, as C calls them.

Each return code that a page lists is provoked, or listed with the reason why not.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
import unittest.mock
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.manager import IdentityManager
from peerapi.identity.names import parse
from peerapi.identity.xml import read_identity_info
from peerapi.store.identities import IdentityStore
from tests.api.identities import NAME_PAIR, NOBODY, PASSWORD, PRIVATE, ROOT, Identities, Keys
from tests.identity.values import AUTHORITY
from tests.support.native import expect, text_at, wide


@pytest.fixture
def groups() -> Iterator[dict[str, list[tuple[str, str]]]]:
    """Groups by the identity that has them, as the groups' own module will tell."""
    from peerapi.api.identity import IDENTITIES

    before, stored = IDENTITIES.groups, dict[str, list[tuple[str, str]]]()
    IDENTITIES.groups = lambda name: stored.get(name, [])
    yield stored
    IDENTITIES.groups = before


# ---- creating ----


def test_an_identity_has_a_secure_name_of_its_key(peer: Identities, keys: Keys) -> None:
    name = parse(peer.create("chat.games"))
    assert name.secure and name.classifier == "chat.games"
    assert KeyPair.load(keys.export(peer.crypt_key(str(name)), PRIVATE)[1]).public.authority == name.authority


def test_two_identities_have_two_keys(peer: Identities) -> None:
    assert parse(peer.create()).authority != parse(peer.create()).authority


def test_an_identity_may_have_no_classifier(peer: Identities) -> None:
    name = peer.create(None)
    assert name.endswith(".") and len(name) == 41
    assert peer.good("PeerIdentityGetFriendlyName", name[:-1]) == "Alice"


def test_an_identity_is_on_disk_when_the_call_returns(peer: Identities) -> None:
    name = peer.create()
    script = "import sys; from peerapi.identity.manager import IdentityManager as M; print(M().find(sys.argv[1])[1])"
    run = subprocess.run([sys.executable, "-c", script, name], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "Alice\n"


@pytest.mark.parametrize("friendly_name", [None, ""])
def test_without_a_friendly_name_it_is_the_peer_name(peer: Identities, friendly_name: str | None) -> None:
    name = peer.create("chat", friendly_name)
    assert peer.good("PeerIdentityGetFriendlyName", name) == name


def test_friendly_names_may_repeat(peer: Identities) -> None:
    peer.create("one", "Alice")
    peer.create("two", "Alice")
    assert [friendly for _, friendly in peer.listed()] == ["Alice", "Alice"]


@pytest.mark.parametrize(
    ("classifier", "friendly"), [("x" * 149, "y" * 255), ("😀" * 74, "😀" * 127), ("a.b.", "\x01")]
)
def test_names_may_be_as_long_as_documented(peer: Identities, classifier: str, friendly: str) -> None:
    name = peer.create(classifier, friendly)
    assert peer.listed() == [(name, friendly)]
    assert name.endswith("." + classifier)


@pytest.mark.parametrize(("classifier", "friendly"), [("x" * 150, "y"), ("😀" * 75, "y"), ("x", "y" * 256)])
def test_longer_names_are_invalid(peer: Identities, classifier: str, friendly: str) -> None:
    expect(peer.code("PeerIdentityCreate", classifier, friendly, 0), "E_INVALIDARG")
    assert peer.files == []


def test_a_key_may_have_several_identities(peer: Identities) -> None:
    first = peer.create("one")
    second = peer.create("two", "Bob", peer.crypt_key(first))
    assert parse(second).authority == parse(first).authority
    assert len(peer.listed()) == 2


@pytest.mark.parametrize(("algorithm", "bits"), [(1, 0), (2, 0), (3, 1024), (3, 0)])
def test_an_identity_of_a_key_of_ones_own(peer: Identities, keys: Keys, algorithm: int, bits: int) -> None:
    handle = keys.create(algorithm, bits)
    name = peer.create("chat", "Alice", handle)
    expect(keys.release(handle), "S_OK")
    certificate = read_identity_info(peer.good("PeerIdentityGetXML", name), 134_500_000_000_000_000)
    assert certificate.public_key.algorithm == Algorithm(algorithm)
    assert keys.public(peer.crypt_key(name)) == certificate.public_key.spki


def test_processes_that_create_identities_at_once_lose_none(peer: Identities) -> None:
    script = (
        "from peerapi.identity.manager import IdentityManager\n"
        "for _ in range(10): IdentityManager().create('x', None, None, 134 * 10**15)"
    )
    children = [subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) for _ in range(2)]
    ours = [peer.create() for _ in range(10)]
    assert [child.wait(120) for child in children] == [0, 0]
    assert len(peer.listed()) == 30
    assert {name for name, _ in peer.listed()} > set(ours)


def test_threads_that_create_identities_at_once_lose_none(peer: Identities) -> None:
    threads = [threading.Thread(target=peer.create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(peer.listed()) == 8


# ---- finding ----


@pytest.mark.parametrize("name", ["", "nonsense", "0.chat", AUTHORITY, NOBODY.upper(), "x" * 1000])
def test_what_names_no_identity_is_not_found(peer: Identities, name: str) -> None:
    peer.create()
    expect(peer.code("PeerIdentityGetFriendlyName", name), "PEER_E_NOT_FOUND")
    expect(peer.code("PeerIdentityDelete", name), "PEER_E_NOT_FOUND")
    expect(peer.code("PeerIdentityGetXML", name), "E_HANDLE")


def test_the_default_is_the_oldest_identity(peer: Identities) -> None:
    first, second = peer.create("one"), peer.create("two")
    assert peer.good("PeerIdentityGetDefault") == first
    expect(peer.code("PeerIdentityDelete", first), "S_OK")
    assert peer.good("PeerIdentityGetDefault") == second


def test_asking_for_the_default_makes_one(peer: Identities) -> None:
    made = peer.good("PeerIdentityGetDefault")
    assert peer.listed() == [(made, made)]
    assert peer.good("PeerIdentityGetDefault") == made


def test_who_asks_for_the_default_at_the_same_time_gets_the_same(peer: Identities) -> None:
    """All look before any of them adds one, as processes do that start together."""
    from peerapi.api.identity import IDENTITIES

    stores = [IdentityStore(IDENTITIES.store.folder) for _ in range(8)]
    looked = threading.Barrier(len(stores))

    def ask(store: IdentityStore) -> str:
        first = store.first
        with unittest.mock.patch.object(store, "first", lambda: (first(), looked.wait(120))[0]):
            return IdentityManager(store).needed(None, 0).peer_name

    with ThreadPoolExecutor(len(stores)) as pool:
        names = set(pool.map(ask, stores))
    assert [name for name, _ in peer.listed()] == list(names)


def test_null_means_the_default_identity(peer: Identities, keys: Keys) -> None:
    name = peer.create("one", "Alice")
    peer.create("two", "Bob")
    assert peer.good("PeerIdentityGetFriendlyName", None) == "Alice"
    assert peer.good("PeerIdentityGetXML", None) == peer.good("PeerIdentityGetXML", name)
    assert keys.public(peer.crypt_key(None)) == keys.public(peer.crypt_key(name))
    expect(peer.code("PeerIdentitySetFriendlyName", None, "Carol"), "S_OK")
    assert peer.good("PeerIdentityGetFriendlyName", name) == "Carol"
    exported = peer.good("PeerIdentityExport", None, PASSWORD)
    expect(peer.code("PeerIdentityDelete", name), "S_OK")
    assert peer.good("PeerIdentityImport", exported, PASSWORD) == name


@pytest.mark.parametrize(
    ("function", "more"),
    [
        ("PeerIdentityGetFriendlyName", []),
        ("PeerIdentityExport", [PASSWORD]),
        ("PeerIdentityGetXML", []),
        ("PeerIdentitySetFriendlyName", ["Dora"]),
        ("PeerIdentityGetCryptKey", []),
    ],
)
def test_null_makes_the_default_identity_when_there_is_none(peer: Identities, function: str, more: list[str]) -> None:
    if function == "PeerIdentityGetCryptKey":
        peer.crypt_key(None)
    else:
        expect(peer.code(function, None, *more), "S_OK")
    ((name, _),) = peer.listed()
    assert peer.good("PeerIdentityGetDefault") == name


def test_the_default_and_its_public_part_are_of_one_identity(peer: Identities) -> None:
    document = peer.good("PeerIdentityGetXML", None)
    ((name, friendly),) = peer.listed()
    assert name == friendly == peer.good("PeerIdentityGetDefault")
    assert peer.good("PeerIdentityGetXML", None) == document


# ---- the public part ----


def test_the_public_part_proves_the_name(peer: Identities) -> None:
    name = peer.create("chat", "Jürg 😀")
    document = peer.good("PeerIdentityGetXML", name)
    certificate = read_identity_info(document, 134_500_000_000_000_000)
    assert str(certificate.extensions.subject_name) == name
    assert certificate.subject == "Jürg 😀"
    assert document == peer.good("PeerIdentityGetXML", name)


# ---- friendly names ----


def test_a_friendly_name_can_be_changed(peer: Identities) -> None:
    name = peer.create("chat", "Alice")
    expect(peer.code("PeerIdentitySetFriendlyName", name, "Bob"), "S_OK")
    assert peer.good("PeerIdentityGetFriendlyName", name) == "Bob"
    certificate = read_identity_info(peer.good("PeerIdentityGetXML", name), 134_500_000_000_000_000)
    assert certificate.subject == certificate.issuer == "Bob"
    assert str(certificate.extensions.subject_name) == name


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_friendly_name_goes_back_to_the_peer_name(peer: Identities, nothing: str | None) -> None:
    name = peer.create("chat", "Alice")
    expect(peer.code("PeerIdentitySetFriendlyName", name, nothing), "S_OK")
    assert peer.good("PeerIdentityGetFriendlyName", name) == name


# ---- deleting ----


def test_a_deleted_identity_is_gone_and_its_open_key_stays(peer: Identities, keys: Keys) -> None:
    name, other = peer.create("one"), peer.create("two")
    handle = peer.crypt_key(name)
    expect(peer.code("PeerIdentityDelete", name), "S_OK")
    expect(peer.code("PeerIdentityDelete", name), "PEER_E_NOT_FOUND")
    assert [found for found, _ in peer.listed()] == [other]
    assert peer.create("one", None, handle) == name
    expect(keys.release(handle), "S_OK")


def test_an_identity_with_groups_stays(peer: Identities, groups: dict[str, list[tuple[str, str]]]) -> None:
    name = peer.create()
    groups[name] = [("group", "Group")]
    expect(peer.code("PeerIdentityDelete", name), "PEER_E_GROUPS_EXIST")
    assert peer.listed() == [(name, "Alice")]
    del groups[name]
    expect(peer.code("PeerIdentityDelete", name), "S_OK")


# ---- enumerations ----


def test_nothing_is_enumerated_when_there_is_no_identity(peer: Identities) -> None:
    assert peer.listed() == []


def test_identities_are_enumerated_oldest_first(peer: Identities) -> None:
    names = [peer.create(str(number), f"Number {number}") for number in range(5)]
    assert peer.listed() == [(name, f"Number {number}") for number, name in enumerate(names)]


def test_an_enumeration_is_a_snapshot_taken_in_pieces(peer: Identities) -> None:
    names = [peer.create(str(number)) for number in range(3)]
    handle, items = ctypes.c_void_p(), ctypes.c_void_p()
    expect(peer.library.PeerEnumIdentities(ctypes.byref(handle)), "S_OK")
    peer.create("later")
    expect(peer.code("PeerIdentityDelete", names[2]), "S_OK")
    found: list[str | None] = []
    for wanted, given in ((2, 2), (2, 1), (2, 0)):
        count = ctypes.c_uint32(wanted)
        expect(peer.library.PeerGetNextItem(handle, ctypes.byref(count), ctypes.byref(items)), "S_OK")
        assert count.value == given
        pointers = (ctypes.POINTER(NAME_PAIR) * given).from_address(items.value) if given else []
        found += [text_at(pointer.contents.pwzPeerName) for pointer in pointers]
        peer.library.PeerFreeData(items)
    assert found == names
    expect(peer.library.PeerEndEnumeration(handle), "S_OK")
    expect(peer.library.PeerEndEnumeration(handle), "E_INVALIDARG")


def test_the_groups_of_an_identity_are_enumerated(peer: Identities, groups: dict[str, list[tuple[str, str]]]) -> None:
    name = peer.create()
    assert peer.enumerate("PeerEnumGroups", wide(name)) == (0, [])
    groups[name] = [("group one", "One"), ("group two", "Two")]
    assert peer.enumerate("PeerEnumGroups", wide(name)) == (0, groups[name])
