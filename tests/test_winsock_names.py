"""PNRP through Winsock, as C programs use it: tests/c/winsock_peer_names.c, in several processes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samples_c.processes import Program
from tests.support.native import CODES, ENUMS
from tests.support.ports import free_range
from tests.test_pnrp_tool import run
from tests.test_win32 import PROGRAMS, made

pytestmark = pytest.mark.long

INVALID, NOT_SUPPORTED, SERVICE_NOT_FOUND, NO_MORE, CANCELLED = 10022, 10045, 10108, 10110, 10111
STRANGER = "ab" * 20 + ".chat"
ANY = ENUMS["PNRP_RESOLVE_CRITERIA_ANY_PEER_NAME"]
OTHERS = ENUMS["PNRP_RESOLVE_CRITERIA_NON_CURRENT_PROCESS_PEER_NAME"]
REMOTE = ENUMS["PNRP_RESOLVE_CRITERIA_REMOTE_PEER_NAME"]
HERE = "[::1]:4711 6/1"
"As a result has it: address, protocol and type of socket."


@pytest.fixture(scope="session")
def source() -> str:
    return (PROGRAMS / "winsock_peer_names.c").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def tool(sample_of: Callable[[str], Path]) -> Path:
    return sample_of("pnrp_tool")


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    for variable in ("PEERAPI_PNRP_SEEDS", "PEERAPI_PNRP_LINKS", "PEERAPI_PNRP_PROFILE"):
        monkeypatch.delenv(variable, raising=False)


class Process(Program):
    """One process of the program, with Winsock started."""

    def ask(self, command: str) -> str:
        """What it answers, without the "ok"."""
        self.tell(command)
        line = self.wait_for(lambda line: line.endswith("ok") or "failed" in line, 120)
        assert line.endswith("ok"), f"{command}: {line}"
        return line.removesuffix("ok").strip()

    def fails(self, command: str) -> int:
        """The WSA error number it answers."""
        self.tell(command)
        line = self.wait_for(lambda line: line.endswith("ok") or "failed" in line, 120)
        assert "failed" in line, f"{command}: {line}"
        return int(line.rpartition(" ")[2])


@pytest.fixture
def start(compile_c: Callable[..., Path], source: str, tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """``start()``: another process."""
    program = compile_c(source)
    made: list[Process] = []

    def start() -> Process:
        process = Process([program], tmp_path / f"process{len(made)}")
        made.append(process)
        process.ask("startup")
        return process

    yield start
    for process in made:
        process.stop()


@pytest.fixture
def one(start: Callable[[], Process]) -> Process:
    return start()


@pytest.fixture
def other(start: Callable[[], Process]) -> Process:
    return start()


def secure(process: Process) -> str:
    """A secure name registered there, with an endpoint and a payload."""
    name = process.ask("identity chat")
    process.ask(f"register {name} - {name} 4711 payload")
    return name


# ---- two processes ----


def test_a_secure_name_is_found_by_another_process_with_endpoint_comment_and_payload(
    one: Process, other: Process
) -> None:
    name = secure(one)
    assert other.ask(f"resolve {name} - {OTHERS} 1 2") == f"{name} Loopback_ {HERE} comment payload;"


@pytest.mark.parametrize("way", ["resolve", "search"])
def test_it_is_found_by_the_peer_functions(one: Process, tool: Path, way: str) -> None:
    name = secure(one)
    assert run(tool, way, name).stdout == f'{name} [::1]:4711 (comment) "payload"\n'


def test_it_is_found_by_its_host_name(one: Process, other: Process) -> None:
    name = secure(one)
    authority, _, classifier = name.partition(".")
    host = f"{classifier}.{'p' if authority[0].isdigit() else ''}{authority}.pnrp.net"
    assert other.ask(f"address {host} -") == "[::1]:4711"
    assert other.ask(f"address {host} 80") == "[::1]:80"


def test_what_the_peer_functions_register_is_found(other: Process, tool: Path, tmp_path: Path) -> None:
    program = Program([tool, "register", "new:café", "4711", "hello"], tmp_path / "publisher")
    try:
        name = program.wait_for("registered").removeprefix("registered ")
        assert other.ask(f"resolve {name} - {OTHERS} 1 2") == f"{name} Loopback_ {HERE} pnrp_tool hello;"
        authority = name.partition(".")[0]
        host = f"xn--caf-dma.{'p' if authority[0].isdigit() else ''}{authority}.pnrp.net"
        assert other.ask(f"address {host} -") == "[::1]:4711"
    finally:
        program.stop()


def test_a_name_of_two_processes_is_found_twice(start: Callable[[], Process]) -> None:
    first, second, third = start(), start(), start()
    first.ask("register 0.chat - - 4711 first")
    second.ask("register 0.chat - - 4712 second")
    found = third.ask(f"resolve 0.chat - {ANY} 5 2")
    assert sorted(re.findall(r"\]:(\d+)", found)) == ["4711", "4712"]


def test_a_string_is_a_string_at_the_other_end(one: Process, other: Process) -> None:
    one.ask('register 0.chat - - 4711 L"Grüße"')
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 2").endswith("comment LGrüße ;")


def test_a_name_may_have_a_payload_and_no_address(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 0 payload")
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 2") == "0.chat Loopback_ comment payload;"


def test_the_first_form_of_the_query_gets_no_blob(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 payload")
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 1") == f"0.chat Loopback_ {HERE} comment no-blob;"


def test_a_console_program_written_for_windows_finds_it(one: Process, compile_c: Callable[..., Path]) -> None:
    """tests/c/winsock_console.c knows of no peer names."""
    one.ask("register 0.chat - - 4711 -")
    console = compile_c((PROGRAMS / "winsock_console.c").read_text(encoding="utf-8"))
    done = run(console, "chat.pnrp.net", "80", "[FE80:0::1%7]:3540")
    assert (done.returncode, done.stdout.splitlines()[:3]) == (0, ["[::1]:80", "[fe80::1%7]:3540", "hello"])
    unknown = run(console, "nobody.pnrp.net", "80", "::1")
    assert unknown.stdout.startswith("GetAddrInfoW: 11001 The host is not known. \n")


# ---- one process ----


def test_a_name_is_found_within_its_own_process_by_who_asks_for_any(one: Process) -> None:
    name = secure(one)
    assert one.ask(f"resolve {name} - {ANY} 1 2") == f"{name} Loopback_ {HERE} comment payload;"
    authority, _, classifier = name.partition(".")
    host = f"{classifier}.{'p' if authority[0].isdigit() else ''}{authority}.pnrp.net"
    assert one.ask(f"address {host} -") == "[::1]:4711"


def test_without_criteria_only_other_processes_names_are_found(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 -")
    assert one.ask("resolve 0.chat - 0 0 2") == ""
    assert other.ask("resolve 0.chat - 0 0 2").startswith("0.chat Loopback_")


def test_no_name_of_this_machine_is_remote(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 -")
    assert other.ask(f"resolve 0.chat - {REMOTE} 1 2") == ""


def test_a_second_registration_replaces_the_first(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 old")
    one.ask("register 0.chat Loopback_ - 4712 new")
    assert other.ask(f"resolve 0.chat - {OTHERS} 5 2") == "0.chat Loopback_ [::1]:4712 6/1 comment new;"


def test_a_deleted_name_is_not_found_and_cannot_be_deleted_again(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 -")
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 2")
    one.ask("delete 0.chat -")
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 2") == ""
    assert one.fails("delete 0.chat -") == SERVICE_NOT_FOUND


def test_the_last_cleanup_withdraws_all_names(one: Process, other: Process) -> None:
    one.ask("startup")
    one.ask("register 0.chat - - 4711 -")
    one.ask("cleanup")
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 2")
    one.ask("cleanup")
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 2") == ""


def test_a_shutdown_of_the_peer_functions_leaves_winsocks_names_alone(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 -")
    one.ask("pnrp")
    assert other.ask(f"resolve 0.chat - {OTHERS} 1 2")


def is_woken(process: Process) -> bool:
    """Whether who waits for a result is woken when another thread ends the lookup, so many milliseconds after it has
    begun: on a busy machine it may not wait yet by then, or not any longer."""
    return any(process.fails(f"next 0.nobody - {pause}") == CANCELLED for pause in (200, 100, 400, 50) * 5)


def test_ending_a_lookup_wakes_who_waits_for_its_result(one: Process) -> None:
    assert is_woken(one)


def test_an_event_tells_that_a_result_can_be_had(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 payload")
    assert other.ask("notify 0.chat -") == f"0.chat Loopback_ {HERE} comment payload;"


def test_an_event_tells_of_the_end_of_a_search_too(one: Process) -> None:
    assert one.fails("notify 0.nobody -") == NO_MORE


def test_a_query_as_wcf_makes_it_is_answered_with_local_addresses(one: Process, other: Process) -> None:
    one.ask("register 0.chat - - 4711 -")
    assert other.ask("wcf 0.chat -") == "[::1]:4711"


def test_wcf_sees_that_there_is_pnrp(one: Process) -> None:
    one.tell("providers")
    assert one.wait_for(lambda line: "failed" in line, 120) == f"38 39 failed {INVALID}"


# ---- clouds ----


def test_an_event_tells_of_a_change_of_the_clouds(one: Process) -> None:
    assert one.ask("changes 0.chat") == "Loopback_ 32"  # RESULT_IS_CHANGED


def test_the_clouds_are_listed(one: Process) -> None:
    found = re.fullmatch(r"Loopback_ (\d) (\d+) (\d) (\d);", one.ask("clouds 0"))
    assert found
    scope, _, state, flags = map(int, found.groups())
    assert scope == ENUMS["PNRP_LINK_LOCAL_SCOPE"]
    assert state == ENUMS["PNRP_CLOUD_STATE_VIRTUAL"]
    assert flags == ENUMS["PNRP_CLOUD_NAME_LOCAL"]
    one.ask("register 0.chat - - 4711 -")
    assert f" {ENUMS['PNRP_CLOUD_STATE_VIRTUAL']} 1;" not in one.ask("clouds 0")


def test_clouds_are_chosen_by_their_scope(
    one: Process, start: Callable[[], Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert one.ask(f"clouds {ENUMS['PNRP_LINK_LOCAL_SCOPE']}").startswith("Loopback_")
    assert one.ask(f"clouds {ENUMS['PNRP_GLOBAL_SCOPE']}") == ""
    monkeypatch.setenv("PEERAPI_PNRP_SEEDS", "[::1]:3540")
    assert re.fullmatch(r"Global_ 1 0 0 0;", start().ask(f"clouds {ENUMS['PNRP_GLOBAL_SCOPE']}"))


# ---- errors ----


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("register - - - 4711 -", INVALID),
        ("register nonsense - - 4711 -", INVALID),
        ("register 0.chat - - 0 -", INVALID),
        ("register 0.chat Elsewhere_ - 4711 -", "WSA_PNRP_CLOUD_NOT_FOUND"),
        (f"register {STRANGER} - - 4711 -", "WSA_PNRP_INVALID_IDENTITY"),
        (f"register 0.chat - {STRANGER} 4711 -", "WSA_PNRP_INVALID_IDENTITY"),
        ("deregister 0.chat -", NOT_SUPPORTED),
        ("delete 0.chat -", SERVICE_NOT_FOUND),
        ("resolve - - 0 0 2", INVALID),
        ("resolve nonsense - 0 0 2", INVALID),
        ("resolve 0.chat - 7 1 2", INVALID),
        ("resolve 0.chat Elsewhere_ 0 0 2", "WSA_PNRP_CLOUD_NOT_FOUND"),
        ("clouds 4", INVALID),
        ("address nonsense..pnrp.net -", 11001),
        ("address nobody.pnrp.net -", 10051),
    ],
)
def test_wrong_calls_get_their_error(one: Process, command: str, code: int | str) -> None:
    assert one.fails(command) == (code if isinstance(code, int) else CODES[code])


def test_a_name_that_the_peer_functions_have_registered_in_this_process_is_a_duplicate(one: Process) -> None:
    one.ask("peer 0.chat")
    assert one.fails("register 0.chat - - 4711 -") == CODES["WSA_PNRP_DUPLICATE_PEER_NAME"]


def test_without_an_engine_the_service_is_not_ready(
    start: Callable[[], Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_PYTHON", "/nonexistent/python3")
    process = start()
    for command in ("register 0.chat - - 4711 -", "resolve 0.chat - 0 0 2", "clouds 0", "address chat.pnrp.net -"):
        assert process.fails(command) == 10091
    process.ask("cleanup")


def test_the_program_is_one_for_windows(tmp_path: Path) -> None:
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    assert compiler, "mingw-w64 is wanted (apt install gcc-mingw-w64-x86-64-win32)"
    target = tmp_path / "names.exe"
    flags = ("-D_WIN32_WINNT=0x0600", "-Wno-missing-braces")
    made(compiler, *flags, PROGRAMS / "winsock_peer_names.c", "-lws2_32", "-lp2p", "-o", target)
