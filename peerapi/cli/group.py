"""``peerapi group``: the groups of this user, their members, and what is in them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from peerapi import private
from peerapi.cli import group_nodes, inspection
from peerapi.cli.commands import COUNT, Stored, Word, for_programs, force, sure, yes
from peerapi.cli.documents import document
from peerapi.cli.graph_files import taking, write
from peerapi.cli.groups import database_of, find, looking, of_a_group
from peerapi.cli.output import facts, in_json, local, size, table
from peerapi.cli.passwords import asked, password_file
from peerapi.cli.records import START_OF_UUID, TERMS, choosing, show_all, show_one
from peerapi.errors import AccessDenied, DatabaseAccessDenied, InvalidArgument, InvalidDatabase, NotFound, PeerError
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.roles import Role
from peerapi.identity.names import parse
from peerapi.store import catalog, ownership
from peerapi.store.groups import GroupStore, StoredGroup
from peerapi.text import printable


@click.group("group", cls=Stored, no_args_is_help=True)
def command() -> None:
    """The groups of this user: graphs that only their members can join and read.

    A group is named by what people call it, by its peer name, or by the beginning of either, if only one fits. A
    group that a process has open can only be listed and watched.
    """


# ---- which there are ----


@command.command("list")
@for_programs
def _list(as_json: bool) -> None:
    """List the groups of all identities."""
    rows = [_listed(stored) for stored in GroupStore().all()]
    if as_json:
        for row in rows:
            print(in_json(row))
    elif rows:
        names = ("friendly_name", "group", "identity_name", "roles", "records", "state")
        cells = [[_cell(row[name]) for name in names] for row in rows]
        print(table(("NAME", "PEER NAME", "IDENTITY", "ROLES", "RECORDS", "STATE"), cells, right=(4,)))
    else:
        print("no groups", file=sys.stderr)


def _listed(stored: StoredGroup) -> dict[str, object]:
    from peerapi.api.identity import IDENTITIES

    path = database_of(stored).path
    chain = MembershipChain.read(stored.chain, parse(stored.group)) if stored.chain else None
    try:
        identity_name = IDENTITIES.find(stored.identity).friendly_name
    except NotFound:  # deleted by a version that did not ask whether it has groups
        identity_name = "?"
    row: dict[str, object] = {
        "friendly_name": stored.friendly_name,
        "group": stored.group,
        "identity": stored.identity,
        "identity_name": identity_name,
        "cloud": stored.cloud,
        "roles": sorted(role.name.lower() for role in chain.roles) if chain else [],
        "records": None,
        "state": "never connected",
        "process": None,
    }
    try:
        if path.exists():
            row |= {"records": catalog.look(path).records, "state": "closed"}
    except DatabaseAccessDenied:
        number = ownership.owner(path)
        row |= {"state": f"open in process {number}" if number else "open", "process": number}
    except InvalidDatabase:
        row["state"] = "damaged"
    except PeerError:  # a full disk has no room for what SQLite needs to read
        row["state"] = "not readable now"
    return row


@command.command()
@of_a_group
@for_programs
def show(group: str, identity: str | None, as_json: bool) -> None:
    """Show the properties of a group."""
    with looking(find(group, identity)) as found:
        properties = found.properties()
        shown: dict[str, object] = {
            "name": properties.friendly_name,
            "peer_name": properties.name,
            "creator": properties.creator,
            "comment": properties.comment,
            "cloud": properties.cloud,
            "identity": found.stored.identity,
            "members": len(found.members()),
            "records": len(found.reader.ids(None, None)) // 16,
            "by_password": properties.by_password,
            "presence": properties.presence,
            "membership_lifetime": int(properties.membership_lifetime.total_seconds()),
        }
    if as_json:
        print(in_json(shown))
    else:
        shown["membership_lifetime"] = str(properties.membership_lifetime).removesuffix(", 0:00:00")
        print(facts((name.replace("_", " "), value) for name, value in shown.items()))


@command.command()
@of_a_group
@for_programs
def members(group: str, identity: str | None, as_json: bool) -> None:
    """List its members."""
    with looking(find(group, identity)) as found:
        listed = found.members()
    if as_json:
        for one in listed:
            names = ("name", "friendly_name", "issuer", "valid_from", "valid_until")
            print(in_json({**{name: getattr(one, name) for name in names}, "roles": _roles(one.roles)}))
        return
    rows = [(one.friendly_name, one.name, ", ".join(_roles(one.roles)), local(one.valid_until)) for one in listed]
    print(table(("NAME", "PEER NAME", "ROLES", "UNTIL"), rows))


def _roles(roles: frozenset[Role]) -> list[str]:
    return sorted(role.name.lower().replace("_", " ") for role in roles)


# ---- what is in them ----


@command.command()
@of_a_group
@choosing
def records(
    group: str, identity: str | None, kind: str | None, creator: str | None, limit: int | None, as_json: bool
) -> None:
    """List its records; what changed last comes last."""
    with looking(find(group, identity)) as found:
        show_all(found.reader, found.reader.ids(kind, creator), limit=limit, as_json=as_json)


@command.command()
@of_a_group
@click.argument("record", type=START_OF_UUID)
@click.option("--data", "only_data", is_flag=True, help="Write its data as they are, and nothing else.")
@for_programs
def record(group: str, identity: str | None, record: str, only_data: bool, as_json: bool) -> None:
    """Show all of one record, by its ID or the beginning of that."""
    with looking(find(group, identity)) as found:
        show_one(found.reader.record(record), as_json=as_json, only_data=only_data)


@command.command(help=f"Find records by their attributes.\n\nTERMS: {TERMS}")
@of_a_group
@click.argument("terms", nargs=-1, required=True)
@click.option("--limit", type=COUNT, metavar="COUNT", help="So many records at most.")
@for_programs
def search(group: str, identity: str | None, terms: tuple[str, ...], limit: int | None, as_json: bool) -> None:
    """Find records by their attributes."""
    with looking(find(group, identity)) as found:
        show_all(found.reader, found.reader.found(list(terms)), limit=limit, as_json=as_json)


# ---- for others, and for another machine ----


@command.command()
@of_a_group
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--membership", is_flag=True, help="The membership instead, for another machine of yours; by password.")
@password_file
@force
def export(
    group: str, identity: str | None, file: Path, membership: bool, password_file: Path | None, force: bool
) -> None:
    """Write its database to a file that only its owner can read. `peerapi group import` takes it."""
    stored = find(group, identity)
    target = file.absolute()
    password = asked(password_file, twice=True) if membership else ""
    with taking(target, force), looking(stored) as found:
        if membership:
            private.replace(target, found.membership(password))
        else:
            write(found.driver, target, database_of(stored).size)
    print(printable(f"{file}: {size(file.stat().st_size)}"))


@command.command()
@of_a_group
@click.argument("identity_file", type=click.Path(path_type=Path, allow_dash=True), required=False)
@click.option(
    "--role",
    type=Word(*(role.name.lower().replace("_", "-") for role in Role)),
    default="member",
    show_default=True,
    help="What the other may do.",
)
def invite(group: str, identity: str | None, identity_file: Path | None, role: str) -> None:
    """Print an invitation for somebody.

    IDENTITY_FILE is what the other's `peerapi identity info` has printed; -: standard input. Without it the invitation
    is for whoever knows the group's password.
    """
    about = None if identity_file is None else document(identity_file)
    with looking(find(group, identity)) as found:
        try:
            print(found.invitation(about, Role[role.upper().replace("-", "_")]))
        except InvalidArgument as error:
            wanted = "give the file with what the other's `peerapi identity info` has printed"
            named = "" if identity_file is None else f"{identity_file}: "
            raise InvalidArgument(f"{named}{str(error).removesuffix('.')}; {wanted}.") from error


for _command in group_nodes.COMMANDS:
    command.add_command(_command)


@command.command()
@of_a_group
@yes
def delete(group: str, identity: str | None, yes: bool) -> None:
    """Remove the membership and what is stored of the group on this machine. The other members keep theirs."""
    from peerapi.api.group_family import groups

    stored = find(group, identity)
    shown = f"the membership in {stored.friendly_name} ({stored.group}) of {stored.identity}"
    sure(f"Remove {shown}, with all its records, from this machine?", yes)
    try:
        groups().delete(stored.identity, stored.group)
    except AccessDenied as error:
        number = ownership.owner(database_of(stored).path)
        if number is None:
            raise
        raise AccessDenied(f"Process {number} has the group open. {inspection.END}") from error


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return "" if value is None else str(value)
