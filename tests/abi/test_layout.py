"""The headers against the conformance facts: each struct, enum, constant, code and prototype, compiled in every way."""

import copy
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.abi import assertions
from tests.abi.compilers import EVERY, GUIDS, PLAIN_C, PLAIN_CPLUSPLUS, Compiler, first_complaints
from tests.support import facts

every_compiler = pytest.mark.parametrize("compiler", EVERY, ids=lambda compiler: compiler.label)


def accepted(compiler: Compiler, source: str, *options: str) -> None:
    complaints = compiler.complaints(source, *options)
    assert not complaints, first_complaints(complaints)


def test_no_section_of_the_facts_is_overlooked() -> None:
    assert set(facts.load("abi_x64.json")) == assertions.SECTIONS
    assert set(facts.load("functions.json")) >= {"functions", "drt_functions"}
    assert set(facts.load("error_codes.json")) == {"codes", "notes"}


@every_compiler
def test_every_struct_enum_constant_and_type_is_as_documented(compiler: Compiler) -> None:
    accepted(compiler, assertions.layout(facts.load("abi_x64.json")))


@every_compiler
def test_every_function_has_the_documented_prototype(compiler: Compiler) -> None:
    functions = facts.load("functions.json")
    assert len(functions["functions"]) == 145
    assert len(functions["drt_functions"]) == functions["counts"]["drt_functions"]
    accepted(compiler, assertions.prototypes(functions))


@every_compiler
def test_every_code_has_the_documented_value(compiler: Compiler) -> None:
    accepted(compiler, assertions.codes(facts.load("error_codes.json")))


OLDER = (
    ("-DNTDDI_VERSION=0x05010200",),
    ("-D_WIN32_WINNT=0x0501",),
    ("-D_WIN32_WINNT=0x0501", "-DNTDDI_VERSION=0x05010200"),
)


@pytest.mark.parametrize("options", OLDER, ids=" ".join)
@pytest.mark.parametrize("compiler", [PLAIN_C, PLAIN_CPLUSPLUS], ids=lambda compiler: compiler.label)
def test_a_program_for_a_system_before_vista_sees_the_older_sizes(compiler: Compiler, options: tuple[str, ...]) -> None:
    accepted(compiler, assertions.older_layout(facts.load("abi_x64.json")), *options)


def later_than(version: str) -> list[str]:
    """Functions that did not exist in ``version``, of those that the facts name with the version that brought them."""
    order = ["NTDDI_WINXPSP2", "NTDDI_VISTA", "NTDDI_WIN7"]
    functions = facts.load("functions.json")["functions"]
    return [name for name, entry in functions.items() if order.index(entry["min_ntddi"]) > order.index(version)]


@pytest.mark.parametrize("options", OLDER, ids=" ".join)
def test_what_vista_brought_is_not_declared_before_it(options: tuple[str, ...]) -> None:
    names = later_than("NTDDI_WINXPSP2")
    assert {"PeerGroupPasswordJoin", "PeerCollabStartup", "PeerPnrpStartup", "PeerNameToPeerHostName"} <= set(names)
    accepted(PLAIN_C, assertions.undeclared([*names, "PEER_GROUP_ROLE_INVITING_MEMBER"]), *options)


def test_what_windows_7_brought_is_not_declared_before_it() -> None:
    assert later_than("NTDDI_VISTA") == ["PeerGroupResumePasswordAuthentication"]
    accepted(PLAIN_C, assertions.undeclared(later_than("NTDDI_VISTA")), "-DNTDDI_VERSION=0x06000000")


def expected_values() -> dict[str, str]:
    """What values_program prints, by name."""
    expected = {}
    for name, entry in facts.load("abi_x64.json")["constants"].items():
        if entry["kind"] == "GUID":
            expected[name] = uuid.UUID(entry["value"]).bytes_le.hex()
        elif entry["kind"] == "wide string":
            expected[name] = (entry["value"] + "\0").encode("utf-16-le").hex()
    return expected


def printed_values(program: Path) -> dict[str, str]:
    output = subprocess.run([program], capture_output=True, text=True, timeout=300, check=True).stdout
    return dict(line.split() for line in output.splitlines())


@every_compiler
def test_guids_and_strings_have_the_documented_content_with_initguid(compiler: Compiler, tmp_path: Path) -> None:
    source = "#include <initguid.h>\n" + assertions.values_program(facts.load("abi_x64.json")["constants"])
    program = compiler.build(tmp_path, {f"values.{'cpp' if compiler.cplusplus else 'c'}": source})
    assert printed_values(program) == expected_values()


