/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The printed names of the reasons. */
#include "nat64/core/reason.h"

static const char *const names[NAT64_REASON_COUNT] = {
#define REASON(symbol, name) [NAT64_REASON_##symbol] = name,
	NAT64_REASONS(REASON)
#undef REASON
};

const char *nat64_reason_name(enum nat64_reason reason)
{
	return (unsigned)reason < NAT64_REASON_COUNT ? names[reason] : "unknown";
}
