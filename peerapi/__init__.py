"""peerapi: Peer-to-Peer graphs, groups and names for Linux programs."""

__version__ = "0.1.0"
