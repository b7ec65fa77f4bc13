/* httpload.c - HTTP/1.1 load client (C, epoll, one thread): keep-alive connections, each sending its next request
 * when the answer to the last one is complete.
 *
 *   gcc -O2 -Wall -o httpload httpload.c
 *   taskset -c 1 ./httpload -p 8000 -u /hours/x/ -c 64 -d 5 -H 'If-None-Match: "abc"' -P <serverpids>
 *   taskset -c 1 ./httpload -p 8000 -u /api/x -c 128 -d 5 -t application/json -b '{"text":"number %ld"}'
 *
 * A body makes it a POST; one %ld in it becomes the request's number. Answers must carry Content-Length, be
 * "chunked", or have no body (304). Server CPU is read from /proc/<pid>/task/x/schedstat before and after.
 * -s n: make one connection per source address 127.0.0.2 ... 127.0.0.(n+1) in turn.
 * Output: one JSON line.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUF (512 * 1024)
struct conn {
    int fd;
    int64_t sent_at;
    char *in;            /* what has arrived of the present answer */
    int have;
    char *out;           /* what is still to be sent of the present request */
    int out_len, out_pos;
};

static int port = 8000, nconn = 64, nsrc = 0;
static double seconds = 5;
static const char *path = "/", *type = "application/json", *body = NULL, *label = "";
static char extra[2048];
static int pids[64], npids;
static int ep;
static struct conn *conns;
static long number = 0, done = 0, bytes_in = 0, failures = 0;
static long statuses[600];
static int64_t *latency;
static long cap = 20000000;
static int running = 1;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double server_cpu(void) {
    double sum = 0;
    char dir[300], file[600];
    for (int i = 0; i < npids; i++) {
        snprintf(dir, sizeof dir, "/proc/%d/task", pids[i]);
        DIR *d = opendir(dir);
        if (!d) continue;
        struct dirent *e;
        while ((e = readdir(d))) {
            if (e->d_name[0] == '.') continue;
            snprintf(file, sizeof file, "/proc/%d/task/%s/schedstat", pids[i], e->d_name);
            FILE *h = fopen(file, "r");
            if (!h) continue;
            unsigned long long ns = 0;
            if (fscanf(h, "%llu", &ns) == 1) sum += ns / 1e9;
            fclose(h);
        }
        closedir(d);
    }
    return sum;
}

