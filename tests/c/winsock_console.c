/* A console program as Windows programmers write them; it knows nothing of this library and compiles there, too.
 *
 *   winsock_console HOST SERVICE ADDRESS     resolves the first two, takes the third apart, talks to itself over UDP */
#ifndef UNICODE
#define UNICODE
#endif
#ifndef _UNICODE
#define _UNICODE
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <strsafe.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#ifdef _MSC_VER
#pragma comment(lib, "ws2_32.lib")
#endif

static void PrintError(PCWSTR what, int error) {
    WCHAR message[256], line[320];
    if (FormatMessage(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL,
                      (DWORD)error, 0, message, ARRAYSIZE(message), NULL) == 0)
        StringCchCopy(message, ARRAYSIZE(message), L"?");
    if (SUCCEEDED(StringCchPrintf(line, ARRAYSIZE(line), L"%s: %d %s", what, error, message)))
        wprintf(L"%s\n", line);
}

static BOOL PrintAddress(LPSOCKADDR address, DWORD length) {
    WCHAR text[INET6_ADDRSTRLEN];
    DWORD size = ARRAYSIZE(text);
    if (WSAAddressToString(address, length, NULL, text, &size) == SOCKET_ERROR) {
        PrintError(L"WSAAddressToString", WSAGetLastError());
        return FALSE;
    }
    wprintf(L"%s\n", text);
    return TRUE;
}

static BOOL Echo(void) {
    SOCKADDR_IN address;
    char buffer[16];
    int length = sizeof(address), received = SOCKET_ERROR;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    if (s == INVALID_SOCKET) {
        PrintError(L"socket", WSAGetLastError());
        return FALSE;
    }
    ZeroMemory(&address, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (SOCKADDR *)&address, sizeof(address)) == SOCKET_ERROR ||
        getsockname(s, (SOCKADDR *)&address, &length) == SOCKET_ERROR ||
        sendto(s, "hello", 5, 0, (SOCKADDR *)&address, length) == SOCKET_ERROR)
        PrintError(L"sending", WSAGetLastError());
    else
        received = recvfrom(s, buffer, sizeof(buffer), 0, (SOCKADDR *)&address, &length);
    if (received > 0)
        wprintf(L"%.*S\n", received, buffer);
    if (closesocket(s) == SOCKET_ERROR || closesocket(s) == SOCKET_ERROR) /* once too often */
        PrintError(L"closesocket", WSAGetLastError());
    return received == 5;
}

int wmain(int argc, wchar_t *argv[]) {
    WSADATA data;
    ADDRINFOW hints, *list = NULL, *each;
    SOCKADDR_STORAGE address;
    INT length = sizeof(address);
    int error = WSAStartup(MAKEWORD(2, 2), &data);
    if (error != 0) {
        PrintError(L"WSAStartup", error);
        return 1;
    }
    if (argc != 4) {
        wprintf(L"usage: %s HOST SERVICE ADDRESS\n", argv[0]);
        return 2;
    }

    ZeroMemory(&hints, sizeof(hints));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    error = GetAddrInfoW(argv[1], argv[2], &hints, &list);
    if (error != 0)
        PrintError(L"GetAddrInfoW", error);
    for (each = list; each != NULL; each = each->ai_next)
        PrintAddress(each->ai_addr, (DWORD)each->ai_addrlen);
    if (list != NULL)
        FreeAddrInfoW(list);

    if (WSAStringToAddress(argv[3], AF_INET6, NULL, (LPSOCKADDR)&address, &length) == SOCKET_ERROR)
        PrintError(L"WSAStringToAddress", WSAGetLastError());
    else
        PrintAddress((LPSOCKADDR)&address, (DWORD)length);

    if (!Echo())
        return 3;
    return WSACleanup() == 0 ? 0 : 4;
}
