"""A relay as a program: its sockets, what it keeps, its counters. It is asked for by ``peerapi relay`` alone.

Imports ``reach``, ``identity`` and ``store``, and nothing above the engine.
"""
