"""Attacks as tables: what somebody does, the one check that stops it, and what is counted then.

An attack is a function of the profile that returns how it went at a victim that has seen nothing before. It is tried
twice: with the check taken out, when it has to work, since otherwise its refusal would prove nothing; and with all
checks, when it has to be refused for the right reason, once, where a person can see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from peerapi.grouping import connect, membership, roles, validation
from peerapi.grouping.connect import State
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal, Refused, require
from peerapi.identity.keys import Profile
from tests.grouping.conftest import forget
from tests.grouping.values import BOTH, NOW, Pair

Check = Callable[[], AbstractContextManager[object]]
"Takes a check out for a while."


class Outcome(NamedTuple):
    """How an attack went."""

    worked: bool
    victim: GroupSecurity


@dataclass(frozen=True)
class Attack:
    """One row of a table."""

    what: str
    "Who does what, in words."
    without: tuple[Check, ...]
    "What has to be taken out for it to work; more than one where a second check would stop it as well."
    refused: Refusal
    "What the victim counts."
    attempt: Callable[[Profile], Outcome]
    profiles: tuple[Profile, ...] = BOTH


@dataclass
class Table:
    """The attacks of one file, in their order."""

    rows: list[Attack] = field(default_factory=list)

    def attack(
        self, what: str, *without: Check, refused: Refusal, profiles: tuple[Profile, ...] = BOTH
    ) -> Callable[[Callable[[Profile], Outcome]], Callable[[Profile], Outcome]]:
        """Add the function as a row."""

        def add(attempt: Callable[[Profile], Outcome]) -> Callable[[Profile], Outcome]:
            self.rows.append(Attack(what, without, refused, attempt, profiles))
            return attempt

        return add

    def parametrized(self) -> pytest.MarkDecorator:
        cases = [
            pytest.param(row, profile, id=f"{row.what}-{profile.value}")
            for row in self.rows
            for profile in row.profiles
        ]
        return pytest.mark.parametrize(("attack", "profile"), cases)


def proven(attack: Attack, profile: Profile) -> None:
    """It works without the check; it is refused and counted with it, and teaches the victim nothing."""
    with ExitStack() as stack:
        for check in attack.without:
            stack.enter_context(check())
        forget()
        assert attack.attempt(profile).worked, "harmless even without the check: this proves nothing"
    forget()
    outcome = attack.attempt(profile)
    assert not outcome.worked
    assert dict(outcome.victim.refused) == {attack.refused: 1}


# ---- Checks ----------------------------------------------------------------------------------------------------------


def replaced(target: object, name: str, value: object) -> Check:
    """One function or method does something else."""

    @contextmanager
    def taken_out() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(target, name, value)
            yield

    return taken_out


def chain_check(*complaints: str) -> Check:
    """Certificate chains with this fault prove a membership."""
    require = membership._require

    def lenient(truth: bool, detail: str) -> None:
        require(truth or detail in complaints, detail)

    return replaced(membership, "_require", lenient)


def record_check(complaint: str) -> Check:
    """Records with this fault are valid."""
    require = validation._require

    def lenient(truth: bool, reason: Refusal, detail: str = "") -> None:
        require(truth or detail == complaint, reason, detail)

    return replaced(validation, "_require", lenient)


def anybody_may_give_any_role() -> AbstractContextManager[object]:
    return replaced(roles, "issuable", lambda holder: frozenset(roles.Role))()


def nothing(*_: Any, **__: Any) -> None:
    """A check that never complains."""


# ---- Connections -----------------------------------------------------------------------------------------------------


def connected(caller: GroupSecurity, called: GroupSecurity, *, victim: GroupSecurity, now: int = NOW) -> Outcome:
    """Whether both ends come to the end of Group Connect."""
    return tried(Pair(caller, called), victim, now)


def tried(pair: Pair, victim: GroupSecurity, now: int = NOW) -> Outcome:
    try:
        pair.run(now)
    except Refused:
        return Outcome(False, victim)
    ends = (pair.caller, pair.called)
    mine = next(end for end in ends if end._local is victim)
    return Outcome(mine.state is State.COMPLETE, victim)


def connection_check(complaint: str) -> Check:
    """Connections with this fault go on."""

    def lenient(truth: bool, reason: Refusal, detail: str) -> None:
        require(truth or detail == complaint, reason, detail)

    return replaced(connect, "require", lenient)
