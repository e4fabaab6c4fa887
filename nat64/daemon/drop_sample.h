/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last packet that was dropped for a reason: kept by a worker, read by another thread. */
#ifndef NAT64_DAEMON_DROP_SAMPLE_H
#define NAT64_DAEMON_DROP_SAMPLE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXAMPLE_HEADER 40 /* octets of a packet that are kept: an IPv6 header */

/* Written by one thread alone; all zero is none. */
struct nat64d_drop_sample {
	uint32_t sequence; /* odd while it is being written */
	uint64_t words[2 + EXAMPLE_HEADER / 8];
};

/* What can be told of a packet without believing it. */
struct example_packet {
	int64_t time;     /* CLOCK_BOOTTIME, seconds */
	size_t octets;    /* as it came, a virtio header not counted */
	int family;       /* AF_INET, AF_INET6, or 0: not even an IP header, and nothing below is known */
	uint8_t protocol; /* the IPv4 protocol, or the first IPv6 next header */
	struct in6_addr source, destination; /* an IPv4 address in the first four octets */
};

/* header: EXAMPLE_HEADER octets, of which the first `octets` are the packet's when it is shorter. */
void nat64d_drop_sample_keep(struct nat64d_drop_sample *example, int64_t time, const uint8_t *header, size_t octets);

/* False: there is none, or it is written too often to be read. */
bool nat64d_drop_sample_read(const struct nat64d_drop_sample *example, struct example_packet *packet);

#endif
