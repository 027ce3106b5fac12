from array import array

def second_halves(data: bytes, rows: bytes, first: int, behind: int, begin: int, /) -> list[int]:
    """Of those items of a section of ``data``, from one index up to another, the clocks of the second halves of
    characters of two UTF-16 units, as far as they are behind that clock.

    ValueError: no rows of that update, or no indices of them. OverflowError: a number below 0.
    """

def between(data: bytes, rows: bytes, first: int, behind: int, seconds: dict[int, array[int]], /) -> list[int]:
    """The indices of those of the items that were inserted between the halves of a character; ``seconds``: client ->
    the clocks of its second halves in their order, each an unsigned int. Errors as of ``second_halves``.
    """
