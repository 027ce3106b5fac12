"""``peerapi pnrp``: publish and find peer names from the command line."""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys
import time
from typing import TYPE_CHECKING

from peerapi.cli.output import as_json
from peerapi.errors import PeerError
from peerapi.identity import names
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


def main(words: list[str]) -> int:
    """Runs one command; 1 and the reason on stderr when it fails."""
    options = _parser().parse_args(words)
    from peerapi.engine.clouds.clouds import Clouds, Membership
    from peerapi.engine.runtime import Engine

    clouds = Clouds(Membership(Engine()))
    try:
        {"clouds": _list, "resolve": _resolve, "register": _register, "ping": _ping, "trace": _trace}[options.command](
            clouds, options
        )
    except PeerError as error:
        print(f"peerapi pnrp {options.command}: {error} (0x{error.hresult:08X})", file=sys.stderr)
        return 1
    finally:
        clouds.close_all()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="peerapi pnrp", description="Peer names: publish and find them.")
    commands = parser.add_subparsers(dest="command", required=True)
    clouds = commands.add_parser("clouds", help="list the clouds of this machine")
    clouds.add_argument("--json", action="store_true", help="one JSON object a line")
    for command, text in (
        ("resolve", "find a name"),
        ("ping", "time a search for a name"),
        ("trace", "show every question that a search asks"),
        ("register", "publish a name until the input ends"),
    ):
        one = commands.add_parser(command, help=text)
        one.add_argument("name", help="peer name" + (", or new:classifier" if command == "register" else ""))
        if command == "register":
            one.add_argument("port", type=int, help="where the application listens, on the addresses of this machine")
            one.add_argument("--payload", default="", help="text to publish with it")
            one.add_argument("--comment")
        else:
            one.add_argument("--json", action="store_true", help="one JSON object a line")
        one.add_argument("--cloud", help="one cloud only")
    return parser


def _list(clouds: Clouds, options: argparse.Namespace) -> None:
    if options.json:
        for plan in clouds.chosen(None):
            place = {"scope": plan.scope.value, "interface": plan.scope_id if plan.is_link else None}
            print(as_json({"cloud": plan.name, **place, "profile": plan.profile.name, "port": plan.first_port}))
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


def _resolve(clouds: Clouds, options: argparse.Namespace) -> None:
    for one in _search(clouds, options, MOST).wait_found():
        _tell(one, options)


def _ping(clouds: Clouds, options: argparse.Namespace) -> None:
    start = time.monotonic()
    (one, *_) = _search(clouds, options, 1).wait_found()
    taken = 1000 * (time.monotonic() - start)
    if options.json:
        print(as_json({"answered_by": str(one.found.services[0]), "milliseconds": round(taken, 1)}))
    else:
        print(f"{one.found.services[0]} answered for the name after {taken:.0f} ms")


def _trace(clouds: Clouds, options: argparse.Namespace) -> None:
    search = _search(clouds, options, 1)
    try:
        (one, *_) = search.wait_found()
    finally:
        for number, hop in enumerate(search.hops, 1):
            taken = None if hop.seconds is None else round(1000 * hop.seconds, 1)
            if options.json:
                place = {"address": str(hop.address), "pnrp_id": f"{hop.pnrp_id:064x}"}
                print(as_json({"hop": number, **place, "milliseconds": taken}))
            else:
                answer = "no answer" if taken is None else f"{taken:.1f} ms"
                print(f"{number:2}  {hop.address}  {hop.pnrp_id:064x}  {answer}")
    _tell(one, options)


def _register(clouds: Clouds, options: argparse.Namespace) -> None:
    from peerapi.api.identity import IDENTITIES
    from peerapi.api.pnrp import signer_of
    from peerapi.engine.clouds.member import Publication
    from peerapi.engine.runtime import moment

    text: str = options.name
    if text.startswith("new:"):
        text = IDENTITIES.create(text.removeprefix("new:"), None, _key_for(clouds, options.cloud), moment().utc)
    name = names.parse(text)
    publication = Publication(None, options.port & 0xFFFF, options.comment, options.payload.encode() or None)
    clouds.register(name, signer_of(name, None), options.cloud, publication)
    print(f"registered {name}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()


def _key_for(clouds: Clouds, cloud: str | None) -> KeyPair:
    """A new key that the chosen clouds can publish: MS-PNRP 2.2.3.1.4 knows RSA with 1024 bits only."""
    from peerapi.identity.keys import Algorithm, KeyPair
    from peerapi.pnrp.algorithms import PUBLISHED

    if any(plan.profile is PUBLISHED for plan in clouds.chosen(cloud)):
        return KeyPair.generate(Algorithm.RSA, 1024)
    return KeyPair.generate()


def _search(clouds: Clouds, options: argparse.Namespace, most: int) -> Search:
    from peerapi.engine.clouds.member import Query

    return clouds.search(Query(names.parse(options.name), most), options.cloud)


def _tell(one: Hit, options: argparse.Namespace) -> None:
    if not options.json:
        print(_described(one))
        return
    addresses = [str(address) for address in one.addresses]
    print(as_json({"addresses": addresses, "comment": one.found.friendly_name or None, "payload": one.found.payload}))


def _described(one: Hit) -> str:
    parts = [str(address) for address in one.addresses]
    parts += [f"({printable(one.found.friendly_name)})"] if one.found.friendly_name else []
    parts += [repr(one.found.payload)] if one.found.payload else []
    return " ".join(parts)
