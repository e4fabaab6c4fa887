/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An upstream name server that means ill, for as many questions as a resolver can ask.
 *
 *     dns-upstream PORT PORTS EPOCH fair|tame|wild REAL... -- OTHER...
 *
 * Listens on PORTS ports of 127.0.0.1 from PORT on, UDP and TCP. What it answers (forge.c) follows from the name, the type and the epoch, which
 * ends after EPOCH questions: then some names are gone, others are there, lead elsewhere, or are slow or broken. Within one epoch
 * a question has one answer. A few get no answer, a late one, one by TCP alone, or octets that are none. A fair server says nine times in
 * ten what an honest one would; a wild one lies about structure too. REAL are the names to show wherever there is room for one, OTHER
 * what else names are made of.
 */
#include "tests/fuzz/choices.h"
#include "tests/fuzz/forge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX   8
#define STREAMS_MAX 200
#define LATE_MAX    1024
#define UDP_MAX     1232
#define HEADER      12

struct stream {
	int sock;
	uint8_t in[2 + 1024];
	size_t length;
};

/* An answer that waits. */
struct late {
	double due; /* 0: none */
	int sock;
	struct sockaddr_in peer;
	size_t length;
	uint8_t octets[UDP_MAX];
};

/* What is done with a question. */
enum manner { AT_ONCE, SLOWLY, VERY_LATE, NOT_AT_ALL, TRUNCATED, GARBLED };

static struct forge_world world;
static const uint8_t networks[][12] = {{0xfd, 0x64, 0x99, 0x29},
				       {0xfd, 0x64, 0, 1, 0, 2, 0, 3},
				       {0, 0x64, 0xff, 0x9b},
				       {0xfd, 0x99, 0x99, 0x29, 0, 1},
				       {0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0},
				       {0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0, 0x0b, 0x1a}};
static struct stream *streams[STREAMS_MAX];
static struct late *lates[LATE_MAX];
static int udp[PORTS_MAX], tcp[PORTS_MAX];
static size_t ports;
static unsigned long epoch_length, questions;
static bool fair;
static uint8_t message[2 + FORGE_ROOM];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "dns-upstream: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* FNV-1a over the question, whatever its case, and the epoch. */
static uint64_t question_hash(const uint8_t *query, size_t length)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ questions / epoch_length;

	for (size_t i = HEADER; i < length && i < HEADER + 260; i++) {
		hash = (hash ^ (query[i] | (query[i] >= 'A' && query[i] <= 'Z' ? 32 : 0))) * UINT64_C(1099511628211);
		if (query[i] == 0) { /* the type, too */
			hash ^= i + 2 < length ? query[i + 2] * 131U + query[i + 1] : 0;
			break;
		}
	}
	return (hash ^ hash >> 29) * UINT64_C(1099511628211) | 1;
}

static enum manner manner_of(uint64_t hash)
{
	uint64_t chance = (hash >> 20) % 2000;

	if (chance < 10)
		return SLOWLY;
	if (chance < 11)
		return VERY_LATE;
	if (chance < 14)
		return NOT_AT_ALL;
	if (chance < 24)
		return TRUNCATED;
	return chance < 28 ? GARBLED : AT_ONCE;
}

/* The answer, behind two octets of room. Its length, 0 for none. */
static size_t answer(const uint8_t *query, size_t length, bool stream, enum manner *manner)
{
	uint64_t hash = length > HEADER ? question_hash(query, length) : 1;
	struct choices choices = {
		.state = fair && (hash >> 40) % 10 > 0 ? 0 : hash}; /* without a state every decision is the honest one */
	uint8_t *octets = message + 2;

	questions++;
	*manner = manner_of(hash);
	if (length <= HEADER)
		return 0;
	length = forge_answer(&choices, &world, query, length, octets);
	if (*manner == GARBLED)
		for (size_t i = 2; i < length; i++)
			octets[i] = choices_octet(&choices);
	if (stream || length == 0 || (length <= UDP_MAX && *manner != TRUNCATED))
		return length;
	octets[2] |= 2; /* TC */
	memset(octets + 6, 0, 6);
	length = HEADER;
	while (octets[length] != 0 && octets[length] < 64)
		length += 1U + octets[length];
	return length + 5;
}

static void keep(int sock, const struct sockaddr_in *peer, size_t length, double due)
{
	for (size_t i = 0; i < LATE_MAX; i++) {
		if (!lates[i])
			lates[i] = calloc(1, sizeof(*lates[i]));
		if (!lates[i] || lates[i]->due > 0)
			continue;
		*lates[i] = (struct late){.due = due, .sock = sock, .peer = *peer, .length = length};
		memcpy(lates[i]->octets, message + 2, length);
		return;
	}
}

static void send_late(double time)
{
	for (size_t i = 0; i < LATE_MAX && lates[i]; i++)
		if (lates[i]->due > 0 && lates[i]->due <= time) {
			sendto(lates[i]->sock, lates[i]->octets, lates[i]->length, 0,
			       (struct sockaddr *)&lates[i]->peer, sizeof(lates[i]->peer));
			lates[i]->due = 0;
		}
}

