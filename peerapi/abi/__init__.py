"""The border to C: knows cffi, knows nothing about peers.

Imports only the modules beside the rooms, such as ``errors``; ``abi.embedding`` alone starts what is above.
"""
