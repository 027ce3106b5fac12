"""MS-PPGRH: its messages, records and connections, and the facts about them."""
