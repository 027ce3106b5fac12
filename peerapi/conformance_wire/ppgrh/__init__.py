"""MS-PPGRH: its messages, records and connections, and the facts about them.

Imports other parts of ``conformance_wire`` and nothing of the library.
"""
