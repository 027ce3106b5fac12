"""Roles of members and what each may do (MS-PPSEC 1.3.2.3, 2.2.5.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum

from peerapi.errors import InvalidRoleProperty

PARTICIPANT = "participant"
"The classifier under which members publish the group."


class Role(Enum):
    """The values are the GUIDs of the roles, in network order."""

    ADMINISTRATOR = bytes.fromhex("04387127aa56450a8ce54f565c6790f4")
    INVITING_MEMBER = bytes.fromhex("4370fd89dc184cfb8dbf9853a8a9f905")
    MEMBER = bytes.fromhex("f12dc4c708574ca093fcb1bb19a3d8c2")

    @property
    def may_issue(self) -> frozenset[Role]:
        """The roles that a holder of this one may give to others."""
        return _MAY_ISSUE[self]

    @property
    def may_change_others(self) -> bool:
        """Whether a holder may change and delete records that others have published."""
        return self is Role.ADMINISTRATOR


_MAY_ISSUE = {
    Role.ADMINISTRATOR: frozenset(Role),
    Role.INVITING_MEMBER: frozenset((Role.INVITING_MEMBER, Role.MEMBER)),
    Role.MEMBER: frozenset[Role](),
}


def parse(guids: Iterable[bytes]) -> frozenset[Role]:
    """At least one role. Raises InvalidRoleProperty for a GUID that is none."""
    try:
        roles = frozenset(map(Role, guids))
    except ValueError as error:
        raise InvalidRoleProperty("An unknown role.") from error
    if not roles:
        raise InvalidRoleProperty("No role.")
    return roles


def issuable(holder: Collection[Role]) -> frozenset[Role]:
    """What somebody with the roles ``holder`` may give."""
    return frozenset[Role]().union(*(role.may_issue for role in holder))


def classifiers(roles: Collection[Role]) -> tuple[str, ...]:
    """The classifiers in a certificate with these roles: an administrator's empty list stands for all."""
    return () if Role.ADMINISTRATOR in roles else (PARTICIPANT,)


def may_delegate(given: Collection[str], delegator: Collection[str], *, extends: bool) -> bool:
    """Whether a list of classifiers may be handed on (MS-PNRP 2.2.3.5.1.5.1).

    ``extends``: the holder of ``given`` is an administrator or inviting member and may have longer ones. An empty list
    stands for all.
    """
    if not delegator:
        return True
    if not given:
        return extends and "" in delegator
    if extends:
        return all(any(one.startswith(start) for start in delegator) for one in given)
    return set(given) <= set(delegator)
