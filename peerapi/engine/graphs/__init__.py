"""What runs the graphs of this process: driver, links, listeners.

Imports what is directly in ``engine``, ``engine.reach`` and the machines.
"""
