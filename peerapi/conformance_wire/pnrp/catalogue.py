"""The list of the facts of MS-PNRP; modules beside this one add to it."""

from peerapi.conformance_wire.facts import Facts

PNRP = Facts("MS-PNRP")
