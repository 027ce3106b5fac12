"""``peerapi relay``: be the relay of others, and know relays oneself."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import click

from peerapi.cli.commands import ANY_PORT, IP_ADDRESS, Failure, Stored, Whole, for_programs, mistyped
from peerapi.cli.documents import pasted
from peerapi.cli.output import in_json, local, size
from peerapi.signals import ending
from peerapi.store.data_folder import data_folder

GIB = 1 << 30
DEFAULT_MONTH = "500G"
SEATS = 128
METRICS = 9541
_NO_VOLUME = 1 << 63
"A pass says a volume in 64 bits."
_SEATS = Whole(min=1, max=1_000_000)
_DAYS = Whole(min=1, max=1_000_000)
_LARGER = {"seats": "--seats is more", "month": "--month is more", "expiry": "--days is longer"}
"What is said of an option of ``narrow``, by the caveat that it would be."
_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": GIB, "T": 1 << 40}


class Volume(click.ParamType[int]):
    """Bytes, with K, M, G or T behind them: of 1024, 1024 times 1024 and so on."""

    name = "volume"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]{1,19})\s*([KMGT]?)I?B?", str(value).strip().upper())
        volume = int(found[1]) * _SIZES[found[2]] if found else 0
        if not 0 < volume < _NO_VOLUME:
            self.fail(f"{value!r} is no volume such as 500G.", param, ctx)
        return volume


class HostName(click.ParamType[str]):
    """The name of what stands in front of a relay, as its word holds it."""

    name = "host name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from peerapi.reach import word

        name = str(value).lower()
        if name and not word.is_host(name):
            self.fail(f"{value!r} is no host name such as relay.example.org.", param, ctx)
        return name


class Endpoint(click.ParamType[tuple[bytes, int]]):
    """An IPv4 address, and a port if it is another one than the relay's own."""

    name = "endpoint"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[bytes, int]:
        if isinstance(value, tuple):
            return value
        host, _, port = str(value).partition(":")
        try:
            packed = ipaddress.IPv4Address(host).packed
        except ValueError:
            self.fail(f"{value!r} is no IPv4 address: seat addresses hold one.", param, ctx)
        if port and not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 1 << 16):
            self.fail(f"{port!r} is no port.", param, ctx)
        return packed, int(port or 0)


