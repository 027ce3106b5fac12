/* redis_stream: what a server that people would pick instead does with the same records, for programs in C.
 *
 *     redis_stream <port> <count> <size> <interval us> <batch> <writers> <readers>
 *
 * Each writer adds its share of the records to one stream of the server at 127.0.0.1 by XADD, `batch` commands in
 * one send, and takes all their answers before the next; `interval` is the time from one send to the next, 0: no
 * pause. Each reader takes all records by XREAD. A record begins with the moment before it was added.
 *
 * Prints one line of JSON: from the first XADD until the last reader has the last record, and, of the first reader, how
 * long a record takes.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 1 << 20 };

struct connection {
    int socket;
    size_t at, filled;
    char bytes[ROOM];
};

struct shared {
    int64_t begun, ended;
    double p50_us, p99_us;
};

static void must(int succeeded, const char *what) {
    if (succeeded)
        return;
    perror(what);
    exit(1);
}

static struct connection *connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct connection *made = allocate(1, sizeof *made);
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made->socket = socket(AF_INET, SOCK_STREAM, 0);
    must(made->socket >= 0 && connect(made->socket, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    setsockopt(made->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return made;
}

static void send_all(const struct connection *to, const char *bytes, size_t size) {
    for (size_t sent = 0; sent < size;) {
        ssize_t part = send(to->socket, bytes + sent, size - sent, 0);
        must(part > 0, "send");
        sent += (size_t)part;
    }
}

/* The next `size` bytes of the server's answer, which stay until the next call. */
static char *take(struct connection *from, size_t size) {
    must(size < ROOM, "an answer of that size");
    while (from->filled - from->at < size) {
        memmove(from->bytes, from->bytes + from->at, from->filled - from->at);
        from->filled -= from->at;
        from->at = 0;
        ssize_t part = recv(from->socket, from->bytes + from->filled, ROOM - from->filled, 0);
        must(part > 0, "recv");
        from->filled += (size_t)part;
    }
    from->at += size;
    return from->bytes + from->at - size;
}

/* A line that begins with its kind: the number in it. */
static long take_number(struct connection *from, char kind) {
    char found = *take(from, 1), digit;
    long number = 0;
    if (found != kind) {
        fprintf(stderr, "the server answers %c, not %c\n", found, kind);
        exit(1);
    }
    while ((digit = *take(from, 1)) != '\r')
        number = number * 10 + digit - '0';
    take(from, 1);
    return number;
}

static void take_text(struct connection *from, char *to, size_t room) {
    size_t size = (size_t)take_number(from, '$');
    const char *text = take(from, size + 2);
    if (to) {
        size = size < room ? size : room - 1;
        memcpy(to, text, size);
        to[size] = 0;
    }
}

static void write_records(int port, size_t count, size_t size, int64_t interval, size_t batch, struct shared *shared,
                          int first) {
    struct connection *server = connect_to(port);
    char head[96], *command = allocate(batch, size + sizeof head);
    int length = snprintf(head, sizeof head, "*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nd\r\n$%zu\r\n", size);
    int64_t begun = now_ns();
    if (first)
        shared->begun = begun;
    for (size_t done = 0, turn = 0; done < count; turn++) {
        size_t some = count - done < batch ? count - done : batch, filled = 0;
        if (interval)
            sleep_until(begun + (int64_t)turn * interval);
        int64_t before = now_ns();
        for (size_t i = 0; i < some; i++) {
            memcpy(command + filled, head, (size_t)length);
            filled += (size_t)length;
            memset(command + filled, 'x', size);
            memcpy(command + filled, &before, sizeof before);
            memcpy(command + filled + size, "\r\n", 2);
            filled += size + 2;
        }
        send_all(server, command, filled);
        for (size_t i = 0; i < some; i++)
            take_text(server, NULL, 0);
        done += some;
    }
    exit(0);
}

static void read_records(int port, size_t count, struct shared *shared, int first) {
    struct connection *server = connect_to(port);
    int64_t *times = allocate(count, sizeof *times);
    char last[64] = "0-0", command[192];
    for (size_t seen = 0; seen < count;) {
        int length = snprintf(command, sizeof command,
                              "*8\r\n$5\r\nXREAD\r\n$5\r\nCOUNT\r\n$4\r\n1000\r\n$5\r\nBLOCK\r\n$5\r\n60000\r\n"
                              "$7\r\nSTREAMS\r\n$1\r\ns\r\n$%zu\r\n%s\r\n",
                              strlen(last), last);
        send_all(server, command, (size_t)length);
        take_number(server, '*'); /* streams */
        take_number(server, '*'); /* name and entries */
        take_text(server, NULL, 0);
        for (long entries = take_number(server, '*'); entries > 0; entries--) {
            take_number(server, '*'); /* ID and fields */
            take_text(server, last, sizeof last);
            take_number(server, '*');
            take_text(server, NULL, 0);
            char data[sizeof(int64_t) + 1];
            int64_t before;
            take_text(server, data, sizeof data);
            memcpy(&before, data, sizeof before);
            if (seen < count)
                times[seen++] = now_ns() - before;
        }
    }
    int64_t ended = now_ns(), known = __atomic_load_n(&shared->ended, __ATOMIC_ACQUIRE);
    while (known < ended &&
           !__atomic_compare_exchange_n(&shared->ended, &known, ended, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    }
    if (first) {
        sort_ns(times, count);
        shared->p50_us = percentile_us(times, count, 50);
        shared->p99_us = percentile_us(times, count, 99);
    }
    exit(0);
}

int main(int argc, char **argv) {
    if (argc != 8)
        return 2;
    int port = atoi(argv[1]), writers = atoi(argv[6]), readers = atoi(argv[7]), good = 1;
    size_t count = strtoul(argv[2], NULL, 10), size = strtoul(argv[3], NULL, 10), batch = strtoul(argv[5], NULL, 10);
    int64_t interval = strtoll(argv[4], NULL, 10) * 1000;
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(shared != MAP_FAILED && size >= sizeof(int64_t), "shared memory");
    count -= count % (size_t)writers;
    for (int i = 0; i < readers; i++)
        if (fork() == 0)
            read_records(port, count, shared, i == 0);
    for (int i = 0; i < writers; i++)
        if (fork() == 0)
            write_records(port, count / (size_t)writers, size, interval, batch, shared, i == 0);
    for (int i = 0, status; i < readers + writers; i++)
        good &= wait(&status) > 0 && status == 0;
    printf("{\"seconds\": %.6f, \"count\": %zu, \"p50_us\": %.2f, \"p99_us\": %.2f}\n",
           (double)(shared->ended - shared->begun) / 1e9, count, shared->p50_us, shared->p99_us);
    return !good;
}
