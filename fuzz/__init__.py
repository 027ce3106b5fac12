"""Fuzzing: what arrives from others, from programs and from disk is any bytes at all; only documented errors may come
of it.

``targets`` says what must hold and ``seeds`` makes valid beginnings, both with a module for each family;
``mutation.py`` damages them repeatably, and ``__main__.py`` runs a target under atheris (``make fuzz``) or on files
that a run has left. The tests of the library run every target on some hundred damaged seeds without atheris
(``tests/test_fuzz_targets.py``).
"""
