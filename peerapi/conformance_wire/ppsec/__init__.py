"""MS-PPSEC: certificates, Group Connect and signed records, and the facts about them."""
