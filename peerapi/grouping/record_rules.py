"""Who may create, change and delete which records of a group, and with what times (MS-PPSEC 3.1.7.1, 3.1.7.2).

One rule for each of the graph's and the group's own types, and one for all types of applications. What an operation is
follows from the record alone, as does the standing of who has signed it, so every node comes to the same answer. A
record never changes its type or creator (``graphing.conflict``), so the rule that is asked of a new version is the rule
of the version whose place it takes.

``markdown`` prints the table into docs/grouping.md (tools/record_rules.py).
"""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass

from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    MEMBERSHIP,
    PRESENCE,
    SECURITY_PROPERTIES,
    SIGNATURE,
    Record,
)
from peerapi.grouping.relay_pass import RELAY_PASS
from peerapi.grouping.revocation import REVOCATION
from peerapi.moment import SECOND

DAY = 24 * 3600 * SECOND


class Operation(enum.Enum):
    """What a record says that was done. A new version that brings a deleted record back is a change."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


def operation(record: Record) -> Operation:
    if record.deleted:
        return DELETE
    return CREATE if record.modified_by is None else CHANGE


CREATE, CHANGE, DELETE = Operation


# What who has signed a record is to it, in bits: plain numbers, because every record asks.
MEMBER = 1
"A member, of whatever role."
ADMINISTRATOR = 2
"Moreover an administrator, and the group itself has not created the record."
CREATOR = 4
"Who has created the record."
GROUP = 8
"The group's own key."

Standing = int
"Any of these bits."
Right = tuple[Standing, ...]
"The standings of which one, with all that it names, is enough. Empty: nobody may."

NOBODY: Right = ()


@functools.cache
def _enough(right: Right) -> frozenset[Standing]:
    """All standings that have the right."""
    return frozenset(one for one in range(2 * GROUP) if any(wanted & one == wanted for wanted in right))


@dataclass(frozen=True)
class Rule:
    """The rule of one type of records."""

    name: str
    create: Right
    change: Right
    delete: Right
    content: str = ""
    "What is asked of its content, for people; ``validation.check_content`` asks it."
    longest: int | None = None
    "How long after its modification it may end, FILETIME units; None: as long as the membership of who has signed it."

    def right(self, operation: Operation) -> Right:
        return self.create if operation is CREATE else self.change if operation is CHANGE else self.delete

    def permits(self, operation: Operation, standing: Standing) -> bool:
        return standing in _enough(self.right(operation))


RULES = {
    GRAPH_INFO: Rule(
        "graph info",
        create=(MEMBER, GROUP),
        change=(MEMBER, GROUP),
        delete=NOBODY,
        content="what the security properties say, unless an administrator has signed it",
    ),
    SIGNATURE: Rule("signature", create=(MEMBER,), change=(MEMBER,), delete=(MEMBER,), longest=DAY),
    CONTACT: Rule(
        "contact", create=(CREATOR | MEMBER,), change=(CREATOR | MEMBER,), delete=(CREATOR | MEMBER,), longest=DAY
    ),
    PRESENCE: Rule("presence", create=(CREATOR | MEMBER,), change=(CREATOR | MEMBER,), delete=(CREATOR | MEMBER,)),
    SECURITY_PROPERTIES: Rule(
        "security properties",
        create=(CREATOR | GROUP,),
        change=(CREATOR | GROUP,),
        delete=NOBODY,
        content="one such record; what is fixed at creation stays",
    ),
    MEMBERSHIP: Rule(
        "membership",
        create=(CREATOR | MEMBER,),
        change=(CREATOR | MEMBER,),
        delete=NOBODY,
        content="the membership of who has created it, or one that it has issued; administrators: anybody's",
    ),
    REVOCATION: Rule(
        "revocation",
        create=(CREATOR | ADMINISTRATOR, CREATOR | GROUP),
        change=(CREATOR | ADMINISTRATOR, GROUP),
        delete=(CREATOR | ADMINISTRATOR, GROUP),
        content="whom it names, and from when on; whether it counts is another question",
    ),
    RELAY_PASS: Rule(
        "relay pass",
        create=(CREATOR | MEMBER,),
        change=(CREATOR | MEMBER,),
        delete=(CREATOR | MEMBER, ADMINISTRATOR),
        content="the word of a relay, by its form",
    ),
}
APPLICATION = Rule(
    "application record",
    create=(CREATOR | MEMBER,),
    change=(CREATOR | MEMBER, ADMINISTRATOR),
    delete=(CREATOR | MEMBER, ADMINISTRATOR),
)


def rule_of(record_type: bytes) -> Rule:
    return RULES.get(record_type, APPLICATION)


def standing(record: Record, *, group: str, by_group: bool, administrator: bool) -> Standing:
    """Of who has signed ``record``. ``group``: the group's peer name. ``by_group``: with the group's own key;
    ``administrator``: as a member that is one."""
    own = CREATOR if record.modified_by is None or record.modified_by == record.creator_id else 0
    if by_group:
        return own | GROUP
    if administrator and record.creator_id != group:
        own |= ADMINISTRATOR
    return own | MEMBER


# ---- For people ------------------------------------------------------------------------------------------------------

_WORDS = {
    MEMBER: "any member",
    ADMINISTRATOR: "administrators",
    GROUP: "the group's key",
    CREATOR | MEMBER: "its creator",
    CREATOR | GROUP: "the group's key",
    CREATOR | ADMINISTRATOR: "its creator, as an administrator",
}
_MADE_BY = {CREATOR | MEMBER: "any member", CREATOR | ADMINISTRATOR: "administrators"}
"The creator of a record that nobody has created yet may be anybody."


def markdown() -> str:
    """The rules as a table."""
    lines = ["| record | create | change | delete | ends at the latest | content |", "| --- " * 6 + "|"]
    for rule in (*RULES.values(), APPLICATION):
        made = "; ".join(_MADE_BY.get(one, _WORDS[one]) for one in rule.create)
        changed, deleted = ("; ".join(_WORDS[one] for one in right) or "nobody" for right in (rule.change, rule.delete))
        end = "with the membership" if rule.longest is None else f"{rule.longest // DAY} day after its modification"
        lines.append(f"| {rule.name} | {made} | {changed} | {deleted} | {end} | {rule.content} |")
    lines.append("")
    lines.append(
        "Of every record: it was modified after the membership of who has signed it began, and before the moment from"
        " which on that was revoked; it ends no later than that membership; it was modified at most"
        f" {FAR_AHEAD // (3600 * SECOND)} hours after now, peer time. Beside graph info and the signature, no"
        " administrator touches what the group's key has created."
    )
    return "\n".join(lines) + "\n"
