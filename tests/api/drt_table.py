"""The return codes that the pages of drt.h list, and why some of them cannot be provoked."""

from __future__ import annotations

import ctypes

from tests.api.documented import Table
from tests.api.drt_nodes import Nodes
from tests.support.native import DRT_FUNCTIONS

UNDEFINED = "no header defines it"
OURS = "the transport is ours, bound and attached when it is made and opened: there is no such state of it"
DOWN = "a handle is not found any more from when its node is being closed, so the call answers E_HANDLE"
NO_FAILURE = "nothing here fails without a code of its own; a provider's own E_FAIL comes through, see below"

DRT: Table[Nodes] = Table(
    DRT_FUNCTIONS,
    {
        ("DrtCreateNullSecurityProvider", "DRT_E_INVALID_ARG"): UNDEFINED,
        ("DrtOpen", "DRT_TRANSPORTPROVIDER_IN_USE"): UNDEFINED,
        ("DrtDeleteIpv6UdpTransport", "DRT_E_TRANSPORTPROVIDER_IN_USE"): "a node that uses it: STILL_BOUND says so",
        ("DrtCreatePnrpBootstrapResolver", "DRT_S_RETRY"): "keys are files, and PNRP starts with the first name",
        ("DrtOpen", "DRT_S_RETRY"): "what a bootstrap provider answers later comes as an event",
        ("DrtOpen", "DRT_E_INVALID_CERT_CHAIN"): "the provider has been refused when it was made",
        **{
            ("DrtOpen", f"DRT_E_TRANSPORT{end}"): OURS
            for end in ("_SHUTTING_DOWN", "_ALREADY_BOUND", "_INVALID_ARGUMENT", "PROVIDER_NOT_ATTACHED")
        },
        **{
            ("DrtRegisterKey", name): OURS
            for name in (
                "DRT_E_TRANSPORT_NO_DEST_ADDRESSES",
                "DRT_E_TRANSPORT_SHUTTING_DOWN",
                "DRT_E_INVALID_TRANSPORT_PROVIDER",
                "DRT_E_TRANSPORTPROVIDER_NOT_ATTACHED",
                "DRT_E_SECURITYPROVIDER_NOT_ATTACHED",
                "DRT_E_TRANSPORT_NOT_BOUND",
            )
        },
        **{
            (name, "E_UNEXPECTED"): DOWN
            for name in (
                *("DrtEndSearch", "DrtGetEventData", "DrtGetEventDataSize", "DrtRegisterKey", "DrtStartSearch"),
            )
        },
        ("DrtStartSearch", "E_FAIL"): NO_FAILURE,
        ("DrtCreateIpv6UdpTransport", "DRT_E_TRANSPORT_UNEXPECTED"): "what a socket fails with is told: WSAEADDRINUSE",
    },
)
provokes = DRT.provokes
A = ctypes.byref
