"""Records of one machine, as tests publish and read them."""

from typing import Any

from tests.graphing.machines import Machine

AUTOREFRESHED = 1


def stored(machine: Machine, record_id: bytes) -> Any:
    record = machine.record(record_id)
    assert record is not None
    return record
