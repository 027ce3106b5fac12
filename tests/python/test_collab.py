"""Who is there, from Python: two people of two home folders on one machine, under both loops."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import peerapi
from peerapi import ChangeKind, PresenceStatus, Signin, errors
from peerapi.collab.events import CollabEventType
from peerapi.python import hosts
from peerapi.python.invitations import Invitations
from peerapi.python.people_values import TYPES
from peerapi.reach.netcheck import Home
from tests.python.conftest import Run
from tests.python.loops import both, cancelled
from tests.support.collab import host_process, is_gone, stop_host, wait_until
from tests.support.ports import free_range

DRAW, THING, NOWHERE = UUID(int=31), UUID(int=32), UUID(int=33)
As = Callable[[str], None]


@pytest.fixture
def user(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[As]:
    """Makes what follows the doing of that user."""
    monkeypatch.setenv("PEERAPI_COLLAB_PORT", str(free_range()))
    monkeypatch.setenv("PEERAPI_ALL_USERS", str(tmp_path / "all"))

    def become(name: str) -> None:
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / name))

    become("ann")
    yield become
    for name in ("ann", "ben"):
        stop_host(tmp_path / name)


class Pair:
    """Ann and Ben, both signed in, each a contact of the other's."""

    ann: peerapi.SignedIn
    ben: peerapi.SignedIn
    ben_to_ann: peerapi.Contact
    ben_near: peerapi.Person


async def met(user: As) -> Pair:
    pair = Pair()
    pair.ann = await peerapi.sign_in()
    ann_xml = await peerapi.export_contact()
    with pair.ann.events(peerapi.PeopleChange) as news:
        user("ben")
        await peerapi.update_contact(await peerapi.me(), nickname="Ben")
        pair.ben = await peerapi.sign_in()
        await peerapi.add_contact(ann_xml, may_watch=True, watch=True)
        ben_xml = await peerapi.export_contact()
        user("ann")
        pair.ben_to_ann = await peerapi.add_contact(ben_xml, may_watch=True, watch=True)
        async for change in news:
            if change.person is not None:
                assert change.kind is ChangeKind.ADDED
                pair.ben_near = change.person
                break
    assert pair.ben_near.nickname == "Ben"
    return pair


async def left(pair: Pair) -> None:
    await pair.ann.aclose()
    await pair.ben.aclose()
    await pair.ben.aclose()
    assert pair.ann.closed


def test_contacts_need_no_sign_in(run: Run, user: As, tmp_path: Path) -> None:
    async def main() -> None:
        user("ben")
        renamed = await peerapi.update_contact(await peerapi.me(), nickname="Ben", email="ben@example.org")
        document = await peerapi.export_contact()
        assert peerapi.parse_contact(document).nickname == "Ben"
        user("ann")
        assert await peerapi.contacts() == []
        added = await peerapi.add_contact(document)
        assert (added.name, added.email) == (renamed.name, "ben@example.org")
        assert (added.watch, added.may_watch) == (False, False)
        with pytest.raises(errors.AlreadyExists):
            await peerapi.add_contact(document)
        changed = await peerapi.update_contact(added, may_watch=True, display_name="Benjamin")
        assert await peerapi.contacts() == [changed]
        assert (changed.may_watch, changed.display_name, changed.nickname) == (True, "Benjamin", "Ben")
        assert peerapi.parse_contact(await peerapi.export_contact(added.name)).name == added.name
        await peerapi.delete_contact(changed)
        assert await peerapi.contacts() == []
        with pytest.raises(errors.ContactNotFound):
            await peerapi.delete_contact(added.name)
        with pytest.raises(errors.InvalidArgument):
            await peerapi.add_contact("<nonsense/>")
        assert (host_process(tmp_path / "ann"), host_process(tmp_path / "ben")) == (None, None)

    run(main)


