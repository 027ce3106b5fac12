/* ws2spi.h - what a provider of a name space gives to Winsock. There is no installing of providers here: the name
 * spaces are PNRP's, built in. Programs include this header for the types. */
#ifndef PEERAPI_WS2SPI_H
#define PEERAPI_WS2SPI_H

#include "winsock2.h"

EXTERN_C_START

#define WSPDESCRIPTION_LEN 255
#define WSPAPI WSAAPI

typedef struct WSPData {
    WORD wVersion;
    WORD wHighVersion;
    WCHAR szDescription[WSPDESCRIPTION_LEN + 1];
} WSPDATA, *LPWSPDATA;

typedef INT (WSAAPI *LPNSPCLEANUP)(LPGUID provider);
typedef INT(WSAAPI *LPNSPLOOKUPSERVICEBEGIN)(LPGUID provider, LPWSAQUERYSETW restrictions, LPVOID classInfo,
                                             DWORD flags, LPHANDLE lookup);
typedef INT (WSAAPI *LPNSPLOOKUPSERVICENEXT)(HANDLE lookup, DWORD flags, LPDWORD bytes, LPWSAQUERYSETW result);
typedef INT (WSAAPI *LPNSPLOOKUPSERVICEEND)(HANDLE lookup);
typedef INT(WSAAPI *LPNSPSETSERVICE)(LPGUID provider, LPVOID classInfo, LPWSAQUERYSETW service,
                                     WSAESETSERVICEOP operation, DWORD flags);

EXTERN_C_END
#endif
