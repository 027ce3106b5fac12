"""Invitations that programs of this user send."""

from __future__ import annotations

import trio

from peerapi.collab import local
from peerapi.collab.conversation import Answered, Ended, Told
from peerapi.collab.values import Answer, Response
from peerapi.engine.runtime import moment
from peerapi.errors import ConnectionFailed, NotFound, PeerError, TimedOut
from peerapi.host.desk import Desk
from peerapi.host.link import Link
from peerapi.host.network import Network
from peerapi.host.port import Port

PATIENCE = 300.0
"Seconds until an invitation counts as not answered."


class _Sent:
    """One invitation under way; see Request."""

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.done = trio.Event()
        self.link: Link | None = None
        self.request = 0
        self.response: Response | None = None

    def told(self, what: Told) -> None:
        match what:
            case Answered(_, response):
                self.response = response
                self.done.set()
            case Ended():
                self.done.set()

    def lost(self, polite: bool) -> None:
        self.done.set()


class Inviting:
    """See the module's text."""

    def __init__(self, desk: Desk, network: Network) -> None:
        self._desk = desk
        self._network = network
        self._sent: dict[tuple[Port, int], _Sent] = {}

    def invite(self, port: Port, request: local.InviteRequest) -> None:
        """Begin; ``TOLD_RESPONSE`` says how it ends. Raises NotFound for a contact that there is not."""
        name = request.contact
        if name is not None:
            me = self._desk.book.me(moment().utc).peer_name
            name = name or me
            if name != me and self._desk.book.find(name) is None:
                raise NotFound("The invited person is no contact.")
        sent = self._sent[port, request.id] = _Sent()
        self._network.nursery.start_soon(self._send, port, request, name, sent)

    def cancel(self, port: Port, id_: int) -> None:
        """Stop calling, or tell the other side; nothing, when it has ended already."""
        sent = self._sent.pop((port, id_), None)
        if sent is not None:
            self._withdraw(sent)

    def user_gone(self, port: Port) -> None:
        """A program has ended: so do its invitations."""
        for key in [key for key in self._sent if key[0] is port]:
            self._withdraw(self._sent.pop(key))

    @staticmethod
    def _withdraw(sent: _Sent) -> None:
        sent.scope.cancel()
        if sent.link is not None and sent.link.conversation is not None:
            sent.link.requests.pop(sent.request, None)
            sent.link.conversation.cancel(sent.request)
            sent.link.flush()

    async def _send(self, port: Port, request: local.InviteRequest, name: str | None, sent: _Sent) -> None:
        responded = local.Responded(request.id, 0, Response(Answer.EXPIRED, TimedOut.hresult))
        with sent.scope:
            with trio.move_on_after(PATIENCE):
                try:
                    responded = local.Responded(request.id, 0, await self._answer(request, name, sent))
                except PeerError as error:
                    responded = local.Responded(request.id, error.hresult, None)
            if self._sent.pop((port, request.id), None) is not None:
                if responded.response is not None and responded.response.action == Answer.EXPIRED:
                    self._withdraw(sent)
                port.tell(local.TOLD_RESPONSE, responded)

    @staticmethod
    def _is_there(link: Link, name: str) -> bool:
        """Whether it is the invited contact who has proved a key at the endpoint."""
        return link.peer_name == name

    async def _answer(self, request: local.InviteRequest, name: str | None, sent: _Sent) -> Response:
        link = await self._network.connected(request.endpoint.address)
        if name is not None and not self._is_there(link, name):
            raise ConnectionFailed("Somebody else is at the endpoint of the invited contact.")
        assert link.conversation is not None
        sent.link = link
        sent.request = link.conversation.invite(request.invitation)
        link.requests[sent.request] = sent
        link.flush()
        try:
            await sent.done.wait()
        finally:
            link.requests.pop(sent.request, None)
        if sent.response is None:
            raise ConnectionFailed("The other side takes no invitation of this user.")
        return sent.response
