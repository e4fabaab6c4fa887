/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small packet, whole with its checksums. */
#ifndef RELAY_CONFLICT_PACKET_H
#define RELAY_CONFLICT_PACKET_H

#include "conf/entries.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay_packet {
	struct conf_address source, destination; /* of one family */
	uint8_t protocol; /* IPPROTO_TCP: a SYN, or an ACK when it answers; IPPROTO_UDP, IPPROTO_ICMPV6 and IPPROTO_ICMP (an echo request): the mark as data */
	uint16_t source_port, destination_port; /* host order; of an echo request the first is its identifier */
	bool answers;
	const uint8_t *mark; /* NFTABLES_TRACE_MARK octets; see nftables/trace.h */
};

enum { RELAY_PACKET_ROOM = 64 };

/* Write it. Returns its length. */
size_t relay_packet_build(uint8_t buffer[RELAY_PACKET_ROOM], const struct relay_packet *packet);

#endif
