/* sections.c - all sections and roles, in the order in which they run. */
#include "abi.h"
#include "graph.h"

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
    {NULL, NULL, NULL},
};

const ROLE roles[] = {
    {NULL, NULL},
};
