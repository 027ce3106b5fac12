"""The trio code around the machines: threads, timers and sockets.

Imports ``sharing``, ``grouping``, ``graphing``, ``pnrp``, ``drt``, ``collab``, ``reach`` and the rooms below them, and
nothing above.
"""
