"""Who a peer is: names, keys, certificates, and the XML in which they travel.

Imports ``store``, for the files of identities, and nothing above.
"""
