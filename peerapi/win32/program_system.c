/* program_system.c - whose events are set, and what AF_INET6 is: this system's, until somebody says otherwise. */
#include "win32.h"

#include "program_system.h"

struct peerapi_program_system peerapi_program_system = {w32_is_event, SetEvent, 10};

void peerapi_use_system(const struct peerapi_program_system *system) { peerapi_program_system = *system; }
