"""Being signed in: where this user is called and announced, as addresses of this machine come and go."""

from __future__ import annotations

import trio

from peerapi.collab.values import Signin, check_flags
from peerapi.engine.address_changes import AddressChanges
from peerapi.environment import variable
from peerapi.errors import InvalidArgument
from peerapi.host.desk import Desk
from peerapi.host.internet import Internet
from peerapi.host.listening import on_links, on_the_internet
from peerapi.host.near_me import NearMe
from peerapi.host.network import Network
from peerapi.host.watching import Watching
from peerapi.log import Log

log = Log("host")


class Signing:
    """See the module's text."""

    def __init__(self, desk: Desk, network: Network, watching: Watching) -> None:
        self._desk = desk
        self._network = network
        self.internet = Internet(desk, network, watching)
        self._following: trio.CancelScope | None = None
        self.near_me = NearMe(desk)
        network.nobody_at = self.near_me.unreachable

    def sign_in(self, flags: int) -> bool:
        """Whether others can come to where this user wants to be seen. Raises InvalidArgument, ServiceNotAvailable,
        OSError."""
        wanted, before = check_flags(flags), self._desk.own.flags
        on_links()  # a variable that cannot be understood is told now, not in the log
        self._network.listen()
        if Signin.NEAR_ME in wanted and Signin.NEAR_ME not in before:
            self.near_me.sign_in(self._network.nursery, self._network.port)
        self._desk.tell(self._desk.own.sign_in(flags))
        if Signin.INTERNET in wanted:
            self.internet.sign_in()
        if self._following is None:
            self._following = trio.CancelScope()
            self._network.nursery.start_soon(self._follow, self._following)
        return self._look()

    def sign_out(self, flags: int) -> None:
        """Raises InvalidArgument."""
        before = self._desk.own.flags
        events = self._desk.own.sign_out(flags)
        after = self._desk.own.flags
        if Signin.NEAR_ME in before and Signin.NEAR_ME not in after:
            self.near_me.sign_out()
            self._network.permissions_changed()
        if Signin.INTERNET not in after:
            self.internet.sign_out()
        if after:
            self._look()
        elif before:
            self._end()
        self._desk.tell(events)

    def end(self) -> None:
        """The host ends: say goodbye to everybody."""
        self.near_me.sign_out()
        self.internet.sign_out()
        self._end()

    def _end(self) -> None:
        self._network.end()
        if self._following is not None:
            self._following.cancel()
            self._following = None

    def _look(self, *, anew: bool = False) -> bool:
        """Be where the addresses of this machine are now; whether there is one for every scope that was asked for.
        ``anew``: something has changed."""
        flags = self._desk.own.flags
        links = on_links()
        internet = on_the_internet() if Signin.INTERNET in flags else set()
        self._network.listen_at(links | internet)
        called = {one for one in self._network.addresses if one._replace(port=0) in links}
        self.near_me.on_links(self._network.nursery, called, anew=anew)
        is_near = bool(called) or Signin.NEAR_ME not in flags or not variable("PEERAPI_PNRP_LINKS", "")
        is_far = bool(internet) or Signin.INTERNET not in flags or not variable("PEERAPI_PNRP_SEEDS", "")
        return is_near and is_far

    async def _follow(self, scope: trio.CancelScope) -> None:
        try:
            changes = AddressChanges()
        except OSError as error:  # a system that gives no such news
            log.warning("addresses that change are not noticed: %s", error)
            return
        try:
            with scope:
                while await changes.wait():
                    try:
                        self._look(anew=True)
                    except InvalidArgument as error:
                        log.warning("%s", error)
        finally:
            changes.close()
