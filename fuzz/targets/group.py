"""What groups read: Group Connect, memberships, invitations, configurations, signed records.

Besides the errors, what must hold is what a group is for: nobody gets in by bytes. The keys of the seeds sign one way
only (Ed25519, PKCS #1), so whatever proves something has to be, to the byte, what was once issued or signed.
"""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

from fuzz.seeds import group as seeds
from peerapi.errors import (
    ChainTooLong,
    CircularChain,
    InvalidArgument,
    InvalidClassifierProperty,
    InvalidCredential,
    InvalidRoleProperty,
    InvalidTimePeriod,
    InvitationNotTrusted,
    UnsupportedVersion,
)
from peerapi.graphing.codec import records
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import configuration, password
from peerapi.grouping import messages as codec
from peerapi.grouping._batches import lead_on, place_parts
from peerapi.grouping.batches import Place
from peerapi.grouping.channel import Channel
from peerapi.grouping.connect import Connection, State
from peerapi.grouping.invitation import accept_invitation, parse_invitation
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import GroupProperties, decode_membership, encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refused
from peerapi.grouping.revocation import RevocationPayload
from peerapi.identity.keys import Profile
from tests.grouping import plain

CHAIN_ERRORS = (ChainTooLong, CircularChain, InvalidRoleProperty, InvalidClassifierProperty, InvalidCredential)
"What ``MembershipChain.read`` documents."


def _club(data: bytes) -> seeds.Club:
    return seeds.club(Profile.MS_PPSEC if data[:1] == b"\1" else Profile.MODERN)


def connect_message(data: bytes) -> None:
    """The messages of a packet; the first byte says of which profile. What was taken can be sent again, to the byte."""
    profile = _club(data).profile
    try:
        messages, taken = codec.decode(data[1:], profile)
    except MalformedMessage:
        return
    assert codec.encode(messages) == data[1 : 1 + taken]


def membership(data: bytes) -> None:
    """A chain; the first byte says of which group. Only certificates that were issued prove anything."""
    club = _club(data)
    try:
        chain = MembershipChain.read(data[1:], club.name)
    except CHAIN_ERRORS:
        return
    _was_issued(chain, club)


def _was_issued(chain: MembershipChain, club: seeds.Club) -> None:
    assert all(one.encoded in club.issued for one in chain.certificates), "a certificate that nobody has issued"
    assert chain.roles <= club.chains[chain.name.classifier].roles
    again = MembershipChain.read(chain.encode(), club.name)
    assert again.certificates == chain.certificates


def payload(data: bytes) -> None:
    """Payloads of the group's own records; the first byte says which."""
    kind, rest = data[:1], data[1:]
    try:
        if kind == b"\0":
            properties = GroupProperties.decode(rest)
            assert GroupProperties.decode(properties.encode()) == properties
            properties.graph_info()
        elif kind == b"\1":
            assert encode_membership(*decode_membership(rest)) == rest
        else:
            assert RevocationPayload.decode(rest).encode() == rest
    except MalformedMessage:
        return


def invitation(data: bytes) -> None:
    """An invitation is refused by both readers or by none; a membership in it is one that was issued."""
    document = data.decode("utf-8", "surrogateescape")
    try:
        found = parse_invitation(document, seeds.NOW)
    except (UnsupportedVersion, InvitationNotTrusted):
        found = None
    for profile in Profile:
        club = seeds.club(profile)
        alice = club.credentials["alice"]
        try:
            accepted = accept_invitation(document, alice.key.public, alice.name, seeds.NOW)
        except (UnsupportedVersion, InvitationNotTrusted, InvalidTimePeriod):
            continue
        assert accepted == found and found.profile.kind is profile
        if found.chain is not None and found.group == club.name:
            _was_issued(found.chain, club)


def configuration_xml(data: bytes) -> None:
    """A configuration, read with the right password: what bears a seal is what was sealed."""
    document = data.decode("utf-8", "surrogateescape")
    with mock.patch.object(configuration, "_COST", 2):  # otherwise each input would cost a tenth of a second
        try:
            found = configuration.import_configuration(document, seeds.SECRET)
        except InvalidArgument:
            return
    club = seeds.club(found.chain.profile.kind)
    if found.group == club.name:
        _was_issued(found.chain, club)
    if found.group_key is not None:
        sealed = [(one.chain.certificates, one.cloud) for one in seeds.configurations().values() if one.group_key]
        assert (found.chain.certificates, found.cloud) in sealed


