"""``peerapi collab``: contacts, who is near, signing in, and invitations."""

from __future__ import annotations

import queue
import sys
from pathlib import Path
from typing import Any

import click

from peerapi.cli import collab_live, naming
from peerapi.cli.commands import COUNT, Command, Stored, Word, for_programs, mistyped, sure, yes
from peerapi.cli.documents import document, telling_of
from peerapi.cli.output import facts, in_json, table
from peerapi.collab import local
from peerapi.collab.contacts import parse_contact
from peerapi.collab.events import Change, CollabEventType, PeopleChanged
from peerapi.collab.values import Contact, Permission, Person, Signin, Status
from peerapi.engine.collab import stores
from peerapi.engine.collab.program import Program
from peerapi.engine.runtime import moment
from peerapi.errors import ContactNotFound, NotFound, NotSignedIn
from peerapi.identity.names import AUTHORITY_DIGITS
from peerapi.text import printable

SCOPES = {"near-me": Signin.NEAR_ME, "internet": Signin.INTERNET, "all": Signin.ALL}
MOST_XML = 1 << 16
scope_option = click.option(
    "--scope", type=Word(*SCOPES), default="all", show_default=True, help="People near by, the Internet, or both."
)
one = click.argument("contact")


@click.group("collab", cls=Stored, no_args_is_help=True)
def command() -> None:
    """Who is there: contacts, presence, people near by, and invitations to programs.

    A contact is named by nickname, display name or peer name, or as much of one as is clear.
    """


# ---- this user ----


@command.command()
@for_programs
def who(as_json: bool) -> None:
    """Show who this user is to others, and what others see."""
    program = Program()
    me = stores.contact_book().me(moment().utc)
    flags = program.ask(local.OPTIONS, None, int) if _is_signed_in(program) else Signin.NONE
    shown: dict[str, object] = _facts(me) | {"signed_in": Signin(flags).name}
    if flags:
        presence = program.ask(local.GET_PRESENCE, None, _not_signed_in)
        shown |= {
            "endpoint": program.ask(local.GET_NAME, None, str),
            "presence": Status(presence.status).name.lower(),
            "text": presence.text or "",
        }
    for hidden in ("watched", "may_watch"):
        del shown[hidden]
    program.close()
    if as_json:
        print(in_json(shown))
        return
    shown["signed_in"] = ", ".join(name for name, scope in SCOPES.items() if scope == flags) or "no"
    print(facts((name.replace("_", " "), value) for name, value in shown.items()))


def _is_signed_in(program: Program) -> bool:
    try:
        program.ask(local.OPTIONS, None, _not_signed_in)
    except NotSignedIn:
        return False
    return True


def _not_signed_in() -> Any:
    raise NotSignedIn("This user is not signed in; `peerapi collab sign-in` does that.")


@command.command("sign-in")
@scope_option
def sign_in(scope: str) -> None:
    """Be there for others, until `sign-out`, or `peerapi host stop`, or the machine is switched off."""
    program = Program()
    program.call(local.SIGN_IN, SCOPES[scope])
    program.close()
    print(f"signed in: {scope}")


@command.command("sign-out")
@scope_option
def sign_out(scope: str) -> None:
    """Be there no more."""
    program = Program()
    program.ask(local.SIGN_OUT, SCOPES[scope], lambda: None)
    program.close()
    print(f"signed out: {scope}")


# ---- contacts ----


@command.command()
@for_programs
def contacts(as_json: bool) -> None:
    """List the contacts: who is watched, and who may watch."""
    found = stores.contact_book().all()
    if as_json:
        for each in found:
            print(in_json(_facts(each)))
    elif found:
        rows = [
            (each.nickname, each.display_name, "yes" if each.watch else "no", _allowed(each), each.peer_name)
            for each in found
        ]
        print(table(("NICKNAME", "NAME", "WATCHED", "MAY WATCH", "PEER NAME"), rows))
    else:
        print("no contacts", file=sys.stderr)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True))
