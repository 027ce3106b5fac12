"""The documented functions, one module per section of p2p.h.

Imports ``abi``, which brings a call here, and ``engine`` with the rooms below it; nothing above.
"""

AT_ONCE = (
    "common",
    "graph",
    "graph_records",
    "graph_events",
    "graph_nodes",
    "identity",
    "winsock",
)
"Modules of this package whose exported functions are attached when the engine starts."
_GROUPS = ("group", "group_records", "group_members", "node_searches")
_CERTIFICATES = ("certificates", "key_containers", "made_certificates")
FAMILIES = {
    "PeerGroup": _GROUPS,
    "PeerxGroup": _GROUPS,
    "PeerxGraphSearch": ("node_searches",),
    "PeerxSearch": ("node_searches",),
    "PeerPnrp": ("pnrp",),
    "Cert": _CERTIFICATES,
    "Crypt": _CERTIFICATES,
    "PFX": _CERTIFICATES,
    "Drt": ("drt", "drt_providers", "drt_searches"),
    "PeerCollab": (
        "collab",
        "collab_contacts",
        "collab_applications",
        "collab_events",
        "collab_people",
        "collab_invitations",
    ),
}
"What the names of functions begin with -> the modules behind them, which a program that calls none does not load."
MODULES = (*AT_ONCE, *dict.fromkeys(name for names in FAMILIES.values() for name in names))
"All of them."
GIVEN = ("drt_given", "drt_foreign")
"Modules of this package behind the functions that programs are given pointers of."
