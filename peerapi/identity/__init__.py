"""Who a peer is: names, keys, certificates, and the XML in which they travel."""
