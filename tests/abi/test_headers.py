"""The headers as text and as a whole: each stands alone, annotations tell the truth, C++ links, cffi can read them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cffi
import pytest

from tests.abi import assertions
from tests.abi.compilers import (
    EVERY,
    GUIDS,
    INCLUDE,
    NO_OLD_ANNOTATIONS,
    PLAIN_C,
    PLAIN_CPLUSPLUS,
    Compiler,
    first_complaints,
)
from tests.support import facts

HEADERS = (
    "drt.h", "p2p.h", "peerapi.h", "peerapi_compiler.h", "pnrpdef.h", "pnrpns.h", "sdkddkver.h", "wincrypt.h",
    "winerror.h", "winsock2.h", "ws2def.h", "ws2ipdef.h", "ws2tcpip.h",
)  # fmt: skip
each_language = pytest.mark.parametrize("compiler", [PLAIN_C, PLAIN_CPLUSPLUS], ids=lambda compiler: compiler.label)


@pytest.mark.parametrize("header", HEADERS)
@each_language
def test_a_header_needs_no_other_before_it(compiler: Compiler, header: str) -> None:
    complaints = compiler.complaints(f"#include <{header}>\n#include <{header}>\ntypedef int not_empty;\n")
    assert not complaints, first_complaints(complaints)


@pytest.mark.parametrize("compiler", EVERY, ids=lambda compiler: compiler.label)
def test_headers_can_be_included_in_any_order(compiler: Compiler) -> None:
    for order in (HEADERS, HEADERS[::-1], ("windows.h", *HEADERS), ("winsock2.h", "windows.h", "p2p.h")):
        complaints = compiler.complaints("".join(f"#include <{header}>\n" for header in order))
        assert not complaints, first_complaints(complaints)


@pytest.mark.parametrize("section", ["GRAPH", "GROUP", "IDENTITY", "PNRP", "COLLABORATION"])
@each_language
def test_a_section_can_be_left_out(compiler: Compiler, section: str) -> None:
    example = {
        "GRAPH": "PeerGraphOpen", "GROUP": "PeerGroupOpen", "IDENTITY": "PeerIdentityCreate",
        "PNRP": "PeerPnrpRegister", "COLLABORATION": "PeerCollabSignin",
    }[section]  # fmt: skip
    source = f"#include <p2p.h>\ntypedef int {example};\n"
    assert example in compiler.complaints(source)
    complaints = compiler.complaints(source, f"-DNO_P2P_{section}")
    assert not complaints, first_complaints(complaints)


@pytest.mark.parametrize("family", ["gcc", "clang"])
def test_cplusplus_accepts_the_headers_with_annotations_of_both_generations(family: str) -> None:
    compiler = Compiler(family, "c++17", short_wchar=True)
    source = (
        "#include <p2p.h>\n#include <algorithm>\n#include <string>\n"
        "HRESULT first(__in HGRAPH graph, __out_opt ULONG *count);\n"
        "HRESULT second(_In_ HGRAPH graph, _Out_opt_ ULONG *count);\n"
    )
    complaints = compiler.complaints(source, f"-U{NO_OLD_ANNOTATIONS[2:]}")
    assert not complaints, first_complaints(complaints)


def test_cplusplus_refers_to_the_c_names_of_functions_and_guids(tmp_path: Path) -> None:
    compiler = Compiler("gcc", "c++17", short_wchar=True)
    names = [*facts.load("functions.json")["functions"], *facts.load("functions.json")["drt_functions"]]
    names += [
        name
        for name, entry in facts.load("abi_x64.json")["constants"].items()
        if entry["kind"] == "GUID" and "alias_of" not in entry
    ]
    source = assertions.PROLOGUE + "extern const void *const addresses[];\nconst void *const addresses[] = {\n"
    source += "".join(f"    reinterpret_cast<const void *>(&{name}),\n" for name in names) + "};\n"
    symbols = subprocess.run(
        ["nm", "-u", compiler.build(tmp_path, {"all.cpp": source}, "-c")],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    ).stdout.split()
    assert set(names) <= set(symbols)


RESULT_MACROS = """
FACT(SUCCEEDED(S_OK) && SUCCEEDED(S_FALSE) && SUCCEEDED(PEER_S_NO_EVENT_DATA), "successes");
FACT(FAILED(E_FAIL) && FAILED(PEER_E_INVALID_GRAPH) && !FAILED(S_FALSE), "failures");
FACT(HRESULT_FROM_WIN32(ERROR_SUCCESS) == S_OK, "no error is S_OK");
FACT(HRESULT_FROM_WIN32(E_INVALIDARG) == E_INVALIDARG, "an HRESULT stays what it is");
FACT(HRESULT_FROM_WIN32(WSA_PNRP_CLOUD_NOT_FOUND) == PEER_E_CLOUD_NOT_FOUND, "a Winsock error is wrapped");
FACT(HRESULT_FROM_WIN32(0x12345u) == _HRESULT_TYPEDEF_(0x80072345), "only 16 bits are kept");
FACT(HRESULT_CODE(PEER_E_NO_MORE) == 0x4003 && HRESULT_FACILITY(PEER_E_NO_MORE) == FACILITY_P2P, "parts of a code");
FACT(HRESULT_SEVERITY(PEER_E_NO_MORE) == SEVERITY_ERROR && HRESULT_SEVERITY(S_FALSE) == SEVERITY_SUCCESS, "severity");
FACT(MAKE_HRESULT(SEVERITY_ERROR, FACILITY_P2P, 0x4003) == PEER_E_NO_MORE, "a code made of its parts");
FACT(MAKE_HRESULT(SEVERITY_SUCCESS, FACILITY_P2P, 2) == PEER_S_NO_EVENT_DATA, "a success made of its parts");
FACT(IS_ERROR(E_FAIL) && !IS_ERROR(S_OK), "the sign bit");
"""


@pytest.mark.parametrize("compiler", EVERY, ids=lambda compiler: compiler.label)
def test_the_macros_around_results_work_on_constants(compiler: Compiler) -> None:
    complaints = compiler.complaints(assertions.PROLOGUE + RESULT_MACROS)
    assert not complaints, first_complaints(complaints)


# ---- annotations ----


def declared_parameters(header: str) -> Iterator[tuple[str, list[str]]]:
    """Every function of a header with its parameters as written, annotations included."""
    text = re.sub(r"/\*.*?\*/", "", (INCLUDE / header).read_text(encoding="utf-8"), flags=re.DOTALL)
    for match in re.finditer(r"^(?:HRESULT|VOID) WINAPI (\w+)\((.*?)\);", text, flags=re.MULTILINE | re.DOTALL):
        yield match[1], re.split(r",\s+(?=_)", match[2].strip())


def annotation(parameter: dict[str, Any]) -> str:
    """What an annotation must look like for a parameter of the facts, as a regular expression."""
    word = {"in": "_In_", "out": "_Out(?:ptr)?_", "inout": "_Inout_"}[parameter["direction"]]
    counted = parameter.get("count_from")
    middle = r"(?:(?:reads|writes|result_buffer)_(?:bytes_)?)" if counted else ""
    optional = "opt_" if parameter["optional"] else ""
    return word + middle + optional + (rf"\({re.escape(counted)}\)" if counted else "")


@pytest.mark.parametrize(("header", "section"), [("p2p.h", "functions"), ("drt.h", "drt_functions")])
def test_annotations_tell_direction_option_and_count(header: str, section: str) -> None:
    declared = dict(declared_parameters(header))
    documented = facts.load("functions.json")[section]
    assert set(declared) == set(documented)
    wrong = []
    for name, entry in documented.items():
        parameters = entry["params"] or []
        texts = [] if declared[name] == ["void"] else declared[name]
        assert len(texts) == len(parameters), name
        for text, parameter in zip(texts, parameters, strict=True):
            written, _, rest = text.partition(" ")
            if not re.fullmatch(annotation(parameter), written) or not re.search(
                rf"\W{parameter['name']}$", " " + rest
            ):
                wrong.append(f"{name}: {text}")
    assert not wrong


# ---- cffi ----


def cdef() -> str:
    """All that our headers declare, the way the build reads them: preprocessed, lines of system headers left out."""
    command = [PLAIN_C.program, "-E", "-xc", "-DPEERAPI_CDEF", "-DPEERAPI_CHAR16", f"-I{INCLUDE}", "-"]
    text = subprocess.run(
        command,
        input="#include <peerapi.h>\n#include <drt.h>\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    ).stdout
    ours, lines = False, []
    for line in text.splitlines():
        if marker := re.match(r'# \d+ "([^"]*)"', line):
            ours = Path(marker[1]).parent == INCLUDE
        elif ours and not line.startswith("#"):  # a pragma means nothing to cffi
            lines.append(line)
    return "\n".join(lines)


def test_cffi_reads_the_headers_as_they_are_and_computes_the_same_layout() -> None:
    ffi = cffi.FFI()
    ffi.cdef(cdef())
    abi = facts.load("abi_x64.json")
    for name, entry in {**abi["external_structs"], **abi["structs"]}.items():
        assert ffi.sizeof(name) == entry["size"], name
        assert ffi.alignof(name) == entry["align"], name
        for path, field in assertions.members(entry["fields"]):
            if path not in assertions.PRIVATE_FIELDS:
                assert ffi.offsetof(name, *path.split(".")) == field["offset"], f"{name}.{path}"
    for name, entry in abi["enums"].items():
        assert ffi.typeof(name).relements == entry["members"], name


def test_the_guids_of_the_library_are_plain_c(tmp_path: Path) -> None:
    for family in ("gcc", "clang"):
        compiler = Compiler(family, "c11", short_wchar=False)
        assert not compiler.complaints(GUIDS.read_text(encoding="utf-8"))
