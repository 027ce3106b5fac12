"""A record as an application hands it over, before it has an ID, a version and bytes."""

from __future__ import annotations

from typing import NamedTuple


class Draft(NamedTuple):
    """What an application hands over to add or update a record; None: not given.

    Times are peer time in FILETIME units, 0 for "not given". Empty ``data`` clears the field on update,
    ``<attributes/>`` the attributes.
    """

    type: bytes = bytes(16)
    id: bytes = bytes(16)
    flags: int = 0
    creator_id: str | None = None
    modified_by: str | None = None
    attributes: str | None = None
    expiration: int = 0
    data: bytes | None = None
