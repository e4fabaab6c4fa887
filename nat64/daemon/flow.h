/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which queue a flow belongs to, the same for both of its directions. */
#ifndef NAT64_DAEMON_FLOW_H
#define NAT64_DAEMON_FLOW_H

#include <stddef.h>
#include <stdint.h>

/* The queue, 0 to count - 1, of the flow that an IPv4 packet of length octets belongs to; for anything else, other. Flows are
 * told apart by the ports of TCP and UDP; packets without, and fragments, have queue 0. */
unsigned nat64d_flow_queue(const uint8_t *packet, size_t length, unsigned count, unsigned other);

#endif
