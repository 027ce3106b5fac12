"""The Distributed Routing Table, MC-DRT, sans-IO: datagrams and time in, datagrams, questions to providers and results
out.

Imports ``ring`` and ``identity`` and nothing above.
"""
