/* win32_messages.c - the sentence of a code. */
#include "win32.h"

#include "../../include/drt.h"

struct message {
    DWORD code;
    const char *text;
};

static const struct message messages[] = {
#include "win32_message_table.h"
};

const char *w32_message(DWORD code) {
    size_t low = 0, high = ARRAYSIZE(messages);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (messages[middle].code == code) {
            return messages[middle].text;
        }
        if (messages[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    /* A HRESULT that wraps a Win32 code says what that says. */
    return code >> 16 == 0x8007 && (code & 0xffff) ? w32_message(code & 0xffff) : NULL;
}
