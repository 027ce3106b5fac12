"""The home page: who is there, the boards that one has, and the invitations that come, in a browser.

It imports ``whiteboard``, ``pages`` and ``python``. ``people`` are the others, ``boards`` what is open in this process,
``invitations`` what waits for an answer; ``home`` puts them together, and ``server`` shows them to a browser.
"""
