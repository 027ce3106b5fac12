"""Activities beside a board: each is a graph of its own under the security of the board's group, and a page.

``activity`` says what one is and which there are; ``beside`` finds and begins those of a group, ``running`` is one that
is open, ``server`` shows it to a browser. It imports ``whiteboard``, ``files``, ``pages`` and ``python``.
"""
