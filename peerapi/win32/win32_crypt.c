/* win32_crypt.c - the one CryptoAPI function that peer programs need: closing what PeerIdentityGetCryptKey opened. */
#include "win32.h"

#include "../../include/peerapi.h"
#include "../../include/wincrypt.h"

PEERAPI_EXPORT BOOL WINAPI CryptReleaseContext(HCRYPTPROV provider, DWORD flags) {
    if (flags) {
        SetLastError((DWORD)NTE_BAD_FLAGS);
        return FALSE;
    }
    HRESULT result = PeerxCryptKeyRelease(provider);
    if (SUCCEEDED(result)) {
        return TRUE;
    }
    SetLastError(result == E_HANDLE ? ERROR_INVALID_HANDLE : (DWORD)result);
    return FALSE;
}
