"""The bytes of MS-PPGRH: messages, records, framing, attributes, queries. Imports the modules
beside the rooms, and nothing of ``graphing.machine``."""
