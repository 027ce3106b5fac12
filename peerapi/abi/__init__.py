"""The border to C: knows cffi, knows nothing about peers."""
