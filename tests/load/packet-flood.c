/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends very many packets that are made of a few, for the tests of what an attacker can do.
 *
 *     packet-flood RATE COUNT [OFFSET MODULUS CHECKSUM]... < PACKETS
 *
 * PACKETS are whole IPv6 packets, one a line in hexadecimal; they are sent in turns, COUNT in all, RATE a second (0: as fast as it goes).
 * Packet number n of each has (n modulo MODULUS) added to the 32-bit word at OFFSET, and the checksum at CHECKSUM follows (RFC 1624), unless
 * that is 0: so one line becomes a million destinations, sources, ports or identifications. Any source goes: the socket is a raw one.
 * Prints how many were sent, how many the kernel refused, and in how many seconds; when it is ended by SIGTERM too.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip6.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH         32
#define TEMPLATES_MAX 64
#define CHANGES_MAX   4
#define PACKET_MAX    1500

struct packet {
	size_t length;
	uint8_t octets[PACKET_MAX];
};

/* A word that counts. */
struct change {
	size_t offset, checksum;
	uint32_t modulus;
};

static struct packet templates[TEMPLATES_MAX];
static struct change changes[CHANGES_MAX];
static size_t template_count, change_count;
static volatile sig_atomic_t ended;

static void end_note(int number)
{
	(void)number;
	ended = 1;
}

static void fail(const char *what)
{
	fprintf(stderr, "packet-flood: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void templates_read(void)
{
	char line[2 * PACKET_MAX + 2];

	while (template_count < TEMPLATES_MAX && fgets(line, sizeof(line), stdin)) {
		struct packet *packet = &templates[template_count];
		unsigned octet;

		for (char *at = line; packet->length < PACKET_MAX && sscanf(at, "%2x", &octet) == 1; at += 2)
			packet->octets[packet->length++] = (uint8_t)octet;
		if (packet->length >= sizeof(struct ip6_hdr))
			template_count++;
	}
}

/* Add to a 32-bit word, and to the checksum what that changes. */
static void change_apply(struct packet *packet, const struct change *change, uint64_t number)
{
	uint16_t checksum;
	uint32_t before, after, sum;

	if (change->offset + sizeof(before) > packet->length || change->checksum + sizeof(checksum) > packet->length)
		return;
	memcpy(&before, packet->octets + change->offset, sizeof(before));
	after = htonl(ntohl(before) + (uint32_t)(number % change->modulus));
	memcpy(packet->octets + change->offset, &after, sizeof(after));
	if (!change->checksum)
		return;
	memcpy(&checksum, packet->octets + change->checksum, sizeof(checksum));
	sum = (uint16_t)~checksum;
	sum += (uint16_t)~before + (uint16_t) ~(before >> 16);
	sum += (uint16_t)after + (uint16_t)(after >> 16);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	checksum = (uint16_t)~sum;
	memcpy(packet->octets + change->checksum, &checksum, sizeof(checksum));
}

/* Fill a batch with packets from the number on, each with the destination its header names. */
static void batch_fill(struct mmsghdr *messages, size_t count, uint64_t number)
{
	static struct packet packets[BATCH];
	static struct iovec vectors[BATCH];
	static struct sockaddr_in6 peers[BATCH];

	for (size_t i = 0; i < count; i++, number++) {
		packets[i] = templates[number % template_count];
		for (size_t j = 0; j < change_count; j++)
			change_apply(&packets[i], &changes[j], number / template_count);
		peers[i] = (struct sockaddr_in6){.sin6_family = AF_INET6};
		memcpy(&peers[i].sin6_addr, packets[i].octets + offsetof(struct ip6_hdr, ip6_dst),
		       sizeof(peers[i].sin6_addr));
		vectors[i] = (struct iovec){packets[i].octets, packets[i].length};
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &peers[i], .msg_namelen = sizeof(peers[i]), .msg_iov = &vectors[i], .msg_iovlen = 1};
	}
}

/* Wait until the packet of that number is due. */
static void pace(double begun, double rate, uint64_t number)
{
	double early = rate > 0 ? begun + (double)number / rate - now() : 0;
	const struct timespec time = {(time_t)early, (long)((early - (double)(time_t)early) * 1e9)};

	if (early > 0)
		nanosleep(&time, NULL);
}

static void flood(int sock, double rate, uint64_t total)
{
	struct mmsghdr messages[BATCH];
	uint64_t sent = 0, refused = 0, number = 0;
	double begun = now();

	while (number < total && !ended) {
		size_t count = total - number < BATCH ? (size_t)(total - number) : BATCH;
		int done;

		pace(begun, rate, number);
		batch_fill(messages, count, number);
		done = sendmmsg(sock, messages, (unsigned)count, 0);
		sent += done > 0 ? (uint64_t)done : 0;
		refused += done < 0; /* the first of the batch; those behind it are tried again */
		number += done > 0 ? (uint64_t)done : 1;
	}
	printf("%llu %llu %.3f\n", (unsigned long long)sent, (unsigned long long)refused, now() - begun);
}

int main(int count, char **words)
{
	int sock = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);

	if (count < 3 || count % 3 || (count - 3) / 3 > CHANGES_MAX) {
		fputs("usage: packet-flood RATE COUNT [OFFSET MODULUS CHECKSUM]... < PACKETS\n", stderr);
		return 2;
	}
	if (sock < 0)
		fail("socket");
	signal(SIGTERM, end_note);
	for (int i = 3; i < count; i += 3)
		changes[change_count++] = (struct change){.offset = strtoul(words[i], NULL, 10),
							  .modulus = (uint32_t)strtoul(words[i + 1], NULL, 10),
							  .checksum = strtoul(words[i + 2], NULL, 10)};
	for (size_t i = 0; i < change_count; i++)
		if (changes[i].modulus == 0)
			changes[i].modulus = 1;
	templates_read();
	if (template_count == 0)
		fail("no packets");
	flood(sock, strtod(words[1], NULL), strtoull(words[2], NULL, 10));
	return EXIT_SUCCESS;
}