@click.group("relay", cls=Stored, invoke_without_command=True)
@click.option(
    "--bind", type=IP_ADDRESS, default="0.0.0.0", metavar="ADDRESS", show_default=True, help="Of this machine."
)
@click.option(
    "--port", type=ANY_PORT, metavar="PORT", default=443, show_default=True, help="Where it listens; 0: any port."
)
@click.option(
    "--address",
    type=Endpoint(),
    metavar="IPV4[:PORT]",
    help="Where others reach it, if that is not the address from which this machine reaches others.",
)
@click.option(
    "--host",
    type=HostName(),
    default="",
    metavar="NAME",
    help="Name in the certificate of what stands in front, as nginx.",
)
@click.option(
    "--front",
    type=IP_ADDRESS,
    multiple=True,
    metavar="ADDRESS",
    help="Of what stands in front: it is believed for whom it asks (X-Forwarded-For); repeatable.",
)
@click.option(
    "--month",
    type=Volume(),
    default=DEFAULT_MONTH,
    show_default=True,
    metavar="VOLUME",
    help="So much is carried in a month, and no more. Each byte of a link counts once.",
)
@click.option(
    "--rate",
    type=Volume(),
    metavar="VOLUME",
    help="Bytes a second of one link, after 4 MiB at once. [default: 1M; with --open 256K]",
)
@click.option(
    "--seats",
    type=_SEATS,
    metavar="COUNT",
    default=SEATS,
    show_default=True,
    help="So many nodes may be reached at once by the word that is printed.",
)
@click.option("--open", "for_all", is_flag=True, help="Anybody may have a seat, with small limits; --month is wanted.")
@click.option(
    "--metrics",
    type=ANY_PORT,
    metavar="PORT",
    default=METRICS,
    show_default=True,
    help="Port at 127.0.0.1 where Prometheus finds counters; 0: none.",
)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Be the relay by which nodes reach each other that no address leads to; or know such relays.

    \b
    peerapi relay                on a machine with a public IPv4 address: prints a word, and serves
    peerapi relay use WORD       on the machine of who invites; who joins needs nothing
    """
    if ctx.invoked_subcommand is not None:
        return
    if options["for_all"] and ctx.get_parameter_source("month") is not click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--open wants --month: say how much you are willing to carry for anybody.", ctx)
    _serve(ctx, **options)


def _serve(
    ctx: click.Context,
    *,
    bind: str,
    port: int,
    address: tuple[bytes, int] | None,
    host: str,
    front: tuple[str, ...],
    month: int,
    rate: int | None,
    seats: int,
    for_all: bool,
    metrics: int,
) -> None:
    import trio

    from peerapi.address import parse_ip
    from peerapi.engine.relay import files, server
    from peerapi.errors import PeerError
    from peerapi.reach import passes, quotas, word
    from peerapi.reach.leg import RelayAccess
    from peerapi.reach.relay import Relay
    from peerapi.reach.seat import RelayEndpoint
    from peerapi.reach.seats import Known
    from peerapi.reach.tls import server_context

    ip = _own_ip(bind) if address is None else address[0]
    if ip is None:
        raise Failure(ctx.command_path, "this machine has no IPv4 address: say by --address where others reach it")
    sock = server.listen(bind, port)
    own_port = sock.getsockname()[1]
    kept = files.keys(data_folder())
    endpoint = RelayEndpoint(ip, own_port if address is None or not address[1] else address[1])
    limits = (quotas.for_all if for_all else quotas.private)(month)
    if rate is not None:
        limits = limits._replace(rate=rate)
    relay = Relay(
        [endpoint], kept.secret, limits, server.random_bytes, server.verify, fronts=list(map(parse_ip, front))
    )
    carried = files.volume(data_folder(), own_port)
    if carried:
        try:
            relay.volume.restore(carried)
        except (ValueError, TypeError, KeyError):
            click.echo(f"{ctx.command_path}: what was carried this month is not known any more", err=True)
    granted = b"" if for_all else passes.issue(kept.secret, kept.identifier, seats=seats)
    access = RelayAccess(endpoint, host=host, pin=b"" if host else kept.pin)
    click.echo(word.write(Known(access, granted)))
    allowed = "for anybody, a seat each" if for_all else f"pass for {seats} seats"
    click.echo(f"  {endpoint}; {allowed}; {size(month)} a month")
    if not ipaddress.IPv4Address(ip).is_global:
        click.echo(f"  {endpoint.host} is no public address: only who is in the same network gets there (--address)")
    counters = None
    if metrics:
        try:
            counters = server.metrics_listener(metrics)
        except PeerError as error:
            click.echo(f"{ctx.command_path}: no counters at 127.0.0.1 port {metrics}: {error}", err=True)
    server.many_descriptors()
    running = server.Server(
        relay,
        sock,
        server_context(kept.certificate, kept.key.pkcs8()),
        keep=lambda volume: files.keep_volume(data_folder(), own_port, volume),
    )

    async def main() -> None:
        stop = trio.Event()
        with trio.open_signal_receiver(*ending()) as signals:
            async with trio.open_nursery() as nursery:

                async def until_ended() -> None:
                    async for _ in signals:
                        stop.set()

                nursery.start_soon(until_ended)
                await running.run(stop, counters)
                nursery.cancel_scope.cancel()

    trio.run(main)
    click.echo(f"stopped; {size(relay.volume.total)} carried this month")


def _own_ip(bind: str) -> bytes | None:
    from peerapi.engine.relay.server import outgoing_ipv4

    found = ipaddress.ip_address(bind)
    return found.packed if found.version == 4 and not found.is_unspecified else outgoing_ipv4()


def _shown(caveat: str, most: int) -> str:
    """A limit of a pass as people say it."""
    from peerapi.python import values

    if caveat == "expiry":
        return f"until {local(values.moment(most))}"
    return size(most) if caveat == "month" else f"{most} {caveat}"


_word = click.argument("word", metavar="[WORD]", default="")
WHERE = """WORD is what `peerapi relay` has printed, or a text with it; @FILE: that of a file; -: of standard input;
    without it the word is asked for. Others on this machine can read it among the arguments while the command runs."""


@command.command(
    help=f"""Know a relay from now on: graphs that listen, and boards, are reached through it too.

    {WHERE}"""
)
@_word
def use(word: str) -> None:
    """Know a relay from now on."""
    from peerapi.engine.reach import known
    from peerapi.reach.word import NotARelay

    try:
        added = known.use(data_folder(), pasted(word, "Word of the relay"))
    except NotARelay as error:
        raise _no_word(word, error) from error
    click.echo(f"{added.access.endpoint} is the first relay from now on")


def _no_word(typed: str, error: ValueError) -> click.ClickException:
    """A word on the command line was mistyped; what a file or standard input holds is another matter."""
    if typed not in ("", "-") and not typed.startswith("@"):
        return mistyped(str(error))
    return Failure(click.get_current_context().command_path, str(error))


@command.command("list")
@for_programs
def list_relays(as_json: bool) -> None:
    """List the relays that are known, in the order in which they are tried."""
    from peerapi.engine.reach import known

    found = known.relays(data_folder())
    if not found and not as_json:
        click.echo("no relays; `peerapi relay use WORD` adds one", err=True)
    for one in found:
        if as_json:
            click.echo(in_json({"relay": str(one.access.endpoint), "host": one.access.host or None}))
            continue
        click.echo(f"{one.access.endpoint}  {one.access.host}".rstrip())


@command.command()
@click.argument("relay", metavar="IPV4:PORT")
def forget(relay: str) -> None:
    """Use a relay no longer."""
    from peerapi.engine.reach import known

    for one in known.relays(data_folder()):
        if str(one.access.endpoint) == relay or one.access.endpoint.host == relay:
            known.forget(data_folder(), one)
            click.echo(f"{one.access.endpoint} is forgotten")
            return
    said = f"There is no relay {relay!r}. `peerapi relay list` shows all."
    raise Failure(click.get_current_context().command_path, said)


@command.command(
    help=f"""Print a relay's word for somebody else, whose pass allows less: by --seats, --month or --days, each of
    which is no more than the pass has already. The relay is not asked.

    {WHERE}"""
)
@_word
@click.option("--seats", type=_SEATS, metavar="COUNT", help="So many at once.")
@click.option("--month", type=Volume(), metavar="VOLUME", help="So much in a month.")
@click.option("--days", type=_DAYS, metavar="COUNT", help="So long from now on.")
def narrow(word: str, seats: int | None, month: int | None, days: int | None) -> None:
    """Print a relay's word for somebody else, whose pass allows less."""
    from peerapi.engine.runtime import moment
    from peerapi.moment import SECOND
    from peerapi.reach import passes
    from peerapi.reach import word as words

    wanted = {"seats": seats, "month": month, "expiry": days and moment().utc + days * 86_400 * SECOND}
    caveats = {name: value for name, value in wanted.items() if value}
    try:
        found = words.find(pasted(word, "Word of the relay"))
        if not caveats:
            raise mistyped("Less of what? --seats, --month or --days says it.")
        before = passes.limits(found.granted) if found.granted else {}
        for name, value in caveats.items():
            if value > before.get(name, value):
                raise mistyped(f"{_LARGER[name]} than this pass allows: {_shown(name, before[name])}.")
        granted = passes.narrowed(found.granted, **caveats)
    except words.NotARelay as error:
        raise _no_word(word, error) from error
    except ValueError as error:
        raise Failure(click.get_current_context().command_path, f"{error}") from error
    click.echo(words.write(found._replace(granted=granted)))
