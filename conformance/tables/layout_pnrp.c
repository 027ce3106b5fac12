/* Made by tools/conformance_tables.py from the facts; do not edit. */
#include "../kit.h"

#include "rows.h"

#include <pnrpns.h>

const MEMBER layout_pnrp[] = {
#if defined(_WIN64) || defined(__LP64__)
    {"PNRPCLOUDINFO", "its size", sizeof(PNRPCLOUDINFO), 24},
    {"PNRPCLOUDINFO", "dwSize", offsetof(PNRPCLOUDINFO, dwSize), 0},
    {"PNRPCLOUDINFO", "Cloud", offsetof(PNRPCLOUDINFO, Cloud), 4},
    {"PNRPCLOUDINFO", "enCloudState", offsetof(PNRPCLOUDINFO, enCloudState), 16},
    {"PNRPCLOUDINFO", "enCloudFlags", offsetof(PNRPCLOUDINFO, enCloudFlags), 20},
    {"PNRPINFO_V1", "its size", sizeof(PNRPINFO_V1), 64}, {"PNRPINFO_V1", "dwSize", offsetof(PNRPINFO_V1, dwSize), 0},
    {"PNRPINFO_V1", "lpwszIdentity", offsetof(PNRPINFO_V1, lpwszIdentity), 8},
    {"PNRPINFO_V1", "nMaxResolve", offsetof(PNRPINFO_V1, nMaxResolve), 16},
    {"PNRPINFO_V1", "dwTimeout", offsetof(PNRPINFO_V1, dwTimeout), 20},
    {"PNRPINFO_V1", "dwLifetime", offsetof(PNRPINFO_V1, dwLifetime), 24},
    {"PNRPINFO_V1", "enResolveCriteria", offsetof(PNRPINFO_V1, enResolveCriteria), 28},
    {"PNRPINFO_V1", "dwFlags", offsetof(PNRPINFO_V1, dwFlags), 32},
    {"PNRPINFO_V1", "saHint", offsetof(PNRPINFO_V1, saHint), 40},
    {"PNRPINFO_V1", "enNameState", offsetof(PNRPINFO_V1, enNameState), 56},
    {"PNRPINFO_V2", "its size", sizeof(PNRPINFO_V2), 80}, {"PNRPINFO_V2", "dwSize", offsetof(PNRPINFO_V2, dwSize), 0},
    {"PNRPINFO_V2", "lpwszIdentity", offsetof(PNRPINFO_V2, lpwszIdentity), 8},
    {"PNRPINFO_V2", "nMaxResolve", offsetof(PNRPINFO_V2, nMaxResolve), 16},
    {"PNRPINFO_V2", "dwTimeout", offsetof(PNRPINFO_V2, dwTimeout), 20},
    {"PNRPINFO_V2", "dwLifetime", offsetof(PNRPINFO_V2, dwLifetime), 24},
    {"PNRPINFO_V2", "enResolveCriteria", offsetof(PNRPINFO_V2, enResolveCriteria), 28},
    {"PNRPINFO_V2", "dwFlags", offsetof(PNRPINFO_V2, dwFlags), 32},
    {"PNRPINFO_V2", "saHint", offsetof(PNRPINFO_V2, saHint), 40},
    {"PNRPINFO_V2", "enNameState", offsetof(PNRPINFO_V2, enNameState), 56},
    {"PNRPINFO_V2", "enExtendedPayloadType", offsetof(PNRPINFO_V2, enExtendedPayloadType), 60},
    {"PNRPINFO_V2", "blobPayload", offsetof(PNRPINFO_V2, blobPayload), 64},
    {"PNRPINFO_V2", "pwszPayload", offsetof(PNRPINFO_V2, pwszPayload), 64},
    {"PNRP_CLOUD_ID", "its size", sizeof(PNRP_CLOUD_ID), 12},
    {"PNRP_CLOUD_ID", "AddressFamily", offsetof(PNRP_CLOUD_ID, AddressFamily), 0},
    {"PNRP_CLOUD_ID", "Scope", offsetof(PNRP_CLOUD_ID, Scope), 4},
    {"PNRP_CLOUD_ID", "ScopeId", offsetof(PNRP_CLOUD_ID, ScopeId), 8},
#endif
    {NULL, NULL, 0, 0}};
