/* Files, pipes and streams behind handles; names of files and folders; variables; what a process was started with. */
#define _GNU_SOURCE
#include "win32_test.h"

#include <direct.h>
#include <errno.h>
#include <io.h>
#include <shellapi.h>
#include <shlobj.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

static WCHAR folder[64], path[2][96];

static void enter(void) {
    char narrow[] = "/tmp/peerapi-files-XXXXXX";
    CHECK(mkdtemp(narrow) != NULL);
    swprintf(folder, 64, L"%S", narrow);
    swprintf(path[0], 96, L"%s/\u20ac one", folder);
    swprintf(path[1], 96, L"%s/two", folder);
}

static HANDLE open_path(const WCHAR *name, DWORD access, DWORD disposition) {
    return CreateFileW(name, access, FILE_SHARE_READ, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
}

TEST(a_file_is_made_read_written_and_measured) {
    char text[16] = "";
    DWORD done = 9;
    LARGE_INTEGER size, place = {.QuadPart = 1};
    enter();
    HANDLE file = open_path(path[0], GENERIC_READ | GENERIC_WRITE, CREATE_NEW);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == 0 && GetFileType(file) == FILE_TYPE_DISK);
    CHECK(WriteFile(file, "abcdef", 6, &done, NULL) && done == 6 && GetFileSize(file, NULL) == 6);
    CHECK(SetFilePointer(file, 2, NULL, FILE_BEGIN) == 2 && ReadFile(file, text, 16, &done, NULL) && done == 4);
    CHECK(!strcmp(text, "cdef") && ReadFile(file, text, 16, &done, NULL) && done == 0); /* the end */
    CHECK(SetFilePointerEx(file, place, &place, FILE_BEGIN) && place.QuadPart == 1 && SetEndOfFile(file));
    CHECK(GetFileSizeEx(file, &size) && size.QuadPart == 1 && FlushFileBuffers(file));
    OVERLAPPED at = {.Offset = 3};
    CHECK(WriteFile(file, "x", 1, &done, &at) && GetFileSize(file, NULL) == 4);
    CHECK(ReadFile(file, text, 1, &done, &at) && text[0] == 'x');
    at.Offset = 4;
    CHECK_FAILS(ReadFile(file, text, 1, &done, &at), FALSE, ERROR_HANDLE_EOF);
    CHECK(WaitForSingleObject(file, 0) == WAIT_OBJECT_0); /* there is always something, or the end */
    CHECK_FAILS(SetFilePointer(file, -1, NULL, FILE_BEGIN), INVALID_SET_FILE_POINTER, ERROR_NEGATIVE_SEEK);
    CHECK_FAILS(SetFilePointer(file, 0, NULL, 3), INVALID_SET_FILE_POINTER, ERROR_INVALID_PARAMETER);
    CHECK(CloseHandle(file));
    CHECK_FAILS(ReadFile(file, text, 1, &done, NULL), FALSE, ERROR_INVALID_HANDLE);
    file = open_path(path[0], GENERIC_READ, OPEN_EXISTING);
    CHECK_FAILS(WriteFile(file, "x", 1, &done, NULL), FALSE, ERROR_ACCESS_DENIED);
    CHECK(done == 0 && CloseHandle(file));
    file = open_path(path[0], FILE_APPEND_DATA, OPEN_ALWAYS);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == ERROR_ALREADY_EXISTS);
    CHECK(WriteFile(file, "y", 1, NULL, NULL) && GetFileSize(file, NULL) == 5 && CloseHandle(file));
    CHECK(DeleteFileW(path[0]) && RemoveDirectoryW(folder));
}

