"""The program's side of collaboration: its connection to the host of its user.

Imports ``collab``, ``store`` and what is beside them in ``engine``.
"""
