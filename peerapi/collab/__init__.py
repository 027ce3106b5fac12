"""Who is there: contacts, presence, applications, objects and people near by, without input and output of its own.

Bytes, time and randomness come in, messages and events go out; ``host`` and ``engine`` drive it. Imports ``identity``,
``store`` and the modules beside the rooms.
"""
