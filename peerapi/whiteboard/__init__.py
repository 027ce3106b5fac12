"""The whiteboard: a drawing, a chat and the people at it, in a browser and in the same graph as C programs.

It is a program that stands on the Python API alone: it imports ``python``, and no room below. Records are the board
(``marks``, ``board``), a session keeps its graph open and connected (``session``), and a server on the loopback address
shows it to a browser (``server``).
"""
