"""A whole node of a plain graph and all that happens to it, in any order: strangers connect, say what the protocol has
or nearly that, leave; time passes; the application adds, changes and deletes; the process ends and begins again.

The node has one honest neighbor, another whole node. After each step it must be true that

* nothing was raised but what is documented;
* what links hold is within their bounds, and there is nothing left of links that are over;
* a record that is here gave way to its own next version only, or went when its time had come, and each is one that a
  node that has never seen it would accept as it stands;
* what was acknowledged is here, or was;
* after a restart the node knows what it knew before, whether it was closed or killed.
"""

from __future__ import annotations

from collections.abc import Callable

from fuzz.database_files import DatabaseFiles, everything
from fuzz.speech import NAMES, PLACES, TYPES, Speaker, chosen, dated
from fuzz.steps import Step, steps
from peerapi.address import Address
from peerapi.errors import (
    AccessDenied,
    AlreadyExists,
    ConnectionNotFound,
    ConnectSelf,
    InvalidArgument,
    InvalidAttributes,
    RecordNotFound,
)
from peerapi.graphing.clock import TOLERANCE
from peerapi.graphing.codec import messages as codec
from peerapi.graphing.codec import records
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.internal_records import GraphInfo, check_internal
from peerapi.graphing.codec.messages import Message
from peerapi.graphing.codec.records import CONTACT, GRAPH_INFO, PRESENCE, SIGNATURE, summarize
from peerapi.graphing.conflict import Verdict, resolve
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import DEFAULT_MAX_RECORD, Graph
from peerapi.graphing.link import Link
from peerapi.graphing.machine.bounds import Bound
from peerapi.graphing.machine.deferred import MAX_DEFERRED, MAX_DEFERRED_BYTES
from peerapi.graphing.machine.flooding import ACKS_AT_ONCE
from peerapi.graphing.machine.new_records import FLAG_AUTOREFRESH
from peerapi.graphing.machine.synchronization import MAX_ANSWERS, MAX_CORRECTED
from peerapi.moment import SECOND
from tests.graphing.machines import CHAT, GRAPH, Machine, Stranger, address
from tests.graphing.pair import Net, info

VOLATILE = frozenset((CONTACT, PRESENCE, SIGNATURE))
"Left behind when a node is opened (3.1.4.2)."
REFUSALS = (AccessDenied, InvalidArgument, InvalidAttributes, RecordNotFound)
"What the application may be told when it adds, changes or deletes."
NODE_IDS = (0x5747A, 0x5747B, 2, 1, 0)
WAITS = (0.05, 1.0, 5.0, 31.0, 61.0, 400.0)
MOST_STRANGERS = 12


class Calls(Net):
    """Calls to machines go through; those to anybody else wait for a stranger who answers."""

    def dialed(self, caller: Machine, link: Link, target: Address) -> None:
        self.holding = all(target not in machine.graph.addresses for machine in self.machines)
        super().dialed(caller, link, target)

    def forget_calls(self) -> None:
        self._held.clear()

    def calling(self, caller: Machine) -> bool:
        return any(held[0] is caller for held in self._held)


