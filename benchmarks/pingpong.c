/* pingpong: the limit under every latency here. Two processes, one TCP connection over ::1, nothing but send and recv.
 *
 *     pingpong <count> <size> <interval in microseconds>
 *
 * Prints one line of JSON: how long it takes for a message to go there and come back, in microseconds.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int succeeded, const char *what) {
    if (succeeded)
        return;
    perror(what);
    exit(1);
}

static int receive_all(int connection, char *buffer, size_t size) { // 0 at the end of the stream
    for (size_t got = 0; got < size;) {
        ssize_t part = recv(connection, buffer + got, size - got, 0);
        if (part <= 0)
            return 0;
        got += (size_t)part;
    }
    return 1;
}

static void send_all(int connection, const char *buffer, size_t size) {
    must(send(connection, buffer, size, 0) == (ssize_t)size, "send"); // small: it fits the socket's buffer
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    size_t count = strtoul(argv[1], NULL, 10), size = strtoul(argv[2], NULL, 10);
    int64_t interval = strtoll(argv[3], NULL, 10) * 1000;
    char *message = allocate(size, 1);

    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET6, SOCK_STREAM, 0), on = 1;
    must(listener >= 0 && bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0,
         "listen");
    must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");

    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) { // the other process: sends back what comes
        int connection = accept(listener, NULL, NULL);
        must(connection >= 0, "accept");
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        while (receive_all(connection, message, size))
            send_all(connection, message, size);
        _exit(0);
    }

    int connection = socket(AF_INET6, SOCK_STREAM, 0);
    must(connection >= 0 && connect(connection, (struct sockaddr *)&address, length) == 0, "connect");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int64_t *times = allocate(count, sizeof *times), begun = now_ns();
    for (size_t i = 0; i < count; i++) {
        sleep_until(begun + (int64_t)i * interval);
        int64_t sent = now_ns();
        send_all(connection, message, size);
        must(receive_all(connection, message, size), "recv");
        times[i] = now_ns() - sent;
    }
    close(connection);
    waitpid(child, NULL, 0);

    sort_ns(times, count);
    printf("{\"p50_us\": %.2f, \"p99_us\": %.2f}\n", percentile_us(times, count, 50), percentile_us(times, count, 99));
    free(times);
    free(message);
    return 0;
}
