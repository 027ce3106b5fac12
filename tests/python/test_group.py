"""Groups through the Python API: founding, inviting, joining, members, roles, revocation; under trio and asyncio."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

import peerapi
from peerapi import Draft, Group, MemberChange, MemberChangeKind, Role, Status, errors, where
from peerapi.api import group_family
from tests.python.conftest import Run
from tests.python.graphs import NOTE
from tests.support.ports import free_ports

LOOPBACK = "Loopback_"
PASSWORD = "open sesame"


@pytest.fixture(autouse=True)
def _no_group_is_left() -> Iterator[None]:
    yield
    assert not group_family.GROUP.ready
    assert group_family.groups()._open == {}


async def founded(stack: AsyncExitStack, **options: object) -> Group:
    """Ann's group, which is online."""
    ann = await peerapi.create_identity("Ann")
    made = peerapi.create_group("Card", identity=ann.name, cloud=LOOPBACK, **options)  # type: ignore[arg-type]
    group = await stack.enter_async_context(made)
    await group.connect()
    return group


async def joined(stack: AsyncExitStack, group: Group, name: str = "Ben", *roles: Role) -> Group:
    """Somebody who was invited and has come."""
    identity = await peerapi.create_identity(name)
    invitation = await group.invite(await peerapi.identity_info(identity.name), roles=roles or (Role.MEMBER,))
    other = await stack.enter_async_context(peerapi.join_group(invitation, identity=identity.name))
    await other.connect(group.addresses[0])
    return other


# ---- coming together ----


