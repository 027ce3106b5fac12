/* Programs of tests/c name this header of POSIX for inet_pton and htons, which Windows has in these. */
#include <winsock2.h>
#include <ws2tcpip.h>