static void arm(struct conn *c, uint32_t events) {
    struct epoll_event e = {.events = events, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

static void push(struct conn *c) {
    while (c->out_pos < c->out_len) {
        ssize_t n = write(c->fd, c->out + c->out_pos, c->out_len - c->out_pos);
        if (n < 0) {
            if (errno == EAGAIN) { arm(c, EPOLLIN | EPOLLOUT); return; }
            failures++;
            return;
        }
        c->out_pos += n;
    }
    arm(c, EPOLLIN);
}

static void next_request(struct conn *c) {
    char text[65536];
    int n = 0;
    if (body) {
        /* the body is the caller's own format, with at most one %ld */
        char made[32768];
        const char *mark = strstr(body, "%ld");
        if (mark) n = snprintf(made, sizeof made, "%.*s%ld%s", (int)(mark - body), body, number++, mark + 3);
        else n = snprintf(made, sizeof made, "%s", body);
        n = snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s",
                     path, type, n, extra, made);
    } else {
        n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n%s\r\n", path, extra);
    }
    c->out = realloc(c->out, n);
    memcpy(c->out, text, n);
    c->out_len = n;
    c->out_pos = 0;
    c->have = 0;
    c->sent_at = now();
    push(c);
}

static void open_conn(struct conn *c, int index) {
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (nsrc > 0) {
        struct sockaddr_in from = {.sin_family = AF_INET};
        from.sin_addr.s_addr = htonl(0x7f000002u + (uint32_t)(index % nsrc));
        setsockopt(c->fd, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, sizeof one);
        bind(c->fd, (void *)&from, sizeof from);
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (connect(c->fd, (void *)&to, sizeof to)) { perror("connect"); exit(1); }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}

/* The length of the whole answer once it can be known, 0 before that. */
static int answer_length(struct conn *c) {
    c->in[c->have] = 0;
    char *end = strstr(c->in, "\r\n\r\n");
    if (!end) return 0;
    int head = end + 4 - c->in, status = atoi(c->in + 9);
    if (status == 304 || status == 204) return head;
    *end = 0;
    char *length = strcasestr(c->in, "\ncontent-length:");
    int chunked = strcasestr(c->in, "chunked") != NULL;
    *end = '\r';
    if (length) return head + atoi(length + 16);
    if (chunked) {
        char *last = memmem(c->in + head - 2, c->have - head + 2, "\r\n0\r\n\r\n", 7);
        return last ? last + 7 - c->in : 0;
    }
    fprintf(stderr, "an answer without length: %.300s\n", c->in);
    exit(1);
}

static void on_read(struct conn *c, int index) {
    ssize_t n = read(c->fd, c->in + c->have, BUF - 1 - c->have);
    if (n <= 0) {
        if (n < 0 && errno == EAGAIN) return;
        failures++;
        close(c->fd);
        if (running) { open_conn(c, index); next_request(c); }
        return;
    }
    bytes_in += n;
    c->have += n;
    int whole = answer_length(c);
    if (!whole || c->have < whole) {
        if (c->have >= BUF - 1) { fprintf(stderr, "an answer too large\n"); exit(1); }
        return;
    }
    int status = atoi(c->in + 9);
    if (status > 0 && status < 600) statuses[status]++;
    if (done < cap) latency[done] = now() - c->sent_at;
    done++;
    if (!running) return;
    if (strcasestr(c->in, "connection: close")) { close(c->fd); open_conn(c, index); }
    next_request(c);
}

static int compare(const void *a, const void *b) {
    int64_t x = *(int64_t *)a, y = *(int64_t *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    int o;
    while ((o = getopt(argc, argv, "p:u:c:d:b:t:H:P:l:s:")) != -1) switch (o) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'c': nconn = atoi(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 'b': body = optarg; break;
        case 't': type = optarg; break;
        case 'l': label = optarg; break;
        case 's': nsrc = atoi(optarg); break;
        case 'H': snprintf(extra + strlen(extra), sizeof extra - strlen(extra), "%s\r\n", optarg); break;
        case 'P': { char *t = strtok(optarg, ","); while (t && npids < 64) { pids[npids++] = atoi(t); t = strtok(NULL, ","); } break; }
        default: return 2;
    }
    ep = epoll_create1(0);
    conns = calloc(nconn, sizeof *conns);
    latency = malloc(cap * sizeof *latency);
    for (int i = 0; i < nconn; i++) { conns[i].in = malloc(BUF); open_conn(&conns[i], i); }
    double cpu0 = server_cpu();
    int64_t start = now(), stop = start + (int64_t)(seconds * 1e9);
    for (int i = 0; i < nconn; i++) next_request(&conns[i]);
    static struct epoll_event events[1024];
    while (now() < stop) {
        int n = epoll_wait(ep, events, 1024, 20);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) push(c);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_read(c, c - conns);
        }
    }
    double took = (now() - start) / 1e9, cpu = server_cpu() - cpu0;
    long counted = done;
    /* Requests under way are still answered, so that nobody measures a server that is busy with the last run. */
    running = 0;
    int64_t grace = now() + 3000000000LL;
    while (done < counted + nconn && now() < grace) {
        int n = epoll_wait(ep, events, 1024, 20);
        for (int i = 0; i < n; i++) if (events[i].events & EPOLLIN) on_read(events[i].data.ptr, 0);
    }
    long kept = counted < cap ? counted : cap;
    qsort(latency, kept, sizeof *latency, compare);
    printf("{\"label\":\"%s\",\"connections\":%d,\"seconds\":%.2f,\"requests\":%ld,\"per_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
           "\"max_ms\":%.2f,\"bytes\":%ld,\"failures\":%ld,\"server_cpu_s\":%.3f,\"statuses\":{",
           label, nconn, took, counted, counted / took, kept ? latency[kept / 2] / 1e6 : -1, kept ? latency[(long)(kept * .99)] / 1e6 : -1,
           kept ? latency[kept - 1] / 1e6 : -1, bytes_in, failures, cpu);
    int first = 1;
    for (int s = 0; s < 600; s++) if (statuses[s]) { printf("%s\"%d\":%ld", first ? "" : ",", s, statuses[s]); first = 0; }
    printf("},\"total_requests\":%ld}\n", done);
    return 0;
}
