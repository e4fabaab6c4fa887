/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that traces, as messages. */
#ifndef NFTABLES_TRACE_BUILD_H
#define NFTABLES_TRACE_BUILD_H

#include <stdint.h>

struct nftables_batch;

/* By these octets the kernel knows our packets: a TCP packet has them from octet 4 on, a UDP packet from octet 8. The last counts the packets. */
enum { NFTABLES_TRACE_MARK = 8, NFTABLES_TRACE_TCP = 4, NFTABLES_TRACE_UDP = 8 };

/* For packets that are all dropped at the end of their way. mark: NFTABLES_TRACE_MARK octets. */
void nftables_trace_build(const char *table, const uint8_t *mark, struct nftables_batch *batch);

/* For an ICMPv6 echo request, what it is translated to, and the replies: the ICMPv6 reply alone is dropped, at the end of its way. */
void nftables_journey4_build(const char *table, const uint8_t *mark, struct nftables_batch *batch);
void nftables_journey_build(const char *table, const uint8_t *mark, struct nftables_batch *batch);

#endif
