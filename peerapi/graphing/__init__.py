"""MS-PPGRH, sans-IO: one node of one graph, bytes and inputs in, bytes and outputs out.

Imports ``identity`` and ``store`` and nothing above.
"""
