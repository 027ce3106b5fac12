"""Contacts, this user, and the applications that others can invite to. They are on disk, and need no sign-in."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

from peerapi.api.collab_invitations import TOKEN
from peerapi.collab import local, values
from peerapi.collab.contacts import parse_contact as parsed
from peerapi.collab.values import Permission, Registered, Signin, check_registration
from peerapi.engine.collab import stores
from peerapi.engine.collab.program import Program
from peerapi.engine.runtime import moment
from peerapi.environment import variable
from peerapi.errors import NotFound
from peerapi.python import arguments, hosts, people_values
from peerapi.python.people_values import Application, Contact, LaunchInfo

T = TypeVar("T")
_BOOK = stores.contact_book()
_APPLICATIONS = stores.applications()


async def contacts() -> list[Contact]:
    """The contacts of this user, oldest first, without this user."""
    return [people_values.contact(one) for one in await hosts.current().in_thread(_BOOK.all)]


async def me() -> Contact:
    """This user, as a contact of others; made at the first need."""
    return people_values.contact(await hosts.current().in_thread(lambda: _BOOK.me(moment().utc)))


def parse_contact(document: str) -> Contact:
    """Whom contact XML is about; kept nowhere. Raises InvalidArgument."""
    return people_values.contact(parsed(arguments.text("document", document), moment().utc))


async def export_contact(contact: Contact | str | None = None) -> str:
    """The XML of a contact, of this user by itself, for others to add: no secret. Raises ContactNotFound."""
    name = None if contact is None else name_of(contact)
    return await hosts.current().in_thread(lambda: _BOOK.export(name, moment().utc))


async def add_contact(document: str, *, watch: bool = False, may_watch: bool = False) -> Contact:
    """A new contact from the XML that they have exported. ``may_watch``: they see what this user publishes; ``watch``:
    this user wants to hear of them. Raises InvalidArgument, AlreadyExists."""
    arguments.text("document", document)
    _check(watch=watch, may_watch=may_watch)
    parsed(document, moment().utc)

    def add(program: Program) -> values.Contact:
        added = program.change(local.ADD_CONTACT, document.encode("utf-8"), lambda: _BOOK.add(document, moment().utc))
        if not watch and not may_watch:
            return added
        return _update(program, added._replace(watch=watch, permission=_permission(may_watch)))

    return people_values.contact(await _changing(add))


async def update_contact(
    contact: Contact | str,
    *,
    nickname: str | None = None,
    display_name: str | None = None,
    email: str | None = None,
    watch: bool | None = None,
    may_watch: bool | None = None,
) -> Contact:
    """Change what is given of a contact; of this user the names only. Raises InvalidArgument, ContactNotFound."""
    name = name_of(contact)
    given: dict[str, object] = {"nickname": nickname, "display_name": display_name, "email": email}
    for what, text in given.items():
        arguments.optional_text(what, text)
    _check(watch=watch, may_watch=may_watch)
    given |= {"watch": watch, "permission": None if may_watch is None else _permission(may_watch)}
    changes = {what: value for what, value in given.items() if value is not None}

    def update(program: Program) -> values.Contact:
        found = _BOOK.get(name, moment().utc)
        return _update(program, values.Contact(**(found._asdict() | changes)))

    return people_values.contact(await _changing(update))


async def delete_contact(contact: Contact | str) -> None:
    """Forget a contact. Raises ContactNotFound; InvalidArgument for this user."""
    name = name_of(contact)

    def delete(program: Program) -> None:
        spelled = _BOOK.get(name, moment().utc).peer_name

        def directly() -> None:
            _BOOK.delete(spelled)

        program.change(local.DELETE_CONTACT, spelled, directly)

    await _changing(delete)


# ---- applications ----


async def register_application(
    id: UUID,
    description: str,
    path: str | os.PathLike[str],
    *,
    command_line: str = "",
    data: bytes | str = b"",
    scope: Signin = Signin.ALL,
) -> None:
    """Have a program that people can invite this user to; it stays registered.

    What is started is ``path``, a full path, with the arguments of ``command_line``, which are split as Windows'
    programs do; both never leave the machine. ``scope``: who is shown it. Raises InvalidArgument, AlreadyExists.
    """
    application = values.Application(
        arguments.uuid("id", id).bytes, arguments.data("data", data), arguments.text("description", description)
    )
    registration = values.Registration(
        application,
        arguments.path("path", path),
        arguments.text("command_line", command_line),
        arguments.a(Signin, "scope", "a peerapi.Signin", scope),
    )
    check_registration(registration)

    def directly() -> None:
        _APPLICATIONS.register(registration, Registered.CURRENT_USER)

    pair = local.Pair(registration, Registered.CURRENT_USER)
    await _changing(lambda program: program.change(local.REGISTER, pair, directly))


async def unregister_application(id: UUID) -> None:
    """Undo a registration of this user. Raises NotFound."""
    wanted = arguments.uuid("id", id).bytes

    def directly() -> None:
        _APPLICATIONS.unregister(wanted, Registered.CURRENT_USER)

    pair = local.Pair(wanted, Registered.CURRENT_USER)
    await _changing(lambda program: program.change(local.UNREGISTER, pair, directly))


async def registered_applications() -> list[Application]:
    """The applications that this user has registered."""
    found = await hosts.current().in_thread(lambda: _APPLICATIONS.all(Registered.CURRENT_USER))
    return [people_values.application(one.application) for one in found]


async def launch_info() -> LaunchInfo | None:
    """Who has invited, when this program was started by an invitation; else None."""
    token = variable(TOKEN)

    def ask(program: Program) -> values.LaunchInfo | None:
        def nobody() -> values.LaunchInfo:
            raise NotFound

        try:
            found: values.LaunchInfo = program.ask(local.LAUNCHED, token[:64], nobody)
        except NotFound:
            return None
        return found

    found = await _changing(ask) if token else None
    if found is None:
        return None
    return LaunchInfo(
        None if found.contact is None else people_values.contact(found.contact),
        found.endpoint,
        UUID(bytes=found.invitation.application_id),
        found.invitation.data,
        found.invitation.message,
    )


# ---- helpers ----


def name_of(contact: object) -> str:
    """The peer name of a contact. Raises TypeError, ValueError."""
    found = arguments.a((Contact, str), "contact", "a peerapi.Contact or its name", contact)
    return found.name if isinstance(found, Contact) else arguments.text("contact", found)


def _check(**flags: object) -> None:
    """Raises TypeError."""
    for name, value in flags.items():
        if value is not None:
            arguments.a(bool, name, "a bool", value)


def _permission(may_watch: bool) -> Permission:
    return Permission.ALLOWED if may_watch else Permission.BLOCKED


def _update(program: Program, contact: values.Contact) -> values.Contact:
    checked = _BOOK.checked(contact)

    def directly() -> None:
        _BOOK.update(checked, moment().utc)

    program.change(local.UPDATE_CONTACT, checked, directly)
    return contact


async def _changing(work: Callable[[Program], T]) -> T:
    """What goes through the host if there is one, over a connection that lasts no longer than that."""
    return await hosts.current().in_thread(partial(_with_program, work))


def _with_program(work: Callable[[Program], T]) -> T:
    program = Program()
    try:
        return work(program)
    finally:
        program.close()
