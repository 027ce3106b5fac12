// The headers in C++17, with the standard library before and after them.
#ifdef STANDARD_LIBRARY_FIRST
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>
#endif
#include <windows.h>
#include <objbase.h>
#include <initguid.h>
#include <process.h>
#include <rpc.h>
#include <strsafe.h>
#include <tchar.h>
#ifndef STANDARD_LIBRARY_FIRST
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>
#endif

DEFINE_GUID(IID_Sample, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

static int failures;

#define CHECK(condition)                                               \
    do {                                                               \
        if (!(condition)) {                                            \
            std::fprintf(stderr, "%d: %s\n", __LINE__, #condition);    \
            failures++;                                                \
        }                                                              \
    } while (0)

// Annotations of both generations vanish.
static HRESULT Annotated(__in PCWSTR text, __out_ecount_opt(size) PWSTR to, __in ULONG size, _Inout_opt_ ULONG *count,
                         __deref_out_opt PVOID *made, _Outptr_result_maybenull_ PVOID *other) {
    UNREFERENCED_PARAMETER(made);
    UNREFERENCED_PARAMETER(other);
    if (count) {
        *count = size;
    }
    return to ? StringCchCopyW(to, size, text) : S_FALSE;
}

enum FLAGS { FLAG_ONE = 1, FLAG_TWO = 2 };
DEFINE_ENUM_FLAG_OPERATORS(FLAGS)

static std::string narrowed(PCWSTR text) {
    std::string out(static_cast<size_t>(WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr)), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text, -1, out.data(), static_cast<int>(out.size()), nullptr, nullptr);
    out.resize(out.size() - 1);
    return out;
}

static unsigned __stdcall thread_main(void *event) { return SetEvent(event) ? 4 : 5; }

int main() {
    WCHAR room[16];
    GUID guid = IID_Sample;
    CHECK(Annotated(PEERAPI_W("text"), room, 16, nullptr, nullptr, nullptr) == S_OK && narrowed(room) == "text");
    CHECK(guid == IID_Sample && IsEqualGUID(guid, IID_Sample) && StringFromGUID2(guid, room, 16) == 0);
    CHECK(wcscpy_s(room, PEERAPI_W("abc")) == 0 && swprintf_s(room, PEERAPI_W("%d"), 42) == 2 && _wtoi(room) == 42);
    CHECK((FLAG_ONE | FLAG_TWO) == 3);
    std::vector<int> numbers{3, 1, 2};
    std::sort(numbers.begin(), numbers.end());
    CHECK((std::max)(numbers[0], numbers[2]) == 3 && std::min(1, 2) == 1);
    CHECK(std::regex_match("2002:db8::1", std::regex("[0-9a-f:]+")));
    std::unique_ptr<void, decltype(&CloseHandle)> event(CreateEventW(nullptr, FALSE, FALSE, nullptr), CloseHandle);
    HANDLE thread = reinterpret_cast<HANDLE>(_beginthreadex(nullptr, 0, thread_main, event.get(), 0, nullptr));
    CHECK(WaitForSingleObject(event.get(), INFINITE) == WAIT_OBJECT_0 && WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CloseHandle(thread);
#ifdef PEERAPI_SHORT_WCHAR
    const wchar_t *text = L"one two";
    wchar_t copy[8];
    CHECK(wcschr(text, L't') == text + 4 && std::wcslen(text) == 7 && wcschr(wcscpy(copy, text), L'o') == copy);
    CHECK(std::swprintf(copy, 8, L"%s", L"abc") == 3 && std::wcscmp(copy, L"abc") == 0);
    CHECK(std::mbstowcs(copy, "xy", 8) == 2 && copy[1] == L'y' && _tcslen(_T("four")) == 4);
#endif
    std::puts(failures ? "FAILED" : "ok");
    return failures != 0;
}
