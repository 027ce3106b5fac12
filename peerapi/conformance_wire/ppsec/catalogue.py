"""The list of the facts of MS-PPSEC; modules beside this one add to it."""

from peerapi.conformance_wire.facts import Facts

PPSEC = Facts("MS-PPSEC")
