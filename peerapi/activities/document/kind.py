"""The document as one kind of activity, which needs pycrdt (the extra ``document``) when it is opened."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from peerapi import Group
from peerapi.activities.activity import Begun, Kind
from peerapi.activities.document.updates import PART
from peerapi.pages.requests import Refused

if TYPE_CHECKING:
    from peerapi.activities.running import Opened


class Document(Kind):
    kind = "document"
    title = "Document"
    record = PART
    script = "document.js"
    lifetime = timedelta(days=3650)

    def check(self) -> None:
        """Raises Refused where something is missing."""
        if importlib.util.find_spec("pycrdt") is None:
            raise Refused("documents need pycrdt, which is not installed here: pip install 'peerapi[document]'")

    def opened(
        self, begun: Begun, group: Group, names: Callable[[], dict[str, str]], *, here: bool, online: bool
    ) -> Opened:
        """One that somebody has begun. Raises Refused."""
        self.check()
        from peerapi.activities.document.running import RunningDocument  # pycrdt is loaded by who has a document open

        return RunningDocument(self, begun, group, names, here=here, online=online)
