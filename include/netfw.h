/* netfw.h - the firewall of Windows, of which programs make sure that it lets them through. Here it is there and off:
 * nothing has to be opened, it cannot be turned on (E_ACCESSDENIED), and its lists are not there (E_NOTIMPL). What the
 * firewalls of this system let through is their own business. For C++; C has the names only. */
#ifndef PEERAPI_NETFW_H
#define PEERAPI_NETFW_H

#include "oleauto.h"

typedef enum NET_FW_IP_PROTOCOL_ {
    NET_FW_IP_PROTOCOL_TCP = 6,
    NET_FW_IP_PROTOCOL_UDP = 17
} NET_FW_IP_PROTOCOL;
typedef enum NET_FW_IP_VERSION_ {
    NET_FW_IP_VERSION_V4 = 0,
    NET_FW_IP_VERSION_V6 = 1,
    NET_FW_IP_VERSION_ANY = 2
} NET_FW_IP_VERSION;
typedef enum NET_FW_SCOPE_ {
    NET_FW_SCOPE_ALL = 0,
    NET_FW_SCOPE_LOCAL_SUBNET = 1,
    NET_FW_SCOPE_CUSTOM = 2
} NET_FW_SCOPE;
typedef enum NET_FW_PROFILE_TYPE_ {
    NET_FW_PROFILE_DOMAIN = 0,
    NET_FW_PROFILE_STANDARD = 1
} NET_FW_PROFILE_TYPE;

#ifdef __cplusplus

#define PEERAPI_CALL(...) virtual HRESULT STDMETHODCALLTYPE __VA_ARGS__ = 0

struct INetFwAuthorizedApplication : public IDispatch {
    PEERAPI_CALL(get_Name(BSTR *name));
    PEERAPI_CALL(put_Name(BSTR name));
    PEERAPI_CALL(get_ProcessImageFileName(BSTR *path));
    PEERAPI_CALL(put_ProcessImageFileName(BSTR path));
    PEERAPI_CALL(get_IpVersion(NET_FW_IP_VERSION *version));
    PEERAPI_CALL(put_IpVersion(NET_FW_IP_VERSION version));
    PEERAPI_CALL(get_Scope(NET_FW_SCOPE *scope));
    PEERAPI_CALL(put_Scope(NET_FW_SCOPE scope));
    PEERAPI_CALL(get_RemoteAddresses(BSTR *addresses));
    PEERAPI_CALL(put_RemoteAddresses(BSTR addresses));
    PEERAPI_CALL(get_Enabled(VARIANT_BOOL *enabled));
    PEERAPI_CALL(put_Enabled(VARIANT_BOOL enabled));
};

struct INetFwAuthorizedApplications : public IDispatch {
    PEERAPI_CALL(get_Count(LONG *count));
    PEERAPI_CALL(Add(INetFwAuthorizedApplication *application));
    PEERAPI_CALL(Remove(BSTR path));
    PEERAPI_CALL(Item(BSTR path, INetFwAuthorizedApplication **application));
};

struct INetFwOpenPort : public IDispatch {
    PEERAPI_CALL(get_Name(BSTR *name));
    PEERAPI_CALL(put_Name(BSTR name));
    PEERAPI_CALL(get_IpVersion(NET_FW_IP_VERSION *version));
    PEERAPI_CALL(put_IpVersion(NET_FW_IP_VERSION version));
    PEERAPI_CALL(get_Protocol(NET_FW_IP_PROTOCOL *protocol));
    PEERAPI_CALL(put_Protocol(NET_FW_IP_PROTOCOL protocol));
    PEERAPI_CALL(get_Port(LONG *port));
    PEERAPI_CALL(put_Port(LONG port));
    PEERAPI_CALL(get_Scope(NET_FW_SCOPE *scope));
    PEERAPI_CALL(put_Scope(NET_FW_SCOPE scope));
    PEERAPI_CALL(get_RemoteAddresses(BSTR *addresses));
    PEERAPI_CALL(put_RemoteAddresses(BSTR addresses));
    PEERAPI_CALL(get_Enabled(VARIANT_BOOL *enabled));
    PEERAPI_CALL(put_Enabled(VARIANT_BOOL enabled));
    PEERAPI_CALL(get_BuiltIn(VARIANT_BOOL *built));
};

