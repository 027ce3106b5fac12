/* CRC-32, that of zlib: by the processor where it multiplies without carries (PCLMULQDQ), else eight bytes at a time.
 *
 * The first is the folding of V. Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
 * Instruction" (Intel, 2009), in its reflected form; the constants are powers of x modulo the polynomial.
 */
#ifndef PEERAPI_CRC32_H
#define PEERAPI_CRC32_H

#include <stddef.h>
#include <stdint.h>

static uint32_t crc_table[8][256];
static int crc_by_processor;

/* Of a state that is turned over, as below. */
static uint32_t crc32_by_table(uint32_t crc, const uint8_t *at, size_t size) {
    for (; size >= 8; size -= 8, at += 8)
        crc = crc_table[7][(crc ^ at[0]) & 0xFF] ^ crc_table[6][(crc >> 8 ^ at[1]) & 0xFF] ^
              crc_table[5][(crc >> 16 ^ at[2]) & 0xFF] ^ crc_table[4][(crc >> 24 ^ at[3]) & 0xFF] ^
              crc_table[3][at[4]] ^ crc_table[2][at[5]] ^ crc_table[1][at[6]] ^ crc_table[0][at[7]];
    for (; size; size--, at++)
        crc = crc >> 8 ^ crc_table[0][(crc ^ *at) & 0xFF];
    return crc;
}

enum { CRC_LEAST = 64, CRC_STEP = 16 };

#ifdef __x86_64__
#include <immintrin.h>

#define CRC_TARGET __attribute__((target("pclmul,sse4.1")))

/* `before`, moved by as many bytes as the two constants stand for, onto `next`. */
CRC_TARGET static inline __m128i crc_fold(__m128i before, __m128i by, __m128i next) {
    __m128i low = _mm_clmulepi64_si128(before, by, 0x00), high = _mm_clmulepi64_si128(before, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

CRC_TARGET static inline __m128i crc_load(const uint8_t *at) {
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* Of a multiple of CRC_STEP bytes, at least CRC_LEAST. */
CRC_TARGET static uint32_t crc32_folded(uint32_t crc, const uint8_t *at, size_t size) {
    const __m128i by_64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    const __m128i words = _mm_setr_epi32(-1, 0, -1, 0);
    __m128i part[4];
    for (int i = 0; i < 4; i++)
        part[i] = crc_load(at + CRC_STEP * i);
    part[0] = _mm_xor_si128(part[0], _mm_cvtsi32_si128((int)crc));
    for (at += CRC_LEAST, size -= CRC_LEAST; size >= CRC_LEAST; at += CRC_LEAST, size -= CRC_LEAST)
        for (int i = 0; i < 4; i++)
            part[i] = crc_fold(part[i], by_64, crc_load(at + CRC_STEP * i));
    __m128i all = part[0];
    for (int i = 1; i < 4; i++)
        all = crc_fold(all, by_16, part[i]);
    for (; size >= CRC_STEP; at += CRC_STEP, size -= CRC_STEP)
        all = crc_fold(all, by_16, crc_load(at));
    /* 128 bits to 64, to 32 */
    all = _mm_xor_si128(_mm_srli_si128(all, 8), _mm_clmulepi64_si128(all, by_16, 0x10));
    all = _mm_xor_si128(_mm_srli_si128(all, 4),
                        _mm_clmulepi64_si128(_mm_and_si128(all, words), _mm_set_epi64x(0, 0x0163cd6124), 0x00));
    __m128i quotient = _mm_and_si128(_mm_clmulepi64_si128(_mm_and_si128(all, words), barrett, 0x10), words);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(all, _mm_clmulepi64_si128(quotient, barrett, 0x00)), 1);
}

static int crc_can_fold(void) { return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"); }
#else
static uint32_t crc32_folded(uint32_t crc, const uint8_t *at, size_t size) { return crc32_by_table(crc, at, size); }

static int crc_can_fold(void) { return 0; }
#endif

static void prepare_crc(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        crc_table[0][i] = crc;
    }
    for (int more = 1; more < 8; more++)
        for (int i = 0; i < 256; i++)
            crc_table[more][i] = crc_table[more - 1][i] >> 8 ^ crc_table[0][crc_table[more - 1][i] & 0xFF];
    crc_by_processor = crc_can_fold();
}

static uint32_t crc32(uint32_t crc, const uint8_t *at, size_t size) {
    crc = ~crc;
    if (crc_by_processor && size >= CRC_LEAST) {
        size_t whole = size - size % CRC_STEP;
        crc = crc32_folded(crc, at, whole);
        at += whole;
        size -= whole;
    }
    return ~crc32_by_table(crc, at, size);
}

#endif
