"""The program's side of collaboration: its connection to the host of its user.

Imports ``collab``, ``store``, ``engine.graphs`` and what is directly in ``engine``.
"""
