/* win32_strsafe_template.h - the StringCch and StringCb functions for one kind of unit. Included by win32_strsafe.c
 * once with UNIT as char and once as WCHAR; NAME(stem) adds A or W. No include guard, therefore. */

typedef UNIT *NAME(Text);
typedef const UNIT *NAME(Constant);

static size_t NAME(length)(const UNIT *text, size_t limit) {
    size_t length = 0;
    while (length < limit && text[length]) {
        length++;
    }
    return length;
}

/* A destination in work: used units are in it, of room. */
struct NAME(destination) {
    UNIT *to;
    size_t room, used;
    BOOL cut;
};

/* Refuses a size no string can have; with STRSAFE_IGNORE_NULLS a missing destination is one without room. */
static HRESULT NAME(check)(const UNIT *to, size_t room, DWORD flags) {
    if (room > STRSAFE_MAX_CCH || flags & ~(DWORD)ALL_FLAGS) {
        return STRSAFE_E_INVALID_PARAMETER;
    }
    if (flags & STRSAFE_IGNORE_NULLS) {
        return to || !room ? S_OK : STRSAFE_E_INVALID_PARAMETER;
    }
    return room ? (to ? S_OK : STRSAFE_E_INVALID_PARAMETER) : STRSAFE_E_INVALID_PARAMETER;
}

static void NAME(append)(struct NAME(destination) * destination, const UNIT *from, size_t count) {
    size_t space = destination->room ? destination->room - destination->used - 1 : 0;
    size_t length = NAME(length)(from, space < count ? space + 1 : count);
    destination->cut = length > space;
    length = destination->cut ? space : length;
    if (length) {
        memmove(destination->to + destination->used, from, length * sizeof(UNIT));
    }
    destination->used += length;
}

/* Terminates, fills as the flags ask, reports what is left. result is that of the operation so far. */
static HRESULT NAME(finish)(struct NAME(destination) * destination, size_t before, HRESULT result, DWORD flags,
                            NAME(Text) * end, size_t *remaining, size_t unit_of_remaining) {
    UNIT *to = destination->to;
    size_t room = destination->room;
    int filler = (int)(flags & 0xff);
    if (SUCCEEDED(result) && destination->cut) {
        result = STRSAFE_E_INSUFFICIENT_BUFFER;
    }
    if (FAILED(result) && room && flags & (STRSAFE_NO_TRUNCATION | STRSAFE_FILL_ON_FAILURE | STRSAFE_NULL_ON_FAILURE)) {
        destination->used = flags & STRSAFE_NO_TRUNCATION ? before : 0;
        if (flags & STRSAFE_FILL_ON_FAILURE) {
            memset(to, filler, room * sizeof(UNIT));
            destination->used = filler ? room - 1 : 0;
        }
        if (flags & STRSAFE_NULL_ON_FAILURE) {
            destination->used = 0;
        }
    }
    if (room) {
        to[destination->used] = 0;
        if (SUCCEEDED(result) && flags & STRSAFE_FILL_BEHIND_NULL) {
            memset(to + destination->used + 1, filler, (room - destination->used - 1) * sizeof(UNIT));
        }
    }
    if (end) {
        *end = room ? to + destination->used : to;
    }
    if (remaining) {
        *remaining = (room - (room ? destination->used : 0)) * unit_of_remaining;
    }
    return result;
}

static HRESULT NAME(copy)(NAME(Text) to, size_t room, NAME(Constant) from, size_t count, NAME(Text) * end,
                          size_t *remaining, DWORD flags, size_t unit) {
    static const UNIT empty[1];
    struct NAME(destination) destination = {.to = to, .room = room};
    HRESULT result = NAME(check)(to, room, flags);
    if (FAILED(result)) {
        return result;
    }
    if (count > STRSAFE_MAX_CCH) {
        destination.room = 0;
        if (room) {
            to[0] = 0;
        }
        return STRSAFE_E_INVALID_PARAMETER;
    }
    NAME(append)(&destination, from || !(flags & STRSAFE_IGNORE_NULLS) ? from : empty, count);
    return NAME(finish)(&destination, 0, S_OK, flags, end, remaining, unit);
}

