"""``peerapi identity``: the identities of this user."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from peerapi import private
from peerapi.api import identity as api
from peerapi.cli.documents import document
from peerapi.cli.output import as_json, facts, table
from peerapi.errors import InvalidArgument, PeerError, os_failure
from peerapi.python import values
from peerapi.store.identities import StoredIdentity


def main(words: list[str]) -> int:
    """Runs one command; 1 and the reason on stderr when it fails."""
    options = _parser().parse_args(words)
    try:
        COMMANDS[options.command](options)
    except OSError as error:
        return _failed(options.command, os_failure(error))
    except PeerError as error:
        return _failed(options.command, error)
    return 0


def _failed(command: str, error: PeerError) -> int:
    print(f"peerapi identity {command}: {error} ({error.name}, 0x{error.hresult:08X})", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="peerapi identity", description="The identities of this user.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str, *, needs: str | None = None, json: bool = False) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if needs is not None:
            one.add_argument("identity", nargs=needs or None, help="its peer name" + ("; the oldest" if needs else ""))
        if json:
            one.add_argument("--json", action="store_true", help="one JSON object a line")
        return one

    command("list", "list the identities and their groups", json=True)
    command("show", "show one", needs="?", json=True)
    create = command("create", "make one; its peer name is printed")
    create.add_argument("--name", help="what people call it")
    create.add_argument("--classifier", help="the second half of its peer name")
    command("rename", "give one another name for people", needs="").add_argument("name")
    command("delete", "remove one, with its key, for good", needs="")
    export = command("export", "write one to a file, with its private key behind a password", needs="?")
    bring = command("import", "take an exported one; its peer name is printed")
    for one in (export, bring):
        one.add_argument("--file", type=Path, required=True)
        one.add_argument(
            "--password-file", type=Path, help="holds the password; - is standard input; otherwise it is asked for"
        )
    return parser


def _list(options: argparse.Namespace) -> None:
    found = api.IDENTITIES.all()
    if options.json:
        for one in found:
            print(as_json(_facts(one)))
    elif found:
        rows = [(one.friendly_name, one.peer_name, len(api.IDENTITIES.groups_of(one.peer_name))) for one in found]
        print(table(("NAME", "PEER NAME", "GROUPS"), rows, right=(2,)))
    else:
        print("no identities", file=sys.stderr)


def _show(options: argparse.Namespace) -> None:
    shown = _facts(api.IDENTITIES.find(options.identity))
    if options.json:
        print(as_json(shown))
        return
    groups = shown.pop("groups")
    assert isinstance(groups, list)
    print(facts((name.replace("_", " "), value) for name, value in shown.items()))
    if groups:
        print("\n" + table(("GROUP", "PEER NAME"), [(one["friendly_name"], one["peer_name"]) for one in groups]))


def _facts(one: StoredIdentity) -> dict[str, object]:
    from peerapi.identity.certificates import decode

    certificate = decode(one.certificate)
    groups = [{"peer_name": name, "friendly_name": shown} for name, shown in api.IDENTITIES.groups_of(one.peer_name)]
    return {
        "peer_name": one.peer_name,
        "friendly_name": one.friendly_name,
        "key": certificate.public_key.algorithm.name,
        "valid_from": values.moment(certificate.not_before),
        "valid_until": values.moment(certificate.not_after),
        "groups": groups,
    }


def _create(options: argparse.Namespace) -> None:
    print(api.PeerIdentityCreate(options.classifier, options.name, None))


def _rename(options: argparse.Namespace) -> None:
    api.PeerIdentitySetFriendlyName(options.identity, options.name)


def _delete(options: argparse.Namespace) -> None:
    api.PeerIdentityDelete(options.identity)


def _export(options: argparse.Namespace) -> None:
    document = api.PeerIdentityExport(options.identity, _password(options, twice=True))
    private.write_new(options.file, document)


def _import(options: argparse.Namespace) -> None:
    print(api.PeerIdentityImport(document(options.file), _password(options, twice=False)))


def _password(options: argparse.Namespace, *, twice: bool) -> str:
    """From a file (its first line) or from the terminal; never from the command line, which others can read."""
    if options.password_file is not None:
        if options.password_file == Path("-"):
            lines = sys.stdin.read().splitlines()
        else:
            lines = options.password_file.read_text(encoding="utf-8").splitlines()
        return lines[0] if lines else ""
    password = getpass.getpass("Password: ")
    if twice and getpass.getpass("Again: ") != password:
        raise InvalidArgument("The two are not the same.")
    return password


COMMANDS = {
    "list": _list,
    "show": _show,
    "create": _create,
    "rename": _rename,
    "delete": _delete,
    "export": _export,
    "import": _import,
}
