"""Security data and the published hash."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping.profile import Version
from peerapi.grouping.signatures import SecurityData, sign, verify
from peerapi.identity.keys import Profile
from tests.grouping.values import BOTH, CHAT, MODERN, PUBLISHED, key, name, record

CREATOR, MODIFIER = bytes(range(16)), bytes(range(16, 32))


@pytest.mark.parametrize(("version", "hashed"), [((1, 0), hashlib.md5), ((1, 1), hashlib.sha1)])
def test_the_published_signature_is_pkcs1_over_the_bare_hash_of_the_fields(version: Version, hashed: object) -> None:
    """MS-PPSEC 2.2.4 and 2.2.4.1, computed here once more."""
    one = replace(
        record(name(PUBLISHED, "alice"), b"pay", group=name(PUBLISHED, "club"), version=3, attributes="<a/>"),
        modified_by=str(name(PUBLISHED, "carol")),
    )
    fields = b"".join(
        (
            struct.pack(">I", 0x60),
            CHAT,
            one.id,
            struct.pack(">II", 3, 0),
            struct.pack(">QQQ", one.creation, one.expiration, one.modification),
            f"{one.creator_id}\0{one.modified_by}\0<a/>\0".encode("utf-16-be"),
            struct.pack(">I", 3) + b"pay",
            CREATOR,
            MODIFIER,
        )
    )
    data = SecurityData.decode(sign(key(PUBLISHED, "carol"), one, version, CREATOR, MODIFIER), PUBLISHED)
    public = load_der_public_key(key(PUBLISHED, "carol").public.spki)
    recovered = public.recover_data_from_signature(data.signature, padding.PKCS1v15(), None)  # type: ignore[union-attr]
    assert recovered == hashed(fields).digest()  # type: ignore[operator]
    assert (data.creator_serial, data.modifier_serial, len(data.signature)) == (CREATOR, MODIFIER, 128)


@pytest.mark.parametrize("profile", BOTH)
def test_good_signatures_are_good_twice_and_bad_ones_never(profile: Profile) -> None:
    one = record(name(profile, "alice"), group=name(profile, "club"))
    public, version = key(profile, "alice").public, (1, 1)
    data = SecurityData.decode(sign(key(profile, "alice"), one, version, CREATOR, CREATOR), profile)
    for _ in range(2):
        assert verify(public, one, version, data)
        assert not verify(key(profile, "bob").public, one, version, data)
        assert not verify(public, replace(one, payload=b"other"), version, data)
        assert not verify(public, one, version, replace(data, modifier_serial=MODIFIER))
        assert not verify(public, one, version, replace(data, signature=b"short"))


@pytest.mark.parametrize("profile", BOTH)
def test_security_data_survives(profile: Profile) -> None:
    one = SecurityData(CREATOR, MODIFIER, b"signature")
    assert SecurityData.decode(one.encode(profile), profile) == one
    with pytest.raises(MalformedMessage):
        SecurityData.decode(one.encode(profile)[:32], profile)


def test_modern_security_data_says_its_form() -> None:
    with pytest.raises(MalformedMessage):
        SecurityData.decode(b"\x03" + bytes(100), MODERN)
