/* The floor of a UDP server: recvmmsg, sendmmsg, nothing between them but what makes the message an answer (the QR
 * bit, and sixteen octets more, as long as one address record). No policy, no parsing. echo PORT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MESSAGES = 64, ROOM = 1472, RECORD = 16, RECEIVE_BUFFER = 4 << 20 };

static char messages[MESSAGES][ROOM + RECORD];

int main(int count, char **arguments) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in peers[MESSAGES];
    struct iovec vectors[MESSAGES];
    struct mmsghdr headers[MESSAGES];
    int size = RECEIVE_BUFFER, udp = socket(AF_INET, SOCK_DGRAM, 0);
    here.sin_port = htons(count > 1 ? atoi(arguments[1]) : 0);
    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (udp < 0 || bind(udp, (struct sockaddr *)&here, sizeof here)) {
        perror("echo");
        return 1;
    }
    memset(headers, 0, sizeof headers);
    for (int slot = 0; slot < MESSAGES; slot++) {
        headers[slot].msg_hdr.msg_name = &peers[slot];
        headers[slot].msg_hdr.msg_iov = &vectors[slot];
        headers[slot].msg_hdr.msg_iovlen = 1;
        vectors[slot].iov_base = messages[slot];
    }
    for (;;) {
        for (int slot = 0; slot < MESSAGES; slot++) {
            vectors[slot].iov_len = ROOM;
            headers[slot].msg_hdr.msg_namelen = sizeof peers[slot];
        }
        int received = recvmmsg(udp, headers, MESSAGES, MSG_WAITFORONE, NULL);
        for (int slot = 0; slot < received; slot++) {
            messages[slot][2] |= (char)0x80;
            vectors[slot].iov_len = headers[slot].msg_len + RECORD;
        }
        for (int sent = 0, done = 0; done < received; done += sent > 0 ? sent : 1)
            sent = sendmmsg(udp, headers + done, received - done, 0);
    }
}
