"""A program that reads nothing for long: it is let go, and is told what it has missed in pieces when it goes on."""

from __future__ import annotations

import time
from socket import SO_SNDBUF, SOL_SOCKET

import pytest

from tests.sharing.conftest import PASSWORD, PATIENCE, Club, Program, Start

pytestmark = pytest.mark.long
TYPE = "UUID(int=77)"
LET_GO = "group._group.sharing.refused['reads nothing']"
EVENTS = 600
"So many may wait for a program of these tests; a piece of what it has missed has 100 changes."
AT_ONCE = 200


def wait_until(program: Program, condition: str) -> None:
    end = time.monotonic() + PATIENCE
    while not program.value(condition):
        assert time.monotonic() < end, condition


def makes_bounds_small(holder: Program) -> None:
    holder.ask(f"setattr(sharing('port'), 'MOST_BEHIND', {EVENTS} * sharing('port').EVENT)")
    holder.ask("setattr(sharing('missed'), 'CHANGES', 100)")
    holder.ask(f"[one._sock.setsockopt({SOL_SOCKET}, {SO_SNDBUF}, 4096) for one in group._group.sharing._ports]")


def adds(holder: Program, count: int = AT_ONCE) -> None:
    drafts = f"[peerapi.Draft({TYPE}, bytes(8)) for _ in range({count})]"
    assert holder.value(f"opened('made', group.add_many({drafts}))") == "made"


def lets_go(club: Club) -> int:
    """The other program stands still and records are added until it is let go; how many."""
    club.other.stop()
    count = 0
    while not club.holder.value(LET_GO):
        assert count < 100_000, "it is never let go"
        adds(club.holder)
        count += AT_ONCE
    return count


def hears(program: Program, last: str) -> None:
    """Keeps as ``found``: what its changes tell until they tell of that record."""
    assert program.ask(f"opened('found', heard(changes, {last}))") == "'found'"


@pytest.mark.parametrize("in_pieces", [False, True])
def test_who_reads_nothing_is_let_go_and_hears_everything_when_it_goes_on(club: Club, in_pieces: bool) -> None:
    """Told in one piece it would be let go each time."""
    holder, other = club.holder, club.other
    changed, gone = (holder.ask(f"group.add({TYPE}, b'early')") for _ in range(2))
    other.ask("keep('changes', group.changes())")
    makes_bounds_small(holder)
    count = 2 + lets_go(club)
    assert holder.ask(f"group.update({changed}, b'late')") == "None"
    assert holder.ask(f"group.delete({gone})") == "None"
    if not in_pieces:
        holder.ask("setattr(sharing('missed'), 'CHANGES', 1 << 20)")
    other.go_on()
    if not in_pieces:
        wait_until(holder, f"{LET_GO} >= 4")
        holder.ask("setattr(sharing('missed'), 'CHANGES', 100)")
    hears(other, holder.ask(f"group.add({TYPE}, b'last')"))
    assert other.value("len(found)") == count + 1
    assert other.value(f"found[{changed}]") >= {"UPDATED"}
    assert other.value(f"found[{gone}]") >= {"DELETED"}
    before = holder.value(LET_GO)
    hears(other, holder.ask(f"group.add({TYPE}, b'and one more')"))
    assert holder.value(LET_GO) == before
    if in_pieces:
        assert before == 1


@pytest.mark.parametrize("at_its_pace", [False, True])
def test_who_takes_over_is_told_at_the_pace_at_which_it_reads(club: Club, at_its_pace: bool) -> None:
    """It has missed more than it has room for, and is the holder itself when it goes on."""
    holder, other = club.holder, club.other
    other.ask("keep('changes', group.changes(limit=2500))")
    makes_bounds_small(holder)
    other.stop()
    for _ in range(30):
        adds(holder)
    last = holder.ask(f"group.add({TYPE}, b'last')")
    holder.kill()
    if not at_its_pace:
        other.tell("setattr(type(changes._mailbox.queue), 'has_room', lambda queue, count: True)")
    other.go_on()
    if not at_its_pace:
        other.answer()
        wait_until(other, "changes._mailbox.queue.dropped > 0")
        assert other.ask(f"heard(changes, {last})").startswith("failed ChangesLost")
        return
    hears(other, last)
    assert other.value("len(found)") == 30 * AT_ONCE + 1
    assert other.value("changes._mailbox.queue.dropped") == 0


def test_connections_stand_although_a_program_was_let_go(club: Club, start: Start) -> None:
    """It is not told that they have ended, but that data may be missing; one that came meanwhile is told."""
    holder, other = club.holder, club.other
    holder.ask("group.connect()")
    where = holder.value("(group.addresses[0].host, group.addresses[0].port)")
    invitation = holder.value("group.invite_by_password()")
    ben, eve = start("ben"), start("eve")
    for program in (ben, eve):
        program.ask(f"opened('group', peerapi.join_group({invitation!r}, password={PASSWORD!r}))")
    ben.ask(f"group.connect({where[0]!r}, {where[1]})")
    wait_until(other, "len(group.connections()) == 1")
    other.ask("keep('changes', group.changes())")
    other.ask("keep('news', group.events(peerapi.StatusChange, peerapi.NeighborChange))")
    other.ask("keep('data', group.messages(UUID(int=5)))")
    makes_bounds_small(holder)
    lets_go(club)
    eve.ask(f"group.connect({where[0]!r}, {where[1]})")
    wait_until(holder, "len(group.connections()) == 2")
    other.go_on()
    assert "CONNECTED" in other.ask("anext(news)")
    assert other.ask("anext(data)").startswith("failed ChangesLost")
    ids = "{one.id for one in group.connections()}"
    assert other.value(ids) == holder.value(ids)
    assert "DISCONNECTED" not in other.ask("news.next_now()")