def test_who_was_invited_joins_and_shares_the_records(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            note = await ann.add(NOTE, "hello", attributes={"Owner": "Ann"})
            ben = await joined(stack, ann)
            assert (await ben.get(note)).text == "hello"
            assert [record.id for record in await ben.search(where("Owner", "==", "Ann"))] == [note]
            with ann.changes(NOTE) as changes:
                answer = await ben.add(NOTE, "and hello")
                change = await anext(changes)
                record = await change.record()
                assert record is not None
                assert (change.id, record.text, record.creator) == (answer, "and hello", ben.identity)
            assert (ben.name, ben.friendly_name) == (ann.name, "Card")
            assert Status.HAS_CONNECTIONS in ann.status & ben.status

    run(main)


def test_a_member_listens_where_it_prefers_to_or_elsewhere_when_that_is_taken(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            identity = await peerapi.create_identity("Ann")
            made = peerapi.create_group("Card", identity=identity.name, cloud=LOOPBACK)
            ann = await stack.enter_async_context(made)
            (port,) = free_ports(1)
            ann.prefer_port(port)
            assert (await ann.connect())[0].port == port
            made = peerapi.create_group("Another", identity=identity.name, cloud=LOOPBACK)
            another = await stack.enter_async_context(made)
            with socket.socket(socket.AF_INET6) as taken:
                taken.bind(("::1", 0))
                taken.listen()
                another.prefer_port(taken.getsockname()[1])
                assert (await another.connect())[0].port != taken.getsockname()[1]
            with pytest.raises(errors.InvalidArgument):
                ann.prefer_port(65536)

    run(main)


def test_members_find_each_other_by_the_name_of_the_group(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            identity = await peerapi.create_identity("Ben")
            invitation = await ann.invite(await peerapi.identity_info(identity.name))
            ben = await stack.enter_async_context(peerapi.join_group(invitation, identity=identity.name))
            with ben.events(peerapi.StatusChange) as news:
                with contextlib.suppress(errors.NotFound):  # the name may not be published yet: it goes on looking
                    await ben.connect()
                while Status.HAS_CONNECTIONS not in ben.status:
                    await anext(news)
            assert [one.peer for one in ben.connections()] == [ann.identity]

    run(main)


def test_who_knows_the_password_joins(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack, password=PASSWORD)
            invitation = await ann.invite_by_password()
            assert peerapi.parse_invitation(invitation).needs_password
            ben = await peerapi.create_identity("Ben")
            joining = peerapi.join_group(invitation, identity=ben.name, password="wrong")
            group = await stack.enter_async_context(joining)
            with pytest.raises(errors.ConnectionNotAuthenticated):
                await group.connect(ann.addresses[0])
            await group.try_password(PASSWORD)
            await group.connect(ann.addresses[0])
            await group.add(NOTE, "hello")
            assert {member.friendly_name for member in group.members()} == {"Ann", "Ben"}

    run(main)


def test_a_group_is_opened_again_by_its_name(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            note = await ann.add(NOTE, "kept")
            name, identity = ann.name, ann.identity
        assert await peerapi.groups_of(identity) == [(name, "Card")]
        async with peerapi.open_group(name, identity=identity) as again:
            await again.wait_ready()
            assert (await again.get(note)).text == "kept"
        await peerapi.delete_group(name, identity=identity)
        with pytest.raises(errors.NotFound):
            await peerapi.open_group(name, identity=identity)
        await peerapi.delete_identity(identity)
        assert await peerapi.identities() == []

    run(main)


def test_the_first_group_makes_an_identity(run: Run) -> None:
    async def main() -> None:
        async with peerapi.create_group("Card", cloud=LOOPBACK) as group:
            (identity,) = await peerapi.identities()
            assert group.identity == identity.name

    run(main)


def test_nobody_there_is_an_error(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            place = ann.addresses[0]
            ben = await joined(stack, ann)
            await ben.aclose()
            await ann.aclose()
            again = await stack.enter_async_context(peerapi.open_group(ben.name, identity=ben.identity))
            with pytest.raises(errors.ConnectionFailed):
                await again.connect(place)

    run(main)


def test_a_stranger_does_not_get_in(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await peerapi.create_identity("Ben")
            mallory = await peerapi.create_identity("Mallory")
            invitation = await ann.invite(await peerapi.identity_info(ben.name))
            with pytest.raises(errors.InvitationNotTrusted):
                await peerapi.join_group(invitation, identity=mallory.name)
            middle = len(invitation) // 2
            changed = invitation[:middle] + ("B" if invitation[middle] == "A" else "A") + invitation[middle + 1 :]
            with pytest.raises(errors.InvitationNotTrusted):
                await peerapi.join_group(changed, identity=ben.name)

    run(main)


# ---- what is said of it ----


def test_an_invitation_says_for_whom_it_is(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await peerapi.create_identity("Ben")
            until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
            text = await ann.invite(await peerapi.identity_info(ben.name), roles=[Role.INVITING_MEMBER], expires=until)
            found = peerapi.parse_invitation(text)
            assert (found.group, found.friendly_name, found.cloud) == (ann.name, "Card", LOOPBACK)
            assert (found.issuer, found.issuer_friendly_name) == (ann.identity, "Ann")
            assert (found.member, found.member_friendly_name) == (ben.name, "Ben")
            assert (found.roles, found.valid_until) == ({Role.INVITING_MEMBER}, until)
            assert not found.needs_password
            with pytest.raises(errors.InvitationNotTrusted):
                peerapi.parse_invitation("<nothing/>")

    run(main)


def test_properties_are_changed_by_the_creator_only(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack, comment="For Carl")
            ben = await joined(stack, ann)
            before = await ben.properties()
            assert (before.name, before.creator, before.cloud) == (ann.name, ann.identity, LOOPBACK)
            assert (before.friendly_name, before.comment, before.by_password) == ("Card", "For Carl", False)
            with ben.events(peerapi.PropertiesChange) as news:
                await ann.set_properties(comment="For Carla")
                await anext(news)
            assert await ben.properties() == await ann.properties()
            assert (await ben.properties()).comment == "For Carla"
            with pytest.raises(errors.NotAuthorized):
                await ben.set_properties(comment="For me")

    run(main)


def test_members_have_names_roles_and_presence(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            with ann.events(MemberChange) as news:
                ben = await joined(stack, ann)
                seen = set()
                while not {MemberChangeKind.JOINED, MemberChangeKind.CONNECTED} <= seen:
                    change = await anext(news)
                    assert change.member == ben.identity
                    seen.add(change.kind)
            own, other = ann.members()
            assert (own.name, own.friendly_name, own.present) == (ann.identity, "Ann", True)
            assert (other.name, other.friendly_name, other.present) == (ben.identity, "Ben", True)
            assert (own.roles, other.roles) == ({Role.ADMINISTRATOR}, {Role.MEMBER})
            assert (other.issuer, other.node) == (ann.identity, ben.node().id)
            assert other.valid_from < datetime.now(UTC) < other.valid_until
            assert ann.member(ben.identity) == other
            with ann.events(MemberChange) as news:
                await ben.aclose()
                while (await anext(news)).kind is not MemberChangeKind.DISCONNECTED:
                    pass
            assert [one.friendly_name for one in ann.members(present=True)] == ["Ann"]

    run(main)


# ---- roles ----


def test_a_member_changes_only_what_is_its_own(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            note = await ann.add(NOTE, "Ann's")
            ben = await joined(stack, ann)
            for work in (ben.update(note, "Ben's"), ben.delete(note)):
                with pytest.raises(errors.NotAuthorized) as caught:
                    await work
                assert caught.value.hresult == 0x80632020
            with pytest.raises(errors.NotAuthorized):
                await ben.invite(await peerapi.identity_info(ann.identity))
            own = await ben.add(NOTE, "Ben's")
            with ann.changes() as changes:
                await ben.update(own, "Ben's again")
                await anext(changes)
                await ann.delete(own)  # an administrator may
            assert (await ann.get(note)).text == "Ann's"

    run(main)


def test_who_was_revoked_is_out(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await joined(stack, ann)
            with ben.events(peerapi.StatusChange) as news, ann.events(MemberChange) as members:
                await ann.revoke(ben.identity, "moved away")
                while (await anext(members)).kind is not MemberChangeKind.LEFT:
                    pass
                while Status.HAS_CONNECTIONS in ben.status:
                    await anext(news)
            assert [one.friendly_name for one in ann.members()] == ["Ann"]
            with pytest.raises(errors.NotFound):
                await ann.revoke("a" * 40 + ".x")

    run(main)


def test_many_records_and_the_types_of_the_group_itself(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            await ann.add_many(Draft(NOTE, str(number)) for number in range(50))
            assert await ann.count() == 50
            with pytest.raises(errors.InvalidArgument):
                await ann.add_many([Draft(NOTE), Draft(UUID("01000000-0000-0000-0000-000000000000"))])
            assert await ann.count() == 50
            assert ann.refusals() == ""

    run(main)


def test_a_record_ends_with_the_membership_when_nothing_is_said(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await peerapi.create_identity("Ben")
            text = await ann.invite(await peerapi.identity_info(ben.name), expires=timedelta(days=2))
            group = await stack.enter_async_context(peerapi.join_group(text, identity=ben.name))
            await group.connect(ann.addresses[0])
            record = await group.get(await group.add(NOTE))
            assert timedelta(days=1) < record.expires - datetime.now(UTC) < timedelta(days=2)
            with pytest.raises(errors.InvalidRecordExpiration):
                await group.add(NOTE, expires=timedelta(days=3))

    run(main)


def test_another_graph_is_for_the_members_of_a_group_only(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await joined(stack, ann)
            own = peerapi.create_graph(graph_id, ann.identity, scope=peerapi.Scope.LOOPBACK, group=ann)
            graph = await stack.enter_async_context(own)
            note = await graph.add(NOTE, "among us")
            (place,) = await graph.listen()
            theirs = await stack.enter_async_context(peerapi.open_graph(graph_id, ben.identity, group=ben))
            await theirs.connect(place)
            await theirs.wait_synchronized()
            assert (await theirs.get(note)).text == "among us"
            stranger = await stack.enter_async_context(peerapi.open_graph(graph_id, "mallory"))
            with pytest.raises(errors.PeerError):
                await stranger.connect(place)
            with pytest.raises(errors.InvalidArgument):
                await peerapi.open_graph(graph_id, "somebody", group=ben)

    run(main)


# ---- handles and endings ----


def test_the_end_of_the_last_graph_under_a_group_is_not_the_end_of_the_group(run: Run, graph_id: str) -> None:
    """The last PeerGraphShutdown ends graphs; a group has its own."""

    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            async with peerapi.create_graph(graph_id, ann.identity, scope=peerapi.Scope.LOOPBACK, group=ann):
                pass
            assert not ann.closed
            await ann.add(NOTE, "still here")

    run(main)


def test_c_functions_work_on_the_handle_of_a_group(run: Run) -> None:
    async def main() -> None:
        ffi, lib = peerapi.ffi, peerapi.lib
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            handle = ffi.cast("HGROUP", ann.handle)
            status = ffi.new("ULONG *")
            assert lib.PeerGroupGetStatus(handle, status) == 0
            assert status[0] == ann.status
            async with Group.from_handle(handle) as same:
                note = await same.add(NOTE, "from the other side")
            assert (await ann.get(note)).text == "from the other side"
            changes = ann.changes()
            assert lib.PeerGroupClose(handle) == 0
            assert [change async for change in changes] == []
            assert ann.closed
        with pytest.raises(errors.InvalidGroup):
            Group.from_handle(handle)

    run(main)


def test_a_closed_group_says_so(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
        for work in (ann.add(NOTE), ann.count(), ann.properties(), ann.connect()):
            with pytest.raises(errors.InvalidGroup):
                await work
        for ask in (ann.members, ann.changes, ann.connections):
            with pytest.raises(errors.InvalidGroup):
                ask()

    run(main)


def test_a_membership_is_taken_to_another_machine(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            name, identity, config = ann.name, ann.identity, await ann.export_config(PASSWORD)
            with pytest.raises(errors.GroupInUse):
                await peerapi.import_group(config, PASSWORD, overwrite=True)
        with pytest.raises(errors.AlreadyExists):
            await peerapi.import_group(config, PASSWORD)
        await peerapi.delete_group(name, identity=identity)
        assert await peerapi.import_group(config, PASSWORD) == (identity, name)
        async with peerapi.open_group(name, identity=identity) as again:
            assert again.status == Status(0)

    run(main)


def test_a_local_record_in_a_group_is_not_signed_and_stays(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await joined(stack, ann)
            mine = await ann.add(NOTE, "mine", local=True)
            drafts = [Draft(NOTE, "ours"), Draft(NOTE, "mine too", local=True), Draft(NOTE, "ours")]
            with ben.changes(NOTE) as changes:
                both = await ann.add_many(drafts)
                assert {(await anext(changes)).id for _ in range(2)} == {both[0], both[2]}
            assert (await ann.get(mine)).security_data == b"" == (await ann.get(both[1])).security_data
            assert (await ann.get(both[0])).security_data and (await ann.get(both[2])).security_data
            assert {record.id for record in await ben.records(NOTE)} == {both[0], both[2]}
            await ann.update(mine, "still mine")
            assert (await ann.get(mine)).security_data == b"" and (await ann.get(mine)).local
            await ann.delete(mine)
            assert await ann.find(mine) is None

    run(main)
