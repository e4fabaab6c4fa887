/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each hop says of itself, when no finding says more. */
#ifndef RELAY_TRACE_HOPS_H
#define RELAY_TRACE_HOPS_H

#include "relay/trace/hop.h"

struct relay_trace;

typedef void relay_hop_describer(struct relay_trace *trace, struct relay_hop *hop);

relay_hop_describer relay_hop_magic_dns; /* after the gathering */
relay_hop_describer relay_hop_resolver;
relay_hop_describer relay_hop_upstream;
relay_hop_describer relay_hop_address;
relay_hop_describer relay_hop_route;
relay_hop_describer relay_hop_guard; /* after the packet */
relay_hop_describer relay_hop_lease;
relay_hop_describer relay_hop_translation;
relay_hop_describer relay_hop_masquerade;
relay_hop_describer relay_hop_target;
relay_hop_describer relay_hop_back;

/* Has the packet been seen behind the hop? Then no finding stops it there, such as a translator that does not answer beside its fast path. */
bool relay_hop_is_past(const struct relay_trace *trace, enum relay_hop_id id);

#endif
