"""Which records are taken and which are dropped without a word (3.1.7.27, 2.2.1.9, 2.2.3.5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.flooding_facts import fresh
from peerapi.conformance_wire.ppgrh.link import ME, connected
from peerapi.conformance_wire.ppgrh.records import DELETED, SECOND, Record, changed, new_id, new_record

Made = Callable[[Record], Record | bytes]


def _dropped(make: Made, bench: Bench) -> None:
    """Neither acknowledged nor passed on nor stored, and the link goes on."""
    with connected(bench) as link, connected(bench) as other:
        good = fresh(link)
        bad, marker = make(fresh(link)), fresh(link)
        raw = bad if isinstance(bad, bytes) else bad.encode()
        link.flood(raw, marker)
        acked = link.acked(marker)
        expect(set(acked) == {marker.id}, "it is acknowledged")
        other.expect(messages.FLOOD, lambda one: marker.id.bytes in one)
        passed = [one for one in other.skipped if messages.kind_of(one) == messages.FLOOD and raw[:32] in one]
        same(len(passed), 0, "the number of FLOODs to another neighbor")
        same(good.graph, bench.target.graph)


def _taken(make: Callable[[Record], Record], bench: Bench) -> None:
    with connected(bench) as link:
        record = make(fresh(link))
        link.flood(record)
        same(link.acked(record)[record.id], 1, "Useful")
        same(link.stored(record), record)


def _by(creator: str) -> Callable[[Record], Record]:
    return lambda one: one.but(creator=creator, id=new_id(creator))


def _text(at: int, raw: bytes) -> Callable[[Record], bytes]:
    """Bytes of the record replaced, from ``at`` on."""
    return lambda one: one.encode()[:at] + raw + one.encode()[at + len(raw) :]


INVALID: dict[str, Made] = {
    "whose data is 89 bytes": lambda one: one.encode()[:89],
    "whose data is 4 bytes": lambda one: one.encode()[:4],
    "that lacks its last byte": lambda one: one.encode()[:-1],
    "that is cut in its middle": lambda one: one.encode()[: len(one.encode()) // 2],
    "whose Creator ID Length is 0": lambda one: one.encode()[:40] + bytes(4) + one.encode()[44 + 2 * len(ME) + 2 :],
    "whose Creator ID is empty": _by(""),
    "whose Creator ID Length is 257": _by("c" * 256),
    "whose Creator ID Length is 2^32 - 1": _text(40, b"\xff\xff\xff\xff"),
    "whose Record ID has not the hash of its creator": lambda one: one.but(id=uuid4()),
    "whose Record ID has the hash of another creator": lambda one: one.but(id=new_id("somebody else")),
    "whose Last Modified By ID Length is 257": lambda one: changed(one, "m" * 256),
    "whose Last Modified By ID Length is 1": lambda one: changed(one, ""),
    "whose Expiration Time is its Last Modification Time": lambda one: one.but(expires=one.modified),
    "whose Expiration Time is before its Last Modification Time": lambda one: one.but(expires=one.modified - 1),
    "whose Last Modification Time is before its Creation Time": lambda one: changed(one, ME, modified=one.created - 1),
    "whose Graph ID is another": lambda one: one.but(graph=one.graph + "x"),
    "whose Graph ID is empty": lambda one: one.but(graph=""),
    "whose Graph ID is too long": lambda one: one.but(graph="g" * 256),
    "whose Protocol Version is 0x0000": lambda one: one.but(protocol=0),
    "whose Protocol Version is 0x0010": lambda one: one.but(protocol=0x0010),
    "whose Protocol Version is 0x0101": lambda one: one.but(protocol=0x0101),
    "whose Protocol Version is 0x0200": lambda one: one.but(protocol=0x0200),
    "that is deleted and has a payload": lambda one: changed(one, ME, flags=DELETED),
    "that was modified by somebody at its Creation Time": lambda one: one.but(version=2, modified_by=ME),
}
for what, make in INVALID.items():
    PPGRH.add("3.1.7.27", f"a record {what} is dropped, and the link goes on", partial(_dropped, make))


def _fixed_id(bench: Bench) -> None:
    """An application's record under the ID of the graph info record would take its place."""
    _dropped(lambda one: one.but(id=UUID("6c796768-7732-406b-bc6e-5e9c0d864580")), bench)


PPGRH.add("3.1.7.27", "a record of an application under the ID of graph info is dropped", _fixed_id)

