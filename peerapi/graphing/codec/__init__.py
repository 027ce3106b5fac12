"""The bytes of MS-PPGRH: messages, records, framing, attributes, queries. Imports nothing of ``graphing.machine``."""
