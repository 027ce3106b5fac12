"""What a node knows after a restart is what it knew before, whoever has sent what.

A real machine with a real database hears records of all kinds from everybody: good ones, backdated ones, ones from the
future, of another type under a known ID, from members who were revoked, and old ones again. Now and then its process
ends, in good order or not, or a transaction is taken back.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from peerapi.address import Address
from peerapi.errors import PeerError
from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload, SignaturePayload
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, encode, encode_flood
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    LAST_VERSION,
    MEMBERSHIP,
    PRESENCE,
    SECURITY_PROPERTIES,
    SIGNATURE,
    SIGNATURE_ID,
    Record,
    decode_record,
    encode_record,
    record_id,
)
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.grouping import signatures
from peerapi.grouping.connection_ends import Peer
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import encode_membership
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.moment import Moment
from peerapi.store.database import Database
from tests.grouping.values import (
    ADMINISTRATOR,
    CHAT,
    DAY,
    HOUR,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    SECOND,
    creator,
    credential,
    issuer,
    key,
    member,
    name,
    properties,
    security,
)

PORT = Address(bytes(15) + b"\1", 4000)
TYPES = (CHAT, MEMBERSHIP, REVOCATION, SECURITY_PROPERTIES, GRAPH_INFO, SIGNATURE, PRESENCE, CONTACT)
PEOPLE = ("club", "carol", "ada", "abe", "eve", "ivan", "dave", "alice")
"The group itself, its creator, administrators, one below ada, an inviting member, one whom it has made, a member."


def _again(who: str, role: Any, by: str, above: MembershipChain) -> MembershipChain:
    one = credential(MODERN, who)
    made = issuer(MODERN, by, above)
    return made.issue(one.key.public, one.name, who.title(), (role,), NOW, not_before=NOW - HOUR, not_after=NOW + DAY)


CHAINS: dict[str, tuple[MembershipChain, ...]] = {
    "carol": (creator(MODERN),),
    "ada": (member(MODERN, "ada", ADMINISTRATOR), _again("ada", ADMINISTRATOR, "carol", creator(MODERN))),
    "abe": (member(MODERN, "abe", ADMINISTRATOR),),
    "eve": (member(MODERN, "eve", ADMINISTRATOR, "ada", ADMINISTRATOR),),
    "ivan": (member(MODERN, "ivan", INVITING), _again("ivan", MEMBER, "carol", creator(MODERN))),
    "dave": (member(MODERN, "dave", by="ivan", by_role=INVITING),),
    "alice": (member(MODERN, "alice"), _again("alice", INVITING, "ada", member(MODERN, "ada", ADMINISTRATOR))),
}
people = st.sampled_from(PEOPLE)
moments = st.sampled_from((0, 0, 0, -5 * SECOND, -HOUR, HOUR, FAR_AHEAD - HOUR, FAR_AHEAD + HOUR, 30 * DAY))
lifetimes = st.sampled_from((10 * SECOND, HOUR, 20 * HOUR))
versions = st.sampled_from((0, 1, 1, 1, 2, LAST_VERSION))
choices = st.integers(0, 1 << 16)


class Restarts(RuleBasedStateMachine):
    """Carol's node, and all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = Moment(NOW, 100.0)
        self.random = random.Random(1)
        self.sent: list[Record] = []
        "All that was ever signed, accepted or not."

    def teardown(self) -> None:
        self.graph.database.close()
        shutil.rmtree(self.folder)

    # The node ---------------------------------------------------------------------------------------------------------

    def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        database = self.graph.database
        database.begin()
        try:
            self.graph.at(self.now)
            result = work(*arguments)
            database.commit()
        except BaseException:
            database.rollback()
            self.graph.discard()
            raise
        self.graph.outputs.clear()
        self.security.take_changes()
        return result

    def start(self) -> None:
        self.security = security(MODERN, "carol", creator(MODERN), owns=True, knows_properties=False)
        self.security.found(properties(MODERN).version)
        database = Database.open(self.folder / "club.db")
        me = str(self.security.credential.name)
        self.graph = Graph(str(self.security.group), me, database, random=random.Random(self.random.random()))
        self.graph.secure_by(self.security, keeps_own_records=True)

    def called(self) -> None:
        """Zoe, of whom nobody says anything, becomes a neighbor."""
        peer = Peer(name(MODERN, "zoe"), member(MODERN, "zoe"))
        auth = AuthInfo(ConnectionType.NEIGHBOR, self.graph.graph_id, str(peer.name), None)
        self.link: Link = self.graph.at(self.now).accepted(auth, PORT)
        self.do(self.graph.authenticated, self.link, peer)
        self.do(self.graph.received, self.link, frame(encode(Connect(node_id=7, addresses=()))))
        assert self.link.connected

    @initialize()
    def create(self) -> None:
        self.start()
        self.do(self.graph.create, properties(MODERN).graph_info())
        self.publish(lambda: self.security.properties_draft(properties(MODERN)))
        self.publish(lambda: self.security.membership_draft(self.graph.peer_time))
        self.called()

    def publish(self, draft: Callable[[], Draft]) -> None:
        def add() -> None:
            self.graph.publication.add(draft())

        self.do(add)

    def known(self) -> dict[str, object]:
        """All that it knows by records."""
        members, graph = self.security.members, self.graph
        chains = [chain for who in sorted(CHAINS) for chain in CHAINS[who]]
        return {
            "revocations": {
                (one.id, one.version, one.authority, one.since, one.made, one.by and one.by.mark)
                for one in members.revocations
            },
            "revoked": [members.revocations.since(chain) for chain in chains],
            "members": {who: [chain.mark for chain in members.of(str(name(MODERN, who)))] for who in CHAINS},
            "properties": (self.security.properties, self.security.properties_id),
            "info": (graph.info, graph.max_record_size),
        }

    def stored(self) -> dict[bytes, bytes]:
        database = self.graph.database
        rows = [row for kind in TYPES[:5] for row in database.of_type(kind, live=False)]
        return {row.id: row.wire for row in rows}

    # What others send -------------------------------------------------------------------------------------------------

    def payload(self, kind: bytes, choice: int) -> bytes:
        everybody = sorted(CHAINS)
        who = everybody[choice % len(everybody)]
        if kind == REVOCATION and who == "carol":  # with whom the node itself would go, and all others
            who = "alice"
        if kind == MEMBERSHIP:
            chains = CHAINS[who]
            return encode_membership(properties(MODERN).version, chains[choice // 8 % len(chains)].encode())
        if kind == REVOCATION:
            since = NOW + (choice // 8 % 3 - 1) * HOUR
            return RevocationPayload(name(MODERN, who).authority, since).encode()
        texts = replace(properties(MODERN), comment=str(choice % 2))
        return {
            SECURITY_PROPERTIES: texts.encode(),
            GRAPH_INFO: texts.graph_info().encode(),
            SIGNATURE: SignaturePayload(choice).encode(),
            PRESENCE: PresencePayload(choice).encode(),
            CONTACT: ContactPayload(1, choice).encode(),
        }.get(kind, b"x%d" % choice)

    def signed(self, record: Record, by: str, choice: int) -> Record:
        chains = CHAINS.get(by, ())
        serial = chains[choice % len(chains)].serial if chains else creator(MODERN).root.serial
        data = signatures.sign(key(MODERN, by), record, properties(MODERN).version, serial, serial)
        return replace(record, security_data=data)

    def arrives(self, record: Record, *, fails: bool = False) -> None:
        def receive() -> None:
            self.graph.received(self.link, frame(encode_flood(encode_record(record))))
            if fails:
                raise PeerError

        try:
            self.do(receive)
        except PeerError:
            assert fails

    @rule(kind=st.sampled_from(TYPES), by=people, at=moments, lasts=lifetimes, choice=choices, fails=st.booleans())
    def somebody_publishes(self, kind: bytes, by: str, at: int, lasts: int, choice: int, fails: bool) -> None:
        who = str(name(MODERN, by))
        modification = self.graph.peer_time + at
        fixed = {GRAPH_INFO: GRAPH_INFO_ID, SIGNATURE: SIGNATURE_ID}
        record = Record(
            type=kind,
            id=fixed.get(kind) or record_id(who, self.random.randbytes(16)),
            version=1,
            creator_id=who,
            creation=modification,
            expiration=modification + lasts,
            modification=modification,
            graph_id=self.graph.graph_id,
            payload=self.payload(kind, choice),
        )
        self.sent.append(self.signed(record, by, choice))
        self.arrives(self.sent[-1], fails=fails)

    @precondition(lambda self: self.sent)
    @rule(
        data=st.data(),
        by=people,
        kind=st.sampled_from((None, None, None, *TYPES)),
        more=versions,
        at=moments,
        lasts=lifetimes,
        gone=st.booleans(),
        choice=choices,
        fails=st.booleans(),
    )
    def somebody_changes(
        self,
        data: st.DataObject,
        by: str,
        kind: bytes | None,
        more: int,
        at: int,
        lasts: int,
        gone: bool,
        choice: int,
        fails: bool,
    ) -> None:
        """``kind`` None: as a record of the same type; ``gone``: deletes it."""
        before = data.draw(st.sampled_from(self.sent), label="which record")
        kind = kind or before.type
        modification = max(self.graph.peer_time + at, before.creation + 1)
        changed = replace(
            before,
            type=kind,
            version=min(before.version + more, LAST_VERSION),
            modification=modification,
            expiration=modification + lasts,
            modified_by=str(name(MODERN, by)),
            payload=b"" if gone else self.payload(kind, choice),
            deleted=gone,
        )
        self.sent.append(self.signed(changed, by, choice))
        self.arrives(self.sent[-1], fails=fails)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def an_old_one_comes_again(self, data: st.DataObject) -> None:
        self.arrives(data.draw(st.sampled_from(self.sent), label="which record"))

    # What it does itself ----------------------------------------------------------------------------------------------

    def tries(self, work: Callable[[], object]) -> None:
        """What cannot be done now changes nothing."""

        try:
            self.do(work)
        except PeerError as error:
            note(repr(error))

    @rule(who=st.sampled_from(sorted(CHAINS)), at=st.sampled_from((-HOUR, 0, HOUR)))
    def it_revokes(self, who: str, at: int) -> None:
        moment = self.graph.peer_time
        self.tries(
            lambda: self.graph.publication.add(
                self.security.revocation_draft(str(name(MODERN, who)), moment, since=moment + at)
            )
        )

    @rule(choice=choices)
    def it_takes_a_revocation_back(self, choice: int) -> None:
        rows = self.graph.database.of_type(REVOCATION)
        if rows:
            group = str(self.security.group)
            self.tries(lambda: self.graph.publication.delete(rows[choice % len(rows)].id, group))

    @rule(comment=st.sampled_from("012"))
    def it_changes_the_properties(self, comment: str) -> None:
        wanted = replace(properties(MODERN), comment=comment)

        def change() -> None:
            known = self.security.properties_id
            assert known is not None
            self.graph.publication.update(self.security.properties_draft(wanted, known))
            self.graph.publish_info(wanted.graph_info())

        self.tries(change)
        assert self.security.properties == wanted
        assert self.graph.info == wanted.graph_info()  # whatever anybody has made of the record

    @rule(choice=choices)
    def it_drops_its_copy_of_a_record(self, choice: int) -> None:
        rows = [row for kind in (CHAT, MEMBERSHIP, REVOCATION) for row in self.graph.database.of_type(kind)]
        if rows:
            self.tries(lambda: self.graph.publication.forget(rows[choice % len(rows)].id))

    @rule(seconds=st.sampled_from((1, 20, 1800, 7200)))
    def time_passes(self, seconds: int) -> None:
        self.now = Moment(self.now.utc + seconds * SECOND, self.now.elapsed + seconds)
        self.do(self.graph.tick)

    # Restarts ---------------------------------------------------------------------------------------------------------

    @rule(orderly=st.booleans())
    def it_starts_again(self, orderly: bool) -> None:
        if orderly:
            self.do(self.graph.close)
        before, rows = self.known(), self.stored()
        self.graph.database.close()
        self.start()
        self.do(self.graph.open)
        after = self.known()
        for what, value in before.items():
            assert after[what] == value, what
        assert self.stored() == rows
        self.called()

    @invariant()
    def the_lists_are_those_of_the_database(self) -> None:
        topology = self.graph.topology
        before = (topology.signature, dict(topology.contacts), dict(topology.presence))
        topology.reload()
        assert before == (topology.signature, topology.contacts, topology.presence)

    @invariant()
    def nothing_has_changed_its_type(self) -> None:
        for row in map(self.graph.database.get, {one.id for one in self.sent}):
            if row is not None and row.type not in (GRAPH_INFO, SIGNATURE):
                record = decode_record(row.wire)
                first = next(one for one in self.sent if one.id == row.id)
                assert record.creator_id == first.creator_id


Restarts.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRestarts = Restarts.TestCase
