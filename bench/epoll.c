/* epoll.c - the least a broadcaster can do: accept, send a response head, write one buffer to everybody.
 *
 *   gcc -O2 -Wall -o epoll epoll.c && ./epoll PORT
 *
 * GET opens a stream, POST publishes its body as one Server-Sent Event. No parsing beyond the method, no heartbeat, no
 * replay, no limit, no dropping of slow readers: what a server in any language adds to this is the price of its care.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char HEAD[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\nretry: 3000\n:\n\n";
static const char TAKEN[] = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

static int *viewers, count, room; /* descriptors; place[fd] is where a descriptor stands in it, -1 for none */
static int *place, places;

static void join(int fd) {
    if (count == room) viewers = realloc(viewers, (room = room ? room * 2 : 1024) * sizeof(int));
    place[fd] = count;
    viewers[count++] = fd;
}

static void leave(int fd) {
    if (place[fd] >= 0) {
        int last = viewers[--count];
        viewers[place[fd]] = last;
        place[last] = place[fd];
        place[fd] = -1;
    }
    close(fd);
}

static void publish(const char *body) {
    static char frame[16384];
    static unsigned id;
    int length = snprintf(frame, sizeof frame, "id: %u\nevent: answer\ndata: %s\n\n", ++id, body);
    for (int i = 0; i < count; i++)
        if (send(viewers[i], frame, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN) leave(viewers[i--]);
}

static void answer(int fd) {
    static char request[16384];
    ssize_t got = recv(fd, request, sizeof request - 1, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        leave(fd);
        return;
    }
    request[got] = 0;
    if (place[fd] >= 0) return; /* a viewer has nothing more to say */
    if (!strncmp(request, "GET ", 4)) {
        if (send(fd, HEAD, sizeof HEAD - 1, MSG_NOSIGNAL) < 0) leave(fd);
        else join(fd);
    } else {
        char *body = strstr(request, "\r\n\r\n");
        if (body) publish(body + 4);
        if (send(fd, TAKEN, sizeof TAKEN - 1, MSG_NOSIGNAL) < 0) perror("answer");
        leave(fd);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    places = files.rlim_max;
    place = malloc(places * sizeof(int));
    memset(place, -1, places * sizeof(int));
    signal(SIGINT, _exit);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, 4096)) {
        perror("listen");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[1024];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poll, ready, 1024, -1);
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd != listener) {
                answer(fd);
                continue;
            }
            for (int taken; (taken = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                struct epoll_event new = {.events = EPOLLIN, .data.fd = taken};
                epoll_ctl(poll, EPOLL_CTL_ADD, taken, &new);
            }
        }
    }
}