@pytest.mark.parametrize("initguid", [False, True], ids=["without-initguid", "with-initguid"])
@pytest.mark.parametrize("compiler", [PLAIN_C, PLAIN_CPLUSPLUS], ids=lambda compiler: compiler.label)
def test_guids_can_be_taken_from_the_library(compiler: Compiler, initguid: bool, tmp_path: Path) -> None:
    library = tmp_path / "libguids.so"
    subprocess.run(
        [*PLAIN_C.command, "-fPIC", "-shared", "-fvisibility=hidden", GUIDS, "-o", library], check=True, timeout=300
    )
    source = ("#include <initguid.h>\n" if initguid else "") + assertions.values_program(
        facts.load("abi_x64.json")["constants"]
    )
    name = f"values.{'cpp' if compiler.cplusplus else 'c'}"
    program = compiler.build(tmp_path, {name: source}, str(library), f"-Wl,-rpath,{tmp_path}")
    assert printed_values(program) == expected_values()


def test_two_source_files_may_both_define_the_guids(tmp_path: Path) -> None:
    constants = facts.load("abi_x64.json")["constants"]
    first = "#include <initguid.h>\n" + assertions.values_program(constants)
    second = "#include <initguid.h>\n" + assertions.values_program(constants, main=False)
    assert printed_values(PLAIN_C.build(tmp_path, {"first.c": first, "second.c": second})) == expected_values()


# ---- the tests above can fail: each fact, told wrongly, is noticed ----

Change = Callable[[dict[str, Any]], None]