static HRESULT NAME(concatenate)(NAME(Text) to, size_t room, NAME(Constant) from, size_t count, NAME(Text) * end,
                                 size_t *remaining, DWORD flags, size_t unit) {
    static const UNIT empty[1];
    struct NAME(destination) destination = {.to = to, .room = room};
    HRESULT result = NAME(check)(to, room, flags);
    if (FAILED(result)) {
        return result;
    }
    size_t before = room ? NAME(length)(to, room) : 0;
    if ((room && before == room) || count > STRSAFE_MAX_CCH) { /* not terminated */
        return STRSAFE_E_INVALID_PARAMETER;
    }
    destination.used = before;
    NAME(append)(&destination, from || !(flags & STRSAFE_IGNORE_NULLS) ? from : empty, count);
    return NAME(finish)(&destination, before, S_OK, flags, end, remaining, unit);
}

static HRESULT NAME(print)(NAME(Text) to, size_t room, NAME(Text) * end, size_t *remaining, DWORD flags, size_t unit,
                           NAME(Constant) format, va_list arguments) {
    static const UNIT empty[1];
    struct NAME(destination) destination = {.to = to, .room = room};
    HRESULT result = NAME(check)(to, room, flags);
    if (FAILED(result)) {
        return result;
    }
    struct w32_sink sink = {.is_wide = sizeof(UNIT) != 1, .MEMBER = to, .capacity = room ? room - 1 : 0};
    w32_format(&sink, format || !(flags & STRSAFE_IGNORE_NULLS) ? format : empty, arguments);
    destination.cut = sink.length > sink.capacity;
    destination.used = destination.cut ? sink.capacity : sink.length;
    return NAME(finish)(&destination, 0, sink.failed ? STRSAFE_E_INVALID_PARAMETER : S_OK, flags, end, remaining, unit);
}

/* A line of standard input without its end. */
static HRESULT NAME(get)(NAME(Text) to, size_t room, NAME(Text) * end, size_t *remaining, DWORD flags, size_t unit) {
    struct NAME(destination) destination = {.to = to, .room = room};
    HRESULT result = NAME(check)(to, room, flags);
    BOOL any = FALSE;
    if (FAILED(result)) {
        return result;
    }
    while (destination.used + 1 < room) {
        int next = NEXT_INPUT();
        if (next == -1 && !any) {
            result = STRSAFE_E_END_OF_FILE;
        }
        any = TRUE;
        if (next == -1 || next == '\n') {
            break;
        }
        to[destination.used++] = (UNIT)next;
    }
    if (room <= 1) {
        result = STRSAFE_E_INSUFFICIENT_BUFFER;
    }
    return NAME(finish)(&destination, 0, result, flags, end, remaining, unit);
}

HRESULT WINAPI NAME(StringCchLength)(NAME(Constant) text, size_t limit, size_t *length) {
    size_t found = text && limit <= STRSAFE_MAX_CCH ? NAME(length)(text, limit) : limit;
    BOOL valid = found < limit;
    if (length) {
        *length = valid ? found : 0;
    }
    return valid ? S_OK : STRSAFE_E_INVALID_PARAMETER;
}

HRESULT WINAPI NAME(StringCbLength)(NAME(Constant) text, size_t limit, size_t *length) {
    HRESULT result = NAME(StringCchLength)(text, limit / sizeof(UNIT), length);
    if (length) {
        *length *= sizeof(UNIT);
    }
    return result;
}

/* The exported functions: Cch with sizes in units, Cb with sizes in bytes. WHOLE stands for "as long as it is". */
#define WHOLE          STRSAFE_MAX_CCH
#define IN_UNITS(size) (size)
#define IN_BYTES(size) ((size) / sizeof(UNIT))

