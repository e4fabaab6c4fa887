/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the translator says itself: echo replies, and ICMP errors about packets it does not translate. */
#ifndef NAT64_CORE_REPLY_H
#define NAT64_CORE_REPLY_H

#include "nat64/core/packet_context.h"

/* Answer a packet addressed to the translator itself; sets verdict and reason. */
void nat64_reply_own(struct nat64_packet_context *job);

/* Answer a packet that is dropped for a reason, when that reason and the packet allow it; sets verdict and reason. */
void nat64_reply_error(struct nat64_packet_context *job, enum nat64_reason reason);

#endif
