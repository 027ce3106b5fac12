"""The two ends of a connection, as Group Connect sees them: this node, and who is at the other end."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from peerapi.grouping.channel import Credential
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.password import Verifier
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.roles import Role
from peerapi.identity.names import PeerName


class PasswordEntry(NamedTuple):
    """The group's password as its security properties tell it to members."""

    check: str | Verifier
    "Password Hash String in the published profile."
    role: Role
    "The role that joining by the password gives."


class Peer(NamedTuple):
    """Who is at the other end, proved."""

    name: PeerName
    chain: MembershipChain


class LocalEnd(Protocol):
    """What a connection asks of the group's security on its own side."""

    group: PeerName
    credential: Credential
    chain: MembershipChain | None
    "The membership of this node."
    password: str | None
    "The password to join by, when there is no membership."
    random: Callable[[int], bytes]

    @property
    def password_entry(self) -> PasswordEntry | None: ...

    def revoked(self, chain: MembershipChain, now: int) -> bool: ...

    def current_membership(self, name: str, now: int) -> MembershipChain | None:
        """The best membership of somebody that is good now."""

    def may_try_password(self, now: int) -> bool:
        """Whether a password may be tried: not so after too many wrong ones."""

    def wrong_password(self, now: int) -> None:
        """Somebody has tried a wrong password."""

    def count_refusal(self, reason: Refusal) -> None:
        """A connection is ended, or a record was refused, for a reason."""

    def met(self, chain: MembershipChain) -> None:
        """A membership was learned from a connection."""

    def joined(self, chain: MembershipChain) -> None:
        """This node has become a member by the password."""
