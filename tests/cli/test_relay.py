"""``peerapi relay use`` and its like: which relays are known, and narrower passes made offline."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from peerapi.cli.relay import HostName
from peerapi.engine.reach import known, known_words
from peerapi.engine.runtime import moment
from peerapi.moment import SECOND
from peerapi.reach import passes, word
from peerapi.reach.leg import RelayAccess
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Known
from tests.cli.conftest import Command

SECRET = bytes(32)


def relay(number: int, **caveats: int) -> str:
    access = RelayAccess(RelayEndpoint(bytes((198, 51, 100, number)), 443), pin=bytes(32))
    return word.write(Known(access, passes.issue(SECRET, bytes(16), **caveats)))


def test_relays_are_used_the_latest_first_and_forgotten(command: Command, tmp_path: Path) -> None:
    assert command.json("relay", "list") == []
    assert (command.code("relay", "list"), "peerapi relay use WORD" in command.err) == (0, True)
    assert command("relay", "use", relay(1)) == "198.51.100.1:443 is the first relay from now on\n"
    command("relay", "use", relay(2))
    command("relay", "use", relay(1, seats=3))
    assert command("relay", "list").split() == ["198.51.100.1:443", "198.51.100.2:443"]
    assert command.json("relay", "list")[0] == {"relay": "198.51.100.1:443", "host": None}
    file = tmp_path / "home" / known_words.FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert known_words.listed(tmp_path / "home") == [relay(1, seats=3), relay(2)]
    assert "no relay" in command.refused("relay", "forget", "198.51.100.9:443")
    command("relay", "forget", "198.51.100.1:443")
    assert command("relay", "list").split() == ["198.51.100.2:443"]


def test_what_is_no_word_is_said(command: Command) -> None:
    assert "begins with relay-" in command_error(command, "relay", "use", "board-abc")
    assert "not whole" in command_error(command, "relay", "use", relay(1)[:-5])
    assert "begins with relay-" in command_error(command, "relay", "narrow", "board-abc")
    assert "No such file" in command_error(command, "relay", "use", "@/nowhere")


@pytest.mark.parametrize(
    "text",
    [
        "{}\n",
        "'{}'",
        '"{}"',
        "> {}",
        "peerapi relay use {}",
        "Hello,\r\n> > use this:\r\n> > {}\r\nBest wishes, relay-runner",
        "<{}>, and greetings",
        "\u200b{}\u200b",
    ],
)
@pytest.mark.parametrize("broken", [False, True])
def test_any_text_that_holds_one_word_is_taken(command: Command, tmp_path: Path, text: str, broken: bool) -> None:
    one = relay(1)
    file = tmp_path / "letter"
    file.write_text(text.format(f"{one[:50]}\r\n> {one[50:100]}\r\n{one[100:]}" if broken else one), newline="")
    assert command("relay", "use", f"@{file}") == "198.51.100.1:443 is the first relay from now on\n"
    assert known_words.listed(tmp_path / "home") == [one]


def test_a_word_is_asked_for_and_two_are_not_guessed_between(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda asked: relay(3))
    assert "198.51.100.3:443" in command("relay", "use")
    assert "several" in command_error(command, "relay", "use", f"{relay(1)} {relay(2)}")
    assert "198.51.100.1:443" in command("relay", "use", f"{relay(1)} {relay(1)}")


def test_a_relay_that_cannot_serve_leaves_nothing(command: Command, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = ("relay", "--bind", "127.0.0.1", "--port", taken.getsockname()[1])
        assert "already in use" in command.refused(*words)
    assert list(tmp_path.rglob("*.json")) == []


def test_the_variable_comes_instead_of_the_list(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("relay", "use", relay(1))
    monkeypatch.setenv(known_words.VARIABLE, f"{relay(2)}, relay-nonsense {relay(3)}")
    assert [one.access.endpoint.ip[3] for one in known.relays(tmp_path / "home")] == [2, 3]
    monkeypatch.setenv(known_words.VARIABLE, "")
    assert known.relays(tmp_path / "home") == []


def test_a_narrower_word_is_made_without_the_relay(command: Command) -> None:
    made = word.read(command("relay", "narrow", relay(1, seats=16), "--seats=2", "--month=10G", "--days=30").strip())
    grant = passes.verify(SECRET, made.granted, 0)
    assert [one.most for one in grant.seats] == [16, 2]
    assert [one.most for one in grant.months] == [10 << 30]
    assert grant.expiry is not None
    assert "is no volume" in command_error(command, "relay", "narrow", relay(1), "--month=much")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--seats, --month or --days"),
        (("--seats=17",), "--seats is more than this pass allows: 16 seats."),
        (("--seats=2", "--month=11G"), "--month is more than this pass allows: 10.7 GB."),
        (("--days=3",), "--days is longer than this pass allows: until "),
    ],
)
def test_a_pass_that_would_be_no_narrower_is_refused(command: Command, words: tuple[str, ...], said: str) -> None:
    in_two_days = moment().utc + 2 * 86_400 * SECOND
    one = relay(1, seats=16, month=10 << 30, expiry=in_two_days)
    assert said in command_error(command, "relay", "narrow", one, *words)
    assert command.out == ""
    made = word.read(command("relay", "narrow", one, "--seats=16", "--month=10G", "--days=1").strip())
    assert passes.limits(made.granted)["expiry"] < in_two_days


def command_error(command: Command, *words: str) -> str:
    assert command.code(*words) == 2
    return command.err


def test_an_open_relay_wants_a_volume(command: Command) -> None:
    assert "--month" in command_error(command, "relay", "--open")
    assert "is no IPv4 address" in command_error(command, "relay", "--address", "example.org")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seats", 10**30), "1<=x<=1000000"),
        (("--days", 10**30), "1<=x<=1000000"),
        (("--month", "9" * 30 + "T"), "is no volume"),
        (("--month", f"{1 << 23}T"), "is no volume"),
        (("--month", "0"), "is no volume"),
    ],
)
def test_numbers_that_no_pass_can_hold_are_wrong_input(command: Command, words: tuple[str, object], said: str) -> None:
    assert said in command_error(command, "relay", "narrow", relay(1), *words)


def test_the_largest_numbers_are_in_the_narrower_pass(command: Command) -> None:
    words = ("--seats=1000000", "--days=1000000", f"--month={(1 << 23) - 1}TiB")
    made = word.read(command("relay", "narrow", relay(1), *words).strip())
    grant = passes.verify(SECRET, made.granted, 0)
    assert [one.most for one in (*grant.seats, *grant.months)] == [1_000_000, ((1 << 23) - 1) << 40]
    assert grant.expiry is not None


@pytest.mark.parametrize("host", ["a" * 101, "a/b", "a b", "a\r\nb", "\u00e9.example", "-a", "relay.example.org:443"])
def test_a_host_name_that_no_word_can_hold_is_refused_before_anything_is_served(command: Command, host: str) -> None:
    assert "is no host name" in command_error(command, "relay", "--host", host)


def test_host_names_are_taken_as_people_write_them() -> None:
    name = HostName().convert("Relay.Example.ORG", None, None)
    access = RelayAccess(RelayEndpoint(bytes((198, 51, 100, 1)), 443), host=name)
    assert word.read(word.write(Known(access, b""))).access.host == "relay.example.org"


@pytest.mark.parametrize("port", ["\u00b2", "99999", "0", "-1", "x"])
def test_what_is_no_port_of_the_address_is_said(command: Command, port: str) -> None:
    assert "is no port" in command_error(command, "relay", "--address", f"198.51.100.1:{port}")


def test_an_address_of_ipv6_is_named_whole(command: Command) -> None:
    assert "'[::1]:4' is no IPv4 address" in command_error(command, "relay", "--address", "[::1]:4")