TEST(a_file_that_cannot_be_opened_says_why) {
    char name[96];
    enter();
    CHECK_FAILS(open_path(path[0], GENERIC_READ, OPEN_EXISTING), INVALID_HANDLE_VALUE, ERROR_FILE_NOT_FOUND);
    CHECK_FAILS(open_path(L"/nowhere/at/all", GENERIC_WRITE, CREATE_ALWAYS), INVALID_HANDLE_VALUE,
                ERROR_PATH_NOT_FOUND);
    CHECK_FAILS(open_path(folder, GENERIC_READ, OPEN_EXISTING), INVALID_HANDLE_VALUE, ERROR_ACCESS_DENIED);
    CHECK_FAILS(open_path(NULL, GENERIC_READ, OPEN_EXISTING), INVALID_HANDLE_VALUE, ERROR_PATH_NOT_FOUND);
    CHECK_FAILS(open_path(path[0], GENERIC_READ, 0), INVALID_HANDLE_VALUE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(open_path(path[0], GENERIC_READ, TRUNCATE_EXISTING), INVALID_HANDLE_VALUE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CreateFileW(path[0], GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_FLAG_OVERLAPPED, NULL),
                INVALID_HANDLE_VALUE, ERROR_NOT_SUPPORTED);
    sprintf_s(name, sizeof name, "%ls/two", folder);
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE && CloseHandle(file));
    CHECK_FAILS(CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL), INVALID_HANDLE_VALUE,
                ERROR_FILE_EXISTS);
    file = CreateFileA("nul", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(WriteFile(file, "x", 1, NULL, NULL) && GetFileType(file) == FILE_TYPE_CHAR && CloseHandle(file));
    CHECK(DeleteFileA(name) && RemoveDirectoryW(folder));
}

TEST(a_pipe_is_waited_for_beside_an_event) {
    HANDLE reader, writer, both[2] = {CreateEventW(NULL, TRUE, FALSE, NULL), NULL};
    char text[8] = "";
    DWORD done;
    CHECK(CreatePipe(&reader, &writer, NULL, 0) && GetFileType(reader) == FILE_TYPE_PIPE);
    both[1] = reader;
    CHECK(WaitForMultipleObjects(2, both, FALSE, 0) == WAIT_TIMEOUT);
    CHECK(WriteFile(writer, "ab", 2, &done, NULL));
    CHECK(WaitForMultipleObjects(2, both, FALSE, 120000) == WAIT_OBJECT_0 + 1);
    CHECK(WaitForMultipleObjects(2, both, FALSE, 0) == WAIT_OBJECT_0 + 1); /* still there */
    CHECK(ReadFile(reader, text, 8, &done, NULL) && done == 2 && WaitForSingleObject(reader, 0) == WAIT_TIMEOUT);
    CHECK(SetEvent(both[0]) && WaitForMultipleObjects(2, both, FALSE, 120000) == WAIT_OBJECT_0);
    CHECK_FAILS(GetFileSize(reader, NULL), INVALID_FILE_SIZE, ERROR_INVALID_FUNCTION);
    CHECK(CloseHandle(writer) && WaitForSingleObject(reader, 120000) == WAIT_OBJECT_0); /* its end */
    CHECK_FAILS(ReadFile(reader, text, 8, &done, NULL), FALSE, ERROR_BROKEN_PIPE);
    CHECK(CloseHandle(reader) && CloseHandle(both[0]));
    CHECK(CreatePipe(&reader, &writer, NULL, 0) && CloseHandle(reader));
    CHECK_FAILS(WriteFile(writer, "x", 1, &done, NULL), FALSE, ERROR_NO_DATA); /* and no signal */
    CHECK(CloseHandle(writer));
    CHECK_FAILS(CreatePipe(NULL, &writer, NULL, 0), FALSE, ERROR_INVALID_PARAMETER);
}

