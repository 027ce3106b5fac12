/* peers.h - p2p.h for sections: nodes of graphs, people of groups, their events. Everything waits with the patience
 * of kit.h. */
#ifndef CONFORMANCE_PEERS_H
#define CONFORMANCE_PEERS_H

#include "kit.h"
#include "tables/tables.h"

#include "tables/codes.h"

extern const GUID NOTE_TYPE, OTHER_TYPE, NO_RECORD, GRAPH_INFO_TYPE, GRAPH_INFO_ID, PRESENCE_TYPE;
extern const GUID ADMINISTRATOR, MEMBER_ROLE;
int guid_is(const GUID *one, const GUID *other);

/* ---- Graphs ---- */

typedef struct node {
    HGRAPH graph;
    PWSTR id, peer, database;
} NODE;

/* A registration and the event that it sets. */
typedef struct queue {
    HANDLE event;
    HPEEREVENT events;
} QUEUE;

void graph_start(void);
void graph_stop(void);
/* Loopback scope, this graph and creator; the rest is 0. */
PEER_GRAPH_PROPERTIES graph_properties(PWSTR id, PWSTR creator);
NODE node_named(const char *peer);
/* A new graph, created by this peer; its handle is NULL when that failed. */
NODE node_create(const char *peer);
/* The same graph as another peer, who has nothing of it yet; or the same peer again. */
NODE node_open(const NODE *graph, const char *peer);
HRESULT node_again(NODE *node);
HRESULT node_close(NODE *node);
HRESULT node_listen(NODE *node);
DWORD node_status(const NODE *node);
/* Until the status has these bits; 0 after the patience. */
int node_wait(const NODE *node, DWORD bits);
u_short node_port(const NODE *node);
PEER_ADDRESS loopback(u_short port);
HRESULT node_connect(const NODE *node, const NODE *to, ULONGLONG *connection);
/* Both: the first listens, the second opens the graph and connects to it, and is complete. */
NODE node_join(NODE *host, const char *peer);
ULONGLONG node_connection(const NODE *node, DWORD flags);

QUEUE queue_open(const NODE *node, int count, const PEER_GRAPH_EVENT_TYPE *types);
QUEUE queue_of(const NODE *node, PEER_GRAPH_EVENT_TYPE type);
/* The next event, which comes within the patience; NULL otherwise. */
PPEER_GRAPH_EVENT_DATA queue_next(const QUEUE *queue);
/* The next of this type; others are thrown away. */
PPEER_GRAPH_EVENT_DATA queue_next_of(const QUEUE *queue, PEER_GRAPH_EVENT_TYPE type);
/* Whatever is there now, or NULL. */
PPEER_GRAPH_EVENT_DATA queue_take(const QUEUE *queue);
void queue_drain(const QUEUE *queue);
HRESULT queue_close(QUEUE *queue);

/* ---- Records ---- */

/* dwSize, type NOTE_TYPE, ten minutes to live, and these bytes. */
PEER_RECORD record_of(const char *data, PCWSTR attributes);
HRESULT record_add(const NODE *node, const char *data, PCWSTR attributes, GUID *id);
/* NULL when there is none. */
PPEER_RECORD record_get(const NODE *node, const GUID *id);
int record_has(const NODE *node, const GUID *id);
int record_wait(const NODE *node, const GUID *id);
int data_is(const PEER_DATA *data, const char *text);
/* Items of an enumeration, which is closed. (ULONG)-1 when it fails. */
ULONG enum_count(HPEERENUM enumeration);
ULONG search_count(const NODE *node, PCWSTR criteria);
HRESULT search_code(const NODE *node, PCWSTR criteria);

/* ---- Groups ---- */

typedef struct person {
    PWSTR identity, group;
    HGROUP handle;
} PERSON;

void group_start(void);
void group_stop(void);
/* To be deleted by `people_leave`. */
void person_remember(PWSTR identity);
/* A new identity of this user. `people_leave` deletes the groups and the identities of all. */
PERSON person_new(const char *name);
void people_leave(void);
PEER_GROUP_PROPERTIES group_properties(const PERSON *creator);
HRESULT person_create(PERSON *person, const PEER_GROUP_PROPERTIES *properties);
/* A group of this person's, connected when asked; with the password below when asked. */
PERSON person_founder(const char *name, int connected, int by_password);
#define PASSWORD L"open sesame"
HRESULT person_close(PERSON *person);
PWSTR person_xml(const PERSON *person);
HRESULT person_invite(const PERSON *person, const PERSON *guest, const GUID *role, PWSTR *invitation);
HRESULT person_join(PERSON *person, PCWSTR invitation);
DWORD person_status(const PERSON *person);
int person_wait(const PERSON *person, DWORD bits);
u_short person_port(const PERSON *person);
/* A new member of the group: invited, joined, connected and complete. */
PERSON person_member(PERSON *founder, const char *name, const GUID *role);
HRESULT group_add(const PERSON *person, const char *data, PCWSTR attributes, GUID *id);
int group_has(const PERSON *person, const GUID *id);
int group_wait(const PERSON *person, const GUID *id);
HPEEREVENT group_events(const PERSON *person, HANDLE event, int count, const PEER_GROUP_EVENT_TYPE *types);
PPEER_GROUP_EVENT_DATA group_next(HPEEREVENT events, HANDLE event, PEER_GROUP_EVENT_TYPE type);
ULONG common_count(HPEERENUM enumeration);

/* ---- Any function with any arguments (calls.c) ---- */

/* What a family gives its functions: good arguments, made anew for each call; a handle that was good; and what
 * fails all else. */
typedef struct supply {
    const FUNCTION *functions;
    /* Good for one parameter; 0 when this function cannot be called now. */
    int (*good)(const FUNCTION *function, int index, ARG *argument);
    /* A handle of this parameter's kind that has been closed. */
    void *(*stale)(const FUNCTION *function, int index);
    /* What a bad handle of this parameter is answered with. */
    HRESULT (*bad)(const FUNCTION *function, int index);
    /* After a call that has succeeded: undoes it. */
    void (*undo)(const FUNCTION *function, const ARG *arguments);
} SUPPLY;

void calls_succeed(const SUPPLY *supply);
void calls_without_pointers(const SUPPLY *supply);
void calls_with_bad_handles(const SUPPLY *supply);
/* Every function that needs a Startup; when says when: "before the first Startup". */
void calls_uninitialized(const FUNCTION *functions, const char *startup, const char *when);
int function_is(const FUNCTION *function, const char *name);
void *output(void);
/* A copy that lives as long as the section. */
void *kept(const void *value, size_t size);
/* Arguments that graphs and groups take alike: a type of records, a search, a file, a time, data. */
void common_argument(const char *name, ARG *argument);

#endif