#define DEFINE(kind, converted, unit)                                                                                  \
    HRESULT WINAPI NAME(String##kind##Copy)(NAME(Text) to, size_t size, NAME(Constant) from) {                         \
        return NAME(copy)(to, converted(size), from, WHOLE, NULL, NULL, 0, unit);                                      \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##CopyEx)(NAME(Text) to, size_t size, NAME(Constant) from, NAME(Text) * end,       \
                                              size_t *remaining, DWORD flags) {                                        \
        return NAME(copy)(to, converted(size), from, WHOLE, end, remaining, flags, unit);                              \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##CopyN)(NAME(Text) to, size_t size, NAME(Constant) from, size_t count) {          \
        return NAME(copy)(to, converted(size), from, converted(count), NULL, NULL, 0, unit);                           \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##CopyNEx)(NAME(Text) to, size_t size, NAME(Constant) from, size_t count,          \
                                               NAME(Text) * end, size_t *remaining, DWORD flags) {                     \
        return NAME(copy)(to, converted(size), from, converted(count), end, remaining, flags, unit);                   \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##Cat)(NAME(Text) to, size_t size, NAME(Constant) from) {                          \
        return NAME(concatenate)(to, converted(size), from, WHOLE, NULL, NULL, 0, unit);                               \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##CatEx)(NAME(Text) to, size_t size, NAME(Constant) from, NAME(Text) * end,        \
                                             size_t *remaining, DWORD flags) {                                         \
        return NAME(concatenate)(to, converted(size), from, WHOLE, end, remaining, flags, unit);                       \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##CatN)(NAME(Text) to, size_t size, NAME(Constant) from, size_t count) {           \
        return NAME(concatenate)(to, converted(size), from, converted(count), NULL, NULL, 0, unit);                    \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##CatNEx)(NAME(Text) to, size_t size, NAME(Constant) from, size_t count,           \
                                              NAME(Text) * end, size_t *remaining, DWORD flags) {                      \
        return NAME(concatenate)(to, converted(size), from, converted(count), end, remaining, flags, unit);            \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##VPrintf)(NAME(Text) to, size_t size, NAME(Constant) format, va_list arguments) { \
        return NAME(print)(to, converted(size), NULL, NULL, 0, unit, format, arguments);                               \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##VPrintfEx)(NAME(Text) to, size_t size, NAME(Text) * end, size_t *remaining,      \
                                                 DWORD flags, NAME(Constant) format, va_list arguments) {              \
        return NAME(print)(to, converted(size), end, remaining, flags, unit, format, arguments);                       \
    }                                                                                                                  \
    HRESULT WINAPIV NAME(String##kind##Printf)(NAME(Text) to, size_t size, NAME(Constant) format, ...) {               \
        va_list arguments;                                                                                             \
        va_start(arguments, format);                                                                                   \
        HRESULT result = NAME(print)(to, converted(size), NULL, NULL, 0, unit, format, arguments);                     \
        va_end(arguments);                                                                                             \
        return result;                                                                                                 \
    }                                                                                                                  \
    HRESULT WINAPIV NAME(String##kind##PrintfEx)(NAME(Text) to, size_t size, NAME(Text) * end, size_t *remaining,      \
                                                 DWORD flags, NAME(Constant) format, ...) {                            \
        va_list arguments;                                                                                             \
        va_start(arguments, format);                                                                                   \
        HRESULT result = NAME(print)(to, converted(size), end, remaining, flags, unit, format, arguments);             \
        va_end(arguments);                                                                                             \
        return result;                                                                                                 \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##Gets)(NAME(Text) to, size_t size) {                                              \
        return NAME(get)(to, converted(size), NULL, NULL, 0, unit);                                                    \
    }                                                                                                                  \
    HRESULT WINAPI NAME(String##kind##GetsEx)(NAME(Text) to, size_t size, NAME(Text) * end, size_t *remaining,         \
                                              DWORD flags) {                                                           \
        return NAME(get)(to, converted(size), end, remaining, flags, unit);                                            \
    }
DEFINE(Cch, IN_UNITS, 1)
DEFINE(Cb, IN_BYTES, sizeof(UNIT))
#undef DEFINE
#undef WHOLE
#undef IN_UNITS
#undef IN_BYTES
