/* group.h - the sections of the families group, identity, pnrp and winsock. */
#ifndef CONFORMANCE_GROUP_H
#define CONFORMANCE_GROUP_H

#include "peers.h"

void group_calls(void);
void group_pointers(void);
void group_handles(void);
void group_startups(void);
void group_founding(void);
void group_members(void);
void identity_calls(void);
void identity_pointers(void);
void identity_names(void);
void identity_people(void);
void common_enumerations(void);
void pnrp_calls(void);
void pnrp_pointers(void);
void pnrp_handles(void);
void pnrp_startups(void);
void pnrp_names(void);
void winsock_lookups(void);

#endif
