"""Who may know what of this user: the one place of permissions.

| asker | card, name, presence | objects near me | objects Internet | applications | invite |
| --- | --- | --- | --- | --- | --- |
| contact, allowed | yes | if near | yes | by their scope, near or not | yes |
| contact, blocked | no | no | no | no | no |
| stranger near, while we are signed in near me | yes | yes | no | no | yes |
| any other stranger | no | no | no | no | no |

Scope ALL counts as both. Me, at another machine, is a contact that is allowed. Who is not signed in shows nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from peerapi.collab.values import Contact, Permission, Scope, Signin


class Asker(NamedTuple):
    """Who asks, as TLS has proved it, and from where."""

    peer_name: str
    contact: Contact | None
    "As this user knows them; Me is one of them, allowed."
    near: bool
    "Over loopback, or from the same link."


def may_see(asker: Asker, flags: int) -> bool:
    """Card, name and presence; where not, nothing else either. ``flags``: to what this user is signed in."""
    if not flags:
        return False
    if asker.contact is not None:
        return asker.contact.permission == Permission.ALLOWED
    return asker.near and bool(flags & Signin.NEAR_ME)


def may_see_item(asker: Asker, flags: int, scope: int) -> bool:
    """An object of that scope."""
    if not may_see(asker, flags):
        return False
    near = asker.near and bool(scope & Scope.NEAR_ME)
    return near or (asker.contact is not None and bool(scope & Scope.INTERNET))


def may_see_application(asker: Asker, flags: int, scope: int) -> bool:
    """An application of that scope: strangers see none."""
    return asker.contact is not None and may_see_item(asker, flags, scope)


def may_invite(asker: Asker, flags: int) -> bool:
    """Whether the user is asked at all; an invitation needs no more rights than seeing."""
    return may_see(asker, flags)
