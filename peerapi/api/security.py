"""PEER_SECURITY_INTERFACE: an application's own functions as the security provider of a graph.

The functions run on a thread of the application that calls the API, or on a thread of the graph, never on the engine's
and never with a lock held: they may block and may call the API. ``hGraph`` is 0 while PeerGraphCreate secures the
graph's own record, because there is no handle yet.
"""

from __future__ import annotations

from functools import partial

from peerapi.abi import handles
from peerapi.abi.callbacks import SecurityCallbacks, SecurityInterface
from peerapi.api.structs import RECORD, RecordValue
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Prepare
from peerapi.errors import DeferredValidation, InvalidArgument, InvalidGroup
from peerapi.graphing.codec.records import Record
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.publication import FLAG_DELETED
from peerapi.graphing.security import ProviderRefused, Validity

GROUP_PACKAGE = "peerapi group"
"""The security package that a group is to other graphs (PeerxGroupGetSecurityInterface); pvContext is the HGROUP,
pbSecurityInfo what ``grouping.reserved`` reads."""


class CallbackProvider:
    """The functions of one interface, for one graph."""

    def __init__(self, interface: SecurityInterface, driver: Driver) -> None:
        self._interface = interface
        self._driver = driver
        self._callbacks: SecurityCallbacks[RecordValue] | None = None

    def _calls(self) -> SecurityCallbacks[RecordValue]:
        """The callbacks with the graph's handle, as soon as there is one."""
        if self._callbacks is not None:
            return self._callbacks
        handle = handles.GRAPHS.handle_of(self._driver)
        callbacks = SecurityCallbacks(self._interface, handle, RECORD)
        if handle:
            self._callbacks = callbacks
        return callbacks

    def validate(self, record: Record, change: RecordChange) -> Validity:
        """S_OK: valid; PEER_E_DEFERRED_VALIDATION: later; anything else: not valid."""
        code = self._calls().validate(_value(record), change)
        if code == DeferredValidation.hresult:
            return Validity.DEFERRED
        return Validity.VALID if code == 0 else Validity.INVALID

    def secure(self, record: Record, change: RecordChange) -> bytes:
        """The application's security data. Raises ProviderRefused with the application's HRESULT."""
        code, data = self._calls().secure(_value(record), change)
        if code & 0x80000000:
            raise ProviderRefused(code)
        return data


def provider_of(interface: SecurityInterface | None) -> Prepare | None:
    """What gives a graph its provider.

    Raises InvalidArgument: one function of two, a security support provider, or a group's pbSecurityInfo that makes no
    sense; InvalidGroup: a group that is closed.

    A Windows security package (pwzSspFilename, pwzPackageName) cannot be loaded here; to go on without it would send
    in the clear what the application wants protected.
    """
    if interface is None:
        return None
    if interface.package == GROUP_PACKAGE and not interface.ssp_file:
        group = handles.GROUPS.get(interface.context)
        if group is None:
            raise InvalidGroup("The group is not open.")
        from peerapi.grouping import reserved  # a program with plain graphs alone loads nothing of groups

        return partial(group.prepare_other, reserved=reserved.decoded(interface.information))
    if interface.ssp_file or interface.package:
        raise InvalidArgument("Windows security packages cannot be loaded here.")
    if bool(interface.validate_record) != bool(interface.secure_record):
        raise InvalidArgument("pfnValidateRecord and pfnSecureRecord are both set, or both NULL.")
    if not interface.validate_record:
        return None
    return lambda driver: driver.protect(CallbackProvider(interface, driver))


def _value(record: Record) -> RecordValue:
    return RecordValue(
        record.type,
        record.id,
        record.version,
        FLAG_DELETED if record.deleted else 0,
        record.creator_id,
        record.modified_by or record.creator_id,
        record.attributes,
        record.creation,
        record.expiration,
        record.modification,
        record.security_data,
        record.payload,
    )
