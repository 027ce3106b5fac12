/* A record's bytes as the application has them: a PEER_RECORD, in one block with what it points to.
 *
 * The order is that of `abi.layout`: the struct, then the two data, then the strings. */
#include "reading.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <p2p.h>

enum { FIXED_HEAD = 40 }; /* up to the Creator ID Length, as in _records.c */

struct span {
    const uint8_t *at;
    uint32_t size;
};

/* What is read of a record's bytes (MS-PPGRH 2.2.1.9). */
struct fields {
    uint32_t version;
    struct span creator, modifier, security, payload, attributes;
    uint64_t creation, expiration, modification;
};

static uint32_t get32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return __builtin_bswap32(value);
}

static uint64_t get64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return __builtin_bswap64(value);
}

/* The counted field at `*at`, of units of `unit` bytes; 0 when the bytes end in it. */
static int counted(const uint8_t **at, const uint8_t *end, uint32_t unit, struct span *field) {
    if (end - *at < 4)
        return 0;
    uint64_t size = (uint64_t)get32(*at) * unit;
    *at += 4;
    if (size > (uint64_t)(end - *at))
        return 0;
    *field = (struct span){*at, (uint32_t)size};
    *at += size;
    return 1;
}

/* Whether it is UTF-16 whose only zero is its last unit. */
static int sound(struct span text) {
    int low_follows = 0;
    for (uint32_t i = 0; i < text.size; i += 2) {
        unsigned unit = (unsigned)text.at[i] << 8 | text.at[i + 1];
        if ((unit == 0) != (i + 2 == text.size) || (unit >> 10 == 0x37) != low_follows)
            return 0;
        low_follows = unit >> 10 == 0x36;
    }
    return text.size > 0;
}

static int read_fields(const uint8_t *bytes, size_t size, struct fields *fields) {
    const uint8_t *at = bytes + FIXED_HEAD, *end = bytes + size;
    struct span graph_id;
    if (size < FIXED_HEAD || bytes[FIXED_HEAD - 1]) /* a tombstone */
        return 0;
    fields->version = get32(bytes + 32);
    if (!counted(&at, end, 2, &fields->creator) || !counted(&at, end, 2, &fields->modifier) ||
        !counted(&at, end, 1, &fields->security) || end - at < 24)
        return 0;
    fields->creation = get64(at);
    fields->expiration = get64(at + 8);
    fields->modification = get64(at + 16);
    at += 24;
    if (!counted(&at, end, 2, &graph_id) || end - at < 2)
        return 0;
    at += 2; /* Protocol Version */
    return counted(&at, end, 1, &fields->payload) && counted(&at, end, 2, &fields->attributes) && at == end &&
           sound(fields->creator) && (!fields->modifier.size || sound(fields->modifier)) &&
           (!fields->attributes.size || sound(fields->attributes));
}

static size_t after_data(size_t end, struct span data) {
    if (!data.size)
        return end;
    end = ((end + 7) & ~(size_t)7) + data.size;
    return end + (end & 1);
}

static void put_data(PEER_DATA *to, char *block, size_t *end, struct span data) {
    to->cbData = data.size;
    to->pbData = NULL;
    if (data.size) {
        to->pbData = memcpy(block + ((*end + 7) & ~(size_t)7), data.at, data.size);
        *end = after_data(*end, data);
    }
}

static PWSTR put_text(char *block, size_t *end, struct span text) {
    uint8_t *to = (uint8_t *)block + *end;
    if (!text.size)
        return NULL;
    for (uint32_t i = 0; i < text.size; i += 2) {
        to[i] = text.at[i + 1];
        to[i + 1] = text.at[i];
    }
    *end += text.size;
    return (PWSTR)to;
}

void *peerapi_record_block(const uint8_t *wire, size_t size, int refreshed) {
    struct fields fields;
    if (!read_fields(wire, size, &fields))
        return NULL;
    if (!fields.modifier.size)
        fields.modifier = fields.creator; /* who never modified it is its creator */
    size_t end = after_data(after_data(sizeof(PEER_RECORD), fields.security), fields.payload);
    char *block = malloc(end + fields.creator.size + fields.modifier.size + fields.attributes.size);
    if (!block)
        return NULL;
    memset(block, 0, end);
    PEER_RECORD *record = (PEER_RECORD *)block;
    record->dwSize = sizeof *record;
    peerapi_turn_guid(&record->type, wire);
    peerapi_turn_guid(&record->id, wire + 16);
    record->dwVersion = fields.version;
    record->dwFlags = refreshed ? PEER_RECORD_FLAG_AUTOREFRESH : 0;
    memcpy(&record->ftCreation, &fields.creation, sizeof record->ftCreation);
    memcpy(&record->ftExpiration, &fields.expiration, sizeof record->ftExpiration);
    memcpy(&record->ftLastModified, &fields.modification, sizeof record->ftLastModified);
    end = sizeof *record;
    put_data(&record->securityData, block, &end, fields.security);
    put_data(&record->data, block, &end, fields.payload);
    record->pwzCreatorId = put_text(block, &end, fields.creator);
    record->pwzModifiedById = put_text(block, &end, fields.modifier);
    record->pwzAttributes = put_text(block, &end, fields.attributes);
    return block;
}
