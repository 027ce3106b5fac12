"""Files beside a board: the records say what there is and who has it, and whoever wants one fetches it from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from peerapi import Record
from peerapi.activities.activity import Activity, Begun, Beside, Table
from peerapi.activities.file_records import KEY, listed
from peerapi.activities.file_transfers import FileTransfers
from peerapi.pages.requests import Language, Refused, matching


class Files(Activity):
    kind = "files"
    title = "Files"
    record = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d0")
    script = "files.js"
    language = Language({one: {"entry": "entry"} for one in ("fetch", "stop", "withdraw")}, {"entry": matching(KEY)})

    def view(self, begun: Begun, records: Sequence[Record]) -> Mapping[str, Any]:
        entries, refused = listed(records)
        return {
            "files": [
                {
                    "entry": one.key,
                    "file": one.file.hex(),
                    "name": one.name,
                    "size": one.size,
                    "by": one.by,
                    "holders": one.holders,
                }
                for one in reversed(entries)
                if one.holders
            ],
            "refused": refused,
        }

    def data(self, begun: Begun, records: Sequence[Record], me: str, what: str, fields: Mapping[str, Any]) -> bytes:
        raise Refused("files are asked for where they come to")  # all that can be asked is asked of ``beside``

    def beside(self, table: Table) -> Beside:
        return FileTransfers(table)
