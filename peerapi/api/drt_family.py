"""What the DRT functions share: their handles, and what stands behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from peerapi.abi import library
from peerapi.abi.handle_kinds import Handle
from peerapi.abi.handles import HandleTable
from peerapi.abi.value_kinds import Value
from peerapi.errors import InvalidHandle, Unexpected

if TYPE_CHECKING:
    from peerapi.api.drt_given import Structure
    from peerapi.engine.drt.instance import Instance
    from peerapi.engine.drt.searches import Search
    from peerapi.engine.drt.transport import Transport
else:
    Transport = Any  # annotations are read when the library starts, and the module behind it can wait

KEY_SIZE = 32
DRTS = HandleTable("HDRT", "D")
TRANSPORTS = HandleTable("HDRT_TRANSPORT", "t")
KEYS = HandleTable("HDRT_REGISTRATION_CONTEXT", "k")
SEARCHES = HandleTable("HDRT_SEARCH_CONTEXT", "s")


class Drt:
    """What stands behind an HDRT."""

    def __init__(self, event: int, context: int, structures: list[Structure], security: object) -> None:
        self.event = event
        self.context = context
        self.structures = structures
        self.security = security
        self.opened: Instance | None = None
        "None until all the rest is there."

    @property
    def instance(self) -> Instance:
        """The node. Raises Unexpected before it is open."""
        if self.opened is None:
            raise Unexpected("The node is being opened.")
        return self.opened

    def signal(self) -> None:
        """Set hEvent, if there is one."""
        if self.event:
            library.set_event(self.event)


class Key:
    """What stands behind an HDRT_REGISTRATION_CONTEXT."""

    def __init__(self, drt: Drt, number: int) -> None:
        self.drt = drt
        self.number = number


class Finding:
    """What stands behind an HDRT_SEARCH_CONTEXT."""

    def __init__(self, drt: Drt, event: int, context: int) -> None:
        self.drt = drt
        self.event = event
        self.context = context
        self.told = False
        "That it has ended; the event need not say it again."
        self.begun: Search | None = None
        "None until all the rest is there."

    @property
    def search(self) -> Search:
        """The search. Raises Unexpected before it is begun."""
        if self.begun is None:
            raise Unexpected("The search is being begun.")
        return self.begun

    def signal(self) -> None:
        """Set hEvent."""
        library.set_event(self.event)


HDRT = Handle(DRTS, InvalidHandle)
HKEY = Handle(KEYS, InvalidHandle)
HSEARCH = Handle(SEARCHES, InvalidHandle)
DrtHandle = Annotated[Drt, HDRT]
DrtClosing = Annotated[Drt, HDRT.closing]
KeyHandle = Annotated[Key, HKEY]
KeyClosing = Annotated[Key, HKEY.closing]
SearchHandle = Annotated[Finding, HSEARCH]
SearchClosing = Annotated[Finding, HSEARCH.closing]
TransportIn = Annotated[int, Value("HDRT_TRANSPORT")]
ScopeIn = Annotated[int, Value("DRT_SCOPE")]
PointerIn = Annotated[
    int,
    Value(
        *("PVOID", "DRT_SETTINGS*", "DRT_REGISTRATION*", "DRT_DATA*", "DRT_SEARCH_INFO*", "DRT_EVENT_DATA*"),
        *("DRT_SEARCH_RESULT*", "DRT_ADDRESS_LIST*", "PWSTR", "PCWSTR", "USHORT*", "ULONG*", "PCCERT_CONTEXT"),
        *("DRT_SECURITY_PROVIDER*", "DRT_BOOTSTRAP_PROVIDER*"),
        *("DRT_SECURITY_PROVIDER**", "DRT_BOOTSTRAP_PROVIDER**"),
        *("HDRT*", "HDRT_TRANSPORT*", "HDRT_REGISTRATION_CONTEXT*", "HDRT_SEARCH_CONTEXT*"),
    ),
]
"An address, read by the function itself: these pages have codes of their own for what is missing."
