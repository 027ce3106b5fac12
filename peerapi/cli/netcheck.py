"""``peerapi netcheck``: what kind of network this is, which way leads in and out, and what failed."""

from __future__ import annotations

from collections.abc import Sequence

import click

from peerapi.address import UNSPECIFIED, Address
from peerapi.cli.commands import Command, for_programs
from peerapi.cli.output import facts, in_json, size
from peerapi.reach.netcheck import Home, RelaySeen, conclude, overlay, seen_outside, sentence
from peerapi.store.data_folder import data_folder, require_usable


@click.command("netcheck", cls=Command)
@click.option("--no-routers", is_flag=True, help="Ask no router to open a port.")
@for_programs
@click.pass_context
def command(ctx: click.Context, no_routers: bool, as_json: bool) -> None:
    """Say what kind of network this machine is in, and how others reach it from elsewhere.

    Asks this machine's routers for a port, which is given back, and the relays that are known. The exit code is 1 when
    a relay that is known cannot be used, or the word of one cannot be read.
    """
    import trio

    from peerapi.engine.reach.known import relays, unreadable
    from peerapi.engine.reach.netcheck import measure

    require_usable()
    known, not_read = relays(data_folder()), unreadable(data_folder())
    seen = trio.run(lambda: measure(known, ask_routers=not no_routers))
    home = conclude(seen.addresses, seen.mapped, seen.relays)
    said = sentence(home, seen.relays)
    overlays = sorted({name for one in seen.addresses if (name := overlay(one))})
    if as_json:
        print(
            in_json(
                {
                    "home": home.name.lower(),
                    "addresses": [one.host for one in seen.addresses],
                    "routers": [one.host for one in seen.routers],
                    "mapped": [one.host for one in seen.mapped],
                    "overlays": overlays,
                    "relays": [_for_programs(one) for one in seen.relays],
                    "unreadable": not_read,
                    "proxy": _proxy() or None,
                    "so": said,
                }
            )
        )
    else:
        wide = [one.host for one in seen.addresses if not one.is_ipv4 and one.is_public]
        outside = seen_outside(seen.relays)
        ipv4 = outside.observed.host if outside is not None and outside.observed is not None else ""
        lines: list[tuple[str, object]] = [
            ("IPv6", ", ".join(wide) or "no address that works from anywhere"),
            ("IPv4", _ipv4(home, ipv4, [one.host for one in seen.addresses if one.is_ipv4])),
            ("port maps", _maps(seen.routers, [one.host for one in seen.mapped], no_routers=no_routers)),
            ("overlays", ", ".join(overlays) or "none"),
            *((f"relay {one.endpoint}", _relay(one)) for one in seen.relays),
            *(("relay", one) for one in not_read),
            *(() if seen.relays or not_read else (("relay", "none is known: peerapi relay use WORD"),)),
            *((("proxy", f"{_proxy()}, where a relay is not reached without it"),) if _proxy() else ()),
            ("home", home.value),
            ("so", said),
        ]
        print(facts(lines))
    ctx.exit(int(bool(not_read) or any(one.trouble for one in seen.relays)))


def _proxy() -> str:
    """What HTTPS_PROXY says, without the password."""
    from peerapi.engine.reach import proxy

    try:
        found = proxy.of(Address(UNSPECIFIED, 443))
    except proxy.NoProxy as error:
        return str(error)
    return "" if found is None else f"HTTPS_PROXY at {found}"


def _ipv4(home: Home, outside: str, inside: Sequence[str]) -> str:
    own = ", ".join(inside) or "none"
    if not outside or outside in inside:
        return own
    ports = {Home.CONE: ", keeps ports", Home.SYMMETRIC: ", draws ports"}.get(home, "")
    return f"{outside} from outside{ports}; {own} here"


def _maps(routers: Sequence[object], mapped: Sequence[str], *, no_routers: bool) -> str:
    if no_routers:
        return "not asked"
    if not routers:
        return "no router in between"
    return f"yes, at {', '.join(mapped)}" if mapped else "no: the router knows neither PCP nor NAT-PMP, or has them off"


def _relay(one: RelaySeen) -> str:
    if one.trouble:
        return one.trouble
    back = {True: "calls back", False: "cannot call back", None: "was not asked to call back"}[one.lets_in]
    return f"{1000 * one.round_trip:.0f} ms, {size(one.left)} left this month, {one.seats} seats; {back}"


def _for_programs(one: RelaySeen) -> dict[str, object]:
    return {
        "relay": one.endpoint,
        "trouble": one.trouble or None,
        "round_trip": round(one.round_trip, 4),
        "observed": str(one.observed) if one.observed is not None else None,
        "keeps_ports": one.keeps_ports if one.observed is not None else None,
        "calls_back": one.lets_in,
        "left": one.left,
        "seats": one.seats,
    }
