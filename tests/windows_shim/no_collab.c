/* no_collab.c - the functions of People Near Me on an account that has never signed in. The library answers E_NOTIMPL
 * to all of them, and GraphChat of Vista does not start where PeerCollabStartup fails: linked in, this one function
 * lets it. */
#include <p2p.h>

HRESULT WINAPI PeerCollabStartup(WORD version) { return (void)version, S_OK; }
HRESULT WINAPI PeerCollabShutdown(VOID) { return S_OK; }
