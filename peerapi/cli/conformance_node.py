"""A node of this library for ``peerapi conformance wire``, in a process of its own: it does what each line says.

``python -m peerapi.cli.conformance_node`` reads one JSON object a line from stdin and answers each with one line, until
its input ends. docs/conformance.md says what may be asked for.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import trio

import peerapi
from peerapi.address import Address
from peerapi.api.identity import IDENTITIES
from peerapi.api.pnrp import signer_of
from peerapi.engine.clouds.clouds import Clouds, Membership
from peerapi.engine.clouds.member import Publication, Query
from peerapi.engine.clouds.network import LOOPBACK_CLOUD
from peerapi.engine.graphs.node import Node
from peerapi.engine.groups.group import Group
from peerapi.engine.groups.groups import Groups
from peerapi.engine.groups.new_group import NewGroup
from peerapi.engine.runtime import Engine, moment
from peerapi.errors import PeerError
from peerapi.grouping.properties import Authentication
from peerapi.grouping.roles import Role
from peerapi.identity import names
from peerapi.identity.keys import Algorithm, KeyPair
from peerapi.identity.xml import read_identity_info

PATIENCE = 60.0
Asked = dict[str, Any]
Deed = Callable[[Asked], Awaitable[Any]]


class GraphNodes:
    """The nodes of graphs that were asked for, by the name that each line gives them (``node``)."""

    def __init__(self, stack: AsyncExitStack, nursery: trio.Nursery) -> None:
        self._stack = stack
        self._nursery = nursery
        self._open: dict[str, Any] = {}
        self._inboxes: dict[str, Any] = {}

    def deeds(self) -> dict[str, Deed]:
        return {
            "create": self.create,
            "open": self.open,
            "listen": self.listen,
            "connect": self.connect,
            "close": self.close,
            "add": self.add,
            "update": self.update,
            "delete": self.delete,
            "send": self.send,
            "accept direct": self.accept_direct,
            "has": self.has,
        }

    async def create(self, asked: Asked) -> None:
        made = peerapi.create_graph(
            asked["graph"],
            asked["peer"],
            scope=peerapi.Scope.LOOPBACK,
            max_record_size=asked.get("largest", 0),
            friendly_name=asked.get("friendly"),
            comment=asked.get("comment"),
        )
        self._open[asked["node"]] = await self._stack.enter_async_context(made)

    async def open(self, asked: Asked) -> None:
        made = peerapi.open_graph(asked["graph"], asked["peer"])
        self._open[asked["node"]] = await self._stack.enter_async_context(made)

    async def listen(self, asked: Asked) -> int:
        address, *_ = await self._open[asked["node"]].listen()
        port: int = address.port
        return port

    async def connect(self, asked: Asked) -> None:
        """Begins a call; what comes of it is seen by who is called."""
        graph = self._open[asked["node"]]

        async def call() -> None:
            with contextlib.suppress(PeerError):
                if asked.get("direct"):
                    await graph.direct(asked["peer"], asked["host"], asked["port"])
                else:
                    await graph.connect(asked["host"], asked["port"], peer=asked.get("peer"))

        self._nursery.start_soon(call)

    async def close(self, asked: Asked) -> None:
        await self._open.pop(asked["node"]).aclose()

    async def add(self, asked: Asked) -> str:
        added = await self._open[asked["node"]].add(
            UUID(asked["type"]),
            bytes.fromhex(asked["data"]),
            attributes=asked.get("attributes"),
            expires=timedelta(seconds=asked.get("seconds", 3600)),
        )
        return str(added)

    async def update(self, asked: Asked) -> None:
        await self._open[asked["node"]].update(UUID(asked["record"]), bytes.fromhex(asked["data"]))

    async def delete(self, asked: Asked) -> None:
        await self._open[asked["node"]].delete(UUID(asked["record"]))

    async def has(self, asked: Asked) -> bool:
        return await self._open[asked["node"]].find(UUID(asked["record"])) is not None

    async def send(self, asked: Asked) -> None:
        graph = self._open[asked["node"]]
        (connection,) = [one for one in graph.connections() if one.node == int(asked["to"], 16)]
        await graph.send(connection, UUID(asked["type"]), bytes.fromhex(asked["data"]))

    async def accept_direct(self, asked: Asked) -> None:
        self._inboxes[asked["node"]] = self._open[asked["node"]].messages()


class NameNodes:
    """The names that were asked for, registered in the cloud of this machine."""

    def __init__(self) -> None:
        self._clouds = Clouds(Membership(Engine()))
        self._registered: dict[str, Any] = {}

    def deeds(self) -> dict[str, Deed]:
        return {"register": self.register, "unregister": self.unregister, "resolve": self.resolve}

    async def register(self, asked: Asked) -> dict[str, Any]:
        """The peer name (``new:classifier`` makes an identity for it), and the UDP port of the node."""
        return await trio.to_thread.run_sync(partial(self._register, asked))

    def _register(self, asked: Asked) -> dict[str, Any]:
        text: str = asked["name"]
        if text.startswith("new:"):
            key = KeyPair.generate(Algorithm.RSA, 1024)
            text = IDENTITIES.create(text.removeprefix("new:"), None, key, moment().utc)
        name = names.parse(text)
        payload = asked["payload"].encode() if asked.get("payload") else None
        publication = Publication(None, asked["port"], asked.get("comment"), payload)
        made = self._clouds.register(name, signer_of(name, None), LOOPBACK_CLOUD, publication)
        self._registered[str(name)] = made
        ((member, _),) = made.registered
        return {"name": str(name), "port": member.cloud.endpoints[0].port}

    async def unregister(self, asked: Asked) -> None:
        await trio.to_thread.run_sync(self._registered.pop(asked["name"]).withdraw)

    async def resolve(self, asked: Asked) -> list[list[str]]:
        """The addresses of each registration of a name that was found."""
        query = Query(names.parse(asked["name"]), 1)
        search = await trio.to_thread.run_sync(partial(self._clouds.search, query, LOOPBACK_CLOUD))
        found = await trio.to_thread.run_sync(search.wait_found)
        return [[str(address) for address in one.addresses] for one in found]

    def close(self) -> None:
        self._clouds.close_all()


class GroupNode:
    """A group of the published formats that is joined by invitation or password, with a founder who listens."""

    def __init__(self) -> None:
        self._node = Node(Engine())
        self._clouds = Clouds(Membership(Engine()))
        self._groups = Groups(self._node, IDENTITIES, lambda: self._clouds)
        self._group: Group | None = None

    def deeds(self) -> dict[str, Deed]:
        return {"create group": self.create, "person": self.person, "call from group": self.call}

    async def create(self, asked: Asked) -> dict[str, Any]:
        """The peer name of the group and the TCP port of its founder."""
        return await trio.to_thread.run_sync(partial(self._create, asked["password"]))

    def _create(self, password: str) -> dict[str, Any]:
        founder = IDENTITIES.create("founder", None, KeyPair.generate(Algorithm.RSA, 1024), moment().utc)
        wish = NewGroup(
            founder, published=True, cloud=LOOPBACK_CLOUD, authentication=Authentication(3), password=password
        )
        group = self._group = self._groups.create(wish)
        group.finder.connect()
        return {"group": str(group.security.group), "port": self._port(group)}

    def _port(self, group: Group) -> int:
        end = time.monotonic() + PATIENCE
        while not group.driver.graph.addresses:
            if time.monotonic() > end:
                raise OSError("the group does not listen")
            time.sleep(0.01)
        port: int = next(one.port for one in group.driver.graph.addresses if not one.relay)
        return port

    async def person(self, asked: Asked) -> dict[str, str]:
        """A new identity with its key, and with a membership if it is to be a member; all in base 64."""
        return await trio.to_thread.run_sync(partial(self._person, member=asked["member"]))

    def _person(self, *, member: bool) -> dict[str, str]:
        key, now = KeyPair.generate(Algorithm.RSA, 1024), moment().utc
        name = IDENTITIES.create("kit", None, key, now)
        certificate = read_identity_info(IDENTITIES.info(name, now), now)
        chain = b""
        if member:
            assert self._group is not None
            text = self._group.invite(certificate, (Role.MEMBER,), None)
            chain = base64.b64decode(re.sub(r"\s", "", text.partition("<GMC")[2].partition(">")[2].partition("<")[0]))
        found = {"key": key.pkcs8(), "certificate": certificate.encoded, "chain": chain}
        return {"name": name} | {what: base64.b64encode(raw).decode() for what, raw in found.items()}

    async def call(self, asked: Asked) -> None:
        """A new member begins a call."""
        await trio.to_thread.run_sync(partial(self._call, Address.parse(asked["host"], asked["port"])))

    def _call(self, place: Address) -> None:
        assert self._group is not None
        now = moment().utc
        name = IDENTITIES.create("caller", None, KeyPair.generate(Algorithm.RSA, 1024), now)
        invitation = self._group.invite(read_identity_info(IDENTITIES.info(name, now), now), (Role.MEMBER,), None)
        self._groups.join(name, invitation, None).finder.connect_to([place])

    def close(self) -> None:
        self._node.close_all()
        self._clouds.close_all()


async def answer(deeds: dict[str, Deed], line: str) -> dict[str, Any]:
    """What one line asks for, done."""
    try:
        asked = json.loads(line)
        return {"ok": await deeds[asked["do"]](asked)}
    except (PeerError, OSError, ValueError, LookupError, TypeError) as problem:
        return {"error": f"{type(problem).__name__}: {problem}"}


async def main() -> None:
    async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
        registrations = NameNodes()
        stack.callback(registrations.close)
        group = GroupNode()
        stack.callback(group.close)
        deeds = GraphNodes(stack, nursery).deeds() | registrations.deeds() | group.deeds()
        while line := await trio.to_thread.run_sync(sys.stdin.readline):
            print(json.dumps(await answer(deeds, line)), flush=True)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
