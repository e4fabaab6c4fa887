/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A load of datagrams for the bench, made and counted with few system calls.
 *
 *     udp-load send ADDRESS PORT SIZE SECONDS [SEGMENTS]
 *     udp-load count ADDRESS PORT SECONDS [grouped]
 *
 * send: datagrams of SIZE octets as fast as they go; with SEGMENTS the kernel cuts as many from one buffer (UDP_SEGMENT).
 * count: prints "DATAGRAMS OCTETS" of what came in SECONDS after the first one; grouped: several at once where the kernel has
 * them together (UDP_GRO), otherwise one by one, as most programs take them. Both end by themselves.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH  64
#define BUFFER 65536

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static unsigned char buffers[BATCH][BUFFER];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "udp-load: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int open_socket(const char *address, const char *port, int (*use)(int, const struct sockaddr *, socklen_t))
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;
	int sock;

	if (getaddrinfo(address, port, &hints, &found))
		fail(address);
	sock = socket(found->ai_family, SOCK_DGRAM, 0);
	if (sock < 0 || use(sock, found->ai_addr, found->ai_addrlen))
		fail(address);
	freeaddrinfo(found);
	return sock;
}

static void option(int sock, int level, int name, int value)
{
	if (setsockopt(sock, level, name, &value, sizeof(value)))
		fail("setsockopt");
}

/* step: 1 gives each message of a batch a buffer of its own, 0 the same to all. */
static void messages_prepare(struct mmsghdr *messages, struct iovec *vectors, size_t length, int step)
{
	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){.iov_base = buffers[i * step], .iov_len = length};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
	}
}

static int send_load(const char *address, const char *port, int size, double seconds, int segments)
{
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	int sock = open_socket(address, port, connect);
	double end = now() + seconds;

	if (size < 1 || segments < 1 || size * segments > BUFFER - 100)
		fail("SIZE or SEGMENTS");
	if (segments > 1)
		option(sock, IPPROTO_UDP, UDP_SEGMENT, size);
	messages_prepare(messages, vectors, (size_t)size * (size_t)segments, 0);
	while (now() < end)
		if (sendmmsg(sock, messages, segments > 1 ? 1 : BATCH, 0) < 0 && errno != ENOBUFS && errno != EAGAIN &&
		    errno != ECONNREFUSED)
			fail("sendmmsg");
	return EXIT_SUCCESS;
}

/* How many datagrams a received message holds: UDP_GRO gives several of one size at once. */
static uint64_t datagrams(struct msghdr *message, size_t length)
{
	int size = 0;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part))
		if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO)
			memcpy(&size, CMSG_DATA(part), sizeof(size));
	return size > 0 ? (length + (size_t)size - 1) / (size_t)size : 1;
}

static int count_load(const char *address, const char *port, double seconds, int grouped)
{
	static unsigned char controls[BATCH][CMSG_SPACE(sizeof(int))];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	int sock = open_socket(address, port, bind), count;
	uint64_t total = 0, octets = 0;
	double end = now() + 10;

	option(sock, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20);
	option(sock, IPPROTO_UDP, UDP_GRO, grouped);
	messages_prepare(messages, vectors, BUFFER, 1);
	while (now() < end) {
		if (poll(&(struct pollfd){.fd = sock, .events = POLLIN}, 1, 100) < 1)
			continue;
		for (int i = 0; i < BATCH; i++) {
			messages[i].msg_hdr.msg_control = controls[i];
			messages[i].msg_hdr.msg_controllen = sizeof(controls[i]);
		}
		count = recvmmsg(sock, messages, BATCH, MSG_DONTWAIT, NULL);
		if (!total && count > 0)
			end = now() + seconds;
		for (int i = 0; i < count; i++) {
			total += datagrams(&messages[i].msg_hdr, messages[i].msg_len);
			octets += messages[i].msg_len;
		}
	}
	printf("%llu %llu\n", (unsigned long long)total, (unsigned long long)octets);
	return EXIT_SUCCESS;
}

int main(int count, char **words)
{
	if (count >= 6 && !strcmp(words[1], "send"))
		return send_load(words[2], words[3], atoi(words[4]), atof(words[5]), count > 6 ? atoi(words[6]) : 1);
	if (count >= 5 && !strcmp(words[1], "count"))
		return count_load(words[2], words[3], atof(words[4]), count > 5);
	fputs("usage: udp-load send ADDRESS PORT SIZE SECONDS [SEGMENTS] | udp-load count ADDRESS PORT SECONDS [grouped]\n",
	      stderr);
	return 2;
}
