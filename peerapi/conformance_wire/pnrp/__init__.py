"""MS-PNRP: its messages and certified peer addresses, and the facts about them.

Imports other parts of ``conformance_wire`` and nothing of the library.
"""
