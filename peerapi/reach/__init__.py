"""Reaching nodes that no address leads to, through relays, sans-IO: bytes and time in, bytes out.

Imports ``identity`` and ``store`` and nothing above.
"""
