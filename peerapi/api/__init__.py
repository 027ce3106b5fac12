"""The documented functions, one module per section of p2p.h.

Imports ``abi``, which brings a call here, and ``engine`` with the rooms below it; nothing above.
"""

MODULES = (
    "common",
    "graph",
    "graph_records",
    "graph_events",
    "graph_nodes",
    "identity",
    "pnrp",
    "winsock",
    "certificates",
    "key_containers",
    "made_certificates",
    "drt",
    "drt_providers",
    "drt_searches",
    "group",
    "group_records",
    "group_members",
    "node_searches",
    "collab",
    "collab_contacts",
    "collab_applications",
    "collab_events",
    "collab_people",
    "collab_invitations",
)
"Modules of this package whose exported functions are attached when the engine starts."
GIVEN = ("drt_given", "drt_foreign")
"Modules of this package behind the functions that programs are given pointers of."
