/* tables.h - the functions of p2p.h as rows: how to call them with any arguments, and what their pages list. */
#ifndef CONFORMANCE_TABLES_H
#define CONFORMANCE_TABLES_H

#include "rows.h"

#include <p2p.h>

typedef union argument {
    void *pointer;
    ULONGLONG number;
} ARG;

/* kind: h handle, n number, p pointer to an input, and of outputs: B block that has to be freed, H handle, s what
 * the caller has room for, c a count that is an input too. optional: 1 by the header, 2 by a guess. */
typedef struct param {
    const char *name;
    char kind;
    int optional;
} PARAM;

/* codes: the names of the page's list, with spaces between. startup: the function that has to be called before;
 * is_enforced: the page lists the code for who has not. */
typedef struct function {
    const char *name;
    HRESULT (*call)(const ARG *arguments);
    int count;
    const PARAM *params;
    const char *startup;
    int is_enforced;
    const char *codes;
} FUNCTION;

/* Each ends with a row without a name. */
extern const FUNCTION functions_graph[], functions_group[], functions_identity[], functions_pnrp[], functions_common[];
extern const FUNCTION functions_collab[];

/* NULL when no function has this name. */
const FUNCTION *function_named(const char *name);

#endif
