/* Times, GUIDs, memory. */
#include <initguid.h>
#include <objbase.h>
#include <rpc.h>
#include "win32_test.h"

DEFINE_GUID(sample, 0x03FE89CE, 0x766D, 0x4976, 0xB9, 0xC1, 0xBB, 0x9B, 0xC4, 0x2C, 0x7B, 0x4D);

static FILETIME file_time(ULONGLONG ticks) {
    FILETIME time = {(DWORD)ticks, (DWORD)(ticks >> 32)};
    return time;
}

TEST(the_epoch_is_a_monday_in_1601) {
    FILETIME zero = file_time(0);
    SYSTEMTIME time;
    CHECK(FileTimeToSystemTime(&zero, &time));
    CHECK(time.wYear == 1601 && time.wMonth == 1 && time.wDay == 1 && time.wDayOfWeek == 1);
    CHECK(time.wHour == 0 && time.wMinute == 0 && time.wSecond == 0 && time.wMilliseconds == 0);
}

TEST(known_moments) {
    static const struct {
        ULONGLONG ticks;
        SYSTEMTIME time; /* year, month, weekday, day, hour, minute, second, millisecond */
    } moments[] = {
        {116444736000000000ull, {1970, 1, 4, 1, 0, 0, 0, 0}},
        {125962559999990000ull, {2000, 2, 1, 28, 23, 59, 59, 999}},
        {125962560000000000ull, {2000, 2, 2, 29, 0, 0, 0, 0}},
        {128166372003061629ull, {2007, 2, 4, 22, 17, 0, 0, 306}},
        {9223372036854775807ull, {30828, 9, 4, 14, 2, 48, 5, 477}},
    };
    for (size_t index = 0; index < ARRAYSIZE(moments); index++) {
        FILETIME ticks = file_time(moments[index].ticks);
        SYSTEMTIME time;
        CHECK(FileTimeToSystemTime(&ticks, &time));
        CHECK(!memcmp(&time, &moments[index].time, sizeof time));
    }
}

TEST(calendar_and_ticks_agree_on_every_day) {
    SYSTEMTIME time;
    for (ULONGLONG day = 0; day < 365250; day += 13) { /* a thousand years */
        FILETIME ticks = file_time(day * 864000000000ull + 12345670000ull), again;
        CHECK(FileTimeToSystemTime(&ticks, &time));
        CHECK(SystemTimeToFileTime(&time, &again));
        CHECK(CompareFileTime(&ticks, &again) == 0);
        CHECK(time.wDayOfWeek == (day + 1) % 7);
    }
}

