/* fileapi.h - files, pipes and folders; file times; the folder for temporary files. */
#ifndef PEERAPI_FILEAPI_H
#define PEERAPI_FILEAPI_H

#include "minwinbase.h"

EXTERN_C_START

#define CREATE_NEW 1
#define CREATE_ALWAYS 2
#define OPEN_EXISTING 3
#define OPEN_ALWAYS 4
#define TRUNCATE_EXISTING 5
#define INVALID_FILE_SIZE 0xFFFFFFFFu
#define INVALID_SET_FILE_POINTER 0xFFFFFFFFu
#define INVALID_FILE_ATTRIBUTES 0xFFFFFFFFu
#define FILE_BEGIN 0
#define FILE_CURRENT 1
#define FILE_END 2
#define FILE_TYPE_UNKNOWN 0x0000
#define FILE_TYPE_DISK 0x0001
#define FILE_TYPE_CHAR 0x0002
#define FILE_TYPE_PIPE 0x0003
#define FILE_SHARE_READ 0x00000001
#define FILE_SHARE_WRITE 0x00000002
#define FILE_SHARE_DELETE 0x00000004
#define FILE_READ_DATA 0x0001
#define FILE_WRITE_DATA 0x0002
#define FILE_APPEND_DATA 0x0004
#define FILE_ATTRIBUTE_READONLY 0x00000001
#define FILE_ATTRIBUTE_HIDDEN 0x00000002
#define FILE_ATTRIBUTE_DIRECTORY 0x00000010
#define FILE_ATTRIBUTE_NORMAL 0x00000080
#define FILE_ATTRIBUTE_TEMPORARY 0x00000100
#define FILE_FLAG_WRITE_THROUGH 0x80000000u
#define FILE_FLAG_OVERLAPPED 0x40000000
#define FILE_FLAG_RANDOM_ACCESS 0x10000000
#define FILE_FLAG_SEQUENTIAL_SCAN 0x08000000
#define FILE_FLAG_DELETE_ON_CLOSE 0x04000000

/* Files of this system, by its paths; CONIN$, CONOUT$ and NUL are its terminal and /dev/null. Nobody is kept out by
 * share. INVALID_HANDLE_VALUE on failure; FILE_FLAG_OVERLAPPED and FILE_FLAG_DELETE_ON_CLOSE are ERROR_NOT_SUPPORTED.
 */
WINBASEAPI HANDLE WINAPI CreateFileA(LPCSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes,
                                     DWORD disposition, DWORD flags, HANDLE like);
WINBASEAPI HANDLE WINAPI CreateFileW(LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes,
                                     DWORD disposition, DWORD flags, HANDLE like);
/* Bytes as they are. At the end of a file 0 bytes are read; of a pipe that nobody writes to any more it is
 * ERROR_BROKEN_PIPE, and writing to one that nobody reads ERROR_NO_DATA. An OVERLAPPED says where, and nothing else. */
WINBASEAPI BOOL WINAPI ReadFile(HANDLE handle, LPVOID to, DWORD bytes, LPDWORD got, LPOVERLAPPED place);
WINBASEAPI BOOL WINAPI WriteFile(HANDLE handle, LPCVOID from, DWORD bytes, LPDWORD done, LPOVERLAPPED place);
WINBASEAPI BOOL WINAPI FlushFileBuffers(HANDLE handle);
WINBASEAPI DWORD WINAPI GetFileSize(HANDLE handle, LPDWORD high);
WINBASEAPI BOOL WINAPI GetFileSizeEx(HANDLE handle, PLARGE_INTEGER size);
WINBASEAPI DWORD WINAPI SetFilePointer(HANDLE handle, LONG low, PLONG high, DWORD method);
WINBASEAPI BOOL WINAPI SetFilePointerEx(HANDLE handle, LARGE_INTEGER distance, PLARGE_INTEGER place, DWORD method);
WINBASEAPI BOOL WINAPI SetEndOfFile(HANDLE handle);
WINBASEAPI DWORD WINAPI GetFileType(HANDLE handle);

/* FILE_ATTRIBUTE_DIRECTORY, _READONLY where the user may not write, _HIDDEN for a name with a dot before it, else
 * _NORMAL. */
WINBASEAPI DWORD WINAPI GetFileAttributesA(LPCSTR name);
WINBASEAPI DWORD WINAPI GetFileAttributesW(LPCWSTR name);
WINBASEAPI BOOL WINAPI DeleteFileA(LPCSTR name);
WINBASEAPI BOOL WINAPI DeleteFileW(LPCWSTR name);
WINBASEAPI BOOL WINAPI CreateDirectoryA(LPCSTR name, LPSECURITY_ATTRIBUTES attributes);
WINBASEAPI BOOL WINAPI CreateDirectoryW(LPCWSTR name, LPSECURITY_ATTRIBUTES attributes);
WINBASEAPI BOOL WINAPI RemoveDirectoryA(LPCSTR name);
WINBASEAPI BOOL WINAPI RemoveDirectoryW(LPCWSTR name);

WINBASEAPI LONG WINAPI CompareFileTime(const FILETIME *first, const FILETIME *second);
/* By the time zone's offset of today, as on Windows, not by that of the given moment. */
WINBASEAPI BOOL WINAPI FileTimeToLocalFileTime(const FILETIME *fileTime, LPFILETIME localFileTime);
WINBASEAPI BOOL WINAPI LocalFileTimeToFileTime(const FILETIME *localFileTime, LPFILETIME fileTime);

/* TMPDIR, else /tmp, with a / at the end; answers as GetWindowsDirectory does. */
WINBASEAPI DWORD WINAPI GetTempPathA(DWORD size, LPSTR folder);
WINBASEAPI DWORD WINAPI GetTempPathW(DWORD size, LPWSTR folder);

#ifdef UNICODE
#define GetTempPath GetTempPathW
#define CreateFile CreateFileW
#define GetFileAttributes GetFileAttributesW
#define DeleteFile DeleteFileW
#define CreateDirectory CreateDirectoryW
#define RemoveDirectory RemoveDirectoryW
#else
#define GetTempPath GetTempPathA
#define CreateFile CreateFileA
#define GetFileAttributes GetFileAttributesA
#define DeleteFile DeleteFileA
#define CreateDirectory CreateDirectoryA
#define RemoveDirectory RemoveDirectoryA
#endif

EXTERN_C_END
#endif
