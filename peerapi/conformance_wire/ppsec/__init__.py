"""MS-PPSEC: certificates, Group Connect and signed records, and the facts about them.

Imports other parts of ``conformance_wire`` and nothing of the library.
"""
