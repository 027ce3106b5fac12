"""``peerapi identity``: the identities of this user."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from peerapi import private
from peerapi.api import identity as api
from peerapi.cli.commands import SHOWN_NAME, Stored, for_programs, force, sure, yes
from peerapi.cli.documents import document, telling_of
from peerapi.cli.graph_files import taking
from peerapi.cli.groups import completed_identity, identity_of
from peerapi.cli.naming import alike
from peerapi.cli.output import facts, in_json, table
from peerapi.cli.passwords import asked, password_file
from peerapi.python import values
from peerapi.store.identities import StoredIdentity

A_FILE = click.Path(path_type=Path, dir_okay=False)
file_option = click.option("--file", "named", type=A_FILE, help="The file, where it is not among the arguments.")
one = click.argument("identity", shell_complete=completed_identity)
one_or_oldest = click.argument("identity", shell_complete=completed_identity, required=False)


@click.group("identity", cls=Stored, no_args_is_help=True)
def command() -> None:
    """The identities of this user: who one is in groups, each with a key of its own.

    An identity is named by what people call it, by its peer name, or by the beginning of either, if only one fits;
    where it may be left out, the oldest is meant.
    """


@command.command("list")
@for_programs
def _list(as_json: bool) -> None:
    """List the identities and how many groups each has."""
    found = api.IDENTITIES.all()
    if as_json:
        for each in found:
            print(in_json(_facts(each)))
    elif found:
        rows = [(each.friendly_name, each.peer_name, len(api.IDENTITIES.groups_of(each.peer_name))) for each in found]
        print(table(("NAME", "PEER NAME", "GROUPS"), rows, right=(2,)))
    else:
        print("no identities", file=sys.stderr)


@command.command()
@one_or_oldest
@for_programs
def show(identity: str | None, as_json: bool) -> None:
    """Show an identity and its groups."""
    shown = _facts(identity_of(identity))
    if as_json:
        print(in_json(shown))
        return
    groups = shown.pop("groups")
    assert isinstance(groups, list)
    print(facts((name.replace("_", " "), value) for name, value in shown.items()))
    if groups:
        print("\n" + table(("GROUP", "PEER NAME"), [(each["friendly_name"], each["peer_name"]) for each in groups]))


def _facts(each: StoredIdentity) -> dict[str, object]:
    from peerapi.identity.certificates import decode

    certificate = decode(each.certificate)
    groups = [{"peer_name": name, "friendly_name": shown} for name, shown in api.IDENTITIES.groups_of(each.peer_name)]
    return {
        "peer_name": each.peer_name,
        "friendly_name": each.friendly_name,
        "key": certificate.public_key.algorithm.name,
        "valid_from": values.moment(certificate.not_before),
        "valid_until": values.moment(certificate.not_after),
        "groups": groups,
    }


@command.command()
@one_or_oldest
def info(identity: str | None) -> None:
    """Print what somebody needs to invite an identity to a group: XML, no secret.

    The other gives it to `peerapi group invite`, and what that prints is for `peerapi group join` here. (Contacts are
    another thing: `peerapi collab export`.) Who has no identity yet gets one.
    """
    print(api.PeerIdentityGetXML(None if identity is None else identity_of(identity).peer_name))


@command.command()
@click.option("--name", type=SHOWN_NAME, help="What people call the identity.")
@click.option("--classifier", help="The second half of its peer name, behind the full stop.")
def create(name: str | None, classifier: str | None) -> None:
    """Make an identity; its peer name is printed."""
    print(api.PeerIdentityCreate(classifier, name, None))
    alike("identities", name, [one.friendly_name for one in api.IDENTITIES.all()])


@command.command()
@one
@click.argument("name", type=SHOWN_NAME)
def rename(identity: str, name: str) -> None:
    """Give an identity the NAME by which people call it."""
    api.PeerIdentitySetFriendlyName(identity_of(identity).peer_name, name)
    alike("identities", name, [one.friendly_name for one in api.IDENTITIES.all()])


@command.command()
@one
@yes
def delete(identity: str, yes: bool) -> None:
    """Remove an identity, with its key, for good. One that belongs to groups is not removed."""
    found = identity_of(identity)
    sure(f"Remove {found.friendly_name} ({found.peer_name}) and its key for good?", yes)
    api.PeerIdentityDelete(found.peer_name)


@command.command()
@one_or_oldest
@click.argument("file", type=A_FILE, required=False)
@file_option
@password_file
@force
def export(
    identity: str | None, file: Path | None, named: Path | None, password_file: Path | None, force: bool
) -> None:
    """Write an identity to a file, with its private key behind a password."""
    file = _one_file(file, named, "IDENTITY and FILE are wanted, or --file FILE for the oldest identity.")
    who = identity_of(identity).peer_name
    password = asked(password_file, twice=True)
    with taking(file, force):
        private.replace(file, api.PeerIdentityExport(who, password))


@command.command("import")
@click.argument("file", type=A_FILE, required=False)
@file_option
@password_file
def bring(file: Path | None, named: Path | None, password_file: Path | None) -> None:
    """Take an exported identity; its peer name is printed."""
    file = _one_file(file, named, "The FILE is wanted that `peerapi identity export` has written.")
    text, password = document(file), asked(password_file, twice=False)
    with telling_of(file):
        print(api.PeerIdentityImport(text, password))


def _one_file(file: Path | None, named: Path | None, wanted: str) -> Path:
    """The file that is named, as an argument or as an option. Raises UsageError."""
    found = [one for one in (file, named) if one is not None]
    if len(found) != 1:
        raise click.UsageError(wanted, click.get_current_context())
    return found[0]
