/* bench.h: clock, percentiles and error ends of the C clients. Linux only, unlike the samples: it is the clock that
 * matters here.
 *
 * CLOCK_MONOTONIC is one clock for all processes of a machine, so a stamp taken in one process may be compared in
 * another.
 */
#ifndef PEERAPI_BENCH_H
#define PEERAPI_BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Sleeps up to a moment of now_ns's clock. Pacing by moments does not drift, pacing by pauses would.
static inline void sleep_until(int64_t moment) {
    struct timespec when = {moment / 1000000000, moment % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) != 0) {
    }
}

static inline int compare_ns(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static inline void sort_ns(int64_t *times, size_t count) { qsort(times, count, sizeof *times, compare_ns); }

// Of sorted times, in microseconds.
static inline double percentile_us(const int64_t *times, size_t count, double percent) {
    return count == 0 ? 0 : (double)times[(size_t)((double)(count - 1) * percent / 100)] / 1000;
}

static inline void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

#endif
