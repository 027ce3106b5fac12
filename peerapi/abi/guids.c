/* The GUID constants of p2p.h and pnrpns.h, defined once in the library.
 *
 * A program that includes initguid.h defines them for itself as well, weakly; the linker then takes either, the values
 * are the same. Without initguid.h it takes these. The library is compiled with hidden visibility, hence the pragma. */
#pragma GCC visibility push(default)
#include <initguid.h>
#include <p2p.h>
#pragma GCC visibility pop
