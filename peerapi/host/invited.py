"""Invitations to this user: who is asked, what is started.

An invitation starts nothing by itself. The programs that attend to invitations (``peerapi collab invitations``, or one
that the user has named in the settings) are told, and one of them answers for the user; where there is none, the
desktop shows that an invitation waits (``notification``). What starts is the program that was registered here under the
ID, by its path and with its arguments, and without a shell; nothing that came from the network is in either. The
program asks for the invitation by a token that it finds in its environment.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import secrets
import signal
from pathlib import Path
from typing import NamedTuple

import trio

from peerapi.collab import local
from peerapi.collab.conversation import Invited as InvitationCame
from peerapi.collab.conversation import Told, Withdrawn
from peerapi.collab.values import Answer, Endpoint, Invitation, LaunchInfo, Registration, Response
from peerapi.engine.collab.starting import environment
from peerapi.environment import variable
from peerapi.errors import AccessDenied, InvalidArgument, NotFound, os_failure
from peerapi.host import windows_programs
from peerapi.host.desk import Desk
from peerapi.host.link import Link
from peerapi.host.network import Network
from peerapi.host.notification import Notifications
from peerapi.host.port import Port
from peerapi.log import Log

PATIENCE = 300.0
"Seconds until an invitation that nobody has answered is dropped."
TOKEN = "PEERAPI_LAUNCH"
MOST_TOKENS = 1000
_VARIABLE = re.compile(r"%(\w+)%|\$\{(\w+)\}")
log = Log("host")


class _Waiting(NamedTuple):
    link: Link
    request: int
    registration: Registration
    invitation: Invitation
    told: local.Waiting
    scope: trio.CancelScope


class InvitedUser:
    """See the module's text."""

    def __init__(self, desk: Desk, network: Network) -> None:
        self._desk = desk
        self._network = network
        self._ids = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._launched: dict[str, LaunchInfo] = {}
        self._notifications = Notifications()
        network.incoming = self._incoming

    # ---- what comes ----

    def _incoming(self, link: Link, told: Told) -> None:
        match told:
            case InvitationCame(request, invitation):
                self._came(link, request, invitation)
            case Withdrawn(request):
                for id_, one in list(self._waiting.items()):
                    if one.link is link and one.request == request:
                        self._drop(id_)

    def _came(self, link: Link, request: int, invitation: Invitation) -> None:
        registration = self._desk.applications.visible(invitation.application_id)
        if registration is None or len(self._waiting) >= local.MAX_WAITING:
            self._answer(link, request, Response(Answer.DECLINED, 0))
            return
        contact = self._network.contact(link.peer_name)
        nickname = contact.nickname if contact is not None else link.remote.nickname if link.remote else ""
        told = local.Waiting(
            next(self._ids),
            nickname,
            link.peer_name,
            contact is not None,
            registration.application.description,
            invitation,
        )
        waiting = _Waiting(link, request, registration, invitation, told, trio.CancelScope())
        self._waiting[told.id] = waiting
        for port in self._desk.ports:
            if port.attends:
                port.tell(local.TOLD_INVITATION, told)
        self._network.nursery.start_soon(self._wait, waiting)
        command = self._desk.settings.get().command
        if not command and not any(port.attends for port in self._desk.ports):
            self._network.nursery.start_soon(self._notifications.tell, told)
        if command:
            self._network.nursery.start_soon(self._ask, command, waiting)

    async def _wait(self, waiting: _Waiting) -> None:
        with waiting.scope, trio.move_on_after(PATIENCE):
            await waiting.link.ended.wait()
        if waiting.told.id in self._waiting:
            self._drop(waiting.told.id)

    def _drop(self, id_: int) -> None:
        """It waits no more."""
        waiting = self._waiting.pop(id_)
        waiting.scope.cancel()
        for port in self._desk.ports:
            if port.attends:
                port.tell(local.TOLD_ENDED, id_)

    # ---- who answers ----

    def attend(self, port: Port, wanted: bool) -> list[local.Waiting]:
        """A program asks the user, from now on; the invitations that wait already."""
        port.attends = wanted
        return [one.told for one in self._waiting.values()] if wanted else []

    def respond(self, id_: int, accepted: bool) -> None:
        """What the user has said. Raises NotFound when it waits no more, and why the program cannot be started."""
        waiting = self._waiting.get(id_)
        if waiting is None:
            raise NotFound("The invitation waits no more.")
        self._drop(id_)
        if not accepted:
            self._answer(waiting.link, waiting.request, Response(Answer.DECLINED, 0))
            return
        try:
            self._launch(waiting)
        except (OSError, InvalidArgument, AccessDenied) as error:
            failure = os_failure(error) if isinstance(error, OSError) else error
            self._answer(waiting.link, waiting.request, Response(Answer.ERROR, failure.hresult))
            raise failure from error
        self._answer(waiting.link, waiting.request, Response(Answer.ACCEPTED, 0))

    async def _ask(self, command: str, waiting: _Waiting) -> None:
        """The user's own program: it gets the invitation as JSON, and accepts by the exit code 0."""
        told = waiting.told
        said = {
            "id": told.id,
            "who": told.who,
            "peer_name": told.peer_name,
            "contact": told.is_contact,
            "application": told.description,
            "message": told.invitation.message,
        }
        with waiting.scope:
            try:
                done = await trio.run_process(
                    [command], stdin=json.dumps(said).encode() + b"\n", check=False, env=environment()
                )
                if told.id in self._waiting:
                    self.respond(told.id, done.returncode == 0)
            except (OSError, InvalidArgument, AccessDenied, NotFound) as error:
                log.warning("%s: %s", command, error)

    @staticmethod
    def _answer(link: Link, request: int, response: Response) -> None:
        if link.conversation is not None:
            link.conversation.answer(request, response)
            link.flush()

    # ---- what is started ----

    def _launch(self, waiting: _Waiting) -> None:
        """Raises OSError, InvalidArgument, AccessDenied."""
        words = [*program(expanded(waiting.registration.path)), *split(expanded(waiting.registration.arguments))]
        token = secrets.token_hex(16)
        link = waiting.link
        endpoint = Endpoint(link.address, "")
        if link.remote is not None:
            endpoint = Endpoint(link.address._replace(port=link.remote.port), link.remote.name)
        contact = self._network.contact(link.peer_name)
        if len(self._launched) >= MOST_TOKENS:
            del self._launched[next(iter(self._launched))]
        self._launched[token] = LaunchInfo(contact, endpoint, waiting.invitation)
        os.posix_spawn(
            words[0],
            words,
            environment() | {TOKEN: token},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
        )

    def launched(self, token: str) -> LaunchInfo:
        """For the program that was started. Raises NotFound."""
        found = self._launched.get(token)
        if found is None:
            raise NotFound("This program was not started by an invitation.")
        return found


