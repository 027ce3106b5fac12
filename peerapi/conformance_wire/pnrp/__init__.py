"""MS-PNRP: its messages and certified peer addresses, and the facts about them."""
