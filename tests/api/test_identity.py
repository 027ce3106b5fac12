"""PeerIdentity, PeerEnumIdentities, PeerEnumGroups, peer names and host names, and PeerxCryptKey, as C calls them.

Each return code that a page lists is provoked, or listed with the reason why not.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
import unittest.mock
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.manager import IdentityManager
from peerapi.identity.names import parse
from peerapi.identity.xml import read_identity_info
from peerapi.store import identities
from peerapi.store.identities import IdentityStore
from tests.api.documented import Table, short
from tests.api.pointers import NULL_ACCEPTED
from tests.conftest import RunC
from tests.identity.test_export import published
from tests.identity.values import AUTHORITY, key
from tests.support import native
from tests.support.native import FUNCTIONS, Library, code, expect, text_at, wide

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"
PUBLIC, PRIVATE = 1, 2
NAME_PAIR = native.structure("PEER_NAME_PAIR")
PEER_DATA = native.structure("PEER_DATA")
NOBODY = AUTHORITY + ".nobody"
"A well-formed name of no identity."


class Identities:
    """The functions, with strings in and out."""

    def __init__(self, library: Library, home: Path) -> None:
        self.library = library
        self.home = home

    @property
    def files(self) -> list[Path]:
        return sorted((self.home / "identities").glob("*.identity"))

    def text(self, function: str, *arguments: str | int | None) -> tuple[int, str | None]:
        """A function whose output is a string: its code and the string."""
        untouched = 0x10  # a failure sets the pointer to NULL
        out = ctypes.c_void_p(untouched)
        values = [wide(value) if isinstance(value, str) else value for value in arguments]
        result = int(getattr(self.library, function)(*values, ctypes.byref(out)))
        assert out.value != untouched, native.names(result)
        text = text_at(out.value)
        self.library.PeerFreeData(out)
        return result, text

    def good(self, function: str, *arguments: str | int | None) -> str:
        result, text = self.text(function, *arguments)
        expect(result, "S_OK")
        assert text is not None
        return text

    def code(self, function: str, *arguments: str | int | None) -> int:
        """The code of a function without or with a string as its output, which must be NULL when it fails."""
        if FUNCTIONS[function]["params"][-1]["direction"] == "out":
            result, text = self.text(function, *arguments)
            assert (text is None) == (result != 0)
            return result
        return int(
            getattr(self.library, function)(*[wide(value) if isinstance(value, str) else value for value in arguments])
        )

    def create(self, classifier: str | None = "chat", friendly_name: str | None = "Alice", key: int = 0) -> str:
        return self.good("PeerIdentityCreate", classifier, friendly_name, key)

    def crypt_key(self, name: str | None) -> int:
        handle = ctypes.c_size_t()
        expect(self.library.PeerIdentityGetCryptKey(wide(name), ctypes.byref(handle)), "S_OK")
        return handle.value

    def enumerate(self, function: str, *arguments: Any) -> tuple[int, list[tuple[str | None, str | None]]]:
        """The code of a function that opens an enumeration of name pairs, and the pairs."""
        handle, count, items = ctypes.c_void_p(), ctypes.c_uint32(1000), ctypes.c_void_p()
        result = int(getattr(self.library, function)(*arguments, ctypes.byref(handle)))
        if result:
            return result, []
        total = ctypes.c_uint32()
        expect(self.library.PeerGetItemCount(handle, ctypes.byref(total)), "S_OK")
        expect(self.library.PeerGetNextItem(handle, ctypes.byref(count), ctypes.byref(items)), "S_OK")
        assert count.value == total.value
        pointers = (ctypes.POINTER(NAME_PAIR) * count.value).from_address(items.value) if items.value else []
        found = [p.contents for p in pointers]
        assert all(each.dwSize == ctypes.sizeof(NAME_PAIR) for each in found)
        pairs = [(text_at(each.pwzPeerName), text_at(each.pwzFriendlyName)) for each in found]
        self.library.PeerFreeData(items)
        expect(self.library.PeerEndEnumeration(handle), "S_OK")
        return result, pairs

    def opened(self, function: str, *arguments: Any) -> int | None:
        """The handle of an enumeration."""
        handle = ctypes.c_void_p()
        expect(getattr(self.library, function)(*arguments, ctypes.byref(handle)), "S_OK")
        return handle.value

    def listed(self) -> list[tuple[str | None, str | None]]:
        result, pairs = self.enumerate("PeerEnumIdentities")
        expect(result, "S_OK")
        return pairs


class Keys:
    """The PeerxCryptKey functions."""

    def __init__(self, library: Library) -> None:
        self.loaded = library.loaded
        number, handle, pointer = ctypes.c_uint32, ctypes.c_size_t, ctypes.c_void_p
        for name, types in (
            ("Create", [number, number, pointer]),
            ("Import", [number, pointer, pointer]),
            ("Export", [handle, number, pointer]),
            ("Release", [handle]),
        ):
            function = getattr(self.loaded, f"PeerxCryptKey{name}")
            function.restype, function.argtypes = number, types
        self.loaded.CryptReleaseContext.restype = ctypes.c_int32
        self.loaded.CryptReleaseContext.argtypes = [ctypes.c_size_t, ctypes.c_uint32]
        self.loaded.GetLastError.restype = ctypes.c_uint32

    def try_create(self, algorithm: int, bits: int = 0) -> tuple[int, int]:
        handle = ctypes.c_size_t()
        return int(self.loaded.PeerxCryptKeyCreate(algorithm, bits, ctypes.byref(handle))), handle.value

    def create(self, algorithm: int, bits: int = 0) -> int:
        result, handle = self.try_create(algorithm, bits)
        expect(result, "S_OK")
        return handle

    def take(self, data: bytes) -> tuple[int, int]:
        handle, buffer = ctypes.c_size_t(), ctypes.create_string_buffer(data, len(data) or 1)
        return int(self.loaded.PeerxCryptKeyImport(len(data), buffer, ctypes.byref(handle))), handle.value

    def export(self, handle: int, part: int) -> tuple[int, bytes]:
        out = ctypes.c_void_p()
        result = int(self.loaded.PeerxCryptKeyExport(handle, part, ctypes.byref(out)))
        if not out.value:
            return result, b""
        data = PEER_DATA.from_address(out.value)
        found = ctypes.string_at(data.pbData, data.cbData)
        self.loaded.PeerFreeData(out)
        return result, found

    def public(self, handle: int) -> bytes:
        result, data = self.export(handle, PUBLIC)
        expect(result, "S_OK")
        return data

    def release(self, handle: int) -> int:
        return int(self.loaded.PeerxCryptKeyRelease(handle))


@pytest.fixture(scope="module")
def loaded(library: Path) -> Library:
    return Library(library)


@pytest.fixture
def peer(loaded: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Identities:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    return Identities(loaded, tmp_path / "home")


@pytest.fixture
def keys(loaded: Library) -> Keys:
    return Keys(loaded)


@pytest.fixture
def groups() -> Iterator[dict[str, list[tuple[str, str]]]]:
    """Groups by the identity that has them, as the groups' own module will tell."""
    from peerapi.api.identity import IDENTITIES

    before, stored = IDENTITIES.groups, dict[str, list[tuple[str, str]]]()
    IDENTITIES.groups = lambda name: stored.get(name, [])
    yield stored
    IDENTITIES.groups = before


