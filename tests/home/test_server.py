"""The home page's server trusts nothing either, and a user has one home page."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from peerapi import Signin
from peerapi.home import qr, running, settings
from peerapi.home.requests import LANGUAGE, REQUESTS
from peerapi.pages import closing
from peerapi.pages.listener import InvalidOption
from peerapi.pages.requests import Refused
from tests.home.homes import PEERAPI, HomeProcess, home_of
from tests.whiteboard.wire import Socket, ask, websocket


@pytest.fixture(scope="module")
def home(by_themselves: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HomeProcess]:
    with home_of(tmp_path_factory.mktemp("home") / "anna") as made:
        yield made


@pytest.fixture(scope="module")
def board(home: HomeProcess) -> str:
    """The address of a board that is open there."""
    with websocket(home.url) as page:
        page.wait_for("whole")
        page.do("begin", title="Card")
        return f"{home.url}boards/{page.wait_for('opened')['board']}/"


def without_token(url: str) -> str:
    parts = urlsplit(url)
    return f"http://{parts.netloc}/{'x' * 32}/{parts.path.split('/', 2)[2]}"


@pytest.mark.parametrize(
    "below", ["", "home.js", "boards/{board}/", "boards/{board}/board.svg", "invitations/{board}.svg"]
)
def test_every_address_wants_token_host_and_origin(home: HomeProcess, board: str, below: str) -> None:
    url = home.url + below.format(board=board.split("/")[-2])
    status, headers, _ = ask(url)
    assert status == 200
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert ask(without_token(url))[0] == 404
    assert ask(url, {"Host": "evil.example"})[0] == 403
    assert ask(url, {"Origin": "http://evil.example"})[0] == 403
    assert ask(url, method="POST")[0] == 405


def test_every_websocket_wants_token_host_and_origin(home: HomeProcess, board: str) -> None:
    for url in (home.url, board):
        with websocket(url) as page:
            assert page.status == 101
        with websocket(url, Origin="http://evil.example") as stranger:
            assert stranger.status == 403
        with websocket(without_token(url)) as stranger:
            assert stranger.status == 404
        nowhere = Socket(url, {})
        assert nowhere.status == 403
        nowhere.close()


@pytest.mark.parametrize("key", ["0" * 12, "..", "%2e%2e", "x"])
def test_a_board_that_is_not_open_has_no_page(home: HomeProcess, board: str, key: str) -> None:
    for below in (f"boards/{key}/", f"boards/{key}/board.svg", f"invitations/{key}.svg"):
        assert ask(home.url + below)[0] in (404, 308)
    with websocket(f"{home.url}boards/{key}/") as page:
        assert page.status == 404


@pytest.mark.parametrize("name", ["../server.py", "..%2fserver.py", "settings.json", "home.html/x"])
def test_only_the_files_of_the_page_are_given(home: HomeProcess, name: str) -> None:
    assert ask(home.url + name)[0] == 404


def test_a_window_for_the_talk_is_told_no_drawing(board: str) -> None:
    with websocket(board) as page, Talk(board) as talk:
        number = page.wait_for("page")["id"]
        page.wait_for("whole")
        talk.wait_for("whole")
        page.do("stroke", page=number, live="k", colour="red", width=3, dots=[[1, 2]], number=1)
        page.wait_for("mark")
        page.do("say", words="hello", number=2)
        seen = set()
        while (news := talk.next("line"))["is"] != "line":
            seen.add(news["is"])
        assert seen <= {"people", "state", "beat"}


class Talk(Socket):
    """A window that asks for the talk of a board alone."""

    def __init__(self, board: str) -> None:
        super().__init__(board, {"Origin": f"http://{urlsplit(board).netloc}"}, target="live?talk")

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


GOOD: list[dict[str, Any]] = [
    {"do": "begin", "title": "Dora's"},
    {"do": "join", "word": "board-x"},
    {"do": "invite", "board": "0123456789ab", "who": "peer"},
    {"do": "answer", "invitation": 1, "yes": True},
    {"do": "there", "near": True, "internet": False},
    {"do": "presence", "status": "busy", "text": "baking"},
    {"do": "presence", "status": "online"},
    {"do": "call", "name": "Anna"},
    {"do": "card"},
]


@pytest.mark.parametrize("message", GOOD, ids=lambda message: str(message["do"]))
def test_what_the_page_asks_is_understood(message: dict[str, Any]) -> None:
    what, fields = LANGUAGE.read(json.dumps(message))
    assert {"do": what, **fields} == message


@pytest.mark.parametrize(
    "message",
    [
        {"do": "begin", "title": ""},
        {"do": "begin", "title": "x" * 101},
        {"do": "begin", "title": "a\x1b[2J"},
        {"do": "begin", "title": "\u200b"},
        {"do": "call", "name": "\u200b"},
        {"do": "call", "name": "\u202eannA"},
        {"do": "open", "board": "../../etc/pass"},
        {"do": "open", "board": "0123456789AB"},
        {"do": "answer", "invitation": 0, "yes": True},
        {"do": "answer", "invitation": True, "yes": True},
        {"do": "answer", "invitation": 1, "yes": 1},
        {"do": "presence", "status": "offline"},
        {"do": "presence", "status": "busy", "text": "x" * 256},
        {"do": "join", "word": "x" * (65 << 10)},
        {"do": "join", "word": "x", "more": 1},
        {"do": "card", "who": "x"},
        {"do": "run", "program": "/bin/true"},
    ],
    ids=str,
)
def test_what_is_not_as_it_should_be_is_refused(home: HomeProcess, message: dict[str, Any]) -> None:
    with websocket(home.url) as page:
        page.wait_for("whole")
        page.send(json.dumps(message))
        assert page.wait_for("refused")["why"]


@given(
    st.sampled_from(sorted(REQUESTS)),
    st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text())),
)
def test_any_fields_are_refused_or_sound(what: str, fields: dict[str, Any]) -> None:
    with contextlib.suppress(Refused):
        assert LANGUAGE.read(json.dumps({**fields, "do": what}))[1].keys() <= REQUESTS[what].keys()


def test_a_failure_is_said_to_the_person(home: HomeProcess, board: str) -> None:
    with websocket(home.url) as page:
        page.wait_for("whole")
        for asked, said in (
            ({"do": "begin", "title": "Card"}, "There is a board 'Card' already"),
            ({"do": "join", "word": "hello"}, "An invitation begins with board-"),
            ({"do": "open", "board": "0" * 12}, "There is no such board any more."),
            ({"do": "befriend", "person": "nobody"}, "They are not near by any more."),
            ({"do": "invite", "board": board.split("/")[-2], "who": "nobody"}, "They are not there any more."),
            ({"do": "answer", "invitation": 77, "yes": False}, "That invitation does not wait any more."),
        ):
            page.send(json.dumps(asked))
            page.wait_until("told", lambda news, said=said: news["words"].startswith(said))
        page.do("add", card="no card", number=1)
        assert page.wait_for("refused")["why"].startswith("that is no contact's card")


# ---- one for each user ----


def test_a_second_one_names_the_page_of_the_first(home: HomeProcess) -> None:
    env = os.environ | {"PEERAPI_HOME": str(home.home)}
    command = [*PEERAPI, "home", "--no-browser"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, f"  page        {home.url}\nIt is open already.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--no-browser"], 0, "  page        http://127.0.0.1:1/token/\nIt is open already.\n"),
        (["--no-browser", "--invited"], 1, "--invited is for boards that an invitation has started"),
    ],
)
def test_who_is_second_or_not_invited_is_told_before_the_server_is_loaded(
    tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    """On a busy machine loading it takes half a minute."""
    program = "import sys; from peerapi.cli import main; code = main(['home', *sys.argv[1:]]); "
    program += "sys.exit(77 if 'quart' in sys.modules else code)"
    env = {name: text for name, text in os.environ.items() if name != "PEERAPI_LAUNCH"}
    env["PEERAPI_HOME"] = str(tmp_path)
    with running.alone(tmp_path / "home") as address:
        running.tell_where(address, "http://127.0.0.1:1/token/")
        command = [sys.executable, "-c", program, *words]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_who_closes_the_page_at_a_terminal_is_told_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    closing.say_closing()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    closing.say_closing()
    assert capsys.readouterr().err == "closing ...\n"


def test_an_invitation_is_handed_over_and_one_that_is_none_is_told(home: HomeProcess) -> None:
    with websocket(home.url) as page:
        page.wait_for("whole")
        running.hand_over(home.url, "no invitation")
        page.wait_until("told", lambda news: news["words"].startswith("An invitation begins"))
    with pytest.raises(InvalidOption):
        running.hand_over(home.url, "")
    with pytest.raises(OSError):
        running.hand_over(without_token(home.url), "x")


def test_where_a_home_page_was_killed_another_one_begins(tmp_path: Path) -> None:
    folder = tmp_path / "ann"
    first = HomeProcess(folder)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(60)
    first.stop()
    assert (folder / "home" / "running.json").exists()
    with home_of(folder) as second:
        assert second.url == first.url
    assert not (folder / "home" / "running.json").exists()


def test_who_is_second_waits_for_the_first_to_say_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PATIENCE", 0.2)
    with running.alone(tmp_path / "home") as address:
        with pytest.raises(InvalidOption), running.alone(tmp_path / "home"):
            pass
        running.tell_where(address, "http://127.0.0.1:1/token/")
        assert address.stat().st_mode & 0o777 == 0o600
        with pytest.raises(running.Elsewhere, match="token"), running.alone(tmp_path / "home"):
            pass
    with running.alone(tmp_path / "home"):
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", '{"token": "x", "port": 1, "scope": 1}', '{"port": "x"}', "\x00"])
def test_settings_that_cannot_be_read_are_new_ones(tmp_path: Path, text: str) -> None:
    path = tmp_path / "home" / "settings.json"
    path.parent.mkdir()
    path.write_text(text)
    found = settings.load(path)
    assert (found.port, found.scope, len(found.token)) == (0, Signin.ALL, 32)
    found.port, found.scope = 8080, 0
    found.save()
    assert settings.load(path) == found
    assert path.stat().st_mode & 0o777 == 0o600
    assert found.token not in repr(found)


def test_without_segno_there_is_no_code_and_too_long_a_word_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert qr.drawn("board-word").startswith("<svg")
    assert qr.drawn("x" * 4000) == ""
    monkeypatch.setitem(__import__("sys").modules, "segno", None)
    assert qr.drawn("board-another") == ""


def test_alone_the_command_is_help_where_nobody_would_see_a_page() -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(PEERAPI, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "Usage: peerapi" in done.stderr
    assert "Who is there, your boards, invitations" in done.stderr


def test_nothing_is_done_beside_when_very_much_is_under_way() -> None:
    from peerapi.home.home import MOST_TASKS, Home

    async def main() -> None:
        made = Home(Path("nowhere"), settings.Settings(Path("nowhere")), here=True, ask_routers=False)
        async with trio.open_nursery() as nursery:
            made._nursery = nursery
            started = [made.start(trio.sleep_forever) for _ in range(MOST_TASKS + 1)]
            nursery.cancel_scope.cancel()
        assert started == [True] * MOST_TASKS + [False]

    trio.run(main)
