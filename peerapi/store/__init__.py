"""What is kept on disk: databases of graphs, identities, groups.

Imports only the modules beside the rooms, such as ``errors``.
"""