# ---- documented return codes ----

SYNTAX_ONLY = {"PeerCreatePeerName", "PeerNameToPeerHostName", "PeerHostNameToPeerName"}
TABLE: Table[Identities] = Table(
    (name for name, row in FUNCTIONS.items() if row["family"] in ("identity", "common") or name in SYNTAX_ONLY),
    {("PeerIdentityGetDefault", "PEER_E_NOT_FOUND"): "the default identity is made when there is none"},
)
Call = Callable[[Identities], int]


def out() -> Any:
    return ctypes.byref(ctypes.c_void_p())


def good_arguments(peer: Identities, function: str) -> list[Any]:
    """One good argument list; outputs go to fresh buffers."""
    name = peer.create()
    host = "chat.pnrp.net"
    if function == "PeerIdentityImport":
        exported = peer.good("PeerIdentityExport", name, PASSWORD)
        expect(peer.code("PeerIdentityDelete", name), "S_OK")
        return [wide(exported), wide(PASSWORD), out()]
    named: dict[str, Any] = {
        "pwzIdentity": wide(name),
        "pwzClassifier": wide("games"),
        "pwzFriendlyName": wide("Bob"),
        "pwzPassword": wide(PASSWORD),
        "hCryptProv": None,
        "pwzPeerName": wide("0.chat"),
        "pwzHostName": wide(host),
        "hPeerEnum": peer.opened("PeerEnumIdentities"),
        "pCount": ctypes.byref(ctypes.c_uint32(1)),
    }
    return [named[param["name"]] if param["name"] in named else out() for param in FUNCTIONS[function]["params"]]