@click.option("--allow", is_flag=True, help="Let the contact watch this user.")
@click.option("--watch", is_flag=True, help="Watch the contact.")
def add(file: Path, allow: bool, watch: bool) -> None:
    """Add a contact from XML that `export` has written; - is standard input."""
    text = document(file, MOST_XML)
    with telling_of(file, "what `peerapi collab export` has printed"):
        parse_contact(text, moment().utc)
    program = Program()
    book = stores.contact_book()
    added = program.change(local.ADD_CONTACT, text.encode("utf-8"), lambda: book.add(text, moment().utc))
    if allow or watch:
        _update(program, added, watch=watch, permission=Permission(int(allow)))
    program.close()
    print(added.peer_name)


@command.command()
@click.argument("contact", required=False)
def export(contact: str | None) -> None:
    """Print the XML of a contact, or of this user, for somebody else's `peerapi collab add`: no secret.

    It is for contacts and presence; who is to be invited to a group gives away `peerapi identity info`.
    """
    book = stores.contact_book()
    print(book.export(None if contact is None else _named(contact).peer_name, moment().utc))


def _changing(name: str, summary: str, **changes: Any) -> None:
    @command.command(name, help=summary)
    @one
    def change(contact: str) -> None:
        program = Program()
        _update(program, _named(contact), **changes)
        program.close()


_changing("allow", "Let a contact watch this user.", permission=Permission.ALLOWED)
_changing("block", "Let a contact see nothing of this user, from now on.", permission=Permission.BLOCKED)
_changing("unwatch", "Want to hear of a contact no more.", watch=False)


@command.command()
@click.argument("contact", required=False)
@for_programs
def watch(contact: str | None, as_json: bool) -> None:
    """Want to hear of a contact. Without one: show those who are watched, and stay.

    Who is near by is asked who it is for that, and learns who asks.
    """
    program = Program()
    if contact is None:
        collab_live.watch(program, as_json=as_json)
    else:
        _update(program, _named(contact), watch=True)
    program.close()


@command.command()
@one
@yes
def delete(contact: str, yes: bool) -> None:
    """Forget a contact."""
    found = _named(contact)
    sure(f"Forget {found.nickname or found.peer_name}?", yes)
    program = Program()

    def directly() -> None:
        stores.contact_book().delete(found.peer_name)

    program.change(local.DELETE_CONTACT, found.peer_name, directly)
    program.close()


def _update(program: Program, contact: Contact, **changes: Any) -> None:
    changed = contact._replace(**changes, credentials=b"")

    def directly() -> None:
        stores.contact_book().update(changed, moment().utc)

    program.change(local.UPDATE_CONTACT, changed, directly)


def _named(text: str) -> Contact:
    """The contact that somebody means. Raises ContactNotFound, NotFound when it may be several."""

    def names(each: Contact) -> list[str]:
        return [each.nickname, each.display_name, each.peer_name, each.peer_name[:AUTHORITY_DIGITS]]

    known = stores.contact_book().all()
    found = naming.fitting(text, known, names)
    if not found:
        called = [name for each in known for name in (each.nickname, each.display_name) if name]
        raise ContactNotFound(naming.unknown("contact", text, called, listing="peerapi collab contacts"))
    if len(found) > 1:
        shown = naming.choices([f"{each.nickname or each.display_name} ({each.peer_name})" for each in found])
        raise NotFound(f"There are several contacts {text!r}: {shown}")
    return found[0]


def _allowed(contact: Contact) -> str:
    return "yes" if contact.permission == Permission.ALLOWED else "no"


def _facts(contact: Contact) -> dict[str, object]:
    return {
        "peer_name": contact.peer_name,
        "nickname": contact.nickname,
        "display_name": contact.display_name,
        "email": contact.email,
        "watched": contact.watch,
        "may_watch": contact.permission == Permission.ALLOWED,
    }


# ---- others ----


