"""What the rings of MS-PNRP and MC-DRT have in common, sans-IO: route entries, leaf sets, conversations, resolving.

It imports no other room.
"""
