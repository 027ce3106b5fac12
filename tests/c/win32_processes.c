/* Processes started, opened, listed and waited for; the paths that have a name of their own; strings and paths of
 * shlwapi.h. */
#define _GNU_SOURCE
#include "win32_test.h"

#include <intsafe.h>
#include <shlwapi.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <tlhelp32.h>
#include <unistd.h>
#include <wchar.h>

/* Runs a line and answers the exit code of the process. */
static DWORD run(const WCHAR *application, const WCHAR *line, DWORD flags, void *environment, const WCHAR *folder) {
    WCHAR copy[512];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION information;
    DWORD code = 0;
    wcscpy_s(copy, 512, line);
    CHECK(CreateProcessW(application, copy, NULL, NULL, FALSE, flags, environment, folder, &startup, &information));
    CHECK(information.dwProcessId == GetProcessId(information.hProcess) &&
          information.dwProcessId != GetCurrentProcessId());
    CHECK(WaitForSingleObject(information.hProcess, 120000) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(information.hThread, 120000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(information.hProcess, &code));
    CHECK(CloseHandle(information.hProcess) && CloseHandle(information.hThread));
    return code;
}

TEST(a_process_is_started_and_waited_for) {
    CHECK(run(NULL, L"sh -c \"exit 7\"", 0, NULL, NULL) == 7);
    CHECK(run(L"/bin/sh", L"sh -c \"exit 8\"", CREATE_NEW_CONSOLE, NULL, NULL) == 8);
    CHECK(run(NULL, L"sh -c \"kill -9 $$\"", 0, NULL, NULL) == 128 + 9);
    CHECK(run(L"/bin/sh", L"sh -c \"test $(pwd -P) = /usr && exit 3\"", 0, NULL, L"/usr") == 3);
    WCHAR wide[] = L"ONE=\u20ac\0TWO=2\0";
    CHECK(run(L"/bin/sh", L"sh -c \"test $ONE$TWO = \u20ac2 && test -z $HOME && exit 4\"", CREATE_UNICODE_ENVIRONMENT,
              wide, NULL) == 4);
    char narrow[] = "ONE=1\0";
    CHECK(run(L"/bin/sh", L"sh -c \"exit $ONE\"", 0, narrow, NULL) == 1);
}

TEST(a_command_line_is_cut_as_the_c_runtime_of_windows_does) {
    static const WCHAR *const lines[] = {
        L"sh -c \"test $# = 1 && test \\\"$1\\\" = 'a b'\" sh \"a b\"",
        L"sh -c \"test $# = 2 && test \\\"$1\\\" = 'a\\b' && test \\\"$2\\\" = c\" sh a\\b c",
        L"sh\t-c  \"test $# = 1 && test \\\"$1\\\" = 'd\"\"e'\" sh \"d\\\"e\"",
        L"sh -c \"test $# = 1 && test -z \\\"$1\\\"\" sh \"\"",
        L"sh -c \"test $# = 2 && test \\\"$1\\\" = 'a\\' && test \\\"$2\\\" = ' b'\" sh \"a\\\\\" \" b\"",
    };
    for (size_t at = 0; at < ARRAYSIZE(lines); at++) {
        CHECK(run(NULL, lines[at], 0, NULL, NULL) == 0);
    }
}

TEST(what_cannot_be_started_says_why) {
    STARTUPINFOW startup = {.cb = sizeof startup}, streams = {.cb = sizeof streams, .dwFlags = STARTF_USESTDHANDLES};
    streams.hStdInput = CreateEventW(NULL, FALSE, FALSE, NULL);
    PROCESS_INFORMATION information;
    WCHAR nothing[] = L" ", missing[] = L"/nowhere/at-all x", line[] = L"sh";
    CHECK_FAILS(CreateProcessW(NULL, nothing, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information), FALSE,
                ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CreateProcessW(NULL, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information), FALSE,
                ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CreateProcessW(NULL, missing, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information), FALSE,
                ERROR_FILE_NOT_FOUND);
    CHECK_FAILS(CreateProcessW(L"/etc", line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information), FALSE,
                ERROR_ACCESS_DENIED);
    CHECK_FAILS(CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &startup, &information),
                FALSE, ERROR_NOT_SUPPORTED);
    CHECK_FAILS(CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &streams, &information), FALSE,
                ERROR_INVALID_HANDLE); /* an event is no stream */
    CHECK(CloseHandle(streams.hStdInput));
}

