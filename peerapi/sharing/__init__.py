"""What the programs of one person say to each other about a group that they share: values, forms and operations.

No input and output of its own: bytes in, values out. Imports ``collab`` for the forms and frames that all local
languages have, ``grouping``, ``graphing`` and ``store`` for the values.
"""
