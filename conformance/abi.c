/* abi.c - what a compiled program has taken from the headers: layouts of structures for 64 bits, numbers, codes. */
#include "abi.h"

#include "peers.h"

static void members(const MEMBER *rows) {
    for (; rows->type; rows++) {
        page(rows->type);
        counts(rows->is, rows->should, "%s%s",
               strcmp(rows->name, "its size") == 0 ? "" : "where it begins: ", rows->name);
    }
}

static void constants(const CONSTANT *rows) {
    for (; rows->type; rows++) {
        page(rows->type);
        counts((ULONGLONG)rows->is, (ULONGLONG)rows->should, "value of %s", rows->name);
    }
}

void abi_layout(void) {
    members(layout_p2p);
    members(layout_pnrp);
}

void abi_constants(void) {
    constants(constants_p2p);
    constants(constants_pnrp);
    constants(defined_codes);
}
