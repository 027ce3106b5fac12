"""A whole node of a group and all that happens to it, in any order: members connect and say what the protocols have,
records are signed by whoever has a key and claim what they like, memberships are issued, revoked and renewed, time
passes, the process ends and begins again.

After each step it must be true that

* nothing was raised but what is documented;
* each record that is here was signed by who it says, who was made a member by the group and may do that;
* a record gave way to its own next version only, or went when its time had come;
* whoever is connected is a member that was not revoked;
* after a restart the node knows what it knew before: records, properties, revocations and what they mean for every
  membership that there is, its own membership, and the memberships of the records; and it would take its records again.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import replace
from unittest import mock

from fuzz.database_files import DatabaseFiles, everything
from fuzz.group_node import Node
from fuzz.joining import join_by_password
from fuzz.seeds import group as seeds
from fuzz.speech import Speaker, chosen, dated
from fuzz.steps import Step, steps
from peerapi.errors import PeerError
from peerapi.graphing.codec import messages as codec
from peerapi.graphing.codec import records
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    LAST_VERSION,
    MEMBERSHIP,
    PRESENCE,
    SECURITY_PROPERTIES,
    SIGNATURE,
    Record,
    summarize,
)
from peerapi.graphing.conflict import Verdict, resolve
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import DEFAULT_MAX_RECORD, Graph
from peerapi.graphing.link import Link
from peerapi.grouping import signatures, validation
from peerapi.grouping.connect import State
from peerapi.grouping.connection_ends import Peer
from peerapi.grouping.membership import Issuer, MembershipChain
from peerapi.grouping.messages import Hello, MyGmc
from peerapi.grouping.messages import encode as encode_packet
from peerapi.grouping.properties import decode_membership, encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal, Refused
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.grouping.roles import Role
from peerapi.identity.keys import Profile
from peerapi.moment import LAST_TIME, SECOND
from peerapi.store.database import Database
from tests.graphing.machines import Stranger

VOLATILE = frozenset((CONTACT, PRESENCE, SIGNATURE))
PEOPLE = ("carol", "ivan", "alice", "dave", "mallory")
TYPES = (seeds.TYPE, MEMBERSHIP, REVOCATION, SECURITY_PROPERTIES, GRAPH_INFO, SIGNATURE, PRESENCE)
WAITS = (0.05, 1.0, 31.0, 400.0, 4000.0, 40_000.0)
SECOND_LOOKS = {Refusal.REVOKED, Refusal.PERIOD}
"Why a record that is here may be refused by now: its author was revoked later, or has another membership by now."


@functools.cache
def founded(club: seeds.Club) -> tuple[bytes, ...]:
    """What the creator's node has published first."""
    node = Node(club, "carol", Database.open(":memory:"), club.chains["carol"])
    node.found()
    wires = tuple(everything(node.graph.database).values())
    node.graph.database.close()
    return wires


