"""Nodes of Distributed Routing Tables with what they need outside: sockets, timers, providers on threads.

Imports ``drt``, ``ring`` and ``engine.clouds``, and nothing above ``engine``.
"""
