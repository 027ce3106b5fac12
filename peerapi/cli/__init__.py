"""The command ``peerapi``: graphs, groups, identities and names, what a compiler must be told, what is wrong with an
installation.

Imports whatever room a command is about; no room knows this one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from peerapi.signals import INTERRUPTED

if TYPE_CHECKING:
    import click

MEMBERS = {
    "home": ("peerapi.cli.home", "Who is there, your boards, invitations: the page that `peerapi` alone opens."),
    "whiteboard": ("peerapi.cli.whiteboard", "Draw and chat together, in a browser."),
    "files": ("peerapi.cli.files", "Files beside a board: share them, fetch them, send one to somebody."),
    "graph": ("peerapi.cli.graph", "Graphs: records that every node holds."),
    "group": ("peerapi.cli.group", "Groups: graphs with members and invitations."),
    "identity": ("peerapi.cli.identity", "Who you are in groups."),
    "pnrp": ("peerapi.cli.pnrp", "Peer names: publish and find them."),
    "drt": ("peerapi.cli.drt", "Routing tables: register keys and find them."),
    "relay": ("peerapi.cli.relay", "Reach nodes that no address leads to: be their relay, or know one."),
    "netcheck": ("peerapi.cli.netcheck", "What kind of network this is, and how others reach you."),
    "collab": ("peerapi.cli.collab", "Who is there: contacts, people near by, invitations."),
    "host": ("peerapi.cli.host", "The process that the programs of a user share."),
    "config": ("peerapi.cli.config", "What a compiler must be told."),
    "conformance": ("peerapi.cli.conformance", "Whether an implementation does what the published texts say."),
    "doctor": ("peerapi.cli.doctor", "What is wrong with this installation."),
    "wine": ("peerapi.cli.wine", "Run a Windows program under Wine, with this API."),
    "completion": ("peerapi.cli.completion", "Have a shell complete these commands."),
}
"Name -> (module, what it is for)."


def root() -> click.Command:
    """The command with all that is below it, none of which has been imported yet."""
    import click

    from peerapi import __version__
    from peerapi.cli.commands import Lazy

    def alone() -> None:
        """Without a command it is the home page; help, where nobody would see that."""
        from peerapi.cli import home

        ctx = click.get_current_context()
        if ctx.invoked_subcommand is None:
            if not home.somebody_looks():
                raise click.exceptions.NoArgsIsHelpError(ctx)
            ctx.invoke(home.command)

    made = Lazy(
        "peerapi",
        members=MEMBERS,
        callback=alone,
        invoke_without_command=True,
        help="Microsoft's Peer-to-Peer API for Linux: graphs, groups and peer names. Without a command: the home page.",
        epilog="Each command says more with --help. Data lives in PEERAPI_HOME, else in the user's data folder.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    return click.version_option(__version__, message="%(version)s")(made)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; -> exit code."""
    try:
        from peerapi.cli.commands import run

        return run(root(), sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # while what the command needs is imported
        return INTERRUPTED
