/* The system that the program believes it runs on, where that is another one than the C program's of this system: the
 * DLLs for Wine (wine/) say so before the first call. */
#ifndef PEERAPI_PROGRAM_SYSTEM_H
#define PEERAPI_PROGRAM_SYSTEM_H

struct peerapi_program_system {
    int (*is_event)(void *handle);  /* an open event of the program that may be set; on the thread of a call */
    int (*set_event)(void *handle); /* sets it, soon; on any thread, never waits; 0 when it is known to be none */
    unsigned short ipv6;            /* AF_INET6 as the program's headers have it */
};

/* As it was said, else this system. */
extern struct peerapi_program_system peerapi_program_system;

/* `system` is copied. Too late after the first call of another function. */
__attribute__((visibility("default"))) void peerapi_use_system(const struct peerapi_program_system *system);

#endif