TEST(files_and_folders_by_their_names) {
    WCHAR back[96], before[MAX_PATH];
    enter();
    CHECK(_waccess(path[0], 0) == -1 && errno == ENOENT && _waccess_s(path[0], 4) == ENOENT &&
          _waccess(path[0], 1) == -1 && errno == EINVAL);
    FILE *stream = NULL;
    CHECK(_wfopen_s(&stream, path[0], L"w") == 0 && fclose(stream) == 0 && _waccess_s(path[0], 6) == 0);
    CHECK(GetFileAttributesW(path[0]) == FILE_ATTRIBUTE_NORMAL &&
          GetFileAttributesW(folder) == FILE_ATTRIBUTE_DIRECTORY);
    CHECK_FAILS(GetFileAttributesW(path[1]), INVALID_FILE_ATTRIBUTES, ERROR_FILE_NOT_FOUND);
    CHECK(MoveFileW(path[0], path[1]) && _wfopen_s(&stream, path[0], L"w") == 0 && fclose(stream) == 0);
    CHECK_FAILS(MoveFileW(path[0], path[1]), FALSE, ERROR_ALREADY_EXISTS);
    CHECK(_wrename(path[0], path[1]) != 0 && errno == EEXIST && _wremove(path[1]) == 0 &&
          _wrename(path[0], path[1]) == 0);
    CHECK_FAILS(RemoveDirectoryW(folder), FALSE, ERROR_DIR_NOT_EMPTY);
    CHECK_FAILS(DeleteFileW(folder), FALSE, ERROR_ACCESS_DENIED);
    CHECK_FAILS(RemoveDirectoryW(path[1]), FALSE, ERROR_DIRECTORY);
    CHECK_FAILS(DeleteFileW(path[0]), FALSE, ERROR_FILE_NOT_FOUND);
    CHECK_FAILS(DeleteFileW(NULL), FALSE, ERROR_FILE_NOT_FOUND);
    CHECK(DeleteFileW(path[1]) && CreateDirectoryW(path[0], NULL));
    CHECK_FAILS(CreateDirectoryW(path[0], NULL), FALSE, ERROR_ALREADY_EXISTS);
    CHECK_FAILS(CreateDirectoryA("/nowhere/at-all", NULL), FALSE, ERROR_PATH_NOT_FOUND);
    CHECK(GetCurrentDirectoryW(MAX_PATH, before) && SetCurrentDirectoryW(path[0]));
    CHECK(GetCurrentDirectoryW(96, back) == wcslen(path[0]) && !wcscmp(back, path[0]));
    CHECK(GetCurrentDirectoryW(3, back) == wcslen(path[0]) + 1 && _wgetcwd(back, 96) == back && !wcscmp(back, path[0]));
    CHECK(_wgetcwd(back, 3) == NULL && errno == ERANGE && _wchdir(before) == 0);
    CHECK_FAILS(SetCurrentDirectoryW(L"/nowhere"), FALSE, ERROR_FILE_NOT_FOUND);
    CHECK(_wmkdir(path[1]) == 0 && _wrmdir(path[1]) == 0 && _wrmdir(path[0]) == 0 && _wrmdir(folder) == 0);
}