def program(path: str) -> list[str]:
    """What runs the program at a full path, of this system or of Windows. Raises InvalidArgument, AccessDenied."""
    file = windows_programs.located(path) if windows_programs.is_path(path) else Path(path)
    if not file.is_absolute():
        raise InvalidArgument(f"{path} is no full path of a program.")
    if not file.is_file() or not os.access(file, os.R_OK if windows_programs.is_path(path) else os.X_OK):
        raise AccessDenied(f"{path} is no program that this user may run.")
    return windows_programs.command(file) if windows_programs.is_path(path) else [path]


def expanded(text: str) -> str:
    """With the variables of this user's environment: ``%NAME%`` and ``${NAME}``; what is none stays as it is."""
    return _VARIABLE.sub(lambda found: variable(found[1] or found[2], found[0]), text)


def split(line: str) -> list[str]:
    """Arguments as Windows' programs split them: at spaces and tabs, quotes keep together, backslashes count before
    quotes only."""
    arguments: list[str] = []
    current: list[str] = []
    quoted = has_any = False
    at = 0
    while at < len(line):
        slashes = len(line) - at - len(line[at:].lstrip("\\"))
        at += slashes
        is_quote = line[at : at + 1] == '"'
        current += "\\" * (slashes // 2 if is_quote else slashes)
        if slashes:
            has_any = True
        if at >= len(line):
            break
        if is_quote and slashes % 2:
            current.append('"')
        elif is_quote:
            quoted, has_any = not quoted, True
        elif line[at] in " \t" and not quoted:
            if has_any:
                arguments.append("".join(current))
            current, has_any = [], False
        else:
            current.append(line[at])
            has_any = True
        at += 1
    return [*arguments, "".join(current)] if has_any else arguments
