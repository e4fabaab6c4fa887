/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name server that is never what a bench waits for.
 *
 *     dns-responder ADDRESS PORT DELAY
 *
 * Answers every question that comes by UDP with one record: A is 100.64.1.2, AAAA is fd64:9929::6440:102, any other type has none. Each answer
 * leaves DELAY milliseconds after its question came, as from an upstream that far away; all wait equally long, so those that wait
 * are a queue. Questions are read and answered BATCH at a time, each in the buffer it came in. A question that finds no free buffer is not
 * read yet: the kernel keeps it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH       64
#define ROOM        65536 /* messages; a multiple of BATCH */
#define MESSAGE_MAX 512
#define ANSWER_MAX  64 /* behind the question */
#define HEADER      12
#define DELAY_MAX   900 /* milliseconds */
#define TYPE_A      1
#define TYPE_AAAA   28
#define TTL         3600
#define EDNS_SIZE   1232

struct message {
	uint64_t due; /* microseconds on the monotonic clock */
	struct sockaddr_in peer;
	size_t length;
	uint8_t octets[MESSAGE_MAX];
};

/* Those between first and last wait, in the order of due; both run on, and ROOM divides them into places. */
static struct message messages[ROOM];
static size_t first, last;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static void fail(const char *what)
{
	fprintf(stderr, "dns-responder: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static uint8_t *put(uint8_t *at, unsigned long value, size_t octets)
{
	while (octets-- > 0)
		*at++ = (uint8_t)(value >> 8 * octets);
	return at;
}

/* Where the question ends, 0 when there is none. */
static size_t question_end(const uint8_t *octets, size_t length)
{
	size_t at = HEADER;

	while (at < length && octets[at] != 0)
		at += 1U + octets[at];
	return at + 5 <= length && length > HEADER ? at + 5 : 0;
}

/* A record of the question's name with the last size octets of the address. */
static uint8_t *put_address(uint8_t *at, unsigned type, size_t size)
{
	static const uint8_t address[2][16] = {
		{100, 64, 1, 2},
		{0xfd, 0x64, 0x99, 0x29, [12] = 100, 64, 1, 2},
	};

	at = put(at, 0xc000 | HEADER, 2);
	at = put(at, type, 2);
	at = put(at, 1, 2);
	at = put(at, TTL, 4);
	at = put(at, size, 2);
	memcpy(at, address[type == TYPE_AAAA], size);
	return at + size;
}

/* Turn the question into its answer, and what is none into a header that says so. The length. */
static size_t answer(uint8_t *octets, size_t length)
{
	size_t end = question_end(octets, length);
	unsigned type = end ? (unsigned)(octets[end - 4] << 8 | octets[end - 3]) : 0;
	bool edns = octets[11] > 0;
	uint8_t *at = octets + end;

	if (end == 0 || end + ANSWER_MAX > MESSAGE_MAX) {
		put(octets + 2, 0x8001, 2); /* QR, FORMERR */
		put(put(octets + 4, 0, 4), 0, 4);
		return HEADER;
	}
	put(octets + 2, 0x8180 | (octets[2] & 1) << 8, 2); /* QR, RD as it was asked, RA */
	if (type == TYPE_A || type == TYPE_AAAA)
		at = put_address(at, type, type == TYPE_A ? 4 : 16);
	put(octets + 6, at > octets + end, 2);
	put(octets + 8, 0, 2);
	put(octets + 10, edns, 2);
	if (edns) {
		at = put(at, 41, 3); /* the root's OPT (RFC 6891 section 6.1.2) */
		at = put(at, EDNS_SIZE, 2);
		at = put(at, 0, 6);
	}
	return (size_t)(at - octets);
}

/* Describe the buffers of count places from place on to the kernel; length: of what is in them, or their own. */
static void gather(size_t place, size_t count, bool full, struct mmsghdr *headers, struct iovec *parts)
{
	for (size_t i = 0; i < count; i++) {
		struct message *message = &messages[(place + i) % ROOM];

		parts[i] = (struct iovec){message->octets, full ? message->length : MESSAGE_MAX};
		headers[i].msg_hdr = (struct msghdr){.msg_name = &message->peer,
						     .msg_namelen = sizeof(message->peer),
						     .msg_iov = &parts[i],
						     .msg_iovlen = 1};
	}
}

/* Read what has come; with nobody waiting, wait for it. */
static void take(int sock, uint64_t delay)
{
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	size_t room = ROOM - (last - first), limit = room < BATCH ? room : BATCH;
	int count;

	gather(last, limit, false, headers, parts);
	count = recvmmsg(sock, headers, (unsigned)limit, first == last ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
	if (count < 0 && errno != EAGAIN && errno != EINTR)
		fail("recvmmsg");
	for (int i = 0; i < count; i++) {
		struct message *message = &messages[last % ROOM];

		message->length = answer(message->octets, headers[i].msg_len);
		message->due = now() + delay;
		last++;
	}
}

/* Send what is due. */
static void give(int sock)
{
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	uint64_t time = now();
	size_t count = 0;
	int sent;

	while (count < BATCH && first + count < last && messages[(first + count) % ROOM].due <= time)
		count++;
	if (count == 0)
		return;
	gather(first, count, true, headers, parts);
	sent = sendmmsg(sock, headers, (unsigned)count, 0);
	if (sent < 0)
		fail("sendmmsg");
	first += (size_t)sent;
}

/* Wait for a question, but no longer than until the next answer is due. */
static void rest(int sock)
{
	struct pollfd polled = {.fd = sock, .events = POLLIN};
	struct timespec limit = {0};
	uint64_t time = now(), due;

	if (first == last)
		return; /* take() waits */
	due = messages[first % ROOM].due;
	if (due <= time)
		return;
	limit.tv_nsec = (long)(due - time) * 1000;
	if (ppoll(&polled, 1, &limit, NULL) < 0 && errno != EINTR)
		fail("ppoll");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	unsigned long delay = argc == 4 ? strtoul(argv[3], NULL, 10) : DELAY_MAX + 1;
	int sock = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;

	if (delay > DELAY_MAX || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: dns-responder ADDRESS PORT DELAY, in milliseconds, at most %d\n", DELAY_MAX);
		return 2;
	}
	address.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    bind(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(argv[1]);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		take(sock, delay * 1000);
		give(sock);
		rest(sock);
	}
}
