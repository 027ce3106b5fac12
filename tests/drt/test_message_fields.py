"""Fields of messages that may be there or not, in every mode: vectors written by hand from MC-DRT 2.2.2."""

from __future__ import annotations

import pytest

from peerapi.drt.border import SecurityMode
from peerapi.drt.fields import NO_VEIL, Credentials, Veil
from peerapi.drt.messages import Received, decode, encode
from peerapi.ring.message_values import (
    Ack,
    Advertise,
    Authority,
    Criteria,
    Flood,
    Inquire,
    Lookup,
    Message,
    Reason,
    Request,
    Solicit,
)
from peerapi.ring.wire import MalformedMessage
from tests.drt.test_messages import (
    CREDENTIALS,
    HASHED,
    HERE,
    HERE_HEX,
    KEY_1,
    KEY_2,
    NONCE,
    OPEN,
    ROUTE,
    ROUTE_HEX,
    SECRET,
    TOKEN,
    VERSION,
    WHO,
    header,
)

ID = 0xA1B2C3D4
ACKED = "0018000800000007"
ROUTE_FIELD = "009a003a" + ROUTE_HEX + "0000"
EMPTY_LIST = "009e000c" + "00000008" + "009d0012"
LIST = "009e001e" + "0001001a" + "009d0012" + HERE_HEX
VALIDATE_1 = "00390024" + KEY_1
FLOOD = header(4) + "00430007" + "0000" + "00" + "00" + VALIDATE_1
FLOOD_WITHOUT_ACK = FLOOD.replace("004300070000", "004300070001", 1)
LOOKUP = Lookup(ID, 2, 1, (HERE,), Criteria.NONE, Reason.APP_REQUEST)
LOOKUP_HEX = header(11) + "0045000c" + "0000" + "0000" + "00" + "00" + "0000" + "00380024" + KEY_2 + VALIDATE_1
CPA, ROUTING_ENTRY, ARRAY = 0xA2, 0xA1, 0xA0


def request_hex(mode: SecurityMode, ids: str) -> str:
    """Without credentials the message ends with its list; with them it has flags and SPLIT_CONTROLS in front."""
    rest = NONCE + ids
    if mode is OPEN:
        return header(3) + rest
    size = len(rest + WHO) // 2
    return header(3) + "00400006" + "00000000" + "00980008" + f"{size:04x}" + "0000" + rest + WHO


def signed(mode: SecurityMode) -> str:
    return "" if mode is OPEN else WHO


def vectors(mode: SecurityMode) -> dict[str, tuple[Message, str, Veil]]:
    """Message, bytes, and what is hidden of it; in the stricter modes those that are signed have credentials."""
    made: dict[str, tuple[Message, str, Veil]] = {
        "solicit": (Solicit(ID, b"h" * 20), header(1) + HASHED, NO_VEIL),
        "solicit with a route": (Solicit(ID, b"h" * 20, ROUTE), header(1) + ROUTE_FIELD + HASHED, NO_VEIL),
        "advertise of nothing": (
            Advertise(ID, 7, (), b"h" * 20),
            header(2) + ACKED + "0060000c" + "00000008" + "00300020" + HASHED,
            NO_VEIL,
        ),
        "request of nothing": (
            Request(ID, b"n" * 16, ()),
            request_hex(mode, "0060000c" + "00000008" + "00300020"),
            NO_VEIL,
        ),
        "request of two": (
            Request(ID, b"n" * 16, (1, 2)),
            request_hex(mode, "0060004c" + "00020048" + "00300020" + KEY_1 + KEY_2),
            NO_VEIL,
        ),
        "flood of nothing": (Flood(ID, 1), FLOOD + EMPTY_LIST, NO_VEIL),
        "inquire for nothing": (
            Inquire(ID, 1),
            header(7) + "00400006" + "0000" + "0000" + VALIDATE_1 + signed(mode),
            NO_VEIL,
        ),
        "inquire for a proof": (
            Inquire(ID, 1, cpa=True, nonce=b"n" * 16),
            header(7) + "00400006" + "0010" + "0000" + VALIDATE_1 + NONCE + signed(mode),
            NO_VEIL,
        ),
        "inquire for data": (
            Inquire(ID, 1, payload=True),
            header(7) + "00400006" + "0008" + "0000" + VALIDATE_1 + signed(mode),
            NO_VEIL,
        ),
        "inquire for a chain": (
            Inquire(ID, 1, chain=True),
            header(7) + "00400006" + "0004" + "0000" + VALIDATE_1 + signed(mode),
            NO_VEIL,
        ),
        "authority, a later piece": (
            Authority(ID, 7, 1190, 1188, b"12"),
            header(8) + ACKED + "00980008" + "04a6" + "04a4" + "3132",
            NO_VEIL,
        ),
        "ack": (Ack(ID, 7), header(9) + ACKED, NO_VEIL),
        "ack of a key that is not here": (Ack(ID, 7, True), header(9) + ACKED + "00400006" + "0001", NO_VEIL),
    }
    if mode is SECRET:
        entry, both = Veil(b"tok", {ROUTING_ENTRY: b"RR", ARRAY: b"EEEE"}), Veil(b"tok", {CPA: b"C", ARRAY: b"EE"})
        made |= {
            "flood of a route": (
                Flood(ID, 1, no_ack=True),
                FLOOD_WITHOUT_ACK + TOKEN + "00a10006" + "52520000" + "00a00008" + "45454545",
                entry,
            ),
            "flood of a revocation": (
                Flood(ID, 1),
                FLOOD + TOKEN + "00a20005" + "43000000" + "00a00006" + "4545",
                both,
            ),
            "lookup without a best match": (
                LOOKUP._replace(path=()),
                LOOKUP_HEX + TOKEN + "00a00006" + "4545" + "0000" + WHO,
                Veil(b"tok", {ARRAY: b"EE"}),
            ),
        }
    else:
        made |= {
            "flood of a route": (
                Flood(ID, 1, ROUTE, None, (HERE,), True),
                FLOOD_WITHOUT_ACK + ROUTE_FIELD + LIST,
                NO_VEIL,
            ),
            "flood of a revocation": (
                Flood(ID, 1, None, b"cpa", (HERE,)),
                FLOOD + "009c0007" + "63706100" + LIST,
                NO_VEIL,
            ),
            "lookup without a best match": (
                LOOKUP,
                LOOKUP_HEX + LIST + ("" if mode is OPEN else "0000" + WHO),
                NO_VEIL,
            ),
        }
    return made


@pytest.mark.parametrize("name", list(vectors(OPEN)))
@pytest.mark.parametrize("mode", list(SecurityMode))
def test_bytes_are_those_of_the_published_layout(mode: SecurityMode, name: str) -> None:
    message, text, veil = vectors(mode)[name]
    is_signed = mode is not OPEN and isinstance(message, Request | Inquire | Lookup)
    credentials: Credentials | None = CREDENTIALS if is_signed else None
    assert encode(message, VERSION, mode, credentials, veil).hex() == text
    assert decode(bytes.fromhex(text), VERSION, mode) == Received(message, credentials, veil)


def test_there_is_one_of_every_message_in_every_mode() -> None:
    every = {Solicit, Advertise, Request, Flood, Inquire, Authority, Ack, Lookup}
    for mode in SecurityMode:
        assert {type(message) for message, _, _ in vectors(mode).values()} == every


def test_a_key_token_that_opens_nothing_is_refused() -> None:
    """It could not be said again: such a FLOOD has no token."""
    with pytest.raises(MalformedMessage):
        decode(bytes.fromhex(FLOOD + TOKEN), VERSION, SecurityMode.CONFIDENTIAL)