struct INetFwOpenPorts : public IDispatch {
    PEERAPI_CALL(get_Count(LONG *count));
    PEERAPI_CALL(Add(INetFwOpenPort *port));
    PEERAPI_CALL(Remove(LONG port, NET_FW_IP_PROTOCOL protocol));
    PEERAPI_CALL(Item(LONG port, NET_FW_IP_PROTOCOL protocol, INetFwOpenPort **found));
};

struct INetFwProfile : public IDispatch {
    PEERAPI_CALL(get_Type(NET_FW_PROFILE_TYPE *type));
    PEERAPI_CALL(get_FirewallEnabled(VARIANT_BOOL *enabled));
    PEERAPI_CALL(put_FirewallEnabled(VARIANT_BOOL enabled));
    PEERAPI_CALL(get_ExceptionsNotAllowed(VARIANT_BOOL *not_allowed));
    PEERAPI_CALL(put_ExceptionsNotAllowed(VARIANT_BOOL not_allowed));
    PEERAPI_CALL(get_NotificationsDisabled(VARIANT_BOOL *disabled));
    PEERAPI_CALL(put_NotificationsDisabled(VARIANT_BOOL disabled));
    PEERAPI_CALL(get_GloballyOpenPorts(INetFwOpenPorts **ports));
    PEERAPI_CALL(get_AuthorizedApplications(INetFwAuthorizedApplications **applications));
};

struct INetFwPolicy : public IDispatch {
    PEERAPI_CALL(get_CurrentProfile(INetFwProfile **profile));
    PEERAPI_CALL(GetProfileByType(NET_FW_PROFILE_TYPE type, INetFwProfile **profile));
};

struct INetFwMgr : public IDispatch {
    PEERAPI_CALL(get_LocalPolicy(INetFwPolicy **policy));
    PEERAPI_CALL(get_CurrentProfileType(NET_FW_PROFILE_TYPE *type));
    PEERAPI_CALL(RestoreDefaults());
};

#undef PEERAPI_CALL

class NetFwMgr;
class NetFwAuthorizedApplication;
class NetFwOpenPort;

PEERAPI_UUID(INetFwMgr, 0xf7898af5, 0xcac4, 0x4632, 0xa2, 0xec, 0xda, 0x06, 0xe5, 0x11, 0x1a, 0xf2)
PEERAPI_UUID(INetFwPolicy, 0xd46d2478, 0x9ac9, 0x4008, 0x9d, 0xc7, 0x55, 0x63, 0xce, 0x55, 0x36, 0xcc)
PEERAPI_UUID(INetFwProfile, 0x174a0dda, 0xe9f9, 0x449d, 0x99, 0x3b, 0x21, 0xab, 0x66, 0x7c, 0xa4, 0x56)
PEERAPI_UUID(INetFwAuthorizedApplication, 0xb5e64ffa, 0xc2c5, 0x444e, 0xa3, 0x01, 0xfb, 0x5e, 0x00, 0x01, 0x80, 0x50)
PEERAPI_UUID(INetFwAuthorizedApplications, 0x644efd52, 0xccf9, 0x486c, 0x97, 0xa2, 0x39, 0xf3, 0x52, 0x57, 0x0b, 0x30)
PEERAPI_UUID(INetFwOpenPort, 0xe0483ba0, 0x47ff, 0x4d9c, 0xa6, 0xd6, 0x77, 0x41, 0xd0, 0xb1, 0x95, 0xf7)
PEERAPI_UUID(INetFwOpenPorts, 0xc0e9d7fa, 0xe07e, 0x430a, 0xb1, 0x9a, 0x09, 0x0c, 0xe8, 0x2d, 0x92, 0xe2)
PEERAPI_UUID(NetFwMgr, 0x304ce942, 0x6e39, 0x40d8, 0x94, 0x3a, 0xb9, 0x13, 0xc4, 0x0c, 0x9c, 0xd4)
PEERAPI_UUID(NetFwAuthorizedApplication, 0xec9846b3, 0x2762, 0x4a6b, 0xa2, 0x14, 0x6a, 0xcb, 0x60, 0x34, 0x62, 0xd2)
PEERAPI_UUID(NetFwOpenPort, 0x0ca545c6, 0x37ad, 0x4a6c, 0xbf, 0x92, 0x9f, 0x76, 0x10, 0x06, 0x7e, 0xf5)

#else

typedef struct INetFwMgr INetFwMgr;
typedef struct INetFwPolicy INetFwPolicy;
typedef struct INetFwProfile INetFwProfile;

#endif
#endif
