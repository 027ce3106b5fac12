"""``peerapi home``, and ``peerapi`` alone: the home page in a browser."""

from __future__ import annotations

import importlib.util
import os
import sys

import click

from peerapi.cli.commands import ANY_PORT, Command, Failure, leaves
from peerapi.store.data_folder import data_folder, require_usable

MISSING = """{} is not installed. Quart and Hypercorn serve the page; they come with
    {} -m pip install quart-trio hypercorn"""


@click.command("home", cls=Command)
@click.option("--no-browser", is_flag=True, help="Print the address of the page, and open no browser.")
@click.option("--port", type=ANY_PORT, metavar="PORT", help="Of the page. [default: the same one each time, if free]")
@click.option("--here", is_flag=True, help="Boards are reached from this machine only.")
@click.option("--invited", is_flag=True, help="Open the board that an invitation of somebody has started this for.")
@click.pass_context
def command(ctx: click.Context, no_browser: bool, port: int | None, here: bool, invited: bool) -> None:
    """Open the home page in the browser: who is there, your boards, invitations.

    As long as it runs, others see that you are there, as the page says; it has every board that is opened in it. There
    is one for each user: a second one opens the page of the first.
    """
    for name in ("quart_trio", "hypercorn"):
        if importlib.util.find_spec(name) is None:
            raise Failure(ctx.command_path, MISSING.format(name, sys.executable))
    import trio

    from peerapi.engine import port_mapping
    from peerapi.home import start

    require_usable()
    os.environ.setdefault(port_mapping.VARIABLE, "1")  # who invites others wants to be reached
    options = start.Options(
        folder=data_folder(),
        browser=not no_browser,
        port=port,
        here=here,
        invited=invited,
        ask_routers=port_mapping.wanted() and not here,
    )
    try:
        trio.run(start.run, options)
    except BaseException as error:
        from peerapi.home.reasons import expected

        said = [reason for one in leaves(error) if (reason := expected(one)) is not None]
        if not said:
            raise
        raise Failure(ctx.command_path, said[0]) from error


def somebody_looks() -> bool:
    """Whether ``peerapi`` alone can mean the page: there is a screen, or a terminal to read the address on."""
    return sys.stdout.isatty() or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
