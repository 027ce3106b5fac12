"""The command ``peerapi``: graphs, groups, identities and names, what a compiler must be told, what is wrong with an
installation."""

from __future__ import annotations

import sys

USAGE = """usage: peerapi config --cflags | --libs | --unicode | --lenient | --sources=FOLDER ...
       peerapi config --includedir | --libdir | --pkgconfigdir | --cmakedir
       peerapi conformance wire [--host --port --graph-id ...] [--table | --json]
       peerapi doctor
       peerapi graph list | show | records | search | export | import | delete | watch ...
       peerapi group list | show | members | records | search | export | invite | delete | watch ...
       peerapi identity list | show | create | rename | delete | export | import ...
       peerapi pnrp clouds | resolve | register | ping | trace ...
       peerapi whiteboard --new TITLE | --join INVITATION ...
       peerapi --version
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; -> exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["config"]:
        from peerapi.cli import config

        return config.main(words[1:])
    if words[:2] == ["conformance", "wire"]:
        from peerapi.cli import conformance_wire

        return conformance_wire.main(words[2:])
    if words == ["doctor"]:
        from peerapi.cli import doctor

        return doctor.main()
    if words[:1] == ["graph"]:
        from peerapi.cli import graph

        return graph.main(words[1:])
    if words[:1] == ["group"]:
        from peerapi.cli import group

        return group.main(words[1:])
    if words[:1] == ["identity"]:
        from peerapi.cli import identity

        return identity.main(words[1:])
    if words[:1] == ["pnrp"]:
        from peerapi.cli import pnrp

        return pnrp.main(words[1:])
    if words[:1] == ["whiteboard"]:
        from peerapi.cli import whiteboard

        return whiteboard.main(words[1:])
    if words == ["--version"]:
        import peerapi

        print(peerapi.__version__)
        return 0
    asked = words in (["--help"], ["-h"])
    print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2
