/* pshpack1.h - structures are laid out with an alignment of at most 1 bytes, until poppack.h. May be included any
 * number of times. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpragma-pack" /* what it warns of is the purpose */
#endif
#pragma pack(push, 1)
