/* graph.h - the sections of the family graph. */
#ifndef CONFORMANCE_GRAPH_H
#define CONFORMANCE_GRAPH_H

#include "peers.h"

void graph_calls(void);
void graph_pointers(void);
void graph_handles(void);
void graph_startups(void);
void graph_records(void);
void graph_limits(void);
void graph_properties_section(void);
void graph_xml(void);
void graph_search(void);
void graph_enumerations(void);
void graph_events(void);
void graph_expiration(void);
void graph_life(void);
void graph_pairs(void);
void graph_processes(void);
/* The other processes of that section. */
int graph_guest(int count, char **words);

#endif
