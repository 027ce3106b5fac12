"""The bytes of values: what is written is read again, and nothing else is read without complaint."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.collab import events, forms, local, values
from peerapi.collab.events import CollabEvent, CollabEventType
from peerapi.collab.fields import Data, Field, Fixed, Flag, List, Malformed, Number, Optional, Text, decode, encode
from peerapi.collab.forms import ENDPOINT

SAFE = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXT = st.text(SAFE, max_size=100)
GUID = st.binary(min_size=16, max_size=16)
DATA = st.binary(max_size=50)
ADDRESS = st.builds(
    Address, st.binary(min_size=16, max_size=16), st.integers(0, 65535), st.just(0), st.integers(0, 2**32 - 1)
)
ENDPOINTS = st.builds(values.Endpoint, ADDRESS, TEXT)
CONTACTS = st.builds(values.Contact, TEXT, TEXT, TEXT, TEXT, st.booleans(), st.sampled_from(values.Permission), DATA)
PRESENCES = st.builds(values.Presence, st.sampled_from(values.Status), st.none() | TEXT)
APPLICATIONS = st.builds(values.Application, GUID, DATA, TEXT)
ITEMS = st.builds(values.Item, GUID, DATA, st.integers(0, 3))
PERSONS = st.builds(values.Person, TEXT, ENDPOINTS, GUID)
INVITATIONS = st.builds(values.Invitation, GUID, DATA, TEXT)
FORMS: dict[str, tuple[Field[Any], st.SearchStrategy[Any]]] = {
    "contact": (forms.CONTACT, CONTACTS),
    "endpoint": (forms.ENDPOINT, ENDPOINTS),
    "person": (forms.PERSON, PERSONS),
    "presence": (forms.PRESENCE, PRESENCES),
    "item": (forms.ITEM, ITEMS),
    "registration": (
        forms.REGISTRATION,
        st.builds(values.Registration, APPLICATIONS, TEXT, TEXT, st.integers(0, 3)),
    ),
    "launch": (forms.LAUNCH_INFO, st.builds(values.LaunchInfo, st.none() | CONTACTS, ENDPOINTS, INVITATIONS)),
    "endpoints": (List(ENDPOINT, 50), st.lists(ENDPOINTS, max_size=3).map(tuple)),
}
CHANGES = st.sampled_from(events.Change)
WHERE = (st.none() | CONTACTS, st.none() | ENDPOINTS)
CONTENTS: dict[CollabEventType, st.SearchStrategy[Any]] = {
    CollabEventType.WATCHLIST_CHANGED: st.builds(events.WatchlistChanged, CONTACTS, CHANGES),
    CollabEventType.PEOPLE_NEAR_ME_CHANGED: st.builds(events.PeopleChanged, CHANGES, st.none() | PERSONS),
    CollabEventType.REQUEST_STATUS_CHANGED: st.builds(
        events.RequestStatusChanged, ENDPOINTS, st.integers(0, 2**32 - 1)
    ),
}
for _type in CollabEventType:
    if "ENDPOINT_CHANGED" in _type.name:
        CONTENTS[_type] = st.builds(events.EndpointChanged, *WHERE)
    elif "PRESENCE" in _type.name:
        CONTENTS[_type] = st.builds(events.PresenceChanged, *WHERE, CHANGES, st.none() | PRESENCES)
    elif "APPLICATION" in _type.name:
        CONTENTS[_type] = st.builds(events.ApplicationChanged, *WHERE, CHANGES, APPLICATIONS)
    elif "OBJECT" in _type.name:
        CONTENTS[_type] = st.builds(events.ItemChanged, *WHERE, CHANGES, ITEMS)


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
def test_what_is_written_is_read_again(name: str, data: st.DataObject) -> None:
    form, strategy = FORMS[name]
    value = data.draw(strategy)
    assert decode(form, encode(form, value)) == value


@pytest.mark.parametrize("type_", CollabEventType)
@given(data=st.data())
def test_every_event_is_read_again(type_: CollabEventType, data: st.DataObject) -> None:
    event = CollabEvent(type_, data.draw(CONTENTS[type_]))
    assert decode(events.EVENT, encode(events.EVENT, event)) == event


@pytest.mark.parametrize("name", FORMS)
@given(data=st.data(), junk=st.binary(max_size=200))
def test_junk_is_malformed_and_never_anything_else(name: str, data: st.DataObject, junk: bytes) -> None:
    form, strategy = FORMS[name]
    whole = encode(form, data.draw(strategy))
    at = data.draw(st.integers(0, len(whole)))
    for bad in (junk, whole[:at] + junk, whole + b"\0"):
        try:
            assert encode(form, decode(form, bad)) == bad, "two encodings of one value"
        except Malformed:
            continue


@pytest.mark.parametrize(
    ("field", "data"),
    [
        (Flag(), b"\2"),
        (Number(1, (1, 2)), b"\3"),
        (Number(4), b"\0\0\0"),
        (Fixed(2), b"\0"),
        (Data(3), b"\0\0\0\4abcd"),
        (Data(3), b"\xff\xff\xff\xff"),
        (Text(3), b"\0\4abcd"),
        (Text(3), b"\xff\xff"),
        (Text(3), b"\0\1\xff"),
        (Text(3), b"\0\3\xed\xa0\x80"),  # half of a pair
        (Text(3), b"\0\1\0"),
        (Text(3), b"\0\1\x1b"),
        (Text(3), b"\0\1\n"),
        (Text(3, lines=True), b"\0\1\x07"),
        (Text(3, lines=True), b"\0\3\xef\xbf\xbf"),
        (Optional(Flag()), b"\2\1"),
        (List(Flag(), 2), b"\0\3\1\1\1"),
        (events.EVENT, b"\x0c"),
    ],
)
def test_each_limit_is_kept(field: Field[Any], data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(field, data)


# ---- frames of the local language ----


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 2**32 - 1), st.binary(max_size=40))), st.randoms())
def test_frames_may_end_anywhere(frames: list[tuple[int, int, bytes]], random: Any) -> None:
    stream = b"".join(local.frame(*one) for one in frames)
    reader, found, at = local.Frames(), [], 0
    while at < len(stream):
        step = random.randint(1, 9)
        found += reader.feed(stream[at : at + step])
        at += step
    assert found == [local.Frame(*one) for one in frames]


@pytest.mark.parametrize("size", [0, 4, local.MAX_FRAME + 1, 0xFFFFFFFF])
def test_a_frame_of_an_impossible_length_is_not_waited_for(size: int) -> None:
    with pytest.raises(Malformed):
        local.Frames().feed(size.to_bytes(4, "big") + bytes(5))


def test_an_answer_is_a_value_or_a_reason() -> None:
    assert local.read_answer(local.OPTIONS, bytes(4) + b"\0\0\0\3") == 3
    refused = local.Frames().feed(local.refused(7, 0x80070057, "line\nbreak"))[0]
    assert (refused.kind, refused.request) == (local.REPLY, 7)
    assert local.read_answer(local.OPTIONS, refused.body) == local.Failed(0x80070057, "linebreak")
    with pytest.raises(Malformed):
        local.read_answer(local.OPTIONS, bytes(4) + b"\0\0\0\3\0")
    with pytest.raises(Malformed):
        local.read_told(0x7F, b"")
