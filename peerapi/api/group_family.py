"""What the PeerGroup functions share: the Startup count, this process's groups, and the kinds of their parameters.

The groups themselves, with all they need of certificates and TLS, are imported when the first one is asked for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated, Any

from peerapi.abi import handles
from peerapi.abi.exports import Gate
from peerapi.abi.marshal import HGROUP
from peerapi.abi.struct_kinds import ArrayIn, In, Out
from peerapi.abi.value_kinds import Custom
from peerapi.address import Address
from peerapi.api import group_structs, structs
from peerapi.api.graph_family import NODE, readable
from peerapi.api.identity import IDENTITIES
from peerapi.api.pnrp import membership
from peerapi.engine import network
from peerapi.engine.runtime import StartupCount
from peerapi.errors import (
    AccessDenied,
    GraphInUse,
    GraphNotReady,
    GraphShuttingDown,
    GroupInUse,
    GroupNotReady,
    InvalidGroup,
    NotAuthorized,
)
from peerapi.store.groups import GroupStore

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds
    from peerapi.engine.groups.groups import Groups
    from peerapi.engine.sharing.shared_group import OpenGroup as Group
else:
    Group = Any  # annotations are read when the library starts, and the module behind it can wait

GROUP = Gate(
    "group",
    codes={
        GraphNotReady: GroupNotReady,
        GraphInUse: GroupInUse,
        GraphShuttingDown: InvalidGroup,
        AccessDenied: NotAuthorized,
    },
)
_groups: Groups | None = None
_clouds: Clouds | None = None
_lock = threading.Lock()


def groups() -> Groups:
    """This process's."""
    global _groups
    with _lock:
        if _groups is None:
            from peerapi.engine.groups.groups import Groups

            _groups = Groups(NODE, IDENTITIES, clouds)
        return _groups


def clouds() -> Clouds:
    """Those in which groups are published and looked for, whatever the program does with the PeerPnrp functions."""
    global _clouds
    if _clouds is None:
        from peerapi.engine.clouds.clouds import Clouds

        _clouds = Clouds(membership())
    return _clouds


def _last_shutdown() -> None:
    GROUP.ready = False
    handles.release(GROUP)
    if _groups is not None:
        _groups.close_all()
    if _clouds is not None:
        _clouds.close_all()


STARTUPS = StartupCount(_last_shutdown)


def start_up() -> None:
    """One PeerGroupStartup more. Raises Ipv6NotInstalled: neither IPv6 nor IPv4 is there."""
    network.loopback()
    STARTUPS.startup()
    GROUP.ready = True


IDENTITIES.groups = lambda identity: [(one.group, one.friendly_name) for one in GroupStore().of(identity)]

GroupHandle = Annotated[Group, HGROUP]
GroupClosing = Annotated[Group, HGROUP.closing]
GroupOut = Annotated[Group, HGROUP.out_after(lambda group: readable(group.driver))]
GroupPropertiesIn = Annotated[
    group_structs.GroupPropertiesValue,
    Custom(group_structs.read_properties, "PPEER_GROUP_PROPERTIES", "PEER_GROUP_PROPERTIES*"),
]
GroupPropertiesOut = Annotated[group_structs.GroupPropertiesValue, Out(group_structs.GROUP_PROPERTIES)]
CredentialIn = Annotated[group_structs.CredentialValue | None, In(group_structs.CREDENTIAL_INFO, optional=True)]
InvitationOut = Annotated[group_structs.InvitationValue, Out(group_structs.INVITATION_INFO)]
AddressesIn = Annotated[tuple[Address, ...], ArrayIn(structs.ADDRESS)]
GroupEventsWantedIn = Annotated[tuple[structs.EventWanted, ...], ArrayIn(group_structs.GROUP_EVENT_WANTED)]
GroupEventDataOut = Annotated[tuple[int, object] | None, Out(group_structs.GROUP_EVENT_DATA)]
