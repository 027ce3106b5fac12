"""The list of the facts of MS-PPGRH; modules beside this one add to it."""

from peerapi.conformance_wire.facts import Facts

PPGRH = Facts("MS-PPGRH")
