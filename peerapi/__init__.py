"""peerapi: Peer-to-Peer graphs, groups and names for Linux programs.

The Python API: ``async with peerapi.create_graph(...)`` under trio or asyncio, over the same engine and the same
handles as the C functions of p2p.h, which are ``peerapi.lib`` and ``peerapi.ffi``. docs/python.md is its guide.

Nothing is imported before it is asked for: a C program that starts the engine pays for none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from peerapi import errors as errors
    from peerapi.address import Address as Address
    from peerapi.drt.border import PathFlag as PathFlag
    from peerapi.drt.border import SecurityMode as SecurityMode
    from peerapi.errors import PeerError as PeerError
    from peerapi.python.attributes import Attributes as Attributes
    from peerapi.python.contacts import add_contact as add_contact
    from peerapi.python.contacts import contacts as contacts
    from peerapi.python.contacts import delete_contact as delete_contact
    from peerapi.python.contacts import export_contact as export_contact
    from peerapi.python.contacts import launch_info as launch_info
    from peerapi.python.contacts import me as me
    from peerapi.python.contacts import parse_contact as parse_contact
    from peerapi.python.contacts import register_application as register_application
    from peerapi.python.contacts import registered_applications as registered_applications
    from peerapi.python.contacts import unregister_application as unregister_application
    from peerapi.python.contacts import update_contact as update_contact
    from peerapi.python.events import Change as Change
    from peerapi.python.events import ConnectFailed as ConnectFailed
    from peerapi.python.events import ConnectionRequired as ConnectionRequired
    from peerapi.python.events import DirectChange as DirectChange
    from peerapi.python.events import Event as Event
    from peerapi.python.events import GroupEvent as GroupEvent
    from peerapi.python.events import MemberChange as MemberChange
    from peerapi.python.events import Message as Message
    from peerapi.python.events import NeighborChange as NeighborChange
    from peerapi.python.events import NodeChange as NodeChange
    from peerapi.python.events import PasswordRefused as PasswordRefused
    from peerapi.python.events import PropertiesChange as PropertiesChange
    from peerapi.python.events import StatusChange as StatusChange
    from peerapi.python.events import TypeSynchronized as TypeSynchronized
    from peerapi.python.graph import Graph as Graph
    from peerapi.python.group import Group as Group
    from peerapi.python.group_values import GroupProperties as GroupProperties
    from peerapi.python.group_values import Identity as Identity
    from peerapi.python.group_values import Invitation as Invitation
    from peerapi.python.group_values import Member as Member
    from peerapi.python.group_values import MemberChangeKind as MemberChangeKind
    from peerapi.python.group_values import Role as Role
    from peerapi.python.invitations import ReceivedInvitation as ReceivedInvitation
    from peerapi.python.joining import create_group as create_group
    from peerapi.python.joining import create_identity as create_identity
    from peerapi.python.joining import delete_group as delete_group
    from peerapi.python.joining import delete_identity as delete_identity
    from peerapi.python.joining import groups_of as groups_of
    from peerapi.python.joining import identities as identities
    from peerapi.python.joining import identity_info as identity_info
    from peerapi.python.joining import import_group as import_group
    from peerapi.python.joining import join_group as join_group
    from peerapi.python.joining import open_group as open_group
    from peerapi.python.joining import parse_invitation as parse_invitation
    from peerapi.python.network import NetworkCheck as NetworkCheck
    from peerapi.python.network import check_network as check_network
    from peerapi.python.node_answers import AbsentNode as AbsentNode
    from peerapi.python.node_answers import NodeAnswer as NodeAnswer
    from peerapi.python.node_answers import NodeAnswers as NodeAnswers
    from peerapi.python.opening import create_graph as create_graph
    from peerapi.python.opening import delete_graph as delete_graph
    from peerapi.python.opening import open_graph as open_graph
    from peerapi.python.people import SignedIn as SignedIn
    from peerapi.python.people import sign_in as sign_in
    from peerapi.python.people_values import Application as Application
    from peerapi.python.people_values import ApplicationChange as ApplicationChange
    from peerapi.python.people_values import Contact as Contact
    from peerapi.python.people_values import Endpoint as Endpoint
    from peerapi.python.people_values import EndpointChange as EndpointChange
    from peerapi.python.people_values import LaunchInfo as LaunchInfo
    from peerapi.python.people_values import ObjectChange as ObjectChange
    from peerapi.python.people_values import PeopleChange as PeopleChange
    from peerapi.python.people_values import Person as Person
    from peerapi.python.people_values import Presence as Presence
    from peerapi.python.people_values import PresenceChange as PresenceChange
    from peerapi.python.people_values import PresenceStatus as PresenceStatus
    from peerapi.python.people_values import PublishedObject as PublishedObject
    from peerapi.python.people_values import Signin as Signin
    from peerapi.python.people_values import WatchlistChange as WatchlistChange
    from peerapi.python.query import Condition as Condition
    from peerapi.python.query import where as where
    from peerapi.python.streams import ChangesLost as ChangesLost
    from peerapi.python.table import RegisteredKey as RegisteredKey
    from peerapi.python.table import Table as Table
    from peerapi.python.table import open_table as open_table
    from peerapi.python.table_searches import Search as Search
    from peerapi.python.table_searches import Steps as Steps
    from peerapi.python.table_values import AskedNode as AskedNode
    from peerapi.python.table_values import DerivedKeys as DerivedKeys
    from peerapi.python.table_values import Found as Found
    from peerapi.python.table_values import LeafSetChange as LeafSetChange
    from peerapi.python.table_values import PeerName as PeerName
    from peerapi.python.table_values import RegistrationLost as RegistrationLost
    from peerapi.python.table_values import Step as Step
    from peerapi.python.table_values import TableStatus as TableStatus
    from peerapi.python.table_values import TableStatusChange as TableStatusChange
    from peerapi.python.values import ChangeKind as ChangeKind
    from peerapi.python.values import Connection as Connection
    from peerapi.python.values import ConnectionState as ConnectionState
    from peerapi.python.values import Draft as Draft
    from peerapi.python.values import Node as Node
    from peerapi.python.values import NodeChangeKind as NodeChangeKind
    from peerapi.python.values import PathKind as PathKind
    from peerapi.python.values import Properties as Properties
    from peerapi.python.values import Record as Record
    from peerapi.python.values import Scope as Scope
    from peerapi.python.values import Status as Status

    ffi: Any
    "cffi's view of the types of p2p.h, pnrpns.h and peerapi.h."
    lib: Any
    "The functions, constants and enums of those headers; the first use starts the library in this process."

_MODULES = {
    "address": ("Address",),
    "drt.border": ("PathFlag", "SecurityMode"),
    "errors": ("PeerError",),
    "python.attributes": ("Attributes",),
    "python.contacts": (
        "add_contact",
        "contacts",
        "delete_contact",
        "export_contact",
        "launch_info",
        "me",
        "parse_contact",
        "register_application",
        "registered_applications",
        "unregister_application",
        "update_contact",
    ),
    "python.events": (
        "Change",
        "ConnectFailed",
        "ConnectionRequired",
        "DirectChange",
        "Event",
        "GroupEvent",
        "MemberChange",
        "Message",
        "NeighborChange",
        "NodeChange",
        "PasswordRefused",
        "PropertiesChange",
        "StatusChange",
        "TypeSynchronized",
    ),
    "python.graph": ("Graph",),
    "python.group": ("Group",),
    "python.group_values": ("GroupProperties", "Identity", "Invitation", "Member", "MemberChangeKind", "Role"),
    "python.invitations": ("ReceivedInvitation",),
    "python.joining": (
        "create_group",
        "create_identity",
        "delete_group",
        "delete_identity",
        "groups_of",
        "identities",
        "identity_info",
        "import_group",
        "join_group",
        "open_group",
        "parse_invitation",
    ),
    "python.network": ("NetworkCheck", "check_network"),
    "python.node_answers": ("AbsentNode", "NodeAnswer", "NodeAnswers"),
    "python.opening": ("create_graph", "delete_graph", "open_graph"),
    "python.people": ("SignedIn", "sign_in"),
    "python.people_values": (
        "Application",
        "ApplicationChange",
        "Contact",
        "Endpoint",
        "EndpointChange",
        "LaunchInfo",
        "ObjectChange",
        "PeopleChange",
        "Person",
        "Presence",
        "PresenceChange",
        "PresenceStatus",
        "PublishedObject",
        "Signin",
        "WatchlistChange",
    ),
    "python.query": ("Condition", "where"),
    "python.streams": ("ChangesLost",),
    "python.table": ("RegisteredKey", "Table", "open_table"),
    "python.table_searches": ("Search", "Steps"),
    "python.table_values": (
        "AskedNode",
        "DerivedKeys",
        "Found",
        "LeafSetChange",
        "PeerName",
        "RegistrationLost",
        "Step",
        "TableStatus",
        "TableStatusChange",
    ),
    "python.values": (
        "ChangeKind",
        "Connection",
        "ConnectionState",
        "Draft",
        "Node",
        "NodeChangeKind",
        "PathKind",
        "Properties",
        "Record",
        "Scope",
        "Status",
    ),
}
"Module below this package -> the names that live there."
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}
_LIBRARY = ("ffi", "lib")
__all__ = [*sorted(_MODULE_OF), "errors", *_LIBRARY]  # pyright: ignore[reportUnsupportedDunderAll]

if not TYPE_CHECKING:  # for whom every name would exist

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name in _MODULE_OF:
            found = getattr(import_module(f"peerapi.{_MODULE_OF[name]}"), name)
        elif name == "errors":
            found = import_module("peerapi.errors")
        elif name in _LIBRARY:
            from peerapi.abi import library

            globals().update(zip(_LIBRARY, library.load(), strict=True))
            return globals()[name]
        else:
            raise AttributeError(f"module 'peerapi' has no attribute {name!r}")
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
