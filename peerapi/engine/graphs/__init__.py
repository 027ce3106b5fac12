"""What runs the graphs of this process: driver, links, listeners.

Imports what is directly in ``engine`` and the machines.
"""