@command.command("near-me")
@click.option("--follow", is_flag=True, help="Stay, and show who comes, changes and goes.")
@for_programs
def near_me(follow: bool, as_json: bool) -> None:
    """List who is signed in near by, as they call themselves."""
    program = Program()
    if follow:
        _follow(program, as_json)
    rows = [_person(each) for each in program.ask(local.PEOPLE, None, _not_signed_in)]
    if as_json:
        for row in rows:
            print(in_json({"what": "here"} | row), flush=True)
    elif rows:
        print(table(("NICKNAME", "ENDPOINT", "ADDRESS"), [tuple(row.values()) for row in rows]))
    else:
        print("nobody", file=sys.stderr)
    program.close()


def _follow(program: Program, as_json: bool) -> None:
    """Show people near by until the user has had enough."""
    events = collab_live.Events(program, CollabEventType.PEOPLE_NEAR_ME_CHANGED)
    people = program.ask(local.PEOPLE, None, _not_signed_in)
    with collab_live.Changing(("NICKNAME", "ENDPOINT", "ADDRESS"), "nobody", as_json=as_json) as shown:
        for each in people:
            shown.tell("here", (each.endpoint.address,), _person(each))
        for event in events:
            content: PeopleChanged = event.content
            if content.person is not None:
                what = ("came", "went", "changed")[content.change]
                gone = content.change == Change.DELETED
                shown.tell(what, (content.person.endpoint.address,), _person(content.person), gone=gone)


def _person(person: Person) -> dict[str, str]:
    endpoint = person.endpoint
    return {"nickname": person.nickname, "endpoint": endpoint.name, "address": str(endpoint.address)}


# ---- invitations ----


@command.command("invitations", cls=Command)
@click.option("--accept", type=COUNT, metavar="NUMBER", help="Say yes to the invitation with that number, and end.")
@click.option("--decline", type=COUNT, metavar="NUMBER", help="Say no to it, and end.")
@click.option("--follow", is_flag=True, help="Stay, and print those that come.")
@for_programs
def invitations(accept: int | None, decline: int | None, follow: bool, as_json: bool) -> None:
    """List the invitations that wait for an answer of this user, or answer one."""
    if sum((accept is not None, decline is not None, follow)) > 1:
        raise mistyped("--accept, --decline and --follow do not go together: only one of them at a time.")
    program = _Attending()
    for id_, answer in ((accept, True), (decline, False)):
        if id_ is not None:
            try:
                program.ask(local.RESPOND, local.Pair(id_, answer), _not_signed_in)
            except NotFound as error:
                said = f"No invitation with the number {id_} waits; `peerapi collab invitations` shows those that do."
                raise NotFound(said) from error
            program.close()
            return
    found = program.ask(local.ATTEND, True, tuple)
    for each in found:
        _print_invitation(each, as_json)
    if not found and not follow and not as_json:
        print("no invitations", file=sys.stderr)
    while follow:
        _print_invitation(program.came.get(), as_json)
    program.close()


class _Attending(Program):
    """A program that is told of invitations."""

    def __init__(self) -> None:
        super().__init__()
        self.came: queue.SimpleQueue[local.Waiting] = queue.SimpleQueue()

    def told(self, kind: int, value: Any) -> None:
        """See Listener."""
        if kind == local.TOLD_INVITATION:
            self.came.put(value)
        super().told(kind, value)


def _print_invitation(waiting: local.Waiting, as_json: bool) -> None:
    shown = {
        "id": waiting.id,
        "from": waiting.who,
        "peer_name": waiting.peer_name,
        "contact": waiting.is_contact,
        "application": waiting.description,
        "message": waiting.invitation.message,
    }
    if as_json:
        print(in_json(shown), flush=True)
        return
    who = printable(waiting.who) + ("" if waiting.is_contact else " (no contact)")
    said = f": {printable(waiting.invitation.message)}" if waiting.invitation.message else ""
    print(f"{waiting.id}  {who} invites to {printable(waiting.description)}{said}", flush=True)