TEST(a_process_is_opened_and_ended) {
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION information;
    DWORD code = 0;
    char line[] = "sleep 1000";
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information));
    HANDLE opened = OpenProcess(PROCESS_ALL_ACCESS, FALSE, information.dwProcessId);
    CHECK(opened && opened != information.hProcess && GetProcessId(opened) == information.dwProcessId);
    CHECK(GetExitCodeProcess(opened, &code) && code == STILL_ACTIVE && WaitForSingleObject(opened, 0) == WAIT_TIMEOUT);
    CHECK(GetExitCodeProcess(information.hProcess, &code) && code == STILL_ACTIVE);
    CHECK_FAILS(TerminateProcess(information.hThread, 1), FALSE, ERROR_ACCESS_DENIED); /* it may only be waited for */
    CHECK(TerminateProcess(opened, 42) && TerminateProcess(opened, 43));               /* the first counts */
    HANDLE both[] = {information.hProcess, opened};
    CHECK(WaitForMultipleObjects(2, both, FALSE, 120000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(information.hProcess, &code) && code == 42);
    CHECK(GetExitCodeProcess(opened, &code) && code == 42); /* both stand for one process */
    CHECK_FAILS(GetExitCodeProcess(opened, NULL), FALSE, ERROR_NOACCESS);
    CHECK_FAILS(TerminateProcess(information.hProcess, 1), FALSE, ERROR_ACCESS_DENIED);
    CHECK(CloseHandle(opened) && CloseHandle(information.hProcess) && CloseHandle(information.hThread));
    CHECK_FAILS(OpenProcess(PROCESS_ALL_ACCESS, FALSE, 0x7ffffff0), NULL, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(GetExitCodeProcess(NULL, &code), FALSE, ERROR_INVALID_HANDLE);
    HANDLE ourselves = OpenProcess(SYNCHRONIZE, FALSE, GetCurrentProcessId());
    CHECK(ourselves && GetProcessId(ourselves) == GetCurrentProcessId() &&
          WaitForSingleObject(ourselves, 0) == WAIT_TIMEOUT);
    CHECK(GetExitCodeProcess(ourselves, &code) && code == STILL_ACTIVE && CloseHandle(ourselves));
}

TEST(the_exit_code_of_a_child_is_known_to_whoever_opens_it) {
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION information;
    DWORD code = 0;
    char line[] = "sh -c \"read word; exit 9\"";
    HANDLE reader, writer;
    CHECK(CreatePipe(&reader, &writer, NULL, 0));
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = reader;
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &information));
    HANDLE opened = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE, information.dwProcessId);
    char path[MAX_PATH];
    DWORD size = MAX_PATH;
    CHECK(QueryFullProcessImageNameA(opened, 0, path, &size) && strlen(path) == size && strstr(path, "sh"));
    size = 2;
    CHECK_FAILS(QueryFullProcessImageNameA(opened, 0, path, &size), FALSE, ERROR_INSUFFICIENT_BUFFER);
    CHECK_FAILS(QueryFullProcessImageNameA(opened, 7, path, &size), FALSE, ERROR_INVALID_PARAMETER);
    CHECK(CloseHandle(information.hProcess) && CloseHandle(information.hThread));
    CHECK(WriteFile(writer, "go\n", 3, NULL, NULL) && WaitForSingleObject(opened, 120000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(opened, &code) && code == 9);
    CHECK(CloseHandle(opened) && CloseHandle(reader) && CloseHandle(writer));
}

/* What a process says that is started with a pipe as its standard output. */
static void hear(const char *line, BOOL inherit, char *said, DWORD room) {
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION information;
    HANDLE reader, writer;
    char copy[256];
    DWORD got, length = 0;
    CHECK(CreatePipe(&reader, &writer, NULL, 0));
    startup.hStdOutput = startup.hStdError = writer; /* and no input: it reads an end */
    strcpy_s(copy, sizeof copy, line);
    CHECK(CreateProcessA(NULL, copy, NULL, NULL, inherit, 0, NULL, NULL, &startup, &information));
    CHECK(CloseHandle(writer));
    while (ReadFile(reader, said + length, room - 1 - length, &got, NULL)) {
        length += got;
    }
    CHECK(GetLastError() == ERROR_BROKEN_PIPE);
    said[length] = 0;
    CHECK(WaitForSingleObject(information.hProcess, 120000) == WAIT_OBJECT_0);
    CHECK(CloseHandle(information.hProcess) && CloseHandle(information.hThread) && CloseHandle(reader));
}

