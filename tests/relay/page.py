"""What a page does at a board, from a program that runs on the board's host: say a line, or wait for one.

python -m tests.relay.page URL say|hear WORDS
"""

from __future__ import annotations

import sys

from tests.whiteboard.wire import websocket


def main() -> None:
    url, what, words = sys.argv[1:]
    with websocket(url) as page:
        page.wait_until("state", lambda state: bool(state["ready"]))
        if what == "say":
            page.do("say", words=words)
        while words not in str(page.next(words)):
            pass


if __name__ == "__main__":
    main()
