/* bits/c++config.h - the GNU C++ library's own, for a wchar_t of 16 bits. Every header of that library comes here
 * first.
 *
 * libstdc++.so holds std::wstring and wide streams for a wchar_t of 32 bits. So nothing is taken from there that is a
 * template: std::wstring is made inside the program. Wide streams cannot be, for their facets are no templates: using
 * one does not compile (ostream, istream). */
#pragma GCC system_header
#include_next <bits/c++config.h>
#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
#undef _GLIBCXX_EXTERN_TEMPLATE
#define _GLIBCXX_EXTERN_TEMPLATE 0
#endif
