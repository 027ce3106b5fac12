"""``peerapi pnrp``: publish and find peer names from the command line."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from peerapi.cli import naming
from peerapi.cli.commands import PORT, Family, for_programs, typed
from peerapi.cli.output import data_preview, in_json
from peerapi.errors import InvalidPeerName
from peerapi.identity import names
from peerapi.signals import ending
from peerapi.text import printable

if TYPE_CHECKING:
    from peerapi.engine.clouds.clouds import Clouds
    from peerapi.engine.clouds.search import Hit, Search
    from peerapi.identity.keys import KeyPair

MOST = 16
HOW = {
    "PEERAPI_PNRP_SEEDS": "for Global_, addresses of its nodes, as in [2001:db8::1]:3540",
    "PEERAPI_PNRP_LINKS": "for the clouds of links, names of interfaces, or all",
}
"Which variable brings which clouds; nothing leaves the machine before somebody has said so."


cloud_option = click.option("--cloud", metavar="CLOUD", help="In one cloud only, as `peerapi pnrp clouds` names it.")


@click.group("pnrp", cls=Family, no_args_is_help=True)
def command() -> None:
    """Peer names: publish and find them.

    A name belongs to who has its key (0.NAME to everybody), and leads to the addresses of an application. It is
    published in clouds of nodes, of this machine, of a link, or of the Internet.
    """


@contextlib.contextmanager
def _here() -> Iterator[Clouds]:
    """The clouds of this process, which it leaves at the end."""
    from peerapi.engine.clouds.clouds import Clouds, Membership
    from peerapi.engine.runtime import Engine

    clouds = Clouds(Membership(Engine()))
    try:
        yield clouds
    finally:
        clouds.close_all()


def _chosen(clouds: Clouds, typed: str | None) -> str | None:
    """The name of the cloud that is meant; None: all. Raises NotFound."""
    if typed is None:
        return None
    known = [plan.name for plan in clouds.chosen(None)]
    return naming.meant("cloud", typed, known, lambda name: [name], listing="peerapi pnrp clouds")


# ---- what there is ----


@command.command("clouds")
@for_programs
def _clouds(as_json: bool) -> None:
    """List the clouds of this machine, and how to get others."""
    with _here() as clouds:
        _list(clouds, as_json)


def _list(clouds: Clouds, as_json: bool) -> None:
    if as_json:
        for plan in clouds.chosen(None):
            place = {"scope": plan.scope.value, "interface": plan.scope_id if plan.is_link else None}
            print(in_json({"cloud": plan.name, **place, "profile": plan.profile.name, "port": plan.first_port}))
        return
    for plan in clouds.chosen(None):
        ports = f"UDP from port {plan.first_port}"
        seeds = f", {len(plan.seeds)} seeds" if plan.seeds else ""
        where = f"{plan.scope.value} on {_interface(plan.scope_id)}" if plan.is_link else plan.scope.value
        print(f"{plan.name}  {where}  {plan.profile.name} profile, {ports}{seeds}")
    for variable, text in HOW.items():
        if not os.environ.get(variable):
            print(f"{text}: set {variable}")


def _interface(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:
        return f"interface {index}, which is gone"


# ---- finding ----


@command.command()
@click.argument("name")
@cloud_option
@for_programs
def resolve(name: str, cloud: str | None, as_json: bool) -> None:
    """Find who has published a name: addresses, comment and payload.

    NAME is a peer name, as `peerapi pnrp register` or `peerapi identity list` shows it.
    """
    with _here() as clouds:
        for one in _search(clouds, name, cloud, MOST).wait_found():
            _tell(one, as_json)


@command.command()
@click.argument("name")
@cloud_option
@for_programs
def ping(name: str, cloud: str | None, as_json: bool) -> None:
    """Time a search for a peer name."""
    with _here() as clouds:
        start = time.monotonic()
        (one, *_) = _search(clouds, name, cloud, 1).wait_found()
    taken = 1000 * (time.monotonic() - start)
    if as_json:
        print(in_json({"answered_by": str(one.found.services[0]), "milliseconds": round(taken, 1)}))
    else:
        print(f"{one.found.services[0]} answered for the name after {taken:.0f} ms")


@command.command()
@click.argument("name")
@cloud_option
@for_programs
def trace(name: str, cloud: str | None, as_json: bool) -> None:
    """Show every question that a search asks, and what came of it.

    A line is one node that was asked: how many it is in order, where it is, its PNRP ID (64 hexadecimal digits, which
    come nearer and nearer to the one sought), and after how long it has answered. The last line is what was found.
    """
    with _here() as clouds:
        search = _search(clouds, name, cloud, 1)
        try:
            (one, *_) = search.wait_found()
        finally:
            for number, hop in enumerate(search.hops, 1):
                taken = None if hop.seconds is None else round(1000 * hop.seconds, 1)
                if as_json:
                    place = {"address": str(hop.address), "pnrp_id": f"{hop.pnrp_id:064x}"}
                    print(in_json({"hop": number, **place, "milliseconds": taken}))
                else:
                    answer = "no answer" if taken is None else f"{taken:.1f} ms"
                    print(f"{number:2}  {hop.address}  {hop.pnrp_id:064x}  {answer}")
        _tell(one, as_json)


# ---- publishing ----


@command.command()
@click.argument("name")
@click.argument("port", type=PORT)
@click.option("--payload", default="", help="Text to publish with it.")
@click.option("--comment", help="What people may read of it.")
@cloud_option
def register(name: str, port: int, payload: str, comment: str | None, cloud: str | None) -> None:
    """Publish a name until Ctrl-C, or until the program is told to end (SIGTERM).

    NAME is a peer name, or what people call one of this user's identities; new:CLASSIFIER makes a new one. PORT is
    where the application listens, on the addresses of this machine.
    """
    from peerapi.api.pnrp import signer_of
    from peerapi.engine.clouds.member import Publication

    ended = threading.Event()
    before = {one: signal.signal(one, lambda *_: ended.set()) for one in ending()}
    try:
        with _here() as clouds:
            chosen = _chosen(clouds, cloud)
            found = _own_name(clouds, name, chosen)
            publication = Publication(None, port, comment, payload.encode() or None)
            clouds.register(found, signer_of(found, None), chosen, publication)
            print(printable(f"registered {found}"), flush=True)
            ended.wait()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _own_name(clouds: Clouds, text: str, cloud: str | None) -> names.PeerName:
    """The name that is to be published. Raises InvalidPeerName."""
    from peerapi.api.identity import IDENTITIES
    from peerapi.engine.runtime import moment

    if text.startswith("new:"):
        made = IDENTITIES.create(text.removeprefix("new:"), None, _key_for(clouds, cloud), moment().utc)
        return names.parse(made)
    try:
        return _parsed(text)
    except InvalidPeerName:
        known = naming.fitting(text, IDENTITIES.all(), lambda one: [one.friendly_name, one.peer_name])
        if len(known) != 1:
            raise
        return names.parse(known[0].peer_name)


def _parsed(text: str) -> names.PeerName:
    """A peer name. Raises InvalidPeerName, which says what one looks like."""
    try:
        return names.parse(text)
    except InvalidPeerName as error:
        looks = "0.NAME, or 40 hexadecimal digits, a full stop, and perhaps a name"
        raise InvalidPeerName(f"{text!r} is no peer name, which is {looks}: {error}") from error


def _key_for(clouds: Clouds, cloud: str | None) -> KeyPair:
    """A new key that the chosen clouds can publish: MS-PNRP 2.2.3.1.4 knows RSA with 1024 bits only."""
    from peerapi.identity.keys import Algorithm, KeyPair
    from peerapi.pnrp.algorithms import PUBLISHED

    if any(plan.profile is PUBLISHED for plan in clouds.chosen(cloud)):
        return KeyPair.generate(Algorithm.RSA, 1024)
    return KeyPair.generate()


def _search(clouds: Clouds, name: str, cloud: str | None, most: int) -> Search:
    from peerapi.engine.clouds.member import Query

    with typed():
        wanted = _parsed(name)
    return clouds.search(Query(wanted, most), _chosen(clouds, cloud))


def _tell(one: Hit, as_json: bool) -> None:
    if not as_json:
        print(_described(one))
        return
    addresses = [str(address) for address in one.addresses]
    print(in_json({"addresses": addresses, "comment": one.found.friendly_name or None, "payload": one.found.payload}))


def _described(one: Hit) -> str:
    parts = [str(address) for address in one.addresses]
    parts += [f"({printable(one.found.friendly_name)})"] if one.found.friendly_name else []
    payload = one.found.payload
    parts += [data_preview(payload.encode() if isinstance(payload, str) else payload)] if payload else []
    return " ".join(parts)
