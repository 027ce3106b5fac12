from peerapi.store.database import Row

def new_row(
    row: type[Row],
    record_type: bytes,
    creator_key: bytes,
    creator_id: bytes,
    random16: bytes,
    graph_id: bytes,
    now: int,
    expiration: int,
    payload: bytes,
    attributes: bytes,
    flags: int,
    /,
) -> Row:
    """Version 1 of a record that is created ``now``, with its ID (3.1.7.2), as ``encode_record`` would write it.

    The three strings as they travel, length included; ``flags`` are those of the row.
    """

def new_id(creator_key: bytes, random16: bytes, /) -> bytes:
    """3.1.7.2."""
