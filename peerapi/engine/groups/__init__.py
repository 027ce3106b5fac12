"""What runs the groups of this user, over the graphs' and clouds' rooms.

Imports ``engine.graphs``, ``engine.clouds`` and ``engine.sharing``, and the machines.
"""
