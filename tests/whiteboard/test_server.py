"""The server trusts nothing: a test for each thing that it refuses. Each against a running ``peerapi whiteboard``."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import trio
from wsproto.utilities import LocalProtocolError

from peerapi.pages import serving
from peerapi.pages.access_control import HEADERS, AccessControl
from peerapi.pages.listener import listening
from peerapi.whiteboard import server
from tests.whiteboard.boards import PEERAPI, BoardProcess
from tests.whiteboard.wire import Socket, ask, websocket


def origin(board: BoardProcess) -> str:
    return f"http://{urlsplit(board.url).netloc}"


# ---- over HTTP ----


def test_the_page_and_its_files_are_served_with_a_strict_policy(board: BoardProcess) -> None:
    status, headers, text = ask(board.url)
    assert status == 200
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= headers.items()
    for name in re.findall(r'(?:src|href)="([\w.]+)"', text):
        assert ask(board.url + name)[0] == 200, name


def test_the_page_is_built_of_nothing_from_outside() -> None:
    rooms = Path(__file__).parents[2] / "peerapi"
    for file in rooms.glob("*/static/*"):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert "http://" not in text, file
        assert "https://" not in text, file
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write", "<script>", " on"):
            assert word not in text or (word == " on" and not re.search(r"<[^>]* on\w+=", text)), (file, word)


def test_it_listens_on_the_loopback_address_only(board: BoardProcess) -> None:
    port = urlsplit(board.url).port
    assert urlsplit(board.url).hostname == "127.0.0.1"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ports = [line[1] for line in lines if line[3] == "0A"]  # LISTEN
    assert [place for place in ports if place.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/live", "/wrong-token/", "/wrong-token/main.js", "/%00/"])
def test_without_the_token_there_is_nothing(board: BoardProcess, path: str) -> None:
    status, headers, text = ask(origin(board) + path)
    assert status == 404
    assert "Anna" not in text
    assert "content-security-policy" in headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "[::1", ":{port}"])
def test_another_name_for_this_address_is_refused(board: BoardProcess, host: str) -> None:
    assert ask(board.url, {"Host": host.format(port=urlsplit(board.url).port)})[0] == 403


def test_the_machines_own_names_are_accepted(board: BoardProcess) -> None:
    assert ask(board.url, {"Host": f"localhost:{urlsplit(board.url).port}"})[0] == 200


@pytest.mark.parametrize("other", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost:{port}"])
def test_a_request_that_comes_from_another_page_is_refused(board: BoardProcess, other: str) -> None:
    other = other.format(port=urlsplit(board.url).port)
    assert ask(board.url, {"Origin": other})[0] == 403
    with websocket(board.url, Origin=other) as stranger:
        assert stranger.status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_changed_over_http(board: BoardProcess, method: str) -> None:
    assert ask(board.url, method=method)[0] == 405


@pytest.mark.parametrize("name", ["../server.py", "..%2fserver.py", "__init__.py", "index.html.bak", "board.svg/x"])
def test_only_the_files_of_the_page_are_given(board: BoardProcess, name: str) -> None:
    assert ask(board.url + name)[0] == 404


@pytest.mark.parametrize("page", ["x", "../x", "0" * 500])
def test_a_picture_of_no_page_is_not_given(board: BoardProcess, page: str) -> None:
    assert ask(f"{board.url}board.svg?page={page}")[0] == 404


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHo"], ids=["silent", "in the middle"])
def test_who_says_nothing_any_more_is_not_waited_for(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody on the machine may connect, and each connection takes a descriptor of the board's process."""
    monkeypatch.setattr(serving, "SILENT", 0.05)
    monkeypatch.setattr(serving, "HALF_REQUEST", 0.05)

    async def main() -> None:
        with listening("127.0.0.1", 0) as listener, trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                await nursery.start(server.serve, None, listener, "token")
                stream = await trio.open_tcp_stream("127.0.0.1", listener.port)
                if said:
                    await stream.send_all(said)
                while await stream.receive_some(1000):
                    pass
                nursery.cancel_scope.cancel()

    trio.run(main)


def test_headers_without_end_are_cut_off(board: BoardProcess) -> None:
    parts = urlsplit(board.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=120) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000)
        assert b"200" not in stranger.recv(100)


# ---- over the websocket ----


def test_a_websocket_wants_token_host_and_origin(board: BoardProcess) -> None:
    with websocket(board.url) as page:
        assert page.status == 101
        assert page.wait_for("state")["name"] == "Anna"
    with websocket(board.url, Host="evil.example", Origin="http://evil.example") as stranger:
        assert stranger.status == 403
    with websocket(f"{origin(board)}/wrong-token/") as stranger:
        assert stranger.status == 404
    nowhere = Socket(board.url, {})
    assert nowhere.status == 403
    nowhere.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        b"\x00\x01",
        "{}",
        json.dumps({"do": "stroke"}),
        json.dumps({"do": "say", "words": "a\x1b[2J"}),
        json.dumps({"do": "erase", "marks": ["x"]}),
        json.dumps({"do": "page", "name": "x" * 256}),
    ],
)
def test_a_message_that_is_not_as_it_should_be_is_refused_and_the_page_lives_on(
    board: BoardProcess, text: str | bytes
) -> None:
    with websocket(board.url) as page:
        page.send(text)
        assert page.wait_for("refused")["why"]
        page.do("say", words="still here")
        assert page.wait_for("line")


