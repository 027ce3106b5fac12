"""Several programs of one person in one open group: who has it open serves the others (docs/grouping.md).

Imports ``sharing`` for the language between them, ``engine.groups`` and ``engine.graphs`` for
the group, ``engine.collab`` for sockets, and the machines.
"""
