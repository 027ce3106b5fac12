"""The parts of a node of a graph (MS-PPGRH 3.1), side by side.

Imports ``graphing.codec`` and the shared state, never the graph.
"""
