def place_parts(data: bytes, at: int, /) -> tuple[int, int, bytes, bytes]:
    """The fields of the place at ``at`` (leaves, index, path), and what follows it. MalformedMessage: there is none."""

def lead_on(
    nodes: dict[tuple[int, int], tuple[bytes, bytes]], leaves: int, index: int, path: bytes, leaf: bytes, /
) -> bool:
    """Whether the record of this hash stands in this place, as far as ``nodes`` are known (``batches.KnownNodes``);
    then the nodes on its way and their neighbors are put there, too. ValueError: no place, or no hash. TypeError:
    ``nodes`` has something else."""
