"""Nodes that are called through relays: calls to them, and the seats of this process's graphs.

Imports what is directly in ``engine``, ``reach`` and ``identity``.
"""
