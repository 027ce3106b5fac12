"""A holder that stands still (SIGSTOP): calls of the other programs end and say so, and go on afterwards."""

from __future__ import annotations

from tests.sharing.conftest import Club, Program

TYPE = "UUID(int=77)"
STANDS_STILL = "failed ServiceNotAvailable The program that has the group open does not answer."


def waits(program: Program, seconds: float, *, greeted: float = 60) -> None:
    """So long, where it is a minute otherwise."""
    program.ask(f"setattr(sharing('access'), 'ANSWER', {seconds})")
    program.ask(f"setattr(sharing('access'), 'GREETED', {greeted})")


def test_calls_end_when_the_holder_stands_still_and_go_on_with_it(club: Club) -> None:
    holder, other = club.holder, club.other
    known = other.ask(f"group.add({TYPE}, b'before')")
    other.ask("keep('changes', group.changes())")
    holder.stop()
    waits(other, 1)
    for line in (
        f"group.get({known})",
        f"group.add({TYPE}, b'meanwhile')",
        "group.members()",
        "opened('found', group.search(peerapi.where('colour', '==', 'red')))",
        "group.events(peerapi.MemberChange)",
    ):
        assert other.ask(line) == STANDS_STILL, line
    waits(other, 60)
    holder.go_on()
    assert other.ask(f"group.get({known})").startswith("Record(")
    last = other.ask(f"group.add({TYPE}, b'afterwards')")
    assert other.ask(f"opened('found', heard(changes, {last}))") == "'found'"
    assert other.value(f"group.count({TYPE})") == holder.value(f"group.count({TYPE})")


def test_what_takes_long_is_waited_for_as_long_as_the_holder_answers_at_all(club: Club) -> None:
    holder, other = club.holder, club.other
    holder.ask("setattr(type(group._group.driver), 'export', lambda *_: __import__('time').sleep(4))")
    waits(other, 1)
    assert other.ask("group.export_database('/nowhere')") == "None"
    holder.stop()
    waits(other, 1, greeted=1)
    assert other.ask("group.export_database('/nowhere')") == STANDS_STILL


def test_a_group_is_not_opened_through_a_program_that_stands_still(club: Club) -> None:
    third = club.start()
    club.holder.stop()
    waits(third, 60, greeted=1)
    said = third.ask(f"opened('group', peerapi.open_group({club.name!r}))")
    assert said.startswith("failed DatabaseAccessDenied"), said
    assert said.endswith("The program that has the group open does not answer."), said
    waits(third, 60)
    club.holder.go_on()
    assert third.ask(f"opened('group', peerapi.open_group({club.name!r}))") == "'group'"


def test_another_takes_over_when_the_holder_that_stands_still_is_killed(club: Club) -> None:
    club.holder.stop()
    club.other.tell(f"group.add({TYPE}, b'mine now')")
    club.holder.kill()
    assert club.other.answer().startswith("UUID")
