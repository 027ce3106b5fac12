/* sections.c - all sections and roles, in the order in which they run. */
#include "abi.h"
#include "collab.h"
#include "graph.h"
#include "group.h"

const SECTION sections[] = {
    {"abi", "layout", abi_layout},
    {"abi", "constants", abi_constants},
    {"graph", "calls", graph_calls},
    {"graph", "pointers", graph_pointers},
    {"graph", "handles", graph_handles},
    {"graph", "startups", graph_startups},
    {"graph", "records", graph_records},
    {"graph", "limits", graph_limits},
    {"graph", "properties", graph_properties_section},
    {"graph", "xml", graph_xml},
    {"graph", "search", graph_search},
    {"graph", "enumerations", graph_enumerations},
    {"graph", "events", graph_events},
    {"graph", "expiration", graph_expiration},
    {"graph", "life", graph_life},
    {"graph", "pairs", graph_pairs},
    {"graph", "processes", graph_processes},
    {"group", "calls", group_calls},
    {"group", "pointers", group_pointers},
    {"group", "handles", group_handles},
    {"group", "startups", group_startups},
    {"group", "founding", group_founding},
    {"group", "members", group_members},
    {"identity", "calls", identity_calls},
    {"identity", "pointers", identity_pointers},
    {"identity", "names", identity_names},
    {"identity", "people", identity_people},
    {"common", "enumerations", common_enumerations},
    {"pnrp", "calls", pnrp_calls},
    {"pnrp", "pointers", pnrp_pointers},
    {"pnrp", "handles", pnrp_handles},
    {"pnrp", "startups", pnrp_startups},
    {"pnrp", "names", pnrp_names},
    {"winsock", "lookups", winsock_lookups},
    {"collab", "calls", collab_calls},
    {"collab", "pointers", collab_pointers},
    {"collab", "handles", collab_handles},
    {"collab", "startups", collab_startups},
    {"collab", "contacts", collab_contacts},
    {"collab", "signing", collab_signing},
    {"collab", "objects", collab_objects},
    {"collab", "applications", collab_applications},
    {"collab", "invitations", collab_invitations},
    {NULL, NULL, NULL},
};

const ROLE roles[] = {
    {"guest", graph_guest},
    {NULL, NULL},
};
