"""A presentation: who has begun it shows the pages of a PDF and leads, the others follow, look around, and ask.

Nobody else can add a page or lead. The records that do so are of a type that the group's security reserves, in the
graph of the presentation, for who has begun it: whatever a changed program publishes, every other node refuses it on
receipt and does not pass it on. The rules here ask the same once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from peerapi import Record
from peerapi.activities import slide_records
from peerapi.activities.activity import Activity, Begun, Beside, Table
from peerapi.activities.rendering import MOST_PAGES
from peerapi.activities.slide_records import HANDS, MOST_QUESTIONS, MOST_WORDS, PAGES, standing
from peerapi.activities.slide_show import SlideShow
from peerapi.pages.requests import Language, Refused, a_line, a_number, is_bool, is_id


class Presentation(Activity):
    kind = "presentation"
    title = "Presentation"
    record = HANDS
    script = "slides.js"
    language = Language(
        {
            "lead": {"page": "page"},
            "answered": {"question": "id"},
            "hand": {"raised": "raised"},
            "ask": {"words": "words"},
        },
        {"page": a_number(0, MOST_PAGES - 1), "id": is_id, "raised": is_bool, "words": a_line(MOST_WORDS)},
        {"words": f"a question has up to {MOST_WORDS} letters"},
    )

    @property
    def types(self) -> tuple[UUID, ...]:
        return PAGES, HANDS

    def reserved(self, begun: Begun) -> Mapping[UUID, str]:
        return {PAGES: begun.by}

    def view(self, begun: Begun, records: Sequence[Record]) -> Mapping[str, Any]:
        """``ready``: a 1 for each page that is here, else a 0; the pages themselves are asked for over HTTP."""
        show = standing(begun.by, records)
        deck = show.deck
        return {
            "presenter": begun.by,
            "deck": None
            if deck is None
            else {
                "id": str(deck.id),
                "name": deck.name,
                "pages": deck.count,
                "ready": "".join("01"[one in deck.pages and deck.pages[one].is_sound] for one in range(deck.count)),
            },
            "at": show.at,
            "hands": show.hands,
            "questions": [
                {"id": str(one.id), "by": one.by, "words": one.words, "answered": one.answered}
                for one in show.questions
            ],
            "refused": show.refused,
        }

    def data(self, begun: Begun, records: Sequence[Record], me: str, what: str, fields: Mapping[str, Any]) -> bytes:
        if what == "hand":
            return slide_records.hand(fields["raised"], slide_records.own_number(records, me) + 1)
        if what == "ask":
            if sum(one.by == me for one in standing(begun.by, records).questions) >= MOST_QUESTIONS:
                raise Refused(f"you have asked {MOST_QUESTIONS} questions here already")
            return slide_records.asking(fields["words"])
        raise Refused("only who has begun it leads")  # which is asked of ``beside``

    def beside(self, table: Table) -> Beside:
        return SlideShow(table)
