"""``peerapi group``: the groups of this user, their members, and what is in them."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import peerapi
from peerapi.cli import inspection
from peerapi.cli.documents import document
from peerapi.cli.graph import print_records, search_xml
from peerapi.cli.output import Progress, as_json, facts, local, table
from peerapi.engine.graphs.node import database_path
from peerapi.engine.groups.groups import DATABASE
from peerapi.errors import DatabaseAccessDenied, InvalidDatabase, NotFound, PeerError
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.roles import Role
from peerapi.identity.names import parse
from peerapi.store import ownership, shelf
from peerapi.store.groups import GroupStore, StoredGroup
from peerapi.store.home import home

Work = Callable[[argparse.Namespace, peerapi.Group], Awaitable[None]]


def main(words: list[str]) -> int:
    """Runs one command; 1 and the reason on stderr when it fails."""
    options = _parser().parse_args(words)
    try:
        if options.command == "list":
            _list(options)
        else:
            stored = _find(options.group, options.identity)
            if options.command == "watch":
                _watch(options, stored)
            elif options.command == "delete":
                _delete(stored)
            else:
                _look(options, stored)
    except PeerError as error:
        print(f"peerapi group {options.command}: {error} ({error.name}, 0x{error.hresult:08X})", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"peerapi group {options.command}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="peerapi group",
        description="The groups of this user. A group that a process has open can only be listed.",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str, *, json: bool = False, of_a_group: bool = True) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if of_a_group:
            one.add_argument("group", help="its name for people, or its peer name")
            one.add_argument("--identity", help="the identity whose group is meant, where there are several")
        if json:
            one.add_argument("--json", action="store_true", help="one JSON object a line")
        return one

    command("list", "list the groups of all identities", json=True, of_a_group=False)
    command("show", "show the properties of a group", json=True)
    command("members", "list its members", json=True)
    records = command("records", "list its records", json=True)
    records.add_argument("--type", type=peerapi_uuid, help="records of this type only")
    records.add_argument("--creator", help="records of this member only (peer name)")
    command("search", "find records by their attributes", json=True).add_argument(
        "terms", nargs="+", help="as in peerapi graph search"
    )
    command("export", "write its database to a file").add_argument("file", type=Path)
    invite = command("invite", "write an invitation for somebody")
    invite.add_argument("identity_file", type=Path, nargs="?", help="what the other's identity says; none: by password")
    invite.add_argument("--role", choices=[role.name.lower() for role in Role], default="member")
    command("delete", "remove the membership and what is stored of the group")
    watch = command("watch", "go online and look at members, links and records", json=True)
    watch.add_argument("--connect", metavar="ADDRESS", help="a member to call; otherwise they are found by name")
    watch.add_argument("--seconds", type=float, help="leave after that time")
    return parser


def peerapi_uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


# ---- which there are ----


def _list(options: argparse.Namespace) -> None:
    rows = [_listed(stored) for stored in GroupStore().all()]
    if options.json:
        for row in rows:
            print(as_json(row))
    elif rows:
        names = ("friendly_name", "group", "identity_name", "roles", "records", "state")
        cells = [[_cell(row[name]) for name in names] for row in rows]
        print(table(("NAME", "PEER NAME", "IDENTITY", "ROLES", "RECORDS", "STATE"), cells, right=(4,)))
    else:
        print("no groups", file=sys.stderr)


def _listed(stored: StoredGroup) -> dict[str, object]:
    from peerapi.api.identity import IDENTITIES

    path = database_path(stored.group, stored.identity, DATABASE)
    chain = MembershipChain.read(stored.chain, parse(stored.group)) if stored.chain else None
    row: dict[str, object] = {
        "friendly_name": stored.friendly_name,
        "group": stored.group,
        "identity": stored.identity,
        "identity_name": IDENTITIES.find(stored.identity).friendly_name,
        "cloud": stored.cloud,
        "roles": sorted(role.name.lower() for role in chain.roles) if chain else [],
        "records": None,
        "state": "never connected",
        "process": None,
    }
    try:
        if path.exists():
            row |= {"records": shelf.look(path).records, "state": "closed"}
    except DatabaseAccessDenied:
        number = ownership.owner(path)
        row |= {"state": f"open in process {number}" if number else "open", "process": number}
    except InvalidDatabase:
        row["state"] = "damaged"
    return row


def _find(name: str, identity: str | None) -> StoredGroup:
    """Raises NotFound, and names the choices when there are several."""
    fitting = [
        one for one in GroupStore().all() if name in (one.friendly_name, one.group) and identity in (None, one.identity)
    ]
    if not fitting:
        raise NotFound(f"There is no group {name!r}; `peerapi group list` shows all.")
    if len(fitting) > 1:
        choices = ", ".join(f"{one.group} --identity {one.identity}" for one in fitting)
        raise NotFound(f"There are several groups {name!r}: {choices}")
    return fitting[0]


# ---- looking into one ----


@contextlib.contextmanager
def _copied(stored: StoredGroup) -> Iterator[None]:
    """A home with a copy of everything that the group needs, so that looking changes nothing. Raises PeerError."""
    path = database_path(stored.group, stored.identity, DATABASE)
    if not path.exists():
        raise NotFound("This group has never been connected, so there is nothing to look at.")
    own = home()
    with tempfile.TemporaryDirectory(prefix="peerapi-") as folder:
        for kind in ("identities", "groups"):
            shutil.copytree(own / kind, Path(folder) / kind)
        copy = Path(folder) / path.relative_to(own)
        copy.parent.mkdir(parents=True)
        try:
            with Progress("reading") as progress:
                shelf.copy(path, copy, progress)
        except PeerError as error:
            entry = shelf.Entry(path, DATABASE, stored.group, stored.identity)
            raise inspection.told(error, entry, "End that process first.") from error
        with inspection.other_home(folder):
            yield


def _look(options: argparse.Namespace, stored: StoredGroup) -> None:
    import trio

    async def look() -> None:
        async with peerapi.open_group(stored.group, identity=stored.identity) as group:
            await COMMANDS[options.command](options, group)

    if options.command == "export":
        options.file = options.file.absolute()
    with _copied(stored):
        trio.run(look)


async def _show(options: argparse.Namespace, group: peerapi.Group) -> None:
    found = await group.properties()
    members = group.members()
    shown: dict[str, object] = {
        "name": found.friendly_name,
        "peer_name": found.name,
        "creator": found.creator,
        "comment": found.comment,
        "cloud": found.cloud,
        "identity": group.identity,
        "members": len(members),
        "records": await group.count(),
        "by_password": found.by_password,
        "presence": found.presence,
        "membership_lifetime": int(found.membership_lifetime.total_seconds()),
    }
    if options.json:
        print(as_json(shown))
    else:
        print(facts((name.replace("_", " "), value) for name, value in shown.items()))


async def _members(options: argparse.Namespace, group: peerapi.Group) -> None:
    members = group.members()
    if options.json:
        for one in members:
            names = ("name", "friendly_name", "issuer", "valid_from", "valid_until")
            print(as_json({**{name: getattr(one, name) for name in names}, "roles": _roles(one)}))
        return
    rows = [(one.friendly_name, one.name, ", ".join(_roles(one)), local(one.valid_until)) for one in members]
    print(table(("NAME", "PEER NAME", "ROLES", "UNTIL"), rows))


def _roles(member: peerapi.Member) -> list[str]:
    return sorted(role.name.lower().replace("_", " ") for role in member.roles)


async def _records(options: argparse.Namespace, group: peerapi.Group) -> None:
    print_records(await group.records(options.type, creator=options.creator), options)


async def _search(options: argparse.Namespace, group: peerapi.Group) -> None:
    print_records(await group.search(search_xml(options.terms)), options)


async def _export(options: argparse.Namespace, group: peerapi.Group) -> None:
    await group.export_database(options.file)


async def _invite(options: argparse.Namespace, group: peerapi.Group) -> None:
    if options.identity_file is None:
        print(await group.invite_by_password())
        return
    about = document(options.identity_file)
    print(await group.invite(about, roles=[Role[options.role.upper()]]))


COMMANDS: dict[str, Work] = {
    "show": _show,
    "members": _members,
    "records": _records,
    "search": _search,
    "export": _export,
    "invite": _invite,
}


# ---- taking part ----


def _watch(options: argparse.Namespace, stored: StoredGroup) -> None:
    from peerapi.cli import watch

    async def look(_: argparse.Namespace) -> None:
        import trio

        async with (
            peerapi.open_group(stored.group, identity=stored.identity) as group,
            trio.open_nursery() as nursery,
        ):
            watch.leave_in_time(nursery, options)
            title = f"group {group.friendly_name} as {stored.identity}"
            view = watch.View(group, title, watch.OF_GROUPS, json=options.json)
            nursery.start_soon(view.follow)
            nursery.start_soon(view.keep_drawing)
            with contextlib.suppress(NotFound):  # it goes on looking
                await group.connect(options.connect)

    try:
        watch.run(look, options)
    except PeerError as error:
        entry = shelf.Entry(
            database_path(stored.group, stored.identity, DATABASE), DATABASE, stored.group, stored.identity
        )
        raise inspection.told(error, entry, "End that process first.") from error


def _delete(stored: StoredGroup) -> None:
    from peerapi.api.group_family import groups

    groups().delete(stored.identity, stored.group)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return "" if value is None else str(value)
