"""Peer names as host names below ``pnrp.net``, for functions that only know host names.

    0.johndoe                  johndoe.pnrp.net
    0.JohnDoe.Games            xn--ohnoe-et4ydb.xn--ames-kq9t.pnrp.net
    4562b4...c7263.chat        chat.p4562b4...c7263.pnrp.net
    4562b4...c7263.            p4562b4...c7263.pnrp.net

What is published says: classifier first, then the authority with a ``p`` in front unless it begins with a letter, no
authority in unsecured names, Punycode where a host name cannot carry the text. The rest is ours (docs/identity.md):

- A dot of the classifier is a dot of the host name where that gives labels of 1 to 63 characters.
- A label of lower-case letters, digits and inner hyphens stands as it is. Every other is ``xn--`` and the Punycode
  (RFC 3492) of its text, in which an ASCII character that host names cannot carry (upper-case letters too: host names
  are case-blind) is written as the code point U+D800 plus its number. No text contains such a code point.
- U+D800 itself at the end of a label says that the next label goes on without a dot: how long classifiers are cut.
- An unsecured name whose last label looks like an authority has that label as Punycode.

So each host name made here stands for one peer name, and still does after a resolver has lowered its letters. Reading
takes other spellings too: a plain label keeps the case in which it was written.
"""

from __future__ import annotations

from peerapi.errors import CannotConvertPeerName, InvalidPeerHostName, InvalidPeerName
from peerapi.identity.names import UNSECURED, is_secure_authority, parse, peer_name

SUFFIX = "pnrp.net"
MAX_LABEL = 63
MAX_HOST_NAME = 253
"RFC 1035 2.3.4: 255 octets with the length octets."
_ACE = "xn--"
_ESCAPE = 0xD800
_JOINED = chr(_ESCAPE)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def encode(text: str) -> str:
    """The host name of a peer name. Raises CannotConvertPeerName: malformed, or too long for a host name."""
    try:
        name = parse(text)
    except InvalidPeerName as error:
        raise CannotConvertPeerName(str(error)) from error
    labels = [label for piece in _pieces(name.classifier) for label in _labels(piece)] if name.classifier else []
    if name.secure:
        labels.append(name.authority if name.authority[0].isalpha() else "p" + name.authority)
    elif _authority(labels[-1]):
        labels[-1] = _coded(labels[-1])
    host = ".".join([*labels, SUFFIX])
    if len(host) > MAX_HOST_NAME:
        raise CannotConvertPeerName("The peer name is too long for a host name.")
    return host


def decode(text: str) -> str:
    """The peer name of a host name; one dot at its end is allowed. Raises InvalidPeerHostName."""
    host = text.removesuffix(".")
    if len(host) > MAX_HOST_NAME or not host.lower().endswith("." + SUFFIX):
        raise InvalidPeerHostName(f"The host name does not end in .{SUFFIX} or is too long.")
    labels = host[: -len(SUFFIX) - 1].split(".")
    authority = _authority(labels[-1])
    if authority:
        labels.pop()
    classifier = ""
    for position, label in enumerate(labels, 1):
        part = _text(label)
        joined = part.endswith(_JOINED)
        if joined and position == len(labels):
            raise InvalidPeerHostName("The last label wants another one.")
        classifier += part[:-1] if joined else part + "." * (position < len(labels))
    try:
        return str(peer_name(authority or UNSECURED, classifier))
    except InvalidPeerName as error:
        raise InvalidPeerHostName(str(error)) from error


# ---- labels ----


def _authority(label: str) -> str:
    """The authority that a label spells, empty when it spells none."""
    lowered = label.lower()
    digits = lowered[1:] if lowered[:1] == "p" else lowered
    begins_with_letter = digits[:1].isalpha()
    return digits if is_secure_authority(digits) and begins_with_letter == (digits == lowered) else ""


def _pieces(classifier: str) -> list[str]:
    """The classifier, cut at dots; a dot that would leave an empty label stays in its piece."""
    pieces = [""]
    for position, character in enumerate(classifier):
        if character == "." and pieces[-1] and position + 1 < len(classifier):
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def _labels(piece: str) -> list[str]:
    """One label, or several that are joined when they are read."""
    labels = []
    while len(label := _label(piece)) > MAX_LABEL:
        size = min(len(piece) - 1, MAX_LABEL)
        while len(head := _coded(piece[:size] + _JOINED)) > MAX_LABEL:
            size -= 1
        labels.append(head)
        piece = piece[size:]
    return [*labels, label]


def _label(text: str) -> str:
    return text if _is_plain(text) else _coded(text)


def _is_plain(text: str) -> bool:
    return _PLAIN.issuperset(text) and text[0] != "-" and text[-1] != "-" and text[2:4] != "--"


def _coded(text: str) -> str:
    marked = "".join(c if c in _PLAIN or ord(c) > 127 else chr(_ESCAPE + ord(c)) for c in text)
    if marked.isascii():  # Punycode of plain text would end in a hyphen
        marked = marked[:-1] + chr(_ESCAPE + ord(marked[-1]))
    return _ACE + marked.encode("punycode").decode("ascii")


def _text(label: str) -> str:
    """What a label says: text, with a U+D800 at its end when the next label belongs to it."""
    lowered = label.lower()
    plain = label.isascii() and _PLAIN.issuperset(lowered)
    if not plain or not 1 <= len(label) <= MAX_LABEL or label[0] == "-" or label[-1] == "-":
        raise InvalidPeerHostName("A label is empty, too long, or has characters that host names do not have.")
    if not lowered.startswith(_ACE):
        return label
    try:
        marked = lowered[len(_ACE) :].encode("ascii").decode("punycode")
    except UnicodeError as error:
        raise InvalidPeerHostName("A label is not Punycode.") from error
    text = "".join(chr(ord(c) - _ESCAPE) if _ESCAPE < ord(c) < _ESCAPE + 128 else c for c in marked)
    body = text.removesuffix(_JOINED)
    if any(0xD800 <= ord(c) < 0xE000 for c in body) or not body:
        raise InvalidPeerHostName("A label holds what no text holds.")
    return text