TAKEN: dict[str, tuple[str, Callable[[Record], Record]]] = {
    "with a Creator ID Length of 2": ("3.1.7.27", _by("c")),
    "with a Creator ID Length of 256": ("3.1.7.27", _by("c" * 255)),
    "with a Creator ID that is not ASCII": ("3.1.7.27", _by("J\u00fcrgen \u2603")),
    "with a Creator ID beyond the first plane": ("3.1.7.27", _by("\U0001f600")),
    "with a Last Modified By ID Length of 2": ("3.1.7.27", lambda one: changed(one, "m")),
    "with a Last Modified By ID Length of 256": ("3.1.7.27", lambda one: changed(one, "m" * 255)),
    "that was modified at its Creation Time by nobody, in version 7": ("3.1.7.27", lambda one: one.but(version=7)),
    "with an Expiration Time an hour after its modification": ("3.1.7.27", lambda one: one),
    "with an Expiration Time in the next century": (
        "3.1.7.27",
        lambda one: one.but(expires=one.modified + 100 * 31_536_000 * SECOND),
    ),
    "without payload": ("2.2.1.9", lambda one: one.but(payload=b"")),
    "with a payload of one byte": ("2.2.1.9", lambda one: one.but(payload=b"\0")),
    "with a payload of 1,000,000 bytes": ("2.2.1.9", lambda one: one.but(payload=bytes(1_000_000))),
    "with Security Data": ("2.2.1.9", lambda one: one.but(security=b"sec")),
    "of version 2^32 - 1": ("2.2.1.9", lambda one: changed(one, ME, version=2**32 - 1)),
    "made a day ago": (
        "2.2.1.9",
        lambda one: one.but(created=one.created - 86_400 * SECOND, modified=one.modified - 86_400 * SECOND),
    ),
}
for what, (section, made) in TAKEN.items():
    PPGRH.add(section, f"a record {what} is taken and told as it came", partial(_taken, made))


@PPGRH.fact("3.1.6.7", "a record that has expired already is not told to who asks")
def _expired(bench: Bench) -> None:
    with connected(bench) as link:
        hour = 3600 * SECOND
        record = fresh(link)
        gone = record.but(
            created=record.created - 2 * hour, modified=record.modified - 2 * hour, expires=record.expires - 2 * hour
        )
        marker = new_record(bench.target.graph, ME, gone.type, link.peer_time)
        link.flood(gone, marker)
        link.acked(marker)
        same([one.id for one in link.collect(messages.solicit_new([gone.type]))], [marker.id], "what is told")


# ---- attributes ----


def _xml(*pairs: tuple[str, str, str]) -> str:
    inside = "".join(f'<attribute name="{name}" type="{type}">{value}</attribute>' for name, type, value in pairs)
    return f"<attributes>{inside}</attributes>"


GOOD_XML = {
    "a string": _xml(("Owner", "string", "Scott")),
    "an empty string": _xml(("Owner", "string", "")),
    "an int": _xml(("Priority", "int", "1")),
    "an int of twenty digits": _xml(("Priority", "int", "12345678901234567890")),
    "a date": _xml(("Birthday", "date", "1972-04-04")),
    "a date with a time": _xml(("Birthday", "date", "1972-04-04T10:20:30Z")),
    "a name of 40 characters": _xml(("n" * 40, "string", "x")),
    "a name of digits": _xml(("0123456789", "string", "x")),
    "one name twice": _xml(("keyword", "string", "a"), ("keyword", "string", "b")),
    "the published example": _xml(
        ("Owner", "string", "Scott"), ("Birthday", "date", "1972-04-04"), ("Priority", "int", "1")
    ),
}
BAD_XML = {
    "a name of 41 characters": _xml(("n" * 41, "string", "x")),
    "an empty name": _xml(("", "string", "x")),
    "a name with a space": _xml(("a b", "string", "x")),
    "a name with a hyphen": _xml(("a-b", "string", "x")),
    "a name that is not ASCII": _xml(("\u00e4", "string", "x")),
    "another type": _xml(("a", "float", "1")),
    "no type": '<attributes><attribute name="a">x</attribute></attributes>',
    "no name": '<attributes><attribute type="string">x</attribute></attributes>',
    "an int with a letter": _xml(("a", "int", "1x")),
    "an int without a digit": _xml(("a", "int", "")),
    "an int with a sign": _xml(("a", "int", "-1")),
    "a date that is none": _xml(("a", "date", "yesterday")),
    "a thirteenth month": _xml(("a", "date", "1972-13-04")),
    "another element": "<attributes><other/></attributes>",
    "another root": "<other/>",
    "an element that is not closed": '<attributes><attribute name="a" type="string">x</attributes>',
    "text that is no XML": "Owner=Scott",
    **{
        f"the reserved name {name}": _xml((name, "string", "x"))
        for name in (
            "peerlastmodifiedby",
            "peercreatorid",
            "peerlastmodificationtime",
            "peerrecordid",
            "peerrecordtype",
            "peercreationtime",
        )
    },
}


def _with_attributes(xml: str, one: Record) -> Record:
    return one.but(attributes=xml)


for what, xml in GOOD_XML.items():
    PPGRH.add("2.2.3.5", f"attributes with {what} are taken", partial(_taken, partial(_with_attributes, xml)))
for what, xml in BAD_XML.items():
    PPGRH.add(
        "2.2.3.5",
        f"a record whose attributes have {what} is dropped",
        partial(_dropped, partial(_with_attributes, xml)),
    )