def call(peer: Identities, function: str, arguments: list[Any]) -> int:
    return int(getattr(peer.library, function)(*arguments))


def succeeds(function: str) -> Call:
    return lambda peer: call(peer, function, good_arguments(peer, function))


def null_pointer(function: str) -> Call:
    """NULL in place of the last pointer that must not be NULL."""

    def act(peer: Identities) -> int:
        arguments = good_arguments(peer, function)
        arguments[max(index for name, index in REQUIRED if name == function)] = None
        return call(peer, function, arguments)

    return act


def unknown(function: str) -> Call:
    """The name of no identity."""
    return lambda peer: call(peer, function, [wide(NOBODY), *good_arguments(peer, function)[1:]])


def no_access(function: str) -> Call:
    """A file stands where the folder of identities should be."""

    def act(peer: Identities) -> int:
        arguments = good_arguments(peer, function)
        (peer.home / "identities").rename(peer.home / "before")
        (peer.home / "identities").write_text("")
        return call(peer, function, arguments)

    return act


def bad_key(peer: Identities) -> int:
    return peer.code("PeerIdentityCreate", "chat", None, 0x1234)


def created_twice(peer: Identities) -> int:
    handle = peer.crypt_key(peer.create("chat"))
    return peer.code("PeerIdentityCreate", "chat", None, handle)


def one_too_many(peer: Identities) -> int:
    peer.create()
    for number in range(2, identities.LIMIT + 1):
        (peer.home / "identities" / f"{number:08}-{number:040}.identity").touch()
    return peer.code("PeerIdentityCreate", None, None, 0)


def imported_twice(peer: Identities) -> int:
    exported = peer.good("PeerIdentityExport", peer.create(), PASSWORD)
    return peer.code("PeerIdentityImport", exported, PASSWORD)


for _pair, _call in {
    ("PeerIdentityCreate", "HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE)"): bad_key,
    ("PeerIdentityCreate", "E_INVALIDARG"): lambda peer: peer.code("PeerIdentityCreate", "x" * 150, None, 0),
    ("PeerIdentityCreate", "PEER_E_ALREADY_EXISTS"): created_twice,
    ("PeerIdentityCreate", "PEER_E_TOO_MANY_IDENTITIES"): one_too_many,
    ("PeerIdentityDelete", "E_INVALIDARG"): lambda peer: peer.code("PeerIdentityDelete", None),
    ("PeerIdentityImport", "PEER_E_ALREADY_EXISTS"): imported_twice,
    ("PeerIdentitySetFriendlyName", "E_INVALIDARG"): lambda peer: peer.code(
        "PeerIdentitySetFriendlyName", peer.create(), "x" * 256
    ),
}.items():
    TABLE.provokes(*_pair)(_call)


@TABLE.provokes("PeerIdentityDelete", "PEER_E_GROUPS_EXIST")
def with_groups(peer: Identities) -> int:
    from peerapi.api.identity import IDENTITIES

    name, before = peer.create(), IDENTITIES.groups
    IDENTITIES.groups = lambda _: [("group", "Group")]
    try:
        return peer.code("PeerIdentityDelete", name)
    finally:
        IDENTITIES.groups = before


