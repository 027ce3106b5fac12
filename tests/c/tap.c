/*
 * Preloaded into a program: appends every byte that it sends over sockets to the file PEERAPI_TAP. No privileges
 * needed, and nothing gets past it, whoever the program talks to.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const void *data, ssize_t size) {
    const char *path = getenv("PEERAPI_TAP");
    int file = path && size > 0 ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (file < 0)
        return;
    if (write(file, data, (size_t)size) != size)
        abort(); /* a capture with holes proves nothing */
    close(file);
}

ssize_t send(int socket, const void *data, size_t size, int flags) {
    ssize_t (*real)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
    ssize_t sent = real(socket, data, size, flags);
    note(data, sent);
    return sent;
}

ssize_t sendto(int socket, const void *data, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t length) {
    ssize_t (*real)(int, const void *, size_t, int, __CONST_SOCKADDR_ARG, socklen_t) = dlsym(RTLD_NEXT, "sendto");
    ssize_t sent = real(socket, data, size, flags, to, length);
    note(data, sent);
    return sent;
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
    ssize_t sent = real(socket, message, flags), left = sent;
    for (size_t i = 0; i < message->msg_iovlen && left > 0; i++) {
        ssize_t part = (ssize_t)message->msg_iov[i].iov_len < left ? (ssize_t)message->msg_iov[i].iov_len : left;
        note(message->msg_iov[i].iov_base, part);
        left -= part;
    }
    return sent;
}
