"""The SDK's programs and pages that have no windows, as they are, where somebody has fetched them: processes that find
each other by name. tests/windows_shim/README.md says how to point at them."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
import tty
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.collab import stop_host
from tests.support.ports import free_range
from tests.test_win32 import PROGRAMS
from tests.windows_shim import compile_sources, missing, missing_pages, pages, samples

PATIENCE = 120.0
"Seconds that anything may take that a user waits for."


class Terminal:
    """A process whose standard streams are a terminal, raw and without echo: there it says at once what it asks."""

    def __init__(self, environment: Mapping[str, str], program: Path, words: Sequence[str]) -> None:
        self._ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.process = subprocess.Popen([program, *words], env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self._said = b""

    def says(self, end: str) -> str:
        """Waits for a text and answers what was said up to it, since the last time."""
        deadline = time.monotonic() + PATIENCE
        while end.encode() not in self._said:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self._ours], [], [], left)[0], f"no {end!r} in {self._said!r}"
            try:
                self._said += os.read(self._ours, 4096)
            except OSError as gone:  # a terminal whose process has ended
                raise AssertionError(f"no {end!r} in {self._said!r}") from gone
        before, _, self._said = self._said.partition(end.encode())
        return (before + end.encode()).decode()

    def hears(self, *lines: str) -> None:
        os.write(self._ours, "".join(f"{line}\n" for line in lines).encode())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


Begin = Callable[..., Terminal]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """``begin(program, *words, who="anna")``: a process of a user; all share a range of PNRP ports."""
    port, people = str(free_range()), str(free_range())
    started: list[Terminal] = []

    def begin(program: Path, *words: str, who: str = "anna") -> Terminal:
        environment = {"PEERAPI_HOME": str(tmp_path / who), "PEERAPI_PNRP_PORT": port, "PEERAPI_COLLAB_PORT": people}
        started.append(Terminal(environment, program, words))
        return started[-1]

    yield begin
    for each in started:
        each.end()
    for home in tmp_path.glob("*/collab"):
        stop_host(home.parent)


if not missing():

    @pytest.mark.parametrize("compiler", ["gcc", "clang"])
    def test_the_name_resolution_sample(begin: Begin, tmp_path: Path, compiler: str) -> None:
        top = samples()
        assert top is not None
        program = compile_sources(tmp_path / "pnrp", top / "pnrp" / "pnrp.c", compiler=compiler)
        host = begin(program, who="host")
        host.says("5. Exit\n> ")
        host.hears("1", "", "", "a comment", "a payload", "no", "pnrpsampletest")
        host.says("Successfully registered name: 0.pnrpsampletest")
        host.says("6. Exit\n> ")

        guest = begin(program, who="guest")
        guest.says("5. Exit\n> ")
        for synchronous in ("no", "yes"):
            guest.hears("2", "", synchronous, "0.pnrpsampletest")
            said = guest.says("ynchronous resolve complete.")
            assert "Comment:\ta comment\n" in said
            assert "Payload:\tYes (Data: a payload)\n" in said
            assert re.search(r"Addresses:\t\S", said)
        guest.hears("3", "0.pnrpsampletest")
        guest.says("DNS encoded name is: pnrpsampletest.pnrp.net\n")
        guest.hears("4")
        guest.says("Clouds:\n")
        guest.hears("5")
        host.hears("2")
        host.says("Registration successfully deleted")
        host.hears("5")
        assert [each.process.wait(PATIENCE) for each in (host, guest)] == [0, 0]

    @pytest.mark.parametrize("compiler", ["gcc", "clang"])
    def test_the_collaboration_sample(begin: Begin, tmp_path: Path, compiler: str) -> None:
        """Two people, each with the menu and the second process that shows events."""
        top = samples()
        assert top is not None
        program = compile_sources(tmp_path / "sample", *sorted((top / "collaboration").glob("*.c")), compiler=compiler)
        host, guest = begin(program, who="host"), begin(program, who="guest")
        for each in (host, guest):
            said = ""
            each.hears("1", "1", "")
            while "PEER_EVENT_MY_PRESENCE_CHANGED event signalled" not in said:  # until the second process listens
                each.hears("17", "3", "soon", "")
                said += each.says("Press <ENTER> to continue.")
        host.hears("9", str(tmp_path / "host.xml"))
        host.says("Contact successfully exported")
        host.hears("", "22")
        host.says("Successfully registered application")
        host.hears("")
        guest.hears("11", str(tmp_path / "host.xml"))
        guest.says("Contact successfully imported.")
        guest.hears("", "7")
        said = guest.says("Endpoint Name: ")
        assert "IPV6 Endpoint Address: [::1]:" in said
        guest.hears("", "10", str(tmp_path / "none"))
        guest.says("Failed to open file.")
        for each in (host, guest):
            each.hears("", "Q")
            assert each.process.wait(PATIENCE) == 0


if not missing_pages():
    WHOLE = {
        "registering-a-peer-name": "PnrpRegister",
        "resolving-a-peer-name": "PnrpResolve",
        "unregistering-a-peer-name": "PnrpUnregister",
        "enumerating-clouds": "PrintLinkLocalClouds",
        "direct-connections": "CreateDirectConnection",
    }
    "Page -> the function that it gives, with what it includes."

    @pytest.fixture(params=["gcc", "clang"])
    def page_functions(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
        folder = pages()
        assert folder is not None
        sources = [PROGRAMS / "page_functions.c"]
        for page, function in WHOLE.items():
            text = (folder / f"{page}.md").read_text(encoding="utf-8")
            (code,) = re.findall(r"^```\S*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
            assert f"{function}(" in code
            sources.append(tmp_path / f"{page}.c")
            sources[-1].write_text(code, encoding="utf-8")
        return compile_sources(tmp_path / "pages", *sources, unicode=False, compiler=str(request.param))

    def test_names_as_the_pages_have_them(begin: Begin, page_functions: Path) -> None:
        host = begin(page_functions, "register", "0.page", who="host")
        host.says("registered\n")
        guest = begin(page_functions, "resolve", "0.page", who="guest")
        guest.says("00000000 [::1]:4711\n")
        clouds = begin(page_functions, "clouds", who="guest")
        clouds.says("Loopback_\n")
        assert [each.process.wait(PATIENCE) for each in (guest, clouds)] == [0, 0]
        host.hears("")
        host.says("unregistered\n")
        gone = begin(page_functions, "resolve", "0.page", who="guest")
        gone.says("8007277e ")  # WSA_E_NO_MORE
        host.hears("")
        assert host.process.wait(PATIENCE) == 0

    def test_a_direct_connection_as_the_page_has_it(begin: Begin, page_functions: Path) -> None:
        host = begin(page_functions, "graph-host", who="host")
        guest = begin(page_functions, "graph-guest", host.says("\n").strip(), who="guest")
        guest.says("connected ours\n")
