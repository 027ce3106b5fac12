"""MS-PNRP 4.0, sans-IO: datagrams and time in, datagrams and results out.

Imports ``ring``, ``identity`` and ``store`` and nothing above.
"""
