"""What is typed on the home page stays there until it is taken: it can be changed, and sent again."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import WebSocketRoute

from tests.home.homes import AtHome

pytestmark = pytest.mark.long


def test_what_could_not_be_stored_can_be_said_again(anna: AtHome) -> None:
    """As on a full disk. It was gone from the page, with a sentence why."""
    refusing = [True]

    def route(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def ask(message: str | bytes) -> None:
            asked = json.loads(message)
            if asked["do"] == "say" and refusing:
                refusing.pop()
                page.send(json.dumps([{"is": "refused", "why": "there is no room", "number": asked["number"]}]))
            else:
                server.send(message)

        page.on_message(ask)

    anna.page.route_web_socket("**/live?talk", route)
    anna.begin("Full")
    anna.say("Who brings the cake?")
    anna.told("there is no room")
    anna.page.wait_for_function("() => document.querySelector('#words').value === 'Who brings the cake?'")
    anna.page.press("#words", "Enter")
    anna.wait_for_words("#lines li", "Who brings the cake?")


def test_a_title_that_there_is_already_can_be_changed(anna: AtHome) -> None:
    anna.begin("Garden")
    assert anna.page.input_value("#new-title") == ""
    anna.page.fill("#new-title", "Garden")
    anna.page.press("#new-title", "Enter")
    anna.told("There is a board 'Garden' already")
    assert anna.page.input_value("#new-title") == "Garden"
    anna.page.press("#new-title", "End")
    anna.page.keyboard.type(" party")
    anna.page.press("#new-title", "Enter")
    anna.page.locator("#talk-title", has_text="Garden party").wait_for()
    anna.page.wait_for_function("() => document.querySelector('#new-title').value === ''")
