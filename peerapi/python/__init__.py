"""The Python API: graphs, groups and people in the language's own manners, for trio and asyncio programs.

Imports ``api`` and the rooms below. Each method calls the documented function behind it, so Python and C programs share
checks, errors, handles and the engine. A sign-in (``people``) asks the host of the user what these functions ask it.
What users see is listed in ``peerapi/__init__.py`` and described in docs/python.md.
"""
