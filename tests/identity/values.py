"""Keys, names and certificates for tests: keys are made once, since RSA takes its time."""

from __future__ import annotations

import functools

from hypothesis import strategies as st

from peerapi.identity.certificates import Certificate, issue_identity
from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.names import MAX_CLASSIFIER, PeerName, peer_name

NOW = 134_000_000_000_000_000
"In 2025."
DAY = 24 * 3600 * 10_000_000
AUTHORITY = "4562b4628ac54782dda52789038476237e7c7263"
"The one of the published example; begins with a digit."
LETTER_AUTHORITY = "a562b4628ac54782dda52789038476237e7c7263"


def key(algorithm: Algorithm = Algorithm.P256, number: int = 0) -> KeyPair:
    return _key(algorithm, number)


@functools.cache
def _key(algorithm: Algorithm, number: int) -> KeyPair:
    return KeyPair.generate(algorithm, 1024 if algorithm is Algorithm.RSA else 0)


def name(classifier: str = "chat", pair: KeyPair | None = None) -> PeerName:
    return peer_name((pair or key()).public.authority, classifier)


def certificate(algorithm: Algorithm = Algorithm.P256, classifier: str = "chat") -> Certificate:
    return _certificate(algorithm, classifier)


@functools.cache
def _certificate(algorithm: Algorithm, classifier: str) -> Certificate:
    pair = key(algorithm)
    return issue_identity(pair, name(classifier, pair), "Alice", NOW)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


_characters = st.one_of(
    st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-."),
    st.sampled_from("ABCXYZ .-_@'\"<&>\\/é日😀\x01\x7f\ud7ff\ue000\uffff"),
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"),
)
classifiers = st.text(_characters, max_size=MAX_CLASSIFIER).filter(lambda text: units(text) <= MAX_CLASSIFIER)
secure_authorities = st.binary(min_size=20, max_size=20).map(bytes.hex)
peer_names = st.builds(peer_name, secure_authorities, classifiers) | st.builds(
    peer_name, st.just("0"), classifiers.filter(bool)
)
