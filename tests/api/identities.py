"""The functions of identities, as tests call them."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from peerapi.store import identities
from tests.identity.values import AUTHORITY
from tests.support import native
from tests.support.native import FUNCTIONS, Library, expect, text_at, wide

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


def out() -> Any:
    return ctypes.byref(ctypes.c_void_p())


def one_too_many(peer: Identities) -> int:
    peer.create()
    for number in range(2, identities.LIMIT + 1):
        (peer.home / "identities" / f"{number:08}-{number:040}.identity").touch()
    return peer.code("PeerIdentityCreate", None, None, 0)
