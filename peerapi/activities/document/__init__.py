"""A text that several write together: a CRDT by pycrdt, whose updates are the records of a graph.

``kind`` is the activity; ``updates`` reads what is in a record (in C: ``_updates``), ``parts`` says which records there
are, ``waiting`` has what cannot be merged yet, ``halves`` (in C: ``_halves``) keeps characters whole, ``shared_text``
is one member's copy, ``deltas`` and ``window`` are between it and a page, ``authors`` says who wrote what, ``comments``
and ``remarks`` what was said of it, ``versions`` and ``history`` what it was, ``first_forms`` which of their records
count; ``running`` puts them together. It imports ``pages`` and ``python``, and pycrdt.
"""
