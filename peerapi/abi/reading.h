/* What a caller in C reads without the interpreter: see reading.c. */
#ifndef PEERAPI_READING_H
#define PEERAPI_READING_H

#include <Python.h>

#include <pthread.h>
#include <stdint.h>

/* Who gave a handle, and whose function it is given to: each family has a Startup of its own. */
enum { PEERAPI_GRAPH = 1, PEERAPI_GROUP = 2 };

/* An answer of C that is none: Python is asked, which knows every case. No HRESULT of the headers has this value. */
#define PEERAPI_ASK_PYTHON 0x7FFFFFFF

/* Guards all that is read here. Whoever has it does not wait for the interpreter's lock, runs no Python and lets go of
 * nothing but bytes; whoever has the interpreter's lock may wait for it. */
extern pthread_mutex_t peerapi_reading;

/* With the lock: the object of this type that stands behind a live handle of the family, or NULL. */
PyObject *peerapi_behind(int family, uint64_t handle, const PyTypeObject *type);

/* A GUID of a struct in network order, or the other way: the first three fields are little-endian in memory. */
static inline void peerapi_turn_guid(void *to, const void *from) {
    static const unsigned char ORDER[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int i = 0; i < 16; i++)
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[ORDER[i]];
}

/* In a child of fork: who had the lock did not come along. */
void peerapi_reading_forked(void);

/* The functions `publish` and `withdraw`, and the types. 0, or -1 with an exception set. */
int peerapi_add_reading(PyObject *module);
int peerapi_add_records(PyObject *module); /* api/record_table.c */
int peerapi_add_events(PyObject *module);  /* api/event_ring.c */

/* A malloc'd block with the PEER_RECORD of a record's bytes (MS-PPGRH 2.2.1.9), or NULL: they make no sense, or there
 * is no memory (api/record_block.c). `refreshed`: the node keeps the record from expiring. */
void *peerapi_record_block(const unsigned char *wire, size_t size, int refreshed);

/* PeerGraphGetRecord and PeerGroupGetRecord, PeerGraphGetEventData and PeerGroupGetEventData, as far as C can answer
 * them: S_OK with the block at `to`, PEER_S_NO_EVENT_DATA with NULL there, or PEERAPI_ASK_PYTHON with nothing done. */
int32_t peerapi_read_record(int family, void *handle, const void *record_id, void *to);
int32_t peerapi_read_event(int family, void *handle, void *to);

#endif
