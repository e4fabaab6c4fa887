/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may talk to whom: martians, the allow and deny lists, and the translated addresses of both endpoints. */
#ifndef NAT64_CORE_POLICY_H
#define NAT64_CORE_POLICY_H

#include "nat64/core/packet_context.h"

/* Fill in the endpoints of an IPv6 packet, the IPv4 source excepted when it needs a lease: nat64_policy_lease.
 * NAT64_REASON_OWN_ECHO stands for "addressed to the translator". */
enum nat64_reason nat64_policy_endpoints_of_ipv6(struct nat64_packet_context *job);
/* The IPv4 source, if it is still missing; may make a lease. */
enum nat64_reason nat64_policy_lease(struct nat64_packet_context *job);
/* Fill in the endpoints of an IPv4 packet. */
enum nat64_reason nat64_policy_endpoints_of_ipv4(struct nat64_packet_context *job);
/* The endpoints of a packet quoted in an ICMP error, whose outer endpoints the context has. False when it cannot be ours. */
bool nat64_policy_endpoints_of_quote(const struct nat64_packet_context *job, const struct nat64_packet *quote,
				     struct nat64_endpoints *endpoints);

#endif
