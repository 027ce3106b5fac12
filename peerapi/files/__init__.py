"""Files that go from node to node: fetched from who has them, in pieces that are checked, and never flooded.

``names``, ``content``, ``messages``, ``fetching`` and ``serving`` have no input and output of their own; ``shelf`` is
what lies on the disk, ``exchange`` carries both over direct connections. It imports ``python`` and ``store``.
"""
