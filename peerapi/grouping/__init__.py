"""MS-PPSEC, sans-IO: who belongs to a group, proofs of it between two nodes, and signatures of records.

Imports ``graphing``, ``identity`` and ``store`` and nothing above.
"""
