/* collab.h - the sections of the family collab. */
#ifndef CONFORMANCE_COLLAB_H
#define CONFORMANCE_COLLAB_H

#include "peers.h"

void collab_calls(void);
void collab_pointers(void);
void collab_handles(void);
void collab_startups(void);
void collab_contacts(void);
void collab_signing(void);
void collab_objects(void);
void collab_applications(void);
void collab_invitations(void);

#endif