def test_two_people_see_each_other_and_what_changes(run: Run, user: As) -> None:
    async def main() -> None:
        pair = await met(user)
        ann, ben, there = pair.ann, pair.ben, pair.ben_near
        assert [one.nickname for one in await ann.people()] == ["Ben"]
        with pytest.raises(errors.NotFound):
            await ann.presence(there)
        await ben.set_presence(PresenceStatus.AWAY, "in the garden")
        await ann.subscribe(there)
        assert await ann.presence(there) == peerapi.Presence(PresenceStatus.AWAY, "in the garden")
        assert peerapi.parse_contact(await ann.contact_xml(there)).name == pair.ben_to_ann.name
        assert [one.address for one in await ann.endpoints(pair.ben_to_ann)] == [there.endpoint.address]

        with ann.events(peerapi.PresenceChange, peerapi.ObjectChange) as news:
            await ben.set_presence(PresenceStatus.BUSY)
            change: Any = await anext(news)
            assert (change.kind, change.presence) == (ChangeKind.UPDATED, peerapi.Presence(PresenceStatus.BUSY, ""))
            assert change.contact is not None
            assert change.contact.name == pair.ben_to_ann.name
            await ben.set_object(THING, "roses")
            change = await anext(news)
            assert change.object == peerapi.PublishedObject(THING, b"roses", Signin.ALL)
            assert await ann.objects(there) == [change.object]
            await ben.delete_object(THING)
            change = await anext(news)
            assert change.kind is ChangeKind.DELETED
            await ben.aclose()
            async for change in news:
                if isinstance(change, peerapi.PresenceChange):
                    break
            assert change.kind is ChangeKind.DELETED
        await ann.unsubscribe(there)
        with pytest.raises(errors.InvalidArgument):
            await ann.unsubscribe(there)
        with pytest.raises(errors.ConnectionFailed):
            await ann.subscribe(there)
        with pytest.raises(errors.InvalidArgument):  # which has failed, and is none
            await ann.unsubscribe(there)
        await left(pair)

    run(main)


def test_who_may_not_watch_is_shown_nothing(run: Run, user: As) -> None:
    async def main() -> None:
        pair = await met(user)
        await pair.ann.refresh(pair.ben_near)
        user("ben")
        (ann_to_ben,) = await peerapi.contacts()
        await peerapi.update_contact(ann_to_ben, may_watch=False)
        user("ann")
        with pytest.raises(errors.ConnectionFailed):
            await pair.ann.refresh(pair.ben_near)
        await left(pair)

    run(main)


