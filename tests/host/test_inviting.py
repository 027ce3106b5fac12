"""How long an invitation waits, on a clock of its own; how arguments are split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from peerapi.address import LOOPBACK, Address
from peerapi.collab import local
from peerapi.collab.values import Answer, Endpoint, Invitation, Response
from peerapi.engine.collab import stores
from peerapi.errors import TimedOut
from peerapi.host import inviting
from peerapi.host.desk import Desk
from peerapi.host.invited import expanded, split
from peerapi.host.inviting import Inviting
from peerapi.store.collab import SettingsStore

WHERE = Endpoint(Address(LOOPBACK, 4711), "")
INVITATION = Invitation(bytes(16), b"", "")


class NobodyAnswers:
    """A network whose other side is there, and says nothing."""

    def __init__(self) -> None:
        self.nursery: Any = None

    async def connected(self, address: Address) -> None:
        await trio.sleep_forever()


class Ear:
    """A program, as far as it is told something."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def tell(self, kind: int, value: Any) -> None:
        self.told.append(value)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    return Desk(stores.contact_book(), stores.applications(), SettingsStore(), "machine")


def test_an_invitation_that_nobody_answers_expires_after_five_minutes(desk: Desk) -> None:
    async def main() -> None:
        network, ear = NobodyAnswers(), Ear()
        sending = Inviting(desk, network)
        async with trio.open_nursery() as nursery:
            network.nursery = nursery
            sending.invite(ear, local.InviteRequest(1, None, WHERE, INVITATION))
            await trio.sleep(inviting.PATIENCE - 1)
            assert ear.told == []
            await trio.sleep(2)
            assert ear.told == [local.Responded(1, 0, Response(Answer.EXPIRED, TimedOut.hresult))]

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_a_cancelled_one_is_told_nothing_any_more(desk: Desk) -> None:
    async def main() -> None:
        network, ear = NobodyAnswers(), Ear()
        sending = Inviting(desk, network)
        async with trio.open_nursery() as nursery:
            network.nursery = nursery
            sending.invite(ear, local.InviteRequest(1, None, WHERE, INVITATION))
            await trio.sleep(1)
            sending.cancel(ear, 1)
            sending.cancel(ear, 1)
        assert ear.told == []

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("", []),
        ("  a  b\tc ", ["a", "b", "c"]),
        ('"a b" c', ["a b", "c"]),
        ('a"b c"d', ["ab cd"]),
        ('""', [""]),
        (r"a\b\\c", [r"a\b\\c"]),
        (r"a\"b", ['a"b']),
        (r'a\\"b c"', ["a\\b c"]),
        ("; $(rm) `id` | x", [";", "$(rm)", "`id`", "|", "x"]),
    ],
)
def test_arguments_are_split_as_on_windows_and_by_no_shell(line: str, arguments: list[str]) -> None:
    assert split(line) == arguments


def test_variables_of_both_kinds_are_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", "/opt")
    assert expanded("%WHERE%/a ${WHERE}/b %NOWHERE% $WHERE") == "/opt/a /opt/b %NOWHERE% $WHERE"
