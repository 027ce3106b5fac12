"""Facts of the wire of MS-PPGRH, MS-PPSEC and MS-PNRP, asked of whatever listens at an address.

This is a peer of its own, written from the published texts. It imports nothing of the library beside it: neither its
codecs nor its machines, so that an error of theirs is not an error of the kit's as well.
"""
