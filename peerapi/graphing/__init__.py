"""MS-PPGRH, sans-IO: bytes and inputs in, bytes and outputs out."""