class Story:
    """One input on its way."""

    def __init__(self, first: Step) -> None:
        self.net = Calls()
        self.files = DatabaseFiles()
        self.joined = bool(first.byte() & 1)
        "The node has joined its neighbor's graph; otherwise the neighbor has joined."
        self.strangers: list[Stranger] = []
        self.cut: dict[Stranger, bytes] = {}
        self.came = 0
        "Bytes from strangers since the node was last begun."
        self.known: dict[bytes, bytes] = {}
        self.seen: set[bytes] = set()
        "Record IDs that the node has had."
        self.gone: set[bytes] = set()
        "Records that the application has had forgotten."
        self.node = self.net.machine("alice", node_id=1, database=self.files.begin())
        self.friend = self.net.machine("bob", node_id=2)
        one, other = (self.friend, self.node) if self.joined else (self.node, self.friend)
        one.do(one.graph.create, info(creator_id=one.name, max_presence=first.pick((0, 0xFFFFFFFF))))
        other.do(other.graph.open)
        self.node.listen()
        self.friend.listen()
        self.net.connect(other, one)
        self.look()

    @property
    def graph(self) -> Graph:
        return self.node.graph

    # What happens -----------------------------------------------------------------------------------------------------

    def take(self, step: Step) -> None:
        self.deeds[step.byte() % len(self.deeds)](self, step)
        self.look()

    def connects(self, step: Step) -> None:
        """A stranger calls, most often with a CONNECT."""
        if len(self.strangers) == MOST_STRANGERS:
            return
        stranger = self.net.stranger(
            self.node,
            name=step.pick(NAMES),
            node_id=step.pick(NODE_IDS) + 16 * len(self.strangers) * (step.byte() & 1),
            direct=step.seldom(),
            address=step.pick(PLACES),
        )
        self.strangers.append(stranger)
        if not step.seldom():
            self._said(stranger, self._speaker(step, stranger).connect())

    def answers(self, step: Step) -> None:
        """The node has called somebody, who answers."""
        if self.net.calling(self.node) and len(self.strangers) < MOST_STRANGERS:
            stranger = self.net.answer(self.node, name=step.pick(NAMES), node_id=step.pick(NODE_IDS) + 16)
            self.strangers.append(stranger)
            self._said(stranger, self._speaker(step, stranger).welcome())

    def calls(self, step: Step) -> None:
        """The application has the node call somebody."""
        try:
            self.node.do(self.graph.connect, step.pick(PLACES), None, direct=step.seldom())
        except (ConnectSelf, AlreadyExists):
            return

    def speaks(self, step: Step) -> None:
        """A stranger says something of the protocol, perhaps damaged or not to its end yet."""
        stranger = self._stranger(step)
        if stranger is not None:
            self._said(stranger, self._speaker(step, stranger).anything(), step)

    def floods(self, step: Step) -> None:
        stranger = self._stranger(step)
        if stranger is not None:
            self._said(stranger, self._speaker(step, stranger).flood(), step)

    def babbles(self, step: Step) -> None:
        stranger = self._stranger(step)
        if stranger is not None:
            self._sent(stranger, step.rest())

    def leaves(self, step: Step) -> None:
        stranger = self._stranger(step)
        if stranger is not None:
            self.strangers.remove(stranger)
            self.cut.pop(stranger, None)
            stranger.close()

    def stalls(self, step: Step) -> None:
        stranger = self._stranger(step)
        if stranger is not None:
            stranger.end.stalled = not stranger.end.stalled
            self.net.deliver_all()

    def waits(self, step: Step) -> None:
        self.net.advance(step.pick(WAITS))

    def adds(self, step: Step) -> None:
        expiration = dated(step, self.node.peer_time) + step.byte() * SECOND
        attributes = step.pick((None, '<attributes><attribute name="a" type="int">1</attribute></attributes>', "<a>"))
        flags = FLAG_AUTOREFRESH * (step.byte() & 1)
        data = bytes([step.byte()]) * step.pick((1, 100, 5000))
        self._asked(
            self.graph.add_record,
            Draft(type=step.pick(TYPES[:2]), data=data, expiration=expiration, attributes=attributes, flags=flags),
        )

    def updates(self, step: Step) -> None:
        expiration = dated(step, self.node.peer_time) if step.byte() & 1 else 0
        draft = Draft(id=chosen(step, self.known), data=step.rest(), expiration=expiration)
        self._asked(self.graph.update_record, draft)

    def deletes(self, step: Step) -> None:
        self._asked(self.graph.delete_record, chosen(step, self.known))

    def forgets(self, step: Step) -> None:
        wanted = chosen(step, self.known)
        if self._asked(self.graph.delete_record, wanted, local=True):
            self.gone.add(wanted)

    def says(self, step: Step) -> None:
        """The application sends data to a link."""
        link = step.byte()
        try:
            self.node.do(self.graph.send_data, link, CHAT, step.rest())
        except ConnectionNotFound:
            return

    def friend_adds(self, step: Step) -> None:
        self.friend.add(step.rest(), lifetime=60.0 + step.byte())
        self.net.deliver_all()

    def restarts(self, step: Step) -> None:
        """The process ends, and begins again with what is on the disk."""
        before = self.node
        killed = step.byte() & 1
        if not killed:
            before.do(before.graph.close)
            self.look()  # withdrawing presence is a change of records, too
        left = {id_: wire for id_, wire in self.known.items() if summarize(wire).type not in VOLATILE}
        self.net.crash(before)
        self.net.forget_calls()
        self.strangers.clear()
        self.cut.clear()
        self.came = 0
        database = before.graph.database
        if killed:
            database = self.files.killed(database)
        else:
            database.close()
            database = self.files.open()
        self.node = node = self.net.machine("alice", node_id=1, database=database)
        node.address = address(1)
        node.do(node.graph.open)
        assert everything(database) == left, "other records after a restart"
        assert node.graph.info == before.graph.info
        assert node.graph.max_record_size == before.graph.max_record_size
        assert node.graph.synchronized == before.graph.synchronized
        if not killed:
            assert node.graph.clock.delta == before.graph.clock.delta
        self.known = left
        node.listen()
        if step.byte() & 1:
            self.net.connect(node, self.friend)

    deeds: tuple[Callable[[Story, Step], None], ...] = (
        connects,
        speaks,
        floods,
        waits,
        adds,
        restarts,
        updates,
        deletes,
        floods,
        answers,
        calls,
        babbles,
        leaves,
        forgets,
        speaks,
        stalls,
        says,
        friend_adds,
    )

    # What is said -----------------------------------------------------------------------------------------------------

    def _said(self, stranger: Stranger, message: Message, step: Step | None = None) -> None:
        if step is None:
            self._sent(stranger, frame(codec.encode(message)))
            return
        data = step.scarred(frame(step.scarred(codec.encode(message))))
        if step.seldom():  # the network brings the rest later
            half = len(data) // 2
            data, rest = data[:half], data[half:]
            self._sent(stranger, data)
            self.cut[stranger] = rest
        else:
            self._sent(stranger, data)

    def _sent(self, stranger: Stranger, data: bytes) -> None:
        data = self.cut.pop(stranger, b"") + data
        self.came += len(data)
        if not stranger.hung_up and not stranger.end.far.ended:
            stranger.send_bytes(data)

    # What must hold ---------------------------------------------------------------------------------------------------

    def look(self) -> None:
        now = everything(self.graph.database)
        for id_, wire in now.items():
            before = self.known.get(id_)
            if before != wire:
                self._acceptable(wire)
                if before is not None and summarize(before).expiration > self.node.peer_time:
                    # Just now the successor of a record with the last date that is believed has one that is not yet.
                    verdicts = {
                        resolve(summarize(wire), summarize(before), horizon=self.graph.horizon + later)
                        for later in (0, 1)
                    }
                    assert Verdict.NEW in verdicts, f"a record gave way to one that is {verdicts}"
        for id_ in self.known.keys() - now.keys():
            gone = summarize(self.known[id_])
            assert id_ in self.gone or gone.expiration <= self.node.peer_time, "a record is lost"
        self.known = now
        self.gone.clear()
        self.seen |= now.keys()
        self._bounded()
        for stranger in self.strangers:
            for ack in stranger.take(codec.Ack):
                assert all(id_ in self.seen for id_, useful in ack.acks if useful), "acknowledged and never here"
        self.strangers = [one for one in self.strangers if not one.hung_up]

    @staticmethod
    def _acceptable(wire: bytes) -> None:
        records.validate_received(wire, records.graph_id_wire(GRAPH), DEFAULT_MAX_RECORD)
        one = records.decode_record(wire)
        if records.is_reserved(one.type):
            check_internal(one, GRAPH)
        if one.type == GRAPH_INFO and not one.deleted:
            GraphInfo.decode(one.payload)

    def _bounded(self) -> None:
        graph = self.graph
        assert len(graph.neighbors) <= graph.limits.maximum
        assert abs(graph.clock.delta) <= TOLERANCE
        deferred = graph.flooding.deferred
        assert len(deferred) <= MAX_DEFERRED and deferred.size <= MAX_DEFERRED_BYTES
        assert not graph.outputs and not graph.flooding.busy
        standing = set(graph.links.values())
        assert set(graph.neighbors) <= standing
        assert set(self.node.ends) <= standing, "a transport of no link"
        for link in standing:
            assert not link.over, "a link that is over is still kept"
            assert link.deframer.buffered <= self.came + self.friend.bytes_sent
            assert len(link.answering) <= MAX_ANSWERS + 3 and len(link.corrected) <= MAX_CORRECTED
            assert len(link.held) == 0 and not link.waiting and len(link.acks) < ACKS_AT_ONCE
        assert set(graph.bounded) <= set(Bound)

    def end(self) -> None:
        """The application and the honest neighbor are served as before."""
        added = self.node.add(b"at last", lifetime=600.0)
        self.net.deliver_all()
        self.look()
        assert self.graph.live_record(added).wire == self.known[added]
        assert added in {self.graph.record_ids(None, None)[at : at + 16] for at in range(0, 16 * len(self.known), 16)}
        if any(self.node.ends[link].far.owner is self.friend for link in self.graph.neighbors):
            assert self.friend.record(added) is not None, "the honest neighbor was not told"

    # Helpers ----------------------------------------------------------------------------------------------------------

    def _stranger(self, step: Step) -> Stranger | None:
        choice = step.byte()
        return self.strangers[choice % len(self.strangers)] if self.strangers else None

    def _speaker(self, step: Step, stranger: Stranger) -> Speaker:
        return Speaker(step, stranger, self.known, self.node.peer_time)

    def _asked(self, work: Callable[..., object], *args: object, **options: object) -> bool:
        """The application asks for something; whether it was done."""
        try:
            self.node.do(work, *args, **options)
        except REFUSALS:
            return False
        self.net.deliver_all()
        return True


def node(data: bytes) -> None:
    """Steps (``fuzz.steps``); the first one says how the node begins."""
    whole = steps(data)
    story = Story(next(whole, Step(b"")))
    try:
        for step in whole:
            story.take(step)
        story.end()
    finally:
        story.graph.database.close()
        story.friend.graph.database.close()
        story.files.clear()


TARGETS: dict[str, Callable[[bytes], None]] = {"node": node}
