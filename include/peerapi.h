/*
 * peerapi.h - functions of this library that p2p.h does not have. Their names begin with Peerx; programs that use them
 * are not portable to Windows.
 */
#ifndef PEERAPI_PEERAPI_H
#define PEERAPI_PEERAPI_H

#include "p2p.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Adds cRecords records in one transaction: all of them or, when any is refused, none. ppRecords points to that many
 * pointers, each record filled as for PeerGraphAddRecord; pRecordIds receives as many IDs in the same order. The code
 * of the first refused record is returned, and pRecordIds is left as it was.
 */
HRESULT WINAPI PeerxGraphAddRecords(
    _In_ HGRAPH hGraph,
    _In_ ULONG cRecords,
    _In_reads_(cRecords) PPEER_RECORD *ppRecords,
    _Out_writes_(cRecords) GUID *pRecordIds);

#ifdef __cplusplus
}
#endif

#endif