class Circle:
    """One input on its way."""

    def __init__(self, first: Step) -> None:
        self.who = first.pick(("alice", "carol", "ivan"))
        self.club = seeds.club(first.pick((Profile.MODERN, Profile.MS_PPSEC)))
        self.keys = {str(self.club.credentials[who].name): self.club.key(who) for who in PEOPLE}
        self.keys[str(self.club.name)] = self.club.key("club")
        self.chains = list(self.club.chains.values())
        "All memberships that were ever issued."
        self.files = DatabaseFiles()
        self.known: dict[bytes, bytes] = {}
        self.gone: set[bytes] = set()
        self.node = Node(self.club, self.who, self.files.begin(), self.club.chains[self.who])
        self._count = 0
        if self.who == "carol":
            self.node.found()
        else:
            self.node.do(self.node.graph.open)
            self.node.graph.synchronized = True
            self.node.graph.database.set_fact("synchronized", 1)
            link = self.node.member(self.club.chains["carol"], 3)
            said = b"".join(frame(codec.encode(codec.Flood(wire))) for wire in founded(self.club))
            self.node.do(self.node.graph.received, link, said)
            assert self.node.security.properties == self.club.properties
        self.look()

    @property
    def graph(self) -> Graph:
        return self.node.graph

    @property
    def now(self) -> int:
        return self.node.moment.utc

    def take(self, step: Step) -> None:
        self.deeds[step.byte() % len(self.deeds)](self, step)
        self.look()

    # What happens -----------------------------------------------------------------------------------------------------

    def connects(self, step: Step) -> None:
        """A member connects with one of its memberships; the handshake is taken as done when it would have been."""
        chain = step.pick(self.chains)
        security = self.node.security
        good = security.members.good(chain, self.now)
        if good and not security.refuses(Peer(chain.name, chain), self.now) and len(self.graph.links) < 12:
            self._count += 1
            self.node.member(chain, 10 + self._count)

    def knocks(self, step: Step) -> None:
        """Somebody with a key of its own shows any membership, perhaps damaged, in a real handshake."""
        who, chain = step.pick(PEOPLE), step.pick(self.chains)
        packet = encode_packet([Hello(), MyGmc(step.scarred(chain.encode()))])
        channel = self.club.credentials[who].channel(outgoing=True)
        end = self.node.security.connection(outgoing=False)
        members = {str(one.name) for one in self.node.security.members}
        to_end, to_channel = channel.start(), b""
        try:
            while to_end or to_channel:
                if to_end:
                    to_channel, _ = end.receive(to_end, self.now)
                to_end, _ = channel.receive(to_channel) if to_channel else (b"", b"")
                to_channel = b""
            if end.state not in (State.FAILED, State.COMPLETE):
                end.receive(channel.seal(packet), self.now)
        except Refused:
            assert {str(one.name) for one in self.node.security.members} == members, "a refused caller is a member"
        if end.state is State.COMPLETE:
            assert end.peer is not None and end.peer.name == self.club.credentials[who].name == chain.name
            assert end.peer.chain in self.chains, "a membership that nobody has issued"

    def joins(self, step: Step) -> None:
        """Somebody becomes a member by a password, right or wrong, in a real handshake of which one packet may be
        damaged: whoever gets in knew the password of a node that may let people in."""
        who, word = step.pick(PEOPLE), step.pick((seeds.SECRET, "open sesam", "", seeds.SECRET.upper()))
        self._count += 1
        end, gained = join_by_password(self.club, who, word, self.node.security, self.now, step, self._count)
        if end.state is State.COMPLETE:
            assert word == seeds.SECRET, "a member by a wrong password"
            assert end.peer is not None and end.peer.name == self.club.credentials[who].name
            assert self.node.security.chain is not None and self.node.security.chain.may_issue
            good = self.node.security.members.good(self.node.security.chain, self.now)
            assert good, "a member by a node that may let in nobody"
            self.chains.append(end.peer.chain)
        assert gained is None or gained in self.chains, "a membership that nobody has issued"

    def floods(self, step: Step) -> None:
        link = self._link(step)
        if link is not None:
            wire = step.scarred(self._record(step))
            self.node.do(self.graph.received, link, step.scarred(frame(codec.encode(codec.Flood(wire)))))

    def speaks(self, step: Step) -> None:
        link = self._link(step)
        if link is not None:
            teller = mock.Mock(Stranger, node_id=link.node_id)
            teller.name = link.peer_id
            message = Speaker(step, teller, self.known, self.graph.peer_time).anything()
            self.node.do(self.graph.received, link, step.scarred(frame(codec.encode(message))))

    def leaves(self, step: Step) -> None:
        link = self._link(step)
        if link is not None:
            self.node.do(self.graph.lost, link)

    def waits(self, step: Step) -> None:
        self.node.advance(step.pick(WAITS))

    def issues(self, step: Step) -> None:
        """A member makes somebody a member; whether that is told to anybody is another step."""
        own, who = step.pick(self.chains), step.pick(PEOPLE)
        role = step.pick((Role.MEMBER, Role.INVITING_MEMBER, Role.ADMINISTRATOR))
        beginning = dated(step, self.now) if step.byte() & 1 else None
        end = None if beginning is None else beginning + (1 + step.byte()) * 60 * SECOND
        credential = self.club.credentials[who]
        self._count += 1
        with mock.patch("secrets.token_bytes", random.Random(self._count).randbytes):
            try:
                chain = Issuer.member(self.keys[str(own.name)], own).issue(
                    credential.key.public, credential.name, who, (role,), self.now, not_before=beginning, not_after=end
                )
            except PeerError:
                return
        self.chains.append(chain)

    def adds(self, step: Step) -> None:
        expiration = dated(step, self.graph.peer_time) + step.byte() * SECOND
        self._asked(self.graph.add_record, Draft(type=seeds.TYPE, data=step.rest(), expiration=expiration))

    def updates(self, step: Step) -> None:
        self._asked(self.graph.update_record, Draft(id=chosen(step, self.known), data=step.rest()))

    def deletes(self, step: Step) -> None:
        wanted, local = chosen(step, self.known), bool(step.byte() & 1)
        if self._asked(self.graph.delete_record, wanted, local=local) and local:
            self.gone.add(wanted)

    def revokes(self, step: Step) -> None:
        """The application revokes a member, or takes a revocation back."""
        if step.byte() & 1:
            self._asked(self.node.records.take_back, chosen(step, self.known))
            return
        name = str(self.club.credentials[step.pick(PEOPLE)].name)
        now = self.graph.peer_time
        since = dated(step, now) if step.byte() & 1 else now
        try:
            draft = self.node.security.revocation_draft(name, now, since=min(since, LAST_TIME))
        except PeerError:
            return
        self._asked(self.node.records.publish, draft)

    def publishes(self, step: Step) -> None:
        self._asked(self.node.records.publish_membership, step.pick(self.chains))

    def changes_properties(self, step: Step) -> None:
        changed = replace(self.club.properties, comment=f"{step.byte()}")
        self._asked(self.node.records.change_properties, changed)

    def restarts(self, step: Step) -> None:
        before, killed = self.node, bool(step.byte() & 1)
        if not killed:
            before.do(before.graph.close)
            self.look()
        left = {id_: wire for id_, wire in self.known.items() if summarize(wire).type not in VOLATILE}
        knew = self._knowledge(before.security)
        shown = self._of_records()
        database = before.graph.database
        if killed:
            database = self.files.killed(database)
        else:
            database.close()
            database = self.files.open()
        self.node = Node(self.club, self.who, database, before.stored, before.run + 1)
        self.node.elapsed = before.elapsed
        self.node.do(self.node.graph.open)
        knows = self._knowledge(self.node.security)
        assert knows == knew, "something else after a restart"
        assert self.node.graph.info == before.graph.info
        for chain in shown:
            assert chain in self.node.security.members.of(str(chain.name)), "a membership was forgotten"
        self.known = everything(database)
        own = {id_ for id_, wire in self.known.items() if records.decode_record(wire).creator_id == self.graph.peer_id}
        assert {id_: wire for id_, wire in self.known.items() if id_ in left or id_ not in own} == left
        for wire in left.values():
            self._taken_again(wire)

    deeds: tuple[Callable[[Circle, Step], None], ...] = (
        connects,
        floods,
        waits,
        issues,
        restarts,
        adds,
        revokes,
        publishes,
        floods,
        updates,
        deletes,
        knocks,
        leaves,
        speaks,
        changes_properties,
        joins,
    )

    # What must hold ---------------------------------------------------------------------------------------------------

    def look(self) -> None:
        now = everything(self.graph.database)
        owner = self.node.security.owner_id
        for id_, wire in now.items():
            before = self.known.get(id_)
            if before != wire:
                self._legitimate(wire)
                if before is not None and summarize(before).expiration > self.graph.clock.peer_time(self.now):
                    verdicts = {
                        resolve(summarize(wire), summarize(before), horizon=self._horizon + later, owner=owner)
                        for later in (0, 1)
                    }
                    assert Verdict.NEW in verdicts, f"a record gave way to one that is {verdicts}"
        for id_ in self.known.keys() - now.keys():
            gone = summarize(self.known[id_])
            assert id_ in self.gone or gone.expiration <= self.graph.clock.peer_time(self.now), "a record is lost"
        self.known = now
        self.gone.clear()
        security = self.node.security
        for link in self.graph.links.values():
            if link.peer is not None:
                assert not security.refuses(link.peer, self.now) or link.peer.chain.not_after <= self.now
        for member in security.members:
            for chain in security.members.of(str(member.name)):
                assert chain in self.chains, "a membership that nobody has issued"
        assert security.chain == self.node.stored

    @property
    def _horizon(self) -> int:
        self.graph.now = self.node.moment
        return self.graph.horizon

    def _legitimate(self, wire: bytes) -> None:
        """A record was signed by who it says, a member who may do that: as far as that needs no history."""
        records.validate_received(wire, self.graph.graph_id_wire, DEFAULT_MAX_RECORD)
        one = records.decode_record(wire)
        by = one.modified_by or one.creator_id
        data = signatures.SecurityData.decode(one.security_data, self.club.profile)
        assert by in self.keys, "a record of nobody"
        assert signatures.verify(self.keys[by].public, one, self.club.properties.version, data), "not signed"
        own = [chain for chain in self.chains if str(chain.name) == by]
        group = by == str(self.club.name)
        assert group or own, "a record of a stranger"
        administrator = any(chain.administrator for chain in own)
        if one.type == SECURITY_PROPERTIES:
            assert group, "properties of a member"
        elif one.type == REVOCATION:
            assert group or administrator, "a revocation by somebody who may not"
        elif one.type == MEMBERSHIP:
            carried = MembershipChain.read(decode_membership(one.payload)[1], self.club.name)
            assert carried in self.chains, "a membership that nobody has issued"
        elif one.type not in (SIGNATURE, GRAPH_INFO):
            assert by == one.creator_id or administrator, "somebody else's record was changed"

    def _taken_again(self, wire: bytes) -> None:
        knowledge = self.node.security._knowledge
        try:
            validation.judge(records.decode_record(wire), knowledge, wire)
        except validation.Deferred:
            return
        except validation.Invalid as error:
            assert error.reason in SECOND_LOOKS, f"a record is here that would be refused: {error}"

    def _knowledge(self, security: GroupSecurity) -> dict[str, object]:
        revocations = security.members.revocations
        return {
            "properties": security.properties,
            "properties_id": security.properties_id,
            "revocations": {one.id: (one.version, one.authority, one.since, one.made) for one in revocations},
            "revoked": [revocations.since(chain) for chain in self.chains],
            "chain": security.chain,
        }

    def _of_records(self) -> list[MembershipChain]:
        """The memberships in records that the node knows now."""
        wires = [wire for wire in self.known.values() if summarize(wire).type == MEMBERSHIP]
        found = [decode_membership(records.decode_record(wire).payload)[1] for wire in wires]
        chains = [MembershipChain.read(one, self.club.name) for one in found]
        members = self.node.security.members
        return [chain for chain in chains if chain in members.of(str(chain.name))]

    # Helpers ----------------------------------------------------------------------------------------------------------

    def _link(self, step: Step) -> Link | None:
        choice, links = step.byte(), [link for link in self.graph.links.values() if link.connected]
        return links[choice % len(links)] if links else None

    def _asked(self, work: Callable[..., object], *arguments: object, **options: object) -> bool:
        try:
            self.node.do(work, *arguments, **options)
        except PeerError:
            return False
        return True

    def _record(self, step: Step) -> bytes:
        """What somebody has signed: a new record, or a version of one that is here."""
        club, now = self.club, self.graph.clock.peer_time(self.now)
        who = step.pick((*PEOPLE, "club"))
        author = str(club.name if who == "club" else club.credentials[who].name)
        known = self.known.get(chosen(step, self.known)) if step.byte() & 1 else None
        kind = step.pick(TYPES)
        modification = min(dated(step, now), LAST_TIME - 2)
        if known is None:
            id_ = records.FIXED_IDS.get(kind) or records.record_id(author, bytes([step.byte() % 4]) * 16)
            one = Record(kind, id_, 1, author, modification, LAST_TIME, modification, str(club.name))
        else:
            one = records.decode_record(known)
            version = min(step.pick((one.version + 1, one.version, LAST_VERSION)), LAST_VERSION)
            kind = one.type if step.byte() & 3 else kind
            modification = max(modification, one.creation + 1)
            one = replace(one, type=kind, version=version, modified_by=author, modification=modification)
        own = [chain for chain in self.chains if str(chain.name) == author]
        chain = step.pick(own) if own else None
        end = chain.not_after if chain is not None else LAST_TIME
        lasts = step.pick((300, 3600, 10**9)) * SECOND
        deleted = step.seldom()
        one = replace(
            one,
            expiration=max(modification + 1, min(end, modification + lasts)),
            payload=b"" if deleted else self._payload(step, kind, now),
            deleted=deleted,
        )
        serials = {str(one.name): one.serial for one in reversed(self.chains)} | {
            str(club.name): club.owner.root.serial
        }
        serial = serials.get(author, bytes(16)) if chain is None else chain.serial
        made_by = serial if one.creator_id == author else serials.get(one.creator_id, bytes(16))
        data = signatures.sign(self.keys[author], one, club.properties.version, made_by, serial)
        return records.encode_record(replace(one, security_data=data))

    def _payload(self, step: Step, kind: bytes, now: int) -> bytes:
        club = self.club
        if kind == MEMBERSHIP:
            return encode_membership(club.properties.version, step.pick(self.chains).encode())
        if kind == REVOCATION:
            about = club.credentials[step.pick(PEOPLE)].name.authority
            return RevocationPayload(about, dated(step, now), "").encode()
        if kind == SECURITY_PROPERTIES:
            return replace(club.properties, comment=f"{step.byte()}").encode()
        if kind == GRAPH_INFO:
            return replace(club.properties, comment=f"{step.byte()}").graph_info().encode()
        return bytes([step.byte()])


def group(data: bytes) -> None:
    """Steps (``fuzz.steps``); the first one says whose node it is."""
    whole = steps(data)
    circle = Circle(next(whole, Step(b"")))
    try:
        for step in whole:
            circle.take(step)
        expiration = circle.graph.peer_time + 3600 * SECOND
        circle._asked(circle.graph.add_record, Draft(type=seeds.TYPE, data=b"at last", expiration=expiration))
        circle.look()
    finally:
        circle.graph.database.close()
        circle.files.clear()


TARGETS: dict[str, Callable[[bytes], None]] = {"group": group}
