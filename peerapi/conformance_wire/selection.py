"""All facts there are, in the order in which they are asked."""

from __future__ import annotations

from peerapi.conformance_wire.facts import Fact
from peerapi.conformance_wire.pnrp import address_facts, answers_facts, asking_facts, called_facts
from peerapi.conformance_wire.pnrp.catalogue import PNRP
from peerapi.conformance_wire.ppgrh import (
    calling_facts,
    connecting_facts,
    flooding_facts,
    framing_facts,
    malformed_facts,
    publishing_facts,
    refusing_facts,
    synchronizing_facts,
    validation_facts,
)
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppsec import called_facts as group_called_facts
from peerapi.conformance_wire.ppsec import connecting_facts as group_connecting_facts
from peerapi.conformance_wire.ppsec.catalogue import PPSEC

MODULES = (
    framing_facts,
    connecting_facts,
    refusing_facts,
    malformed_facts,
    flooding_facts,
    validation_facts,
    synchronizing_facts,
    calling_facts,
    publishing_facts,
    group_connecting_facts,
    group_called_facts,
    asking_facts,
    answers_facts,
    address_facts,
    called_facts,
)
"Each adds its facts to the list of its protocol when it is imported."


def all_facts() -> list[Fact]:
    return [*PPGRH, *PPSEC, *PNRP]
