"""The null security provider."""

from __future__ import annotations

import pytest

from peerapi.address import Address
from peerapi.drt.border import NO_NONCE, REVOKED
from peerapi.drt.null import CONSTANT, NullProvider
from peerapi.errors import InvalidMessage, SecurityProviderInUse

KEY, NONCE = b"k" * 32, b"n" * 16
HERE = (Address(bytes(15) + b"\1", 5000),)


def test_what_is_secured_is_unpacked_with_its_nonce_only() -> None:
    provider = NullProvider()
    secured = provider.secure_and_pack(None, (1, 0), 0, KEY, b"payload", HERE, NONCE)
    unpacked = provider.validate_and_unpack(secured, NONCE)
    assert (unpacked.key, unpacked.payload, unpacked.addresses, unpacked.version) == (KEY, b"payload", HERE, (1, 0))
    assert unpacked.public_key is None
    with pytest.raises(InvalidMessage):
        provider.validate_and_unpack(secured, b"x" * 16)


def test_a_revocation_answers_no_question() -> None:
    provider = NullProvider()
    secured = provider.secure_and_pack(None, (1, 0), REVOKED, KEY, None, (), NO_NONCE)
    assert provider.validate_and_unpack(secured._replace(chain=None), NO_NONCE).flags == REVOKED


def test_in_the_stricter_modes_constants_stand_where_others_have_proofs() -> None:
    provider = NullProvider()
    token, sealed = provider.encrypt(provider.serialized_credential(), (b"a", b"b"))
    assert provider.decrypt(token, None, sealed) == (b"a", b"b")
    provider.validate_credential(CONSTANT)
    provider.verify((b"a",), CONSTANT, *provider.sign((b"a",)))
    for call in (
        lambda: provider.validate_credential(b"of another provider"),
        lambda: provider.decrypt(b"another token", None, (b"a",)),
        lambda: provider.verify((b"a",), CONSTANT, CONSTANT, b"a signature"),
    ):
        with pytest.raises(InvalidMessage):
            call()


def test_one_node_at_a_time() -> None:
    provider = NullProvider()
    provider.attach()
    with pytest.raises(SecurityProviderInUse):
        provider.attach()
    provider.detach()
    provider.attach()
