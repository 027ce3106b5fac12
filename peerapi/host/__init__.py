"""The host of a user: one process for each data folder, which several programs share.

Imports ``engine``, ``grouping`` for its encrypted connections, ``pnrp``, ``collab`` and what is below them.
"""
