"""The bytes of MS-PPGRH: messages, records, framing, attributes and queries. Imports nothing of the machine."""