def record(data: bytes) -> None:
    """A record as it travels in the group of the first byte: what is valid was signed, and nobody joins by it."""
    club = _club(data)
    try:
        one = records.decode_record(data[1:])
    except MalformedMessage:
        return
    node = club.node("ivan")
    node.met(club.chains["alice"])
    validity = node.validate(one, RecordChange.ADDED)
    assert validity is Validity.VALID or not any(node.members.revocations)
    if validity is Validity.VALID and club.profile is Profile.MODERN:  # the published hash leaves lengths open
        assert one in club.signed, "a record that nobody has signed"
    for chain in node.members:
        _was_issued(chain, club)
    assert node.chain is club.chains["ivan"] and node.properties == club.properties


def place(data: bytes) -> None:
    """A hash, and the place of a record in a batch behind it: both are read and followed as plain Python does it."""
    leaf, rest = data[: plain.HASH].ljust(plain.HASH, b"\0"), data[plain.HASH :]
    found: list[tuple[int, int, bytes, bytes] | None] = []
    for read in (plain.place_parts, place_parts):
        try:
            found.append(read(rest, 0))
        except MalformedMessage:
            found.append(None)
    assert found[0] == found[1]
    if found[0] is None:
        return
    leaves, index, path, _ = found[0]
    root = Place(leaves, index, path).signed(leaf)[-plain.HASH :]
    known, expected = {(0, 0): (root, b"")}, {(0, 0): (root, b"")}
    for other in (leaf, bytes(plain.HASH), leaf):
        assert lead_on(known, leaves, index, path, other) is plain.lead_on(expected, leaves, index, path, other)
        assert known == expected
    assert lead_on(known, leaves, index, path, leaf), "its own path leads to the root"


# ---- Connections -----------------------------------------------------------------------------------------------------


def stranger(data: bytes) -> None:
    """Anything at all at the door of a node: before TLS, inside TLS by a stranger, by a member, towards who joins.

    The connection is refused or waits; only the member gets through, and only as itself. The node knows nobody more
    than before, and another member connects as always.
    """
    club = seeds.club(Profile.MODERN)
    door, said = data[:1], data[1:]
    node = club.node("ivan")
    with mock.patch.object(password, "_seed", seeds.cheap_seed):
        if door == b"\0":
            end = node.connection(outgoing=False)
            _refused(lambda: end.receive(said, seeds.NOW), node)
        elif door == b"\1":
            end = _talk(node, club.credentials["mallory"].channel(outgoing=True), said)
        elif door == b"\2":
            end = _talk(node, club.credentials["alice"].channel(outgoing=True), said)
        else:
            joiner = club.node("mallory", member=False, password=seeds.SECRET)
            end = _talk(joiner, club.credentials["ivan"].channel(outgoing=False), said)
            assert joiner.chain is None
    if end.state is State.COMPLETE:
        assert door == b"\2" and end.peer is not None and end.peer.name == club.credentials["alice"].name
    known = {chain.name.classifier for chain in node.members}
    assert known <= {"carol", "ivan", "alice"}
    _connects(club.node("alice"), node)


def _talk(node: GroupSecurity, channel: Channel, said: bytes) -> Connection:
    """TLS with somebody who then says that: in one piece, and in two if there is anything."""
    end = node.connection(outgoing=node.chain is None)
    to_channel, to_end = end.start(), channel.start() if node.chain is not None else b""
    while to_channel or to_end:
        if to_channel:
            to_end, _ = channel.receive(to_channel)
            to_channel = b""
        if to_end:
            to_channel, _ = end.receive(to_end, seeds.NOW)
            to_end = b""
    half = len(said) // 2
    for piece in (said,) if len(said) % 2 else (said[:half], said[half:]):
        if piece and end.state not in (State.FAILED, State.COMPLETE):
            _refused(lambda piece=piece: end.receive(channel.seal(piece), seeds.NOW), node)  # type: ignore[misc]
    return end


def _refused(step: Callable[[], object], node: GroupSecurity) -> None:
    before = node.refused.total()
    try:
        step()
    except Refused as error:
        assert node.refused.total() == before + 1 and node.refused[error.reason]
    else:
        assert node.refused.total() == before


def _connects(caller: GroupSecurity, called: GroupSecurity) -> None:
    one, other = caller.connection(outgoing=True), called.connection(outgoing=False)
    to_other, to_one = one.start(), b""
    while to_other or to_one:
        to_one, _ = other.receive(to_other, seeds.NOW) if to_other else (to_one, False)
        to_other, _ = one.receive(to_one, seeds.NOW) if to_one else (b"", False)
        to_one = b""
    assert one.peer is not None and other.peer is not None


TARGETS: dict[str, Callable[[bytes], None]] = {
    "connect": connect_message,
    "membership": membership,
    "group-payload": payload,
    "invitation": invitation,
    "configuration": configuration_xml,
    "group-record": record,
    "group-place": place,
    "stranger": stranger,
}
