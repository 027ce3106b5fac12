from collections.abc import Callable

# A circle: records.py gives the C code its Summary (``use``), and this stub describes what comes back.
from peerapi.graphing.codec.records import Summary
from peerapi.store.database import Row

known_ids: dict[bytes, bytes]

def use(
    summary: type[Summary], learn_id: Callable[[bytes], bytes], check_attributes: Callable[[bytes, bool], None], /
) -> None: ...
def summarize(data: bytes, /) -> Summary: ...
def validate_received(data: bytes, graph_id_wire: bytes, max_record_size: int, /) -> Summary:
    """All that 3.1.7.27 asks of a received record before the graph security provider sees it.

    ``graph_id_wire`` comes from ``records.graph_id_wire``; ``max_record_size`` is in bytes, 0 meaning 60 MB. Raises
    MalformedMessage: the record is to be dropped, and the connection stays (reading A11). Whether the record has
    already expired is for the caller, who knows the time (reading A20).
    """

def received_row(row: type[Row], graph_id_wire: bytes, max_record_size: int, data: bytes, /) -> Row:
    """The same check, answered with what the store keeps of the record; its flags are DELETED or nothing.

    MalformedMessage also for an expiration time that does not fit the store's signed numbers.
    """

def signed_by_creator(data: bytes, context: bytes, start: int, end: int, /) -> tuple[bytes, bytes, bytes] | None:
    """Of a record that nobody has changed or deleted: its Creator ID (raw, no terminator), its Security Data, and
    ``context``, the Security Data from ``start`` to ``end``, and the record without its Security Data, joined. None for
    any other record, or when its Security Data end before ``end``. MalformedMessage as ``summarize``."""

def with_security(data: bytes, security_data: bytes, /) -> bytes:
    """The bytes of a record that has no Security Data, with it. ValueError: it has some, MalformedMessage: it is no
    record."""
