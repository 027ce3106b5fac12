"""``peerapi conformance``: asks an implementation for facts of the functions (``api``) or the protocols (``wire``)."""

from __future__ import annotations

import click

from peerapi.cli.commands import Lazy


class Kits(Lazy):
    """The kits; without the name of one, the words are for ``api``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.members, *ctx.help_option_names):
            args = ["api", *args]
        return super().parse_args(ctx, args)


command = Kits(
    "conformance",
    members={
        "api": ("peerapi.cli.conformance_api", "Ask a p2p.h, by C programs that know nothing but its headers."),
        "wire": ("peerapi.cli.conformance_wire", "Ask whatever listens at an address, in the published protocols."),
    },
    help="""Whether an implementation does what the published texts say.

    `peerapi conformance [FAMILY ...]` is short for `peerapi conformance api [FAMILY ...]`.
    """,
)