TABLE.provoke_rest(
    {
        "S_OK": succeeds,
        "E_INVALIDARG": null_pointer,
        "PEER_E_NOT_FOUND": unknown,
        "E_HANDLE": unknown,
        "PEER_E_NO_KEY_ACCESS": no_access,
    }
)


@pytest.mark.parametrize(("function", "code"), TABLE.documented, ids=short)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, code: str) -> None:
    TABLE.check_listed(function, code)


@pytest.mark.parametrize(("function", "code"), TABLE.to_provoke, ids=short)
def test_the_documented_code_comes(peer: Identities, function: str, code: str) -> None:
    TABLE.check_comes(function, code, peer)


REQUIRED = [
    (name, index)
    for name, row in TABLE.rows.items()
    for index, param in enumerate(row["params"])
    if not param["optional"] and (name, param["name"]) not in NULL_ACCEPTED
]


@pytest.mark.parametrize(("function", "index"), REQUIRED)
def test_null_for_a_required_pointer_is_invalid(peer: Identities, function: str, index: int) -> None:
    arguments = good_arguments(peer, function)
    arguments[index] = None
    expect(call(peer, function, arguments), "E_INVALIDARG")


@pytest.mark.parametrize(
    ("function", "index"),
    [
        (name, index)
        for name, row in TABLE.rows.items()
        for index, param in enumerate(row["params"])
        if param["type"] == "PCWSTR"
    ],
)
def test_half_a_surrogate_pair_is_invalid(peer: Identities, function: str, index: int) -> None:
    arguments = good_arguments(peer, function)
    arguments[index] = wide("half \ud800")
    expect(call(peer, function, arguments), "E_INVALIDARG")


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
    assert [child.wait(60) for child in children] == [0, 0]
    assert len(peer.listed()) == 30
    assert {name for name, _ in peer.listed()} > set(ours)


