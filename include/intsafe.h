/* intsafe.h - arithmetic and conversions that say when the result does not fit: S_OK and the result, or
 * INTSAFE_E_ARITHMETIC_OVERFLOW and a result of all ones. */
#ifndef PEERAPI_INTSAFE_H
#define PEERAPI_INTSAFE_H

#include "minwindef.h"
#include "winnt.h"
#include "winerror.h"

#define BYTE_MAX 0xff
#define WORD_MAX 0xffff
#define DWORD_MAX 0xffffffffu

#define INTSAFE_E_ARITHMETIC_OVERFLOW ((HRESULT)0x80070216)

#define PEERAPI_SAFE_ARITHMETIC(name, type)                                                                          \
    static inline __attribute__((unused)) HRESULT name##Add(type first, type second, type *result) {                 \
        return __builtin_add_overflow(first, second, result) ? (*result = (type) - 1, INTSAFE_E_ARITHMETIC_OVERFLOW) \
                                                             : S_OK;                                                 \
    }                                                                                                                \
    static inline __attribute__((unused)) HRESULT name##Sub(type first, type second, type *result) {                 \
        return __builtin_sub_overflow(first, second, result) ? (*result = (type) - 1, INTSAFE_E_ARITHMETIC_OVERFLOW) \
                                                             : S_OK;                                                 \
    }                                                                                                                \
    static inline __attribute__((unused)) HRESULT name##Mult(type first, type second, type *result) {                \
        return __builtin_mul_overflow(first, second, result) ? (*result = (type) - 1, INTSAFE_E_ARITHMETIC_OVERFLOW) \
                                                             : S_OK;                                                 \
    }
PEERAPI_SAFE_ARITHMETIC(UShort, USHORT)
PEERAPI_SAFE_ARITHMETIC(Word, WORD)
PEERAPI_SAFE_ARITHMETIC(UInt, UINT)
PEERAPI_SAFE_ARITHMETIC(Int, INT)
PEERAPI_SAFE_ARITHMETIC(Long, LONG)
PEERAPI_SAFE_ARITHMETIC(ULong, ULONG)
PEERAPI_SAFE_ARITHMETIC(DWord, DWORD)
PEERAPI_SAFE_ARITHMETIC(LongLong, LONGLONG)
PEERAPI_SAFE_ARITHMETIC(ULongLong, ULONGLONG)
PEERAPI_SAFE_ARITHMETIC(DWordLong, DWORDLONG)
PEERAPI_SAFE_ARITHMETIC(UIntPtr, UINT_PTR)
PEERAPI_SAFE_ARITHMETIC(ULongPtr, ULONG_PTR)
PEERAPI_SAFE_ARITHMETIC(DWordPtr, DWORD_PTR)
PEERAPI_SAFE_ARITHMETIC(SIZET, SIZE_T)
PEERAPI_SAFE_ARITHMETIC(SizeT, SIZE_T)
#undef PEERAPI_SAFE_ARITHMETIC

#define PEERAPI_SAFE_CONVERSION(name, from, to)                                                                     \
    static inline __attribute__((unused)) HRESULT name(from value, to *result) {                                    \
        return __builtin_add_overflow(value, (from)0, result) ? (*result = (to) - 1, INTSAFE_E_ARITHMETIC_OVERFLOW) \
                                                              : S_OK;                                               \
    }
PEERAPI_SAFE_CONVERSION(IntToUInt, INT, UINT)
PEERAPI_SAFE_CONVERSION(IntToULong, INT, ULONG)
PEERAPI_SAFE_CONVERSION(IntToDWord, INT, DWORD)
PEERAPI_SAFE_CONVERSION(IntToUShort, INT, USHORT)
PEERAPI_SAFE_CONVERSION(IntToWord, INT, WORD)
PEERAPI_SAFE_CONVERSION(IntToSizeT, INT, SIZE_T)
PEERAPI_SAFE_CONVERSION(UIntToInt, UINT, INT)
PEERAPI_SAFE_CONVERSION(UIntToUShort, UINT, USHORT)
PEERAPI_SAFE_CONVERSION(LongToULong, LONG, ULONG)
PEERAPI_SAFE_CONVERSION(LongToUInt, LONG, UINT)
PEERAPI_SAFE_CONVERSION(ULongToInt, ULONG, INT)
PEERAPI_SAFE_CONVERSION(ULongToLong, ULONG, LONG)
PEERAPI_SAFE_CONVERSION(ULongToUShort, ULONG, USHORT)
PEERAPI_SAFE_CONVERSION(DWordToInt, DWORD, INT)
PEERAPI_SAFE_CONVERSION(DWordToWord, DWORD, WORD)
PEERAPI_SAFE_CONVERSION(SizeTToInt, SIZE_T, INT)
PEERAPI_SAFE_CONVERSION(SizeTToUInt, SIZE_T, UINT)
PEERAPI_SAFE_CONVERSION(SizeTToULong, SIZE_T, ULONG)
PEERAPI_SAFE_CONVERSION(SizeTToDWord, SIZE_T, DWORD)
PEERAPI_SAFE_CONVERSION(SizeTToLong, SIZE_T, LONG)
PEERAPI_SAFE_CONVERSION(ULongLongToInt, ULONGLONG, INT)
PEERAPI_SAFE_CONVERSION(ULongLongToUInt, ULONGLONG, UINT)
PEERAPI_SAFE_CONVERSION(ULongLongToULong, ULONGLONG, ULONG)
PEERAPI_SAFE_CONVERSION(ULongLongToDWord, ULONGLONG, DWORD)
PEERAPI_SAFE_CONVERSION(ULongLongToSizeT, ULONGLONG, SIZE_T)
PEERAPI_SAFE_CONVERSION(LongLongToULongLong, LONGLONG, ULONGLONG)
PEERAPI_SAFE_CONVERSION(ULongLongToLongLong, ULONGLONG, LONGLONG)
PEERAPI_SAFE_CONVERSION(LongLongToInt, LONGLONG, INT)
PEERAPI_SAFE_CONVERSION(LongLongToULong, LONGLONG, ULONG)
#undef PEERAPI_SAFE_CONVERSION

#endif
