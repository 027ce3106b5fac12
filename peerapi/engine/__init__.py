"""The only trio code: threads, timers and sockets around the machines.

Imports ``grouping``, ``graphing``, ``pnrp``, ``reach`` and the rooms below them, and nothing above.
"""