def test_threads_that_create_identities_at_once_lose_none(peer: Identities) -> None:
    threads = [threading.Thread(target=peer.create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
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
        with unittest.mock.patch.object(store, "first", lambda: (first(), looked.wait(60))[0]):
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


# ---- export and import ----


def test_an_exported_identity_is_a_copy(peer: Identities) -> None:
    name = peer.create("chat", "Jürg")
    document, before = peer.good("PeerIdentityGetXML", name), peer.crypt_key(name)
    exported = peer.good("PeerIdentityExport", name, "pässwörd")
    assert peer.listed() == [(name, "Jürg")]
    expect(peer.code("PeerIdentityDelete", name), "S_OK")
    assert peer.good("PeerIdentityImport", exported, "pässwörd") == name
    assert peer.listed() == [(name, "Jürg")]
    assert peer.good("PeerIdentityGetXML", name) == document
    keys = Keys(peer.library)
    assert keys.export(before, PRIVATE) == keys.export(peer.crypt_key(name), PRIVATE)


def test_an_export_of_windows_is_taken_over(peer: Identities) -> None:
    name = peer.good("PeerIdentityImport", published(password=PASSWORD), PASSWORD)
    assert parse(name).authority == key(Algorithm.RSA).public.authority
    assert peer.listed() == [(name, "Alice")]


def test_a_wrong_password_or_an_altered_export_stores_nothing(peer: Identities) -> None:
    good = published(password=PASSWORD)
    for document, password in (
        (good, PASSWORD + "!"),
        (good, ""),
        (good.replace(".chat<", ".chaos<"), PASSWORD),
        (good.replace("1.0", "1.1"), PASSWORD),
        (good[:-100], PASSWORD),
        ("", PASSWORD),
    ):
        expect(peer.code("PeerIdentityImport", document, password), "E_INVALIDARG")
    assert peer.files == []


def test_an_empty_password_is_invalid(peer: Identities) -> None:
    expect(peer.code("PeerIdentityExport", peer.create(), ""), "E_INVALIDARG")


def test_an_import_beyond_the_limit_is_refused(peer: Identities) -> None:
    one_too_many(peer)
    expect(peer.code("PeerIdentityImport", published(password=PASSWORD), PASSWORD), "PEER_E_TOO_MANY_IDENTITIES")


# ---- damage ----


@pytest.mark.parametrize(
    ("function", "more"),
    [
        ("PeerIdentityGetFriendlyName", []),
        ("PeerIdentityGetXML", []),
        ("PeerIdentityExport", [PASSWORD]),
        ("PeerIdentitySetFriendlyName", ["Bob"]),
    ],
)
def test_a_damaged_file_is_reported_and_kept(peer: Identities, function: str, more: list[str]) -> None:
    name, other = peer.create("one"), peer.create("two")
    peer.files[0].write_bytes(peer.files[0].read_bytes()[:-9])
    expect(peer.code(function, name, *more), "PEER_E_CERT_STORE_CORRUPTED")
    assert [found for found, _ in peer.listed()] == [other]
    assert len(list((peer.home / "identities").glob("*.damaged-1"))) == 1


def test_an_identity_with_the_key_of_another_is_damaged(peer: Identities) -> None:
    name = peer.create()
    identities.IdentityStore().change(name, lambda found: found._replace(key=key(Algorithm.P256).pkcs8()))
    handle = ctypes.c_size_t()
    expect(peer.library.PeerIdentityGetCryptKey(wide(name), ctypes.byref(handle)), "PEER_E_CERT_STORE_CORRUPTED")
    assert handle.value == 0


# ---- peer names ----


@pytest.mark.parametrize(
    ("identity", "classifier", "expected"),
    [
        (None, "chat", "0.chat"),
        (None, "John.Doe", "0.John.Doe"),
        (NOBODY, "chat", AUTHORITY + ".chat"),
        (NOBODY, "", AUTHORITY + "."),
        (NOBODY, None, NOBODY),
        (AUTHORITY, None, AUTHORITY + "."),
        (NOBODY, "x" * 149, AUTHORITY + "." + "x" * 149),
    ],
)
def test_a_peer_name_is_made_of_authority_and_classifier(
    peer: Identities, identity: str | None, classifier: str | None, expected: str
) -> None:
    assert peer.good("PeerCreatePeerName", identity, classifier) == expected
    assert not peer.home.exists()


@pytest.mark.parametrize(
    ("identity", "classifier"),
    [
        (None, None),
        (None, ""),
        (None, "x" * 150),
        (NOBODY, "x" * 150),
        ("0.chat", "games"),
        ("nonsense", "games"),
        ("", None),
        (NOBODY.upper(), None),
    ],
)
def test_no_peer_name_is_made_of_anything_else(peer: Identities, identity: str | None, classifier: str | None) -> None:
    expect(peer.code("PeerCreatePeerName", identity, classifier), "E_INVALIDARG")


def test_host_names_and_peer_names_are_converted(peer: Identities) -> None:
    for name in ("0.johndoe", "0.My Chat 😀", peer.create("Chat")):
        assert peer.good("PeerHostNameToPeerName", peer.good("PeerNameToPeerHostName", name)) == name


def test_what_cannot_be_converted_has_codes_of_its_own(peer: Identities) -> None:
    for name in ("", "johndoe", "0." + "x" * 150):
        expect(peer.code("PeerNameToPeerHostName", name), "PEER_E_CANNOT_CONVERT_PEER_NAME")
    for host in ("", "johndoe", "www.example.net", "pnrp.net"):
        expect(peer.code("PeerHostNameToPeerName", host), "PEER_E_INVALID_PEER_HOST_NAME")


# ---- keys ----


@pytest.mark.parametrize("algorithm", Algorithm)
def test_both_halves_of_a_key_come_out_as_der(keys: Keys, algorithm: Algorithm) -> None:
    handle = keys.create(algorithm, 1024 if algorithm is Algorithm.RSA else 0)
    public, private = keys.public(handle), keys.export(handle, PRIVATE)[1]
    theirs = serialization.load_der_private_key(private, None)
    assert serialization.load_der_public_key(public) == theirs.public_key()
    expect(keys.release(handle), "S_OK")


def test_a_key_of_the_caller_is_taken(keys: Keys) -> None:
    result, handle = keys.take(key(Algorithm.ED25519).pkcs8())
    expect(result, "S_OK")
    assert keys.public(handle) == key(Algorithm.ED25519).public.spki
    expect(keys.release(handle), "S_OK")


@pytest.mark.parametrize("data", [b"", b"x", bytes(16_385)])
def test_what_is_no_key_is_invalid(keys: Keys, data: bytes) -> None:
    assert keys.take(data) == (code("E_INVALIDARG"), 0)


@pytest.mark.parametrize(("algorithm", "bits"), [(0, 0), (4, 0), (1, 256), (2, 1), (3, 512), (3, 1025), (3, 1 << 31)])
def test_a_kind_of_key_that_there_is_not_is_invalid(keys: Keys, algorithm: int, bits: int) -> None:
    assert keys.try_create(algorithm, bits) == (code("E_INVALIDARG"), 0)


@pytest.mark.parametrize("part", [0, 3])
def test_a_key_has_two_halves(keys: Keys, part: int) -> None:
    handle = keys.create(1)
    assert keys.export(handle, part) == (code("E_INVALIDARG"), b"")
    expect(keys.release(handle), "S_OK")


def test_a_released_key_is_dead(keys: Keys, peer: Identities) -> None:
    handle = keys.create(1)
    expect(keys.release(handle), "S_OK")
    for result in (keys.release(handle), keys.export(handle, PUBLIC)[0], keys.release(0), keys.release(7)):
        expect(result, "E_HANDLE")
    expect(peer.code("PeerIdentityCreate", None, None, handle), "E_HANDLE")


def test_crypt_release_context_closes_the_handle(keys: Keys) -> None:
    handle = keys.create(1)
    assert keys.loaded.CryptReleaseContext(handle, 1) == 0
    assert keys.loaded.GetLastError() == 0x80090009  # NTE_BAD_FLAGS
    assert keys.loaded.CryptReleaseContext(handle, 0) == 1
    assert keys.loaded.CryptReleaseContext(handle, 0) == 0
    assert keys.loaded.GetLastError() == 6  # ERROR_INVALID_HANDLE


# ---- a C program ----

PROGRAM = r"""
#include <peerapi.h>
#include <stdio.h>
#include <wincrypt.h>
static int failed(HRESULT result, int line)
{
    if (FAILED(result))
        printf("%08X line %d\n", (unsigned)result, line);
    return FAILED(result);
}
#define CHECK(call) do { if (failed((call), __LINE__)) return 1; } while (0)
int main(void)
{
    PWSTR name = NULL, exported = NULL, again = NULL;
    HCRYPTPROV provider = 0;
    PPEER_DATA key = NULL;
    CHECK(PeerIdentityCreate(L"chat", L"Alice", 0, &name));
    CHECK(PeerIdentityGetCryptKey(name, &provider));
    CHECK(PeerxCryptKeyExport(provider, PEERX_KEY_PUBLIC, &key));
    printf("%u bytes, %02X\n", (unsigned)key->cbData, key->pbData[0]);
    printf("%d\n", CryptReleaseContext(provider, 0));
    CHECK(PeerIdentityExport(name, L"password", &exported));
    CHECK(PeerIdentityDelete(name));
    CHECK(PeerIdentityImport(exported, L"password", &again));
    printf("%d\n", wcscmp(name, again));
    PeerFreeData(key);
    PeerFreeData(name);
    PeerFreeData(exported);
    PeerFreeData(again);
    return 0;
}
"""


def test_a_c_program_makes_exports_and_imports_an_identity(run_c: RunC, tmp_path: Path) -> None:
    run = run_c(PROGRAM, env={"PEERAPI_HOME": str(tmp_path)})
    assert (run.stdout, run.stderr, run.returncode) == ("91 bytes, 30\n1\n0\n", "", 0)


def test_starting_does_not_pay_for_keys() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import peerapi.api.identity;"
        "print(*{'cryptography', 'json', 'xml', 'datetime', 'dataclasses', 'secrets'} & set(sys.modules))"
    )
    command = [sys.executable, "-I", "-S", "-c", script, str(ROOT)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"
