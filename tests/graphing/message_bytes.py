"""Values and bytes of messages, written by hand."""

G1 = bytes.fromhex("00112233445566778899aabbccddeeff")
G2 = bytes.fromhex("0ccbb0d2be414bd6914b058ec5dcce64")
NET_A1 = "0017 1234 fe800000000000000000000000000001"
