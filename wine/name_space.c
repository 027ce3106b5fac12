/* Peer names through Winsock (NS_PNRPNAME, NS_PNRPCLOUD). Wine's ws2_32 has the functions of name spaces without
 * content: they fail, whatever is asked, and no provider can be put in. So the first instructions of each become a jump
 * to ours, in this process, when this DLL is loaded. Compiled with Wine's headers. */
#include <string.h>
#define USE_WS_PREFIX
#include <winsock2.h>
#include <windef.h>
#include <winbase.h>
#include <winternl.h>

#include "bridge.h"

static void replace(unsigned char *code, void (*function)(void)) {
    unsigned char jump[] = {0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0}; /* mov rax, function; jmp rax */
    DWORD before;
    memcpy(jump + 2, &function, sizeof function);
    if (!VirtualProtect(code, sizeof jump, PAGE_EXECUTE_READWRITE, &before))
        return;
    memcpy(code, jump, sizeof jump);
    VirtualProtect(code, sizeof jump, before, &before);
}

/* ws2_32 is loaded, since this DLL is linked against it. */
void bridge_take_name_space(void) {
    HMODULE winsock = GetModuleHandleW((const WCHAR[]){'w', 's', '2', '_', '3', '2', 0});
    for (const struct bridge_replacement *one = bridge_replacements; one->name; one++) {
        unsigned char *code = winsock ? (unsigned char *)GetProcAddress(winsock, one->name) : NULL;
        if (code)
            replace(code, one->function);
    }
}

/* Whether there has been a WSAStartup more than there were WSACleanups: only then are there sockets. */
int bridge_winsock_is_started(void) {
    DWORD error = RtlGetLastWin32Error();
    SOCKET made = WSASocketW(WS_AF_INET, WS_SOCK_DGRAM, 0, NULL, 0, 0);
    int started = made != INVALID_SOCKET || WSAGetLastError() != WSANOTINITIALISED;
    if (made != INVALID_SOCKET)
        CloseHandle((HANDLE)made); /* which it is in Wine; the name closesocket has a prefix in its headers only */
    RtlSetLastWin32Error(error);
    return started;
}

void bridge_set_last_error(unsigned error) { RtlSetLastWin32Error(error); }