static void serve_datagrams(int sock)
{
	uint8_t query[1024];
	struct sockaddr_in peer;
	socklen_t size = sizeof(peer);
	enum manner manner;
	ssize_t length;

	while ((length = recvfrom(sock, query, sizeof(query), MSG_DONTWAIT, (struct sockaddr *)&peer, &size)) >= 0) {
		size_t octets = answer(query, (size_t)length, false, &manner);

		if (octets == 0 || manner == NOT_AT_ALL)
			continue;
		if (manner == SLOWLY || manner == VERY_LATE)
			keep(sock, &peer, octets, now() + (manner == SLOWLY ? 0.2 : 2.5));
		else
			sendto(sock, message + 2, octets, MSG_DONTWAIT, (struct sockaddr *)&peer, size);
	}
}

static void stream_close(struct stream **stream)
{
	close((*stream)->sock);
	free(*stream);
	*stream = NULL;
}

/* 0, or -1 when the stream is to be closed. */
static int serve_stream(struct stream *stream)
{
	ssize_t got = recv(stream->sock, stream->in + stream->length, sizeof(stream->in) - stream->length, 0);
	enum manner manner;

	if (got <= 0)
		return -1;
	stream->length += (size_t)got;
	while (stream->length >= 2) {
		size_t length = (size_t)(stream->in[0] << 8 | stream->in[1]), octets;

		if (length > sizeof(stream->in) - 2)
			return -1;
		if (stream->length < 2 + length)
			return 0;
		octets = answer(stream->in + 2, length, true, &manner);
		message[0] = (uint8_t)(octets >> 8);
		message[1] = (uint8_t)octets;
		if (octets == 0 || manner == NOT_AT_ALL || send(stream->sock, message, 2 + octets, MSG_NOSIGNAL) < 0)
			return -1;
		stream->length -= 2 + length;
		memmove(stream->in, stream->in + 2 + length, stream->length);
	}
	return 0;
}

static void stream_accept(int listener)
{
	int sock = accept(listener, NULL, NULL);

	for (size_t i = 0; i < STREAMS_MAX && sock >= 0; i++)
		if (!streams[i]) {
			streams[i] = calloc(1, sizeof(*streams[i]));
			if (!streams[i])
				fail("calloc");
			streams[i]->sock = sock;
			return;
		}
	if (sock >= 0)
		close(sock);
}

static void listen_on(unsigned port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int room = 4 << 20, yes = 1;

	udp[ports] = socket(AF_INET, SOCK_DGRAM, 0);
	tcp[ports] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(udp[ports], SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(tcp[ports], SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(udp[ports], (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    bind(tcp[ports], (struct sockaddr *)&at, sizeof(at)) < 0 || listen(tcp[ports], 64) < 0)
		fail("bind");
	ports++;
}

static void serve(void)
{
	struct pollfd polled[2 * PORTS_MAX + STREAMS_MAX];
	size_t index[STREAMS_MAX], count = 0, first = 2 * ports;

	for (size_t i = 0; i < ports; i++) {
		polled[i] = (struct pollfd){.fd = udp[i], .events = POLLIN};
		polled[ports + i] = (struct pollfd){.fd = tcp[i], .events = POLLIN};
	}
	for (size_t i = 0; i < STREAMS_MAX; i++)
		if (streams[i]) {
			polled[first + count] = (struct pollfd){.fd = streams[i]->sock, .events = POLLIN};
			index[count++] = i;
		}
	if (poll(polled, first + count, 20) < 0)
		fail("poll");
	send_late(now());
	for (size_t i = 0; i < ports; i++) {
		if (polled[i].revents)
			serve_datagrams(udp[i]);
		if (polled[ports + i].revents)
			stream_accept(tcp[i]);
	}
	for (size_t i = 0; i < count; i++)
		if (polled[first + i].revents && serve_stream(streams[index[i]]) < 0)
			stream_close(&streams[index[i]]);
}

int main(int argc, char **argv)
{
	bool real = true;

	if (argc < 6) {
		fprintf(stderr, "usage: dns-upstream PORT PORTS EPOCH fair|tame|wild REAL... -- OTHER...\n");
		return 2;
	}
	epoch_length = strtoul(argv[3], NULL, 10);
	world.wild = strcmp(argv[4], "wild") == 0;
	fair = strcmp(argv[4], "fair") == 0;
	world.networks = networks;
	world.network_count = sizeof(networks) / sizeof(*networks);
	for (int i = 5; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			real = false;
		else if ((real ? world.real_count : world.other_count) < FORGE_NAMES)
			forge_name_add(real ? world.reals : world.others, real ? &world.real_count : &world.other_count,
				       argv[i]);
	}
	for (int i = 0; i < atoi(argv[2]) && i < PORTS_MAX; i++)
		listen_on((unsigned)(atoi(argv[1]) + i));
	puts("listening");
	fflush(stdout);
	for (;;)
		serve();
}
