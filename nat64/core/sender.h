/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose ICMP errors are believed. */
#ifndef NAT64_CORE_SENDER_H
#define NAT64_CORE_SENDER_H

#include "nat64/core/packet_context.h"

/* Is the packet an ICMPv6 error of this machine's kernel? The guard gives those the translator's own IPv6 address. */
bool nat64_sender_is_relay(const struct nat64_packet_context *job);

/* May the source of an ICMP error, in job->endpoints, report on the packet that the error quotes? Both are of one IP version. */
bool nat64_sender_may_report(const struct nat64_packet_context *job, const struct nat64_packet *quote);

#endif
