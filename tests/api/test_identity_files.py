"""Identities as files: exported and imported, damaged, and the keys and names in them."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from peerapi.identity.keys import Algorithm
from peerapi.identity.names import parse
from peerapi.store import identities
from tests.api.identities import NOBODY, PASSWORD, PRIVATE, PUBLIC, ROOT, Identities, Keys, one_too_many
from tests.conftest import RunC
from tests.identity.test_export import published
from tests.identity.values import AUTHORITY, key
from tests.support.native import code, expect, wide

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
