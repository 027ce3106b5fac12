/* poppack.h - ends what the last pshpack1.h, 2, 4 or 8 began. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpragma-pack" /* what it warns of is the purpose */
#endif
#pragma pack(pop)
