"""``peerapi group create``, ``join``, ``import`` and ``watch``: taking part in a group from a terminal."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from peerapi.cli import inspection
from peerapi.cli.commands import NODE_ADDRESS, SECONDS, SHOWN_NAME, Command, for_programs
from peerapi.cli.documents import document, telling_of
from peerapi.cli.graph_files import exported
from peerapi.cli.groups import completed_identity, database_of, find, identity_of, of_a_group
from peerapi.cli.naming import alike
from peerapi.cli.output import counted
from peerapi.cli.passwords import asked, password_file
from peerapi.cli.progress import Progress
from peerapi.errors import AlreadyExists, InvalidArgument, InvalidDatabase, NotFound, PeerError
from peerapi.store.groups import GroupStore
from peerapi.text import printable, to_paste

if TYPE_CHECKING:
    import peerapi

MOST_INVITATION = 1 << 20
"Bytes of the longest text that is read as an invitation."
SQLITE = b"SQLite format 3\0"
MEMBERSHIP = "<PEERGROUPCONFIG"
"How a database file begins."
_connect = click.option(
    "--connect",
    type=NODE_ADDRESS,
    metavar="ADDRESS",
    help="A member to call, as in [::1]:4001; otherwise they are found by name.",
)
whose = click.option(
    "--identity", metavar="IDENTITY", shell_complete=completed_identity, help="Who you are in it. [default: the oldest]"
)


@click.command("create", cls=Command)
@click.argument("name", type=SHOWN_NAME)
@whose
@click.option("--comment", help="What it is for.")
@click.option(
    "--cloud",
    default="Global_",
    show_default=True,
    help="Where members find each other: a cloud, one of `peerapi pnrp clouds`. Nothing leaves this machine for "
    "Global_ before PEERAPI_PNRP_SEEDS names nodes of it: until then who is elsewhere joins by --connect.",
)
@click.option("--by-password", is_flag=True, help="Whoever knows the password, which is asked for, may join.")
@password_file
def create(
    name: str, identity: str | None, comment: str | None, cloud: str, by_password: bool, password_file: Path | None
) -> None:
    """Found a group, which people call NAME; its peer name is printed.

    Whoever has no identity yet gets one.
    """
    import peerapi
    from peerapi.cli import watch

    who = None if identity is None else identity_of(identity).peer_name
    password = asked(password_file, twice=True) if by_password or password_file is not None else None
    made = []

    async def make() -> None:
        opening = peerapi.create_group(name, identity=who, comment=comment, cloud=cloud, password=password)
        async with opening as group:
            made.append(group.name)

    watch.run(make)
    print(made[0])
    alike("groups", name, [one.friendly_name for one in GroupStore().all()])


@click.command("join", cls=Command)
@click.argument("invitation", default="", metavar="[INVITATION]")
@whose
@password_file
@_connect
@click.option("--seconds", type=SECONDS, default=60, show_default=True, help="So long members are looked for.")
def join(
    invitation: str, identity: str | None, password_file: Path | None, connect: str | None, seconds: float
) -> None:
    """Become a member by an invitation, and get a copy of the group's records.

    INVITATION is a file with what `peerapi group invite` has printed, or - for standard input; without it the
    invitation is asked for. Where nobody is reached in time the invitation is kept, and `peerapi group watch` goes on.
    """
    import trio

    import peerapi
    from peerapi.cli import watch

    text = document(Path(invitation)) if invitation not in ("", "-") else _read(invitation)
    with telling_of(Path(invitation or "-"), "what `peerapi group invite` has printed"):
        said = peerapi.parse_invitation(text.strip())
    who = None if identity is None else identity_of(identity).peer_name
    password = asked(password_file, twice=False) if said.needs_password else None
    found: list[str] = []

    async def work() -> None:
        async with peerapi.join_group(text.strip(), identity=who, password=password) as group:
            with trio.move_on_after(seconds) as limit, Progress("first synchronization") as progress:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_go_online, group, connect)
                    await watch.synchronized(group, progress)
                    nursery.cancel_scope.cancel()
            if limit.cancelled_caught and not group.synchronized:
                raise NotFound(_alone(group, seconds))
            found.append(f"{group.friendly_name} ({group.name}): {counted(await group.count(), 'record')}")

    watch.run(work)
    print(printable(found[0]))


async def _go_online(group: peerapi.Group, place: str | None) -> None:
    with contextlib.suppress(NotFound):  # it goes on looking
        await group.connect(place)


def _alone(group: peerapi.Group, seconds: float) -> str:
    who = f"No member of the group could be reached within {seconds:g} seconds"
    wanted = "Somebody who may admit others has to be online"
    kept = "The invitation is kept"
    watch, delete = (to_paste(f"peerapi group {what}", group.name) for what in ("watch", "delete"))
    more = f"`{watch}` goes on looking, `{delete}` gives it up"
    return f"{who}. {wanted}. {kept}: {more}."


def _read(invitation: str) -> str:
    if invitation == "" and sys.stdin.isatty():
        return str(click.prompt("Invitation", hide_input=True, err=True))
    return document(Path("-"), MOST_INVITATION)


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--overwrite", is_flag=True, help="Take a membership in place of the one that is there.")
@password_file
def bring(file: Path, overwrite: bool, password_file: Path | None) -> None:
    """Take what `peerapi group export` has written: the records of a group, or the membership in one.

    A membership needs its identity here; `peerapi identity import` brings that.
    """
    with file.open("rb") as opened:
        is_database = opened.read(len(SQLITE)) == SQLITE
    if is_database:
        _bring_records(file)
        return
    if MEMBERSHIP not in document(file):
        raise InvalidArgument(f"{file} is not what `peerapi group export` writes.")
    from peerapi.api import group as api
    from peerapi.api.group_family import STARTUPS, start_up

    start_up()
    try:
        identity, group = api.PeerGroupImportConfig(document(file), asked(password_file, twice=False), overwrite)
    except AlreadyExists as error:
        said = f"{error} --overwrite takes the membership of the file in place of the one that is here."
        raise AlreadyExists(said) from error
    finally:
        STARTUPS.shutdown()
    print(printable(f"{group} of {identity}"))


def _bring_records(file: Path) -> None:
    import peerapi
    from peerapi.cli import watch
    from peerapi.store.opening import rows_in

    path = str(file.absolute())
    facts = exported(file)
    group, identity = (str(facts.get(name)) for name in ("graph_id", "peer_id"))
    try:
        stored = find(group, identity)
    except NotFound as error:
        raise InvalidDatabase(f"The file is of the group {group} of {identity}, which is not here.") from error
    said = []

    async def work() -> None:
        async with peerapi.open_group(stored.group, identity=stored.identity) as opened:
            count = rows_in(path)
            with Progress("importing") as progress:
                await opened.import_database(path, lambda done: progress(done, count))
            taken = len(opened.shared().driver.record_ids(None, None)) // 16
            said.append(f"{opened.friendly_name} ({opened.name}): {counted(taken, 'record')}")

    try:
        watch.run(work)
    except PeerError as error:
        raise inspection.told(error, database_of(stored), inspection.END) from error
    print(printable(said[0]))


@click.command("watch", cls=Command)
@of_a_group
@_connect
@click.option("--seconds", type=SECONDS, help="Leave after that time.")
@for_programs
def look_on(group: str, identity: str | None, connect: str | None, seconds: float | None, as_json: bool) -> None:
    """Go online and look at members, links and records, until Ctrl-C."""
    import trio

    import peerapi
    from peerapi.cli import watch

    stored = find(group, identity)

    async def look() -> None:
        async with (
            peerapi.open_group(stored.group, identity=stored.identity) as opened,
            trio.open_nursery() as nursery,
        ):
            watch.leave_in_time(nursery, seconds)
            title = f"group {opened.friendly_name} as {stored.identity}"
            view = watch.View(opened, title, watch.OF_GROUPS, json=as_json)
            view.say({"event": "looking"}, "looking for other members")
            nursery.start_soon(view.follow)
            nursery.start_soon(view.keep_drawing)
            await _go_online(opened, connect)

    try:
        watch.run(look)
    except PeerError as error:
        raise inspection.told(error, database_of(stored), inspection.END) from error


COMMANDS: tuple[click.Command, ...] = (create, join, bring, look_on)
