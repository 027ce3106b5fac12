// firewall.cpp - what programs for Windows ask the firewall of netfw.h, and names that Microsoft's compiler knows.
#include <winsock2.h>
#include <windows.h>
#include <mstcpip.h>
#include <netfw.h>
#include <cstdio>

static int wrong;

static void expect(bool truth, int line) {
    if (!truth) {
        std::printf("line %d\n", line);
        wrong = 1;
    }
}
#define EXPECT(truth) expect(truth, __LINE__)

int main() {
    INetFwMgr *manager = nullptr;
    INetFwPolicy *policy = nullptr;
    INetFwProfile *profile = nullptr;
    INetFwOpenPorts *ports = nullptr;
    INetFwOpenPort *port = nullptr;
    VARIANT_BOOL on = VARIANT_TRUE;
    in_addr address;

    EXPECT(SUCCEEDED(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED)));
    EXPECT(CoCreateInstance(__uuidof(NetFwMgr), nullptr, CLSCTX_INPROC_SERVER, __uuidof(INetFwMgr),
                            reinterpret_cast<void **>(&manager)) == S_OK);
    EXPECT(CoCreateInstance(__uuidof(NetFwOpenPort), nullptr, CLSCTX_INPROC_SERVER, __uuidof(INetFwOpenPort),
                            reinterpret_cast<void **>(&port)) == REGDB_E_CLASSNOTREG);
    EXPECT(!port && manager->get_LocalPolicy(&policy) == S_OK && policy->get_CurrentProfile(&profile) == S_OK);
    EXPECT(profile->get_FirewallEnabled(&on) == S_OK && on == VARIANT_FALSE);
    EXPECT(profile->put_FirewallEnabled(VARIANT_FALSE) == S_OK);
    EXPECT(profile->put_FirewallEnabled(VARIANT_TRUE) == E_ACCESSDENIED);
    EXPECT(profile->get_GloballyOpenPorts(&ports) == E_NOTIMPL && !ports);
    profile->Release();
    policy->Release();
    manager->Release();
    CoUninitialize();

    BSTR text = SysAllocString(L"a text");
    EXPECT(SysStringLen(text) == 6 && text[6] == 0 && SysStringLen(nullptr) == 0 && !SysAllocString(nullptr));
    SysFreeString(text);
    SysFreeString(nullptr);
    EXPECT(10i64 * 1000000000 == 10000000000LL && 1ui64 == 1ULL);
    address.s_addr = htonl(0xC0A80001);
    EXPECT(address.S_un.S_addr == address.s_addr && sizeof address == 4 && IN4_IS_ADDR_RFC1918(&address));
    in_addr other = {htonl(0x08080808)};
    EXPECT(other.s_addr == htonl(0x08080808) && !IN4_IS_ADDR_RFC1918(&other));
    std::puts(wrong ? "wrong" : "good");
    return wrong;
}