def _set(*path: str | int, to: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        assert place[path[-1]] != to
        place[path[-1]] = to

    return change


WRONG_LAYOUTS: dict[str, Change] = {
    "PEER_RECORD has 136 bytes": _set("structs", "PEER_RECORD", "size", to=136),
    "PEER_RECORD is aligned to 4": _set("structs", "PEER_RECORD", "align", to=4),
    "PEER_RECORD.id is at 24": _set("structs", "PEER_RECORD", "fields", 2, "offset", to=24),
    "PEER_RECORD.dwVersion has 8 bytes": _set("structs", "PEER_RECORD", "fields", 3, "size", to=8),
    "PEER_RECORD.dwVersion is LONG": _set("structs", "PEER_RECORD", "fields", 3, "type", to="LONG"),
    "ftMissing": _set("structs", "PEER_RECORD", "fields", 8, "name", to="ftMissing"),
    "PCWSTR points to PEER_RECORD": _set("structs", "PEER_RECORD", "pointer_typedefs", to=["PCWSTR"]),
    "tag of PEER_RECORD": _set("structs", "PEER_RECORD", "tag", to="peer_data_tag"),
    "DRT_EVENT_DATA.statusChange.bootstrapAddresses.pAddresses is at 40": _set(
        "structs", "DRT_EVENT_DATA", "fields", 3, "members", 2, "members", 1, "members", 1, "offset", to=40
    ),
    "DRT_SECURITY_PROVIDER.Detach is HRESULT (*)(const PVOID)": _set(
        "structs", "DRT_SECURITY_PROVIDER", "fields", 2, "type", to="HRESULT (*)(const PVOID)"
    ),
    "PEER_GRAPH_SCOPE_ANY is 7": _set("enums", "PEER_GRAPH_SCOPE", "members", "PEER_GRAPH_SCOPE_ANY", to=7),
    "PEER_GRAPH_SCOPE has 8 bytes": _set("enums", "PEER_GRAPH_SCOPE", "size", to=8),
    "PEER_GRAPH_VERSION has 4 bytes": _set("constants", "PEER_GRAPH_VERSION", "size", to=4),
    "WSZ_SCOPE_GLOBAL takes 20 bytes": _set("constants", "WSZ_SCOPE_GLOBAL", "value", to="WORLDWIDE"),
    "NO_SUCH_GUID is a GUID": lambda abi: abi["constants"].update(NO_SUCH_GUID={"kind": "GUID"}),
    "PHGRAPH is HGRAPH": _set("typedefs", "PHGRAPH", "type", to="HGRAPH"),
    "signature of PFNPEER_VALIDATE_RECORD": _set(
        "callbacks", "PFNPEER_VALIDATE_RECORD", "params", 3, "type", to="PEER_DATA"
    ),
    "BLOB.pBlobData is at 4": _set("external_structs", "BLOB", "fields", 1, "offset", to=4),
    "ULONG has 8 bytes": _set("external_types", "ULONG", "size", to=8),
}


@pytest.mark.parametrize("sentence", WRONG_LAYOUTS)
@pytest.mark.parametrize("compiler", [PLAIN_C, PLAIN_CPLUSPLUS], ids=lambda compiler: compiler.label)
def test_a_wrong_fact_about_a_layout_is_noticed(compiler: Compiler, sentence: str) -> None:
    abi = copy.deepcopy(facts.load("abi_x64.json"))
    WRONG_LAYOUTS[sentence](abi)
    assert sentence in compiler.complaints(assertions.layout(abi))


def test_a_wrong_enum_type_of_a_member_is_noticed_by_cplusplus() -> None:
    abi = copy.deepcopy(facts.load("abi_x64.json"))
    _set("structs", "PEER_CONTACT", "fields", 5, "type", to="PEER_CHANGE_TYPE")(abi)
    assert "PEER_CONTACT.WatcherPermissions is PEER_CHANGE_TYPE" in PLAIN_CPLUSPLUS.complaints(assertions.layout(abi))


WRONG_PROTOTYPES: dict[str, Change] = {
    "prototype of PeerGraphListen": _set("functions", "PeerGraphListen", "params", 3, "type", to="DWORD"),
    "prototype of PeerGraphGetStatus": _set("functions", "PeerGraphGetStatus", "params", 1, "type", to="HGRAPH *"),
    "prototype of PeerFreeData": _set("functions", "PeerFreeData", "return", to="HRESULT"),
    "prototype of PeerGroupShutdown": _set("functions", "PeerGroupShutdown", "params", to=[{"type": "HGROUP"}]),
    "prototype of DrtOpen": lambda functions: functions["drt_functions"]["DrtOpen"]["params"].pop(),
    "prototype of PeerGraphNothing": lambda functions: functions["functions"].update(
        PeerGraphNothing={"return": "HRESULT", "params": []}
    ),
}


@pytest.mark.parametrize("name", WRONG_PROTOTYPES)
def test_a_wrong_fact_about_a_function_is_noticed(name: str) -> None:
    functions = copy.deepcopy(facts.load("functions.json"))
    WRONG_PROTOTYPES[name](functions)
    assert name in PLAIN_C.complaints(assertions.prototypes(functions))


WRONG_CODES: dict[str, Change] = {
    "PEER_E_INVALID_GRAPH is 0x80630011": _set("codes", "PEER_E_INVALID_GRAPH", "value", to="0x80630011"),
    "FACILITY_P2P is 98": _set("codes", "FACILITY_P2P", "decimal", to=98),
    "ERROR_DISK_FULL is 39": _set("codes", "HRESULT_FROM_WIN32(ERROR_DISK_FULL)", "win32", to=39),
    "PEER_E_NO_SUCH_CODE": lambda errors: errors["codes"].update(PEER_E_NO_SUCH_CODE={"value": "0x80630099"}),
}


@pytest.mark.parametrize("sentence", WRONG_CODES)
def test_a_wrong_fact_about_a_code_is_noticed(sentence: str) -> None:
    errors = copy.deepcopy(facts.load("error_codes.json"))
    WRONG_CODES[sentence](errors)
    assert sentence in PLAIN_C.complaints(assertions.codes(errors))


def test_a_wrong_older_size_is_noticed() -> None:
    abi = copy.deepcopy(facts.load("abi_x64.json"))
    _set("notes", "older_sizes", "sizes", "PNRPINFO", to=80)(abi)
    assert "PNRPINFO has 80 bytes" in PLAIN_C.complaints(assertions.older_layout(abi), *OLDER[0])


def test_a_declared_function_is_noticed_where_none_should_be() -> None:
    assert "PeerGraphOpen" in PLAIN_C.complaints(assertions.undeclared(["PeerGraphOpen"]))


def test_a_wrong_guid_or_string_is_noticed(tmp_path: Path) -> None:
    source = assertions.values_program(facts.load("abi_x64.json")["constants"])
    source = source.replace("&SVCID_PNRPNAME_V1", "&SVCID_PNRPNAME_V2").replace("= WSZ_SCOPE_GLOBAL", '= L"GLOBAM"')
    printed = printed_values(PLAIN_C.build(tmp_path, {"values.c": "#include <initguid.h>\n" + source}))
    expected = expected_values()
    assert {name for name in expected if printed[name] != expected[name]} == {"SVCID_PNRPNAME_V1", "WSZ_SCOPE_GLOBAL"}
