/* rows.h - rows of the tables that know nothing of p2p.h. */
#ifndef CONFORMANCE_ROWS_H
#define CONFORMANCE_ROWS_H

#include <winsock2.h>

#include <windows.h>

#include <stddef.h>

/* A field of a structure and where it begins, or the size of the structure. */
typedef struct member {
    const char *type, *name;
    size_t is, should;
} MEMBER;

typedef struct constant {
    const char *type, *name;
    LONGLONG is, should;
} CONSTANT;

typedef struct code_entry {
    const char *name;
    HRESULT code;
} CODE_NAME;

/* Each ends with a row whose first member is NULL. */
extern const MEMBER layout_p2p[], layout_pnrp[];
extern const CONSTANT constants_p2p[], constants_pnrp[], defined_codes[];
extern const CODE_NAME code_names[];

#endif
