"""peerapi.errors against the conformance facts and against the names of include/winerror.h."""

import re
from pathlib import Path

import pytest

from peerapi import errors
from peerapi.engine.clouds.search import LEGS
from peerapi.errors import system
from tests.support import facts

WINERROR = Path(__file__).parents[1] / "include" / "winerror.h"
DRT = WINERROR.with_name("drt.h")
CLASSES = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.PeerError)]
NAMED = [cls for cls in CLASSES if cls is not errors.WrappedWin32Error]
CONSTANTS = sorted(name for name in vars(errors) if re.fullmatch(r"(S|E|PEER_S|PEER_E)_[A-Z0-9_]+", name))


def documented(name: str) -> int:
    return int(facts.load("error_codes.json")["codes"][name]["value"], 16)


def header_values() -> dict[str, int]:
    """The HRESULTs and numbers that winerror.h and drt.h define as literals."""
    text = WINERROR.read_text(encoding="utf-8") + DRT.read_text(encoding="utf-8")
    pattern = r"^#define (\w+) (?:_HRESULT_TYPEDEF_\(|\(\(HRESULT\))?(0x[0-9A-Fa-f]+|\d+)\)?(?:\s+/\*.*)?$"
    return {name: int(value, 0) for name, value in re.findall(pattern, text, flags=re.MULTILINE)}


def test_there_is_something_to_check() -> None:
    assert errors.PeerError in NAMED
    assert errors.InvalidArgument in NAMED
    assert {"S_OK", "PEER_S_NO_EVENT_DATA"} <= set(CONSTANTS)


@pytest.mark.parametrize("cls", NAMED, ids=lambda cls: cls.__name__)
def test_a_class_has_the_documented_value_and_a_name_of_the_header(cls: type[errors.PeerError]) -> None:
    assert cls.hresult == documented(cls.name)
    assert header_values()[cls.name] == cls.hresult
    assert (cls.__doc__ or "").strip()


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_success_has_the_documented_value(name: str) -> None:
    assert getattr(errors, name) == documented(name) == header_values()[name]


def test_no_two_classes_share_a_value() -> None:
    values = [cls.hresult for cls in NAMED]
    assert len(values) == len(set(values))


@pytest.mark.parametrize("cls", [cls for cls in NAMED if cls is not errors.PeerError], ids=lambda cls: cls.__name__)
def test_a_class_is_found_by_its_value_signed_or_not(cls: type[errors.PeerError]) -> None:
    assert errors.by_hresult(cls.hresult) is cls
    assert errors.by_hresult(cls.hresult - (1 << 32)) is cls


WRAPPED = [entry for entry in facts.load("error_codes.json")["codes"].values() if "win32" in entry]


@pytest.mark.parametrize("entry", WRAPPED, ids=lambda entry: str(entry["win32"]))
def test_a_win32_error_is_wrapped_as_the_header_does_it(entry: dict[str, str]) -> None:
    assert errors.WrappedWin32Error(int(entry["win32"])).hresult == int(entry["value"], 16)


def test_every_code_of_winerror_in_the_facts_is_in_the_header() -> None:
    values = header_values()
    expected = {
        name: int(entry["value"], 16)
        for name, entry in facts.load("error_codes.json")["codes"].items()
        if re.fullmatch(r"\w+", name) and entry["source"] in ("winerror.h", "p2p.h")
    }
    assert expected.items() <= values.items()


def test_no_win32_name_is_defined_twice() -> None:
    names = re.findall(r"^#define (\w+)", WINERROR.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(names) == len(set(names))


def test_what_is_wrapped_here_has_a_name() -> None:
    codes = {*system._WIN32_CODES.values(), *LEGS.values()}
    unnamed = [code for code in codes if errors.WrappedWin32Error(code).name.endswith(f"({code})")]
    assert codes and not unnamed
