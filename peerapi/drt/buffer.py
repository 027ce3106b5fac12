"""AUTHORITY_BUFFER of MC-DRT (2.2.2.6.1): like that of MS-PNRP, with a key token and encrypted fields in confidential
mode."""

from __future__ import annotations

import struct

from peerapi.drt.border import SecurityMode
from peerapi.drt.fields import CREDENTIAL, NO_VEIL, Veil, Version, decode_route, encode_route, read_token
from peerapi.ring.authority import LARGEST_BUFFER, Answer
from peerapi.ring.wire import ARRAY, FieldId, MalformedMessage, Reader, pack, variable

_FLAGS = struct.Struct(">HHH2x")
_LEAF_SET, _BUSY, _NOT_FOUND = 0x0200, 0x0008, 0x0001
_OPEN = (FieldId.CLASSIFIER, FieldId.EXTENDED_PAYLOAD, FieldId.ROUTING_ENTRY, FieldId.VALIDATE_CPA)
_HIDDEN = (
    FieldId.ENCRYPTED_CLASSIFIER,
    FieldId.ENCRYPTED_PAYLOAD,
    FieldId.ENCRYPTED_ROUTING_ENTRY,
    FieldId.ENCRYPTED_CPA,
)
_COUNTERPART = dict(zip(_OPEN, _HIDDEN, strict=True))


def _classifier_bytes(text: str) -> bytes:
    raw = text.encode("utf-16-be", "surrogatepass")
    return pack(ARRAY, len(raw) // 2, 8 + len(raw), FieldId.WCHAR, 2) + raw


def _classifier(content: bytes) -> str:
    reader = Reader(content)
    count, length, field, size = reader.unpack(ARRAY)
    if field != FieldId.WCHAR or size != 2 or length != 8 + 2 * count:
        raise MalformedMessage(f"classifier of {count} entries of {field:#06x}")
    raw = reader.take(2 * count)
    reader.end()
    return raw.decode("utf-16-be", "surrogatepass")


def contents(answer: Answer, version: Version) -> dict[int, bytes]:
    """What stands in the fields that confidential mode hides, by their IDs in the open."""
    fields: dict[int, bytes] = {}
    if answer.classifier is not None:
        fields[FieldId.CLASSIFIER] = _classifier_bytes(answer.classifier)
    if answer.payload is not None:
        fields[FieldId.EXTENDED_PAYLOAD] = answer.payload
    if answer.route is not None:
        fields[FieldId.ROUTING_ENTRY] = encode_route(answer.route, version)
    if answer.cpa is not None:
        fields[FieldId.VALIDATE_CPA] = answer.cpa
    return fields


def hidden(answer: Answer, version: Version) -> dict[int, bytes]:
    """The same by the fields they stand in when they are encrypted."""
    return {_COUNTERPART[FieldId(field)]: content for field, content in contents(answer, version).items()}


def encode(answer: Answer, version: Version, veil: Veil = NO_VEIL) -> bytes:
    """ValueError: above 37,348 bytes."""
    flags = (
        (_LEAF_SET if answer.leaf_set else 0) | (_BUSY if answer.busy else 0) | (_NOT_FOUND if answer.not_found else 0)
    )
    parts = [_FLAGS.pack(FieldId.FLAGS_FIELD, 6, flags)]
    if answer.chain is not None:
        parts.append(variable(CREDENTIAL, answer.chain))
    if veil.fields:
        parts.append(veil.encode_token())
    fields = veil.fields or contents(answer, version)
    parts += [variable(field, fields[field]) for field in (*_OPEN, *_HIDDEN) if field in fields]
    data = b"".join(parts)
    if len(data) > LARGEST_BUFFER:
        raise ValueError(f"AUTHORITY_BUFFER of {len(data)} bytes")
    return data


def decode(data: bytes, version: Version, mode: SecurityMode) -> tuple[Answer, Veil]:
    """What a node says, and what of it is hidden. MalformedMessage."""
    reader = Reader(data)
    field, length, flags = reader.unpack(_FLAGS)
    if field != FieldId.FLAGS_FIELD or length != 6:
        raise MalformedMessage("AUTHORITY_BUFFER without flags")
    chain = reader.variable(CREDENTIAL) if reader.next_is(CREDENTIAL) else None
    answer = Answer(bool(flags & _NOT_FOUND), bool(flags & _LEAF_SET), bool(flags & _BUSY), chain)
    secret = mode is SecurityMode.CONFIDENTIAL
    token = (read_token(reader) if secret else None) or b""
    fields: dict[int, bytes] = {
        name: reader.variable(name) for name in (_HIDDEN if secret else _OPEN) if reader.next_is(name)
    }
    reader.end()
    if secret:
        return answer, Veil(token, fields) if fields else NO_VEIL
    return with_contents(answer, fields, version), NO_VEIL


def revealed(answer: Answer, fields: dict[int, bytes], version: Version) -> Answer:
    """``answer`` with what was hidden of it. MalformedMessage."""
    counterpart = {hidden: field for field, hidden in _COUNTERPART.items()}
    return with_contents(answer, {counterpart[FieldId(field)]: raw for field, raw in fields.items()}, version)


def with_contents(answer: Answer, fields: dict[int, bytes], version: Version) -> Answer:
    """``answer`` with the fields of ``contents``. MalformedMessage."""
    classifier, route = fields.get(FieldId.CLASSIFIER), fields.get(FieldId.ROUTING_ENTRY)
    return answer._replace(
        classifier=_classifier(classifier) if classifier is not None else None,
        payload=fields.get(FieldId.EXTENDED_PAYLOAD),
        route=decode_route(route, version) if route is not None else None,
        cpa=fields.get(FieldId.VALIDATE_CPA),
    )
