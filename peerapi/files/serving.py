"""What one connection is given of the files that are here: bounded in what waits, whatever is asked. Without input and
output of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from peerapi.files.content import HASH, Content, count
from peerapi.files.messages import (
    LISTED,
    Answer,
    Ask,
    Hashes,
    Holds,
    List,
    Malformed,
    No,
    Question,
    Reason,
    Want,
    decode,
    is_question,
)

MOST_WAITING = 32
"Questions of one connection that wait for their answer. Who is served has fewer: four times ``fetching.WINDOW``."


class TooMuch(Exception):
    """The other node breaks the rules; the connection is to be ended. ``str()`` goes on from its name."""


class Serving:
    """One connection. ``holding`` says what a file is that this connection may have, None when there is none."""

    def __init__(self, holding: Callable[[bytes], Content | None]) -> None:
        self._holding = holding
        self._waiting: deque[Question] = deque()

    def received(self, data: bytes) -> None:
        """A message came; what is no question is passed over. Raises TooMuch."""
        if not is_question(data):
            return
        try:
            question = decode(data)
        except Malformed as error:
            raise TooMuch(f"asks for what nobody understands ({error})") from error
        assert isinstance(question, Ask | List | Want)
        if self._is_full():
            raise TooMuch("asks for too much at once")
        self._waiting.append(question)

    def _is_full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING

    def next(self) -> Question | None:
        """The question that is to be answered next; it does not wait any more."""
        return self._waiting.popleft() if self._waiting else None

    def answer(self, question: Question) -> Answer | tuple[Content, int]:
        """The answer; of a piece, where it is to be read."""
        content = self._holding(question.file)
        if content is None:
            return No(question.file, Reason.NOT_HERE)
        match question:
            case Ask(file):
                return Holds(file, content.size)
            case List(file, first) if first < count(content.size):
                return Hashes(file, first, content.hashes[first * HASH : (first + LISTED) * HASH])
            case Want(_, piece) if piece < count(content.size):
                return content, piece
        return No(question.file, Reason.NOT_HERE)