def test_invitations_are_accepted_declined_and_withdrawn(run: Run, user: As, tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = tmp_path / "draw"
    script.write_text(f'#!/bin/sh\nenv > "{started}.new"\nmv "{started}.new" "{started}"\n')
    script.chmod(0o700)

    async def main() -> None:
        pair = await met(user)
        ann, ben, there = pair.ann, pair.ben, pair.ben_near
        user("ben")
        await peerapi.register_application(DRAW, "Drawing", script, data="v1")
        assert [one.description for one in await peerapi.registered_applications()] == ["Drawing"]
        user("ann")
        await ann.refresh(there)
        assert await ann.applications(there) == [peerapi.Application(DRAW, "Drawing", b"v1")]
        assert await ann.invite(there, NOWHERE) is False  # nobody is asked about what is not there

        for answer in (False, True):

            async def ask(wanted: bool = answer) -> None:
                assert await ann.invite(there, DRAW, contact=pair.ben_to_ann, message="Come") is wanted

            async def answers(wanted: bool = answer) -> None:
                with ben.invitations() as invitations:
                    async for invitation in invitations:
                        assert (invitation.description, invitation.message) == ("Drawing", "Come")
                        assert (invitation.is_contact, invitation.application) == (True, DRAW)
                        await (invitation.accept() if wanted else invitation.decline())
                        with pytest.raises(errors.NotFound):
                            await invitation.accept()
                        break

            await both(ask, answers)
            if not answer:
                assert not started.exists()
        wait_until(started.exists)
        variables = dict(line.partition("=")[::2] for line in started.read_text().splitlines())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PEERAPI_LAUNCH", variables["PEERAPI_LAUNCH"])
            user("ben")
            info = await peerapi.launch_info()
        assert info is not None
        assert (info.application, info.message) == (DRAW, "Come")
        assert await peerapi.launch_info() is None
        user("ann")

        invitations = ben.invitations()

        async def invite() -> object:
            return await ann.invite(there, DRAW)

        async def until_it_came() -> object:
            return await anext(invitations)

        assert await cancelled(invite, until_it_came)
        user("ben")
        await peerapi.unregister_application(DRAW)
        assert await peerapi.registered_applications() == []
        await left(pair)
        assert [one async for one in invitations] == []

    run(main)


def test_who_closes_its_invitations_leaves_the_next_ones_to_the_desktop(
    run: Run, user: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, folder = tmp_path / "shown", tmp_path / "bin"
    folder.mkdir()
    (folder / "notify-send").write_text(f"#!/bin/sh\necho >> {shown}\n")
    (folder / "notify-send").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")

    async def main() -> None:
        pair = await met(user)
        user("ben")
        await peerapi.register_application(DRAW, "Drawing", "/bin/true")
        user("ann")
        other = pair.ben.invitations()

        async def ask() -> None:
            assert await pair.ann.invite(pair.ben_near, DRAW) is False

        async def declines(stream: Invitations) -> None:
            await (await anext(stream)).decline()

        await both(ask, lambda: declines(other))
        assert not shown.exists()
        second = pair.ben.invitations()

        await both(ask, lambda: declines(second))
        with pytest.raises(errors.NotFound):
            await declines(other)  # which was told of it, too
        await second.aclose()
        await both(ask, lambda: declines(other))  # which attends still
        assert not shown.exists()
        await other.aclose()
        await other.aclose()

        async def desktop_tells() -> None:
            await hosts.current().in_thread(lambda: wait_until(shown.exists))
            await declines(pair.ben.invitations())

        await both(ask, desktop_tells)
        await left(pair)

    run(main)


def test_the_network_is_looked_at(run: Run, user: As) -> None:
    async def main() -> None:
        found = await peerapi.check_network(ask_routers=False)
        assert found.kind in {home.value for home in Home}
        assert found.sentence
        assert found.reached_directly == (found.sentence == "others reach you directly")

    run(main)


def test_a_sign_in_ends_with_its_block_and_leaves_what_it_has_found(run: Run, user: As) -> None:
    async def main() -> None:
        async with peerapi.sign_in() as first:
            assert await first.scope() == Signin.NEAR_ME
            async with peerapi.sign_in(Signin.ALL) as second:
                assert await first.scope() == Signin.ALL
                await second.set_object(THING, b"x")
                assert len(await first.objects()) == 1
                objects = first.events(peerapi.ObjectChange)
            assert await first.scope() == Signin.NEAR_ME
            assert (await anext(objects)).kind is ChangeKind.DELETED
            assert await first.objects() == []
            changes = first.events(peerapi.PeopleChange)
        assert [one async for one in changes] == [peerapi.PeopleChange(ChangeKind.DELETED, None)]
        with pytest.raises(errors.NotSignedIn):
            await first.people()
        with pytest.raises(errors.NotSignedIn):
            first.events()
        async with peerapi.sign_in(stay=True):
            pass
        async with peerapi.sign_in() as found:
            await found.set_name("desk")
            assert await found.name() == "desk"
        async with peerapi.sign_in(Signin.INTERNET) as still:
            assert await still.scope() == Signin.ALL

    run(main)


def test_the_end_of_the_host_ends_the_streams(run: Run, user: As, tmp_path: Path) -> None:
    async def main() -> None:
        me = await peerapi.sign_in()
        changes, invitations = me.events(peerapi.PresenceChange), me.invitations()
        process = host_process(tmp_path / "ann")
        stop_host(tmp_path / "ann")
        assert process is not None
        assert is_gone(process)
        assert [one.kind async for one in changes] == [ChangeKind.DELETED]
        with pytest.raises(errors.NotSignedIn):
            await anext(invitations)
        with pytest.raises(errors.NotSignedIn):
            await me.set_presence(PresenceStatus.BUSY)
        await me.aclose()

    run(main)


def test_a_stream_that_nobody_holds_is_let_go(run: Run, user: As) -> None:
    async def main() -> None:
        async with peerapi.sign_in() as me:
            held = me.events(peerapi.PresenceChange)
            lost = me.events()
            mailbox = lost._mailbox
            assert mailbox in me._feed._mailboxes
            del lost
            await me.set_presence(PresenceStatus.IDLE)
            assert (await anext(held)).presence == peerapi.Presence(PresenceStatus.IDLE, "")
            assert mailbox not in me._feed._mailboxes

    run(main)


def test_a_reader_that_is_too_slow_is_told(run: Run, user: As) -> None:
    async def main() -> None:
        async with peerapi.sign_in() as me:
            changes = me.events(peerapi.PresenceChange, limit=1)
            for status in (PresenceStatus.IDLE, PresenceStatus.BUSY):
                await me.set_presence(status)
            await anext(changes)
            with pytest.raises(peerapi.ChangesLost):
                await anext(changes)

    run(main)


Call = Callable[[Any], Any]
PLACE = peerapi.Endpoint(peerapi.Address(bytes(15) + b"\x01", 9), "")
WRONG: dict[str, tuple[type[Exception], str, Call]] = {
    "a scope by number": (TypeError, "scope is a peerapi.Signin", lambda _: peerapi.sign_in(1)),
    "no scope": (ValueError, "scope is Signin.NEAR_ME", lambda _: peerapi.sign_in(Signin.NONE)),
    "stay in words": (TypeError, "stay is a bool", lambda _: peerapi.sign_in(stay="yes")),
    "a contact of bytes": (TypeError, "document is a str", lambda _: peerapi.add_contact(b"<x/>")),
    "watching by number": (TypeError, "watch is a bool", lambda _: peerapi.add_contact("<x/>", watch=1)),
    "a contact by number": (TypeError, "contact is a peerapi.Contact", lambda _: peerapi.delete_contact(5)),
    "half a name": (ValueError, "half a character", lambda _: peerapi.update_contact("x", nickname="\ud800")),
    "a permission": (TypeError, "may_watch is a bool", lambda _: peerapi.update_contact("x", may_watch=2)),
    "an export of a number": (TypeError, "contact is", lambda _: peerapi.export_contact(5)),
    "parsing nothing": (TypeError, "document is a str", lambda _: peerapi.parse_contact(None)),
    "an application": (TypeError, "id is a uuid.UUID", lambda _: peerapi.register_application("x", "y", "/z")),
    "no path": (ValueError, "path is no path", lambda _: peerapi.register_application(DRAW, "y", "")),
    "no ID": (TypeError, "id is a uuid.UUID", lambda _: peerapi.unregister_application(5)),
    "a status by number": (TypeError, "status is a peerapi.PresenceStatus", lambda me: me.set_presence(5)),
    "a text with a zero": (ValueError, "character 0", lambda me: me.set_presence(PresenceStatus.IDLE, "a\0")),
    "offline": (errors.InvalidArgument, "offline", lambda me: me.set_presence(PresenceStatus.OFFLINE)),
    "a name": (TypeError, "name is a str", lambda me: me.set_name(5)),
    "data": (TypeError, "data is bytes", lambda me: me.set_object(THING, 5)),
    "no data": (errors.InvalidArgument, "without data", lambda me: me.set_object(THING, b"")),
    "an object's scope": (TypeError, "scope is a", lambda me: me.set_object(THING, b"x", scope=3)),
    "an object by name": (TypeError, "id is a uuid.UUID", lambda me: me.delete_object("x")),
    "an endpoint": (TypeError, "endpoint is a peerapi.Endpoint", lambda me: me.subscribe("::1")),
    "presence of a name": (TypeError, "endpoint is a peerapi.Endpoint", lambda me: me.presence("Ben")),
    "endpoints of a number": (TypeError, "contact is", lambda me: me.endpoints(5)),
    "events": (TypeError, "classes of events", lambda me: me.events("presence")),
    "events of a graph": (TypeError, "classes of events", lambda me: me.events(peerapi.Change)),
    "a limit": (ValueError, "limit is from 1", lambda me: me.invitations(limit=0)),
    "an invitation": (TypeError, "application is a uuid.UUID", lambda me: me.invite(PLACE, "draw")),
    "a message": (TypeError, "message is a str", lambda me: me.invite(PLACE, DRAW, message=5)),
    "nobody there": (errors.NotFound, ".", lambda me: me.invite(PLACE, DRAW)),
}


def test_wrong_arguments_are_named(run: Run, user: As) -> None:
    async def main() -> None:
        async with peerapi.sign_in() as me:
            for name, (kind, sentence, call) in WRONG.items():
                with pytest.raises(kind, match=sentence):
                    found = call(me)
                    if inspect.isawaitable(found):
                        await found
                    raise AssertionError(f"{name} is taken")

    run(main)


def test_an_event_of_every_type_has_a_class() -> None:
    named = {type_ for types in TYPES.values() for type_ in types}
    assert named | {CollabEventType.REQUEST_STATUS_CHANGED} == set(CollabEventType)
