"""What runs the groups of this user, over the graphs' and clouds' rooms.

Imports ``engine.graphs`` and ``engine.clouds``.
"""
