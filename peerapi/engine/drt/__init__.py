"""Nodes of Distributed Routing Tables with what they need outside: sockets, timers, providers on threads.

Imports ``drt`` and ``ring``, and nothing above ``engine``.
"""