TEST(days_that_do_not_exist_are_refused) {
    static const SYSTEMTIME wrong[] = {
        {1600, 12, 0, 31, 0, 0, 0, 0}, {2001, 2, 0, 29, 0, 0, 0, 0},   {1900, 2, 0, 29, 0, 0, 0, 0},
        {2000, 0, 0, 1, 0, 0, 0, 0},   {2000, 13, 0, 1, 0, 0, 0, 0},   {2000, 4, 0, 31, 0, 0, 0, 0},
        {2000, 1, 0, 0, 0, 0, 0, 0},   {2000, 1, 0, 1, 24, 0, 0, 0},   {2000, 1, 0, 1, 0, 60, 0, 0},
        {2000, 1, 0, 1, 0, 0, 60, 0},  {2000, 1, 0, 1, 0, 0, 0, 1000}, {30828, 1, 0, 1, 0, 0, 0, 0}};
    FILETIME ticks = file_time(1), high = file_time(0x8000000000000000ull);
    SYSTEMTIME time = {2000, 2, 99, 29, 0, 0, 0, 0};
    for (size_t index = 0; index < ARRAYSIZE(wrong); index++) {
        CHECK_FAILS(SystemTimeToFileTime(&wrong[index], &ticks), FALSE, ERROR_INVALID_PARAMETER);
    }
    CHECK(SystemTimeToFileTime(&time, &ticks)); /* the day of the week is not looked at */
    CHECK_FAILS(FileTimeToSystemTime(&high, &time), FALSE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(FileTimeToSystemTime(NULL, &time), FALSE, ERROR_INVALID_PARAMETER);
}

TEST(file_times_compare_as_one_number) {
    FILETIME small = file_time(0xffffffffull), large = file_time(0x100000000ull);
    CHECK(CompareFileTime(&small, &large) == -1 && CompareFileTime(&large, &small) == 1 &&
          CompareFileTime(&small, &small) == 0);
}

TEST(local_time_and_back) {
    FILETIME now, local, again;
    SYSTEMTIME utc, clock;
    GetSystemTimeAsFileTime(&now);
    CHECK(FileTimeToLocalFileTime(&now, &local) && LocalFileTimeToFileTime(&local, &again));
    CHECK(CompareFileTime(&now, &again) == 0);
    GetSystemTime(&utc);
    GetLocalTime(&clock);
    CHECK(utc.wYear >= 2024 && clock.wYear >= 2024);
    now = file_time(0xffffffffffffffffull);
    CHECK(FileTimeToLocalFileTime(NULL, &local) == FALSE);
}

TEST(clocks_go_forward) {
    LARGE_INTEGER before, after, frequency;
    ULONGLONG ticks = GetTickCount64();
    CHECK(QueryPerformanceFrequency(&frequency) && frequency.QuadPart >= 1000000);
    CHECK(QueryPerformanceCounter(&before) && QueryPerformanceCounter(&after) && after.QuadPart >= before.QuadPart);
    CHECK(GetTickCount64() >= ticks && GetTickCount() - (DWORD)ticks < 60000);
}

TEST(a_guid_is_printed_in_braces_and_capitals) {
    WCHAR text[39];
    static const WCHAR expected[] = PEERAPI_W("{03FE89CE-766D-4976-B9C1-BB9BC42C7B4D}");
    CHECK(StringFromGUID2(&sample, text, 38) == 0);
    CHECK(StringFromGUID2(&sample, text, 39) == 39 && !memcmp(text, expected, sizeof expected));
    LPOLESTR made = NULL;
    CHECK(StringFromCLSID(&sample, &made) == S_OK && !memcmp(made, expected, sizeof expected));
    CoTaskMemFree(made);
}

TEST(a_printed_guid_is_read_back) {
    GUID guid;
    CHECK(CLSIDFromString(PEERAPI_W("{03fe89ce-766D-4976-b9C1-bb9bc42c7b4d}"), &guid) == S_OK &&
          IsEqualGUID(&guid, &sample));
    CHECK(CLSIDFromString(NULL, &guid) == S_OK && IsEqualGUID(&guid, &GUID_NULL));
    CHECK(IIDFromString(PEERAPI_W("{03fe89ce-766D-4976-b9C1-bb9bc42c7b4d}"), &guid) == S_OK &&
          IsEqualIID(&guid, &sample));
    CHECK(CLSIDFromString(NULL, NULL) == E_INVALIDARG);
}

TEST(malformed_guids_are_refused) {
    static const WCHAR *const wrong[] = {
        PEERAPI_W(""),
        PEERAPI_W("{"),
        PEERAPI_W("03FE89CE-766D-4976-B9C1-BB9BC42C7B4D"),
        PEERAPI_W("{03FE89CE-766D-4976-B9C1-BB9BC42C7B4D"),
        PEERAPI_W("{03FE89CE-766D-4976-B9C1-BB9BC42C7B4D} "),
        PEERAPI_W("{03FE89CE-766D-4976-B9C1-BB9BC42C7B4G}"),
        PEERAPI_W("{03FE89CE_766D-4976-B9C1-BB9BC42C7B4D}"),
        PEERAPI_W("(03FE89CE-766D-4976-B9C1-BB9BC42C7B4D)"),
        PEERAPI_W("{03FE89CE-766D-4976-B9C1BBB9BC42C7B4D}"),
    };
    for (size_t index = 0; index < ARRAYSIZE(wrong); index++) {
        GUID guid = sample;
        CHECK(CLSIDFromString(wrong[index], &guid) == CO_E_CLASSSTRING && IsEqualGUID(&guid, &GUID_NULL));
        CHECK(IIDFromString(wrong[index], &guid) == CO_E_IIDSTRING);
    }
}

TEST(made_guids_are_random_and_of_version_4) {
    GUID first, second;
    CHECK(CoCreateGuid(&first) == S_OK && UuidCreate(&second) == RPC_S_OK);
    CHECK(!IsEqualGUID(&first, &second));
    CHECK(first.Data3 >> 12 == 4 && first.Data4[0] >> 6 == 2 && second.Data3 >> 12 == 4);
    CHECK(CoCreateGuid(NULL) == E_INVALIDARG);
}

TEST(uuids_as_text) {
    RPC_CSTR narrow = NULL;
    RPC_WSTR wide = NULL;
    UUID read;
    CHECK(UuidToStringA(&sample, &narrow) == RPC_S_OK &&
          !strcmp((char *)narrow, "03fe89ce-766d-4976-b9c1-bb9bc42c7b4d"));
    CHECK(UuidFromStringA(narrow, &read) == RPC_S_OK && IsEqualGUID(&read, &sample));
    CHECK(RpcStringFreeA(&narrow) == RPC_S_OK && narrow == NULL && RpcStringFreeA(&narrow) == RPC_S_OK);
    CHECK(UuidToStringW(&sample, &wide) == RPC_S_OK && lstrlenW(wide) == 36);
    CHECK(UuidFromStringW(wide, &read) == RPC_S_OK && IsEqualGUID(&read, &sample));
    CHECK(RpcStringFreeW(&wide) == RPC_S_OK);
    CHECK(UuidFromStringA((RPC_CSTR) "03fe89ce-766d-4976-b9c1-bb9bc42c7b4d0", &read) == RPC_S_INVALID_STRING_UUID);
    CHECK(UuidFromStringA((RPC_CSTR) "", &read) == RPC_S_INVALID_STRING_UUID);
    CHECK(UuidFromStringW(NULL, &read) == RPC_S_OK && UuidIsNil(&read, NULL));
}

TEST(uuids_compare) {
    RPC_STATUS status = 1;
    UUID one = sample, other = sample, nothing;
    other.Data1++;
    CHECK(UuidEqual(&one, &one, &status) && status == RPC_S_OK && !UuidEqual(&one, &other, &status));
    CHECK(UuidCompare(&one, &other, &status) == -1 && UuidCompare(&other, &one, &status) == 1 &&
          UuidCompare(&one, NULL, &status) == 1);
    CHECK(UuidCreateNil(&nothing) == RPC_S_OK && UuidIsNil(&nothing, &status) &&
          UuidHash(&one, &status) == UuidHash(&one, NULL));
}

TEST(com_is_initialised_per_thread) {
    CHECK(CoInitialize(NULL) == S_OK && CoInitializeEx(NULL, COINIT_APARTMENTTHREADED) == S_FALSE);
    CHECK(CoInitializeEx(NULL, COINIT_MULTITHREADED) == RPC_E_CHANGED_MODE);
    CoUninitialize();
    CoUninitialize();
    CHECK(CoInitializeEx(NULL, COINIT_MULTITHREADED) == S_OK);
    CoUninitialize();
    CoUninitialize();
}

TEST(local_memory) {
    char *memory = LocalAlloc(LPTR, 10);
    CHECK(memory && LocalSize(memory) == 10 && memory[0] == 0 && memory[9] == 0);
    memory[9] = 'x';
    memory = LocalReAlloc(memory, 1000, LMEM_ZEROINIT);
    CHECK(memory && memory[9] == 'x' && memory[10] == 0 && memory[999] == 0 && (ULONG_PTR)memory % 16 == 0);
    CHECK(LocalFree(memory) == NULL && LocalFree(NULL) == NULL);
    memory = GlobalLock(GlobalAlloc(GHND, 3));
    CHECK(memory && GlobalSize(memory) == 3);
    GlobalUnlock(memory);
    CHECK(GlobalFree(memory) == NULL);
    CHECK_FAILS(LocalAlloc(0, (SIZE_T)-1), NULL, ERROR_NOT_ENOUGH_MEMORY);
}

TEST(heap_memory) {
    HANDLE heap = GetProcessHeap();
    char *memory = HeapAlloc(heap, HEAP_ZERO_MEMORY, 5);
    CHECK(memory && HeapSize(heap, 0, memory) == 5 && memory[4] == 0);
    memory = HeapReAlloc(heap, HEAP_ZERO_MEMORY, memory, 50);
    CHECK(memory && memory[49] == 0);
    CHECK_FAILS(HeapFree(NULL, 0, memory), FALSE, ERROR_INVALID_HANDLE);
    CHECK(HeapFree(heap, 0, memory) && HeapFree(heap, 0, NULL));
    CHECK(HeapAlloc(NULL, 0, 5) == NULL);
}

TEST(task_memory) {
    char *memory = CoTaskMemAlloc(0);
    CHECK(memory != NULL);
    memory = CoTaskMemRealloc(memory, 100);
    memory[99] = 1;
    CHECK(CoTaskMemRealloc(memory, 0) == NULL);
    CoTaskMemFree(NULL);
}

TEST(memory_macros) {
    char bytes[4] = {1, 2, 3, 4}, copy[4];
    CopyMemory(copy, bytes, 4);
    CHECK(RtlEqualMemory(copy, bytes, 4));
    MoveMemory(copy + 1, copy, 3);
    CHECK(copy[1] == 1 && copy[3] == 3);
    FillMemory(copy, 4, 9);
    ZeroMemory(bytes, 4);
    CHECK(copy[3] == 9 && bytes[0] == 0);
    SecureZeroMemory(copy, 4);
    CHECK(copy[0] == 0);
}

TEST(word_macros) {
    CHECK(MAKEWORD(1, 2) == 0x0201 && MAKELONG(0x5678, 0x1234) == 0x12345678);
    CHECK(LOWORD(0x12345678) == 0x5678 && HIWORD(0x12345678) == 0x1234 && LOBYTE(0x1234) == 0x34 &&
          HIBYTE(0x1234) == 0x12);
    CHECK(sizeof(LONG) == 4 && sizeof(DWORD) == 4 && sizeof(WCHAR) == 2 && sizeof(ULONG_PTR) == 8 &&
          sizeof(LARGE_INTEGER) == 8);
}
