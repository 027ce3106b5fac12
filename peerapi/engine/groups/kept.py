"""What becomes of a group that is written down when it is opened: its credential, its security, its bounds."""

from __future__ import annotations

import os
import threading

from peerapi.engine.runtime import moment
from peerapi.environment import variable
from peerapi.errors import CertStoreCorrupted, InvalidArgument
from peerapi.graphing.machine.quotas import Quota
from peerapi.grouping.channel import Credential
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.own_membership import Owner
from peerapi.grouping.provider import GroupSecurity
from peerapi.identity.certificates import decode
from peerapi.identity.der import Malformed
from peerapi.identity.manager import IdentityManager
from peerapi.identity.names import parse
from peerapi.store.groups import StoredGroup
from peerapi.store.identities import StoredIdentity


def member_quota() -> Quota:
    """What one member of a group may have at this node, as the environment has it: ``PEERAPI_MEMBER_RECORDS``, records;
    ``PEERAPI_MEMBER_BYTES``, bytes; 0: as much as it likes. Raises InvalidArgument."""
    numbers = []
    for name, usual in zip(("PEERAPI_MEMBER_RECORDS", "PEERAPI_MEMBER_BYTES"), Quota(), strict=True):
        text = variable(name, str(usual))
        if not text.isdecimal() or len(text) > 18:
            raise InvalidArgument(f"{name} is a number; 0: without a limit.")
        numbers.append(int(text))
    return Quota(*numbers)


def security_of(
    stored: StoredGroup, credential: Credential, chain: MembershipChain | None, owner: Owner | None
) -> GroupSecurity:
    return GroupSecurity(
        parse(stored.group), credential, random=os.urandom, chain=chain, owner=owner, lock=threading.RLock()
    )


def credential_of(identities: IdentityManager, identity: StoredIdentity) -> Credential:
    """The key of an identity, with its certificate. Raises CertStoreCorrupted, NoKeyAccess."""
    key = identities.key_pair(identity.peer_name)
    try:
        return Credential(key, decode(identity.certificate), moment().utc)
    except Malformed as error:
        raise CertStoreCorrupted(str(error)) from error


def merged(old: StoredGroup, new: StoredGroup) -> StoredGroup:
    """What is written down of a group that has another membership now. The group's own key stays."""
    if new.owner_key or not old.owner_key:
        return new
    return new._replace(owner_key=old.owner_key, root=old.root)
