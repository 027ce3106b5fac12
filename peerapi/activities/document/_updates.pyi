def read(data: bytes, /) -> tuple[list[tuple[int, int, int, bytes]], list[tuple[int, int, int]]]:
    """The update that is all of ``data``: its sections (client, first clock, the clock behind the last unit, and the
    items, each a row as ``updates.ROW`` has it), and what it removes (client, first clock, length).

    Whose the text is and whether a client is there twice is left to the caller. ValueError: no update that may be in a
    document, and why.
    """

def ready(
    rows: bytes, at: int, client: int, known: int, clocks: dict[int, int], most: int, /
) -> tuple[int, int, tuple[int, int] | None]:
    """Which items of a client, from that one on, can be in a text in which there are so many units of it, and of the
    others what ``clocks`` says: the first, and the one behind the last, at most so many; and what the latter stands on
    and is not there: a client, and how many of its units there have to be.

    ValueError: no rows. OverflowError: a number below 0.
    """

def around(rows: bytes, clock: int, /) -> list[int]:
    """The indices of those items that a clock may be said to be in by who counts bytes, not units. OverflowError: a
    number below 0."""
