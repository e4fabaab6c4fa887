/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Echoes to several targets in turns, so that a slow moment of the machine meets all of them.
 *
 *     echoes ROUNDS SLICE INTERVAL ADDRESS...
 *
 * A round is a slice for each address, in a new order by chance: SLICE echoes, INTERVAL microseconds apart. In a slice a translator has the
 * processor's caches as when nobody else is measured; two echoes before it, which bring them there, are not counted. Prints a line a slice: the
 * address, and the round trips in microseconds without those that were lost or took more than a second. Ends by itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TARGETS_MAX 8
#define WARM        2

/* As ping(8) sends them: 56 octets of data. Both families have the same layout. */
struct echo {
	uint8_t type, code;
	uint16_t checksum, identifier, sequence;
	uint8_t data[56];
};

struct target {
	const char *address;
	int sock, family;
};

static void fail(const char *what)
{
	fprintf(stderr, "echoes: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static unsigned number_read(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

/* A raw socket that takes what comes from the address alone. */
static struct target target_open(const char *address)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_RAW};
	const struct timeval patience = {.tv_sec = 1};
	struct target target = {.address = address};
	struct addrinfo *found;

	if (getaddrinfo(address, NULL, &hints, &found))
		fail(address);
	target.family = found->ai_family;
	target.sock = socket(found->ai_family, SOCK_RAW, found->ai_family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (target.sock < 0 || connect(target.sock, found->ai_addr, found->ai_addrlen) ||
	    setsockopt(target.sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		fail(address);
	freeaddrinfo(found);
	return target;
}

/* ICMP's; that of ICMPv6 is the kernel's to write. */
static uint16_t checksum(const struct echo *echo)
{
	uint16_t words[sizeof(*echo) / sizeof(uint16_t)];
	uint32_t sum = 0;

	memcpy(words, echo, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sum += words[i];
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* True when what came is the reply to this echo. IPv4's comes with its header. */
static bool is_reply(const struct target *target, const uint8_t *packet, size_t length, const struct echo *echo)
{
	size_t skip = target->family == AF_INET && length ? (packet[0] & 15) * 4u : 0;
	struct echo reply;

	if (length != skip + sizeof(reply))
		return false;
	memcpy(&reply, packet + skip, sizeof(reply));
	return reply.type == (target->family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
	       reply.sequence == echo->sequence;
}

/* Microseconds to the reply; negative without one. */
static double echo_send(const struct target *target, uint16_t number)
{
	struct echo echo = {
		.type = target->family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.identifier = htons((uint16_t)getpid()),
		.sequence = htons(number),
	};
	uint8_t packet[256];
	double begun = now();
	ssize_t length;

	echo.checksum = target->family == AF_INET ? checksum(&echo) : 0;
	if (send(target->sock, &echo, sizeof(echo), 0) < 0)
		return -1;
	do {
		length = recv(target->sock, packet, sizeof(packet), 0);
		if (length < 0)
			return -1;
	} while (!is_reply(target, packet, (size_t)length, &echo));
	return now() - begun;
}

/* So that none always follows the same one. */
static void shuffle(size_t *order, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t other = (size_t)random() % (i + 1), one = order[i];

		order[i] = order[other];
		order[other] = one;
	}
}

static void slice_pass(const struct target *target, unsigned count, unsigned interval)
{
	static uint16_t number;

	printf("%s", target->address);
	for (unsigned i = 0; i < WARM + count; i++) {
		double time;

		usleep(interval);
		time = echo_send(target, number++);
		if (i >= WARM && time >= 0)
			printf(" %.2f", time);
	}
	putchar('\n');
}

int main(int argc, char *argv[])
{
	struct target targets[TARGETS_MAX];
	size_t order[TARGETS_MAX], count = argc > 4 ? (size_t)argc - 4 : 0;

	if (!count || count > TARGETS_MAX) {
		fprintf(stderr, "usage: echoes ROUNDS SLICE INTERVAL ADDRESS...\n");
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < count; i++) {
		targets[i] = target_open(argv[i + 4]);
		order[i] = i;
	}
	for (unsigned rounds = number_read(argv[1]); rounds > 0; rounds--) {
		shuffle(order, count);
		for (size_t i = 0; i < count; i++)
			slice_pass(&targets[order[i]], number_read(argv[2]), number_read(argv[3]));
	}
	return EXIT_SUCCESS;
}