TEST(variables_of_the_environment) {
    WCHAR text[64];
    char narrow[16];
    size_t size = 0;
    WCHAR *copy = NULL;
    CHECK(SetEnvironmentVariableW(L"PEERAPI_TRIAL", L"\u20ac 1"));
    CHECK(GetEnvironmentVariableW(L"PEERAPI_TRIAL", text, 64) == 3 && !wcscmp(text, L"\u20ac 1"));
    CHECK(GetEnvironmentVariableW(L"PEERAPI_TRIAL", text, 3) == 4 && !wcscmp(_wgetenv(L"PEERAPI_TRIAL"), L"\u20ac 1"));
    CHECK(ExpandEnvironmentStringsW(L"<%PEERAPI_TRIAL%> %none% 5%", text, 64) == 16);
    CHECK(!wcscmp(text, L"<\u20ac 1> %none% 5%") && ExpandEnvironmentStringsW(L"%PEERAPI_TRIAL%", text, 3) == 4);
    CHECK(getenv_s(&size, narrow, 16, "PEERAPI_TRIAL") == 0 && size == 6 &&
          getenv_s(&size, narrow, 3, "PEERAPI_TRIAL") == ERANGE);
    CHECK(_wgetenv_s(&size, text, 64, L"PEERAPI_TRIAL") == 0 && size == 4 &&
          _wgetenv_s(&size, NULL, 64, L"x") == EINVAL);
    CHECK(_wdupenv_s(&copy, &size, L"PEERAPI_TRIAL") == 0 && size == 4 && !wcscmp(copy, L"\u20ac 1"));
    free(copy);
    LPWCH all = GetEnvironmentStringsW();
    BOOL found = FALSE;
    for (const WCHAR *one = all; *one; one += wcslen(one) + 1) {
        found = found || !wcscmp(one, L"PEERAPI_TRIAL=\u20ac 1");
    }
    CHECK(found && FreeEnvironmentStringsW(all) && SetEnvironmentVariableW(L"PEERAPI_TRIAL", NULL));
    CHECK_FAILS(GetEnvironmentVariableW(L"PEERAPI_TRIAL", text, 64), 0, ERROR_ENVVAR_NOT_FOUND);
    CHECK_FAILS(SetEnvironmentVariableW(L"PEERAPI_TRIAL", NULL), FALSE, ERROR_ENVVAR_NOT_FOUND);
    CHECK_FAILS(SetEnvironmentVariableA("A=B", "x"), FALSE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(SetEnvironmentVariableW(NULL, L"x"), FALSE, ERROR_INVALID_PARAMETER);
    CHECK(_wdupenv_s(&copy, &size, L"PEERAPI_TRIAL") == 0 && copy == NULL && size == 0);
}

TEST(a_line_becomes_arguments_and_its_own_is_known) {
    int count = -1;
    WCHAR line[] = L"\"a b\\\" c\\\\d \"e\\\"f\" \"\" \u20ac\tg";
    const WCHAR *const wanted[] = {L"a b\\", L"c\\\\d", L"e\"f", L"", L"\u20ac", L"g"};
    LPWSTR *list = CommandLineToArgvW(line, &count);
    CHECK(list && count == 6 && list[6] == NULL);
    for (int at = 0; at < 6 && at < count; at++) {
        CHECK(!wcscmp(list[at], wanted[at]));
    }
    LocalFree(list);
    WCHAR program[MAX_PATH];
    list = CommandLineToArgvW(L"", &count);
    CHECK(GetModuleFileNameW(NULL, program, MAX_PATH) && list && count == 1 && !wcscmp(list[0], program));
    LocalFree(list);
    CHECK_FAILS(CommandLineToArgvW(NULL, &count), NULL, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CommandLineToArgvW(L"a", NULL), NULL, ERROR_INVALID_PARAMETER);
    STARTUPINFOW startup;
    GetStartupInfoW(&startup);
    CHECK(startup.cb == sizeof startup && !wcscmp(startup.lpTitle, GetCommandLineW()));
    list = CommandLineToArgvW(GetCommandLineW(), &count);
    CHECK(list && count >= 1 && wcslen(list[0]) && strlen(GetCommandLineA()) >= wcslen(list[0]));
    LocalFree(list);
}

TEST(folders_of_the_user) {
    WCHAR found[MAX_PATH], home[MAX_PATH];
    char before[MAX_PATH] = "";
    const char *old = getenv("XDG_CONFIG_HOME");
    enter();
    strcpy_s(before, sizeof before, old ? old : "");
    swprintf(home, MAX_PATH, L"%s/a/b", folder);
    CHECK(SetEnvironmentVariableW(L"XDG_CONFIG_HOME", home));
    CHECK(SHGetFolderPathW(NULL, CSIDL_APPDATA, NULL, SHGFP_TYPE_CURRENT, found) == S_FALSE && !*found);
    CHECK(SHGetFolderPathW(NULL, CSIDL_APPDATA | CSIDL_FLAG_DONT_VERIFY, NULL, 0, found) == S_OK &&
          !wcscmp(found, home));
    CHECK(SHGetFolderPathW(NULL, CSIDL_APPDATA | CSIDL_FLAG_CREATE, NULL, 0, found) == S_OK && !wcscmp(found, home));
    CHECK(SHGetFolderPathW(NULL, 0x7f, NULL, 0, found) == E_INVALIDARG && !*found);
    CHECK(SHGetFolderPathW(NULL, CSIDL_APPDATA, NULL, 0, NULL) == E_INVALIDARG);
    CHECK(RemoveDirectoryW(home) && SetEnvironmentVariableA("XDG_CONFIG_HOME", *before ? before : NULL));
    swprintf(home, MAX_PATH, L"%s/a", folder);
    CHECK(RemoveDirectoryW(home) && RemoveDirectoryW(folder));
}