def test_drawing_on_a_page_that_is_not_there_is_refused(board: BoardProcess) -> None:
    with websocket(board.url) as page:
        page.do("stroke", page=str(uuid4()), live="k", colour="red", width=3, dots=[[1, 2]])
        assert page.wait_for("refused")["why"] == "there is no such page"


def test_erasing_what_is_no_record_of_the_board_does_nothing(board: BoardProcess) -> None:
    with websocket(board.url) as page:
        page.do("erase", marks=[str(uuid4())])
        page.do("say", words="and on")
        assert page.wait_for("line")


def test_a_message_that_is_too_long_ends_the_connection(board: BoardProcess) -> None:
    with websocket(board.url) as page:
        page.send("x" * (300 << 10))
        assert page.wait_for_end() in (1006, 1009)


def test_a_page_that_sends_too_fast_is_let_go(board: BoardProcess) -> None:
    with websocket(board.url) as page:
        with contextlib.suppress(ConnectionError, LocalProtocolError):  # it is closed while we send
            for _ in range(1500):
                page.do("undo", page="x")
        assert page.wait_for_end() in (1006, 1008)


def test_only_so_many_windows_are_open_at_once(board: BoardProcess) -> None:
    with ExitStack() as stack:
        pages = [stack.enter_context(websocket(board.url)) for _ in range(16)]
        for page in pages:
            page.wait_for("whole")
        assert stack.enter_context(websocket(board.url)).status == 503


def test_windows_that_come_at_once_are_counted_too(board: BoardProcess) -> None:
    with ThreadPoolExecutor(40) as threads, ExitStack() as stack:
        pages = [one.result() for one in [threads.submit(websocket, board.url) for _ in range(40)]]
        found = Counter(status for status in threads.map(lambda page: stack.enter_context(page).status, pages))
    assert found == {101: 16, 503: 24}


# ---- the command ----


def run(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*PEERAPI, *arguments], capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--join", "board-nonsense"], "the invitation"),
        (["--join", "hello"], "an invitation begins with board-"),
        (["--new", ""], "a title has 1 to 100 characters"),
        (["--new", "x", "--name", "two\nlines"], "a name has 1 to 50 characters"),
    ],
)
def test_what_is_mistyped_is_said_in_one_line_below_the_usage(arguments: list[str], complaint: str) -> None:
    code, said = run(*arguments)
    assert code == 2
    assert complaint in said.splitlines()[-1]
    assert said.startswith("Usage: ")


def test_a_port_that_is_taken_is_said_in_one_line(board: BoardProcess) -> None:
    code, said = run("--new", "x", "--here", "--name", "Ben", "--port", str(urlsplit(board.url).port))
    assert (code, said.count("\n")) == (1, 1)
    assert "in use" in said


def test_where_the_server_is_missing_the_command_says_how_to_install_it() -> None:
    code = "import sys; sys.modules['quart_trio'] = None; from peerapi.cli import main; "
    code += "sys.exit(main(['whiteboard', '--new', 'x']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert "pip install quart-trio hypercorn" in done.stderr
    assert "Traceback" not in done.stderr


# ---- access control alone ----


def test_a_server_beyond_this_machine_is_known_by_its_address_only() -> None:
    access = AccessControl("2001:db8::7", 8080, "token")
    assert access.url == "http://[2001:db8::7]:8080/token/"
    assert access.is_own("[2001:db8::7]:8080")
    for other in (
        "localhost:8080",
        "[2001:db8::7]",
        "[2001:db8::7]:80",
        "2001:db8::7:8080",
        "",
        "a@b",
        "[2001:db8::8]:8080",
    ):
        assert access.refusal("/token/", {"Host": other}, websocket=False), other


def test_a_browser_leaves_port_80_out() -> None:
    access = AccessControl("127.0.0.1", 80, "token")
    for host in ("127.0.0.1", "127.0.0.1:80", "localhost", "[::1]"):
        assert access.is_own(host), host
    assert not AccessControl("127.0.0.1", 8080, "token").is_own("127.0.0.1")


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::"])
def test_at_all_addresses_any_address_is_its_own_and_no_foreign_name(wildcard: str) -> None:
    """A name that an attacker lets point here is the attacker's origin; an address is nobody's but ours."""
    access = AccessControl(wildcard, 8090, "token")
    assert access.url in ("http://127.0.0.1:8090/token/", "http://[::1]:8090/token/")
    for host in ("192.0.2.7:8090", "192.0.2.7:9000", "[2001:db8::7]:8090", "localhost:8090", socket.gethostname()):
        assert access.is_own(host), host
    for host in ("evil.example:8090", "evil.example", "192.0.2.7.evil.example:8090"):
        assert access.refusal("/token/", {"Host": host}, websocket=False), host


def test_every_server_has_a_token_of_its_own() -> None:
    one, other = AccessControl("127.0.0.1", 1), AccessControl("127.0.0.1", 1)
    assert one.token != other.token
    assert len(one.token) == 32
    assert one.token not in repr(one)