TEST(a_process_has_the_streams_that_it_is_given) {
    char said[256];
    hear("sh -c \"cat; echo out; echo err >&2\"", TRUE, said, sizeof said);
    CHECK(!strcmp(said, "out\nerr\n"));
}

TEST(descriptors_go_to_a_process_only_where_handles_are_inherited) {
    char said[256], line[64];
    int descriptor = dup(1);
    sprintf_s(line, sizeof line, "sh -c \"test -e /dev/fd/%d && echo there\"", descriptor);
    hear(line, TRUE, said, sizeof said);
    CHECK(!strcmp(said, "there\n"));
    hear(line, FALSE, said, sizeof said);
    CHECK(!strcmp(said, ""));
    CHECK(close(descriptor) == 0);
}

TEST(what_stands_in_for_a_standard_stream_goes_to_processes) {
    HANDLE before = GetStdHandle(STD_OUTPUT_HANDLE), reader, writer;
    char word[8] = "";
    DWORD got;
    CHECK(CreatePipe(&reader, &writer, NULL, 0) && SetStdHandle(STD_OUTPUT_HANDLE, writer));
    CHECK(GetStdHandle(STD_OUTPUT_HANDLE) == writer && run(NULL, L"echo word", 0, NULL, NULL) == 0);
    CHECK(SetStdHandle(STD_OUTPUT_HANDLE, before) && ReadFile(reader, word, 8, &got, NULL) && got == 5);
    CHECK(!strcmp(word, "word\n") && CloseHandle(reader) && CloseHandle(writer));
    CHECK_FAILS(GetStdHandle(7), INVALID_HANDLE_VALUE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(SetStdHandle(7, before), FALSE, ERROR_INVALID_PARAMETER);
}

TEST(the_processes_of_the_machine_are_listed) {
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W wide = {.dwSize = sizeof wide};
    DWORD parent = 0;
    WCHAR name[MAX_PATH] = L"";
    CHECK(snapshot != INVALID_HANDLE_VALUE && Process32FirstW(snapshot, &wide));
    do {
        if (wide.th32ProcessID == GetCurrentProcessId()) {
            parent = wide.th32ParentProcessID;
            wcscpy_s(name, MAX_PATH, wide.szExeFile);
            CHECK(wide.cntThreads >= 1);
        }
    } while (Process32NextW(snapshot, &wide));
    CHECK(GetLastError() == ERROR_NO_MORE_FILES && parent == (DWORD)getppid() && name[0]);
    wide.dwSize = 8;
    CHECK_FAILS(Process32FirstW(snapshot, &wide), FALSE, ERROR_INVALID_PARAMETER);
    CHECK(WaitForSingleObject(snapshot, 0) == WAIT_FAILED && CloseHandle(snapshot));
    wide.dwSize = sizeof wide;
    CHECK_FAILS(Process32FirstW(snapshot, &wide), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(CreateToolhelp32Snapshot(0x8, 0), INVALID_HANDLE_VALUE, ERROR_INVALID_PARAMETER);
}

TEST(a_long_name_of_a_program_is_listed_whole) {
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION information;
    PROCESSENTRY32 entry = {.dwSize = sizeof entry};
    char folder[] = "/tmp/peerapi-names-XXXXXX", program[96], line[128];
    BOOL found = FALSE;
    CHECK(mkdtemp(folder) != NULL);
    sprintf_s(program, sizeof program, "%s/a_program_with_a_long_name.exe", folder);
    CHECK(symlink("/bin/sleep", program) == 0);
    sprintf_s(line, sizeof line, "\"%s\" 1000", program);
    CHECK(CreateProcessA(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &information));
    for (DWORD until = GetTickCount() + 120000;
         !found && GetTickCount() < until;) { /* it has its name a moment later */
        HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPALL, 0);
        for (BOOL more = Process32First(snapshot, &entry); more && !found; more = Process32Next(snapshot, &entry)) {
            found = entry.th32ProcessID == information.dwProcessId &&
                    !strcmp(entry.szExeFile, "a_program_with_a_long_name.exe");
        }
        CHECK(CloseHandle(snapshot));
    }
    CHECK(found);
    CHECK(TerminateProcess(information.hProcess, 0));
    CHECK(WaitForSingleObject(information.hProcess, 120000) == WAIT_OBJECT_0);
    CHECK(CloseHandle(information.hProcess) && CloseHandle(information.hThread));
    CHECK(unlink(program) == 0 && rmdir(folder) == 0);
}

TEST(paths_with_a_name_of_their_own) {
    WCHAR wide[MAX_PATH];
    char narrow[MAX_PATH], real[MAX_PATH];
    ssize_t length = readlink("/proc/self/exe", real, sizeof real - 1);
    CHECK(length > 0 && GetModuleFileNameA(NULL, narrow, MAX_PATH) == (DWORD)length &&
          !strncmp(narrow, real, (size_t)length));
    CHECK(GetModuleFileNameW(NULL, wide, MAX_PATH) == (DWORD)length && PathFileExistsW(wide) &&
          !PathIsDirectoryW(wide));
    CHECK_FAILS(GetModuleFileNameW(NULL, wide, 3), 3, ERROR_INSUFFICIENT_BUFFER);
    CHECK(wide[0] == '/' && wide[2] == 0);
    CHECK(GetModuleFileNameA(GetModuleHandleA("p2p.dll"), narrow, MAX_PATH) > 0 && narrow[0] == '/');
    CHECK_FAILS(GetModuleFileNameA((HMODULE)(uintptr_t)5, narrow, MAX_PATH), 0, ERROR_MOD_NOT_FOUND);
    CHECK(GetWindowsDirectoryW(wide, MAX_PATH) == 4 && !wcscmp(wide, L"/usr") && PathIsDirectoryW(wide));
    CHECK(GetWindowsDirectoryA(narrow, 4) == 5 && GetSystemDirectoryA(NULL, 0) == 9);
    CHECK(GetTempPathW(MAX_PATH, wide) == wcslen(wide) && wide[wcslen(wide) - 1] == '/' && PathIsDirectoryW(wide));
}

TEST(parts_of_paths_and_strings) {
    WCHAR path[MAX_PATH] = L"/a/b";
    CHECK(PathAppendW(path, L"/c.txt") && !wcscmp(path, L"/a/b/c.txt") && !wcscmp(PathFindFileNameW(path), L"c.txt"));
    CHECK(!wcscmp(PathFindExtensionW(path), L".txt") && !*PathFindExtensionW(L"/a.b/c"));
    PathRemoveExtensionW(path);
    CHECK(!wcscmp(path, L"/a/b/c") && PathRemoveFileSpecW(path) && !wcscmp(path, L"/a/b"));
    CHECK(PathRemoveFileSpecW(path) && PathRemoveFileSpecW(path) && !wcscmp(path, L"/") && !PathRemoveFileSpecW(path));
    CHECK(PathCombineW(path, L"a", L"/b") && !wcscmp(path, L"/b") && PathCombineW(path, L"a/", L"b") &&
          !wcscmp(path, L"a/b"));
    CHECK(!wcscmp(PathFindFileNameW(L"a\\b"), L"b"));
    PathStripPathW(path);
    CHECK(!wcscmp(path, L"b") && PathIsRelativeW(path) && !PathFileExistsW(L"/nowhere/at-all"));
    CHECK(StrCmpW(L"a", L"B") > 0 && StrCmpIW(L"a", L"A") == 0 && StrCmpNW(L"ab", L"ac", 1) == 0 &&
          StrCmpNIW(L"AB", L"ac", 1) == 0);
    CHECK(!wcscmp(StrStrIW(L"xAbc", L"aB"), L"Abc") && !StrStrW(L"xAbc", L"ab") &&
          !wcscmp(StrRChrW(L"a.b.c", NULL, '.'), L".c"));
    CHECK(!wcscmp(StrChrW(L"a.b", '.'), L".b") && StrToIntW(L"12x") == 12);
    LPWSTR copy = StrDupW(L"copy");
    CHECK(copy && !wcscmp(copy, L"copy"));
    LocalFree(copy);
}

TEST(safe_arithmetic) {
    ULONG sum = 0;
    int number = 0;
    size_t size = 0;
    CHECK(ULongAdd(1, 2, &sum) == S_OK && sum == 3);
    CHECK(ULongAdd(0xffffffffu, 1, &sum) == INTSAFE_E_ARITHMETIC_OVERFLOW && sum == 0xffffffffu);
    CHECK(ULongSub(1, 2, &sum) == INTSAFE_E_ARITHMETIC_OVERFLOW &&
          SizeTMult((SIZE_T)1 << 63, 2, &size) == INTSAFE_E_ARITHMETIC_OVERFLOW);
    CHECK(UIntToInt(5, &number) == S_OK && number == 5 &&
          UIntToInt(0x80000000u, &number) == INTSAFE_E_ARITHMETIC_OVERFLOW);
    CHECK(IntToULong(-1, &sum) == INTSAFE_E_ARITHMETIC_OVERFLOW);
}
