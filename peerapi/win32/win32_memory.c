/* win32_memory.c - heap, local and global memory, and COM's.
 *
 * Heap, local and global blocks carry their size in front, since programs may ask for it and growing one can promise
 * zeros. */
#include "win32.h"

#include <stdlib.h>
#include "../../include/objbase.h"

struct header {
    SIZE_T bytes;
    SIZE_T unused; /* keeps what follows aligned to 16 */
};

static LPVOID allocate(SIZE_T bytes, BOOL zero) {
    struct header *header = NULL;
    if (bytes <= (SIZE_T)-1 - sizeof *header) {
        header = zero ? calloc(1, sizeof *header + bytes) : malloc(sizeof *header + bytes);
    }
    if (!header) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    header->bytes = bytes;
    return header + 1;
}

static struct header *header_of(LPCVOID block) { return (struct header *)(uintptr_t)block - 1; }

static LPVOID resize(LPVOID block, SIZE_T bytes, BOOL zero) {
    SIZE_T before = header_of(block)->bytes;
    struct header *header = NULL;
    if (bytes <= (SIZE_T)-1 - sizeof *header) {
        header = realloc(header_of(block), sizeof *header + bytes);
    }
    if (!header) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    header->bytes = bytes;
    if (zero && bytes > before) {
        memset((char *)(header + 1) + before, 0, bytes - before);
    }
    return header + 1;
}

static void release(LPVOID block) {
    if (block) {
        free(header_of(block));
    }
}

/* There is one heap. Its handle is no address. */
#define PROCESS_HEAP ((HANDLE)(uintptr_t)0x00010000)

HANDLE WINAPI GetProcessHeap(VOID) { return PROCESS_HEAP; }

static BOOL is_heap(HANDLE heap) {
    if (heap != PROCESS_HEAP) {
        SetLastError(ERROR_INVALID_HANDLE);
    }
    return heap == PROCESS_HEAP;
}

LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T bytes) {
    return is_heap(heap) ? allocate(bytes, (flags & HEAP_ZERO_MEMORY) != 0) : NULL;
}

LPVOID WINAPI HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T bytes) {
    if (!is_heap(heap) || !block) {
        return NULL;
    }
    if (flags & HEAP_REALLOC_IN_PLACE_ONLY) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return bytes == header_of(block)->bytes ? block : NULL;
    }
    return resize(block, bytes, (flags & HEAP_ZERO_MEMORY) != 0);
}

BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID block) {
    (void)flags;
    if (is_heap(heap)) {
        release(block);
        return TRUE;
    }
    return FALSE;
}

SIZE_T WINAPI HeapSize(HANDLE heap, DWORD flags, LPCVOID block) {
    (void)flags;
    return is_heap(heap) && block ? header_of(block)->bytes : (SIZE_T)-1;
}

HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T bytes) { return allocate(bytes, (flags & LMEM_ZEROINIT) != 0); }

HLOCAL WINAPI LocalReAlloc(HLOCAL memory, SIZE_T bytes, UINT flags) {
    return memory ? resize(memory, bytes, (flags & LMEM_ZEROINIT) != 0) : LocalAlloc(flags, bytes);
}

HLOCAL WINAPI LocalFree(HLOCAL memory) {
    release(memory);
    return NULL;
}

LPVOID WINAPI LocalLock(HLOCAL memory) { return memory; }
BOOL WINAPI LocalUnlock(HLOCAL memory) { return memory == NULL; } /* FALSE: nothing is locked any more */
SIZE_T WINAPI LocalSize(HLOCAL memory) { return memory ? header_of(memory)->bytes : 0; }

HGLOBAL WINAPI GlobalAlloc(UINT flags, SIZE_T bytes) { return LocalAlloc(flags, bytes); }
HGLOBAL WINAPI GlobalReAlloc(HGLOBAL memory, SIZE_T bytes, UINT flags) { return LocalReAlloc(memory, bytes, flags); }
HGLOBAL WINAPI GlobalFree(HGLOBAL memory) { return LocalFree(memory); }
LPVOID WINAPI GlobalLock(HGLOBAL memory) { return memory; }
BOOL WINAPI GlobalUnlock(HGLOBAL memory) { return LocalUnlock(memory); }
SIZE_T WINAPI GlobalSize(HGLOBAL memory) { return LocalSize(memory); }

LPVOID WINAPI CoTaskMemAlloc(SIZE_T bytes) { return malloc(bytes ? bytes : 1); }
VOID WINAPI CoTaskMemFree(LPVOID block) { free(block); }

LPVOID WINAPI CoTaskMemRealloc(LPVOID block, SIZE_T bytes) {
    if (block && bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, bytes ? bytes : 1);
}
