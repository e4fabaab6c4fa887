/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftables/names.h"

/* No length is a multiple of four: libnftnl writes the name of a reference without its NUL, which only the padding then brings. */
static const char *const counter_names[NFTABLES_COUNTERS] = {
	[NFTABLES_MASQUERADED] = "masqueraded",
	[NFTABLES_TWIN_MOVED] = "twin-moved",
	[NFTABLES_TWIN6_MOVED] = "twin6-moved",
	[NFTABLES_MARKS_CLEARED] = "marks-cleared",
	[NFTABLES_DROP_FORGED] = "drop-forged",
	[NFTABLES_DROP_ELSEWHERE] = "drop-not-by-overlay",
	[NFTABLES_DROP_LOOP] = "drop-loop",
	[NFTABLES_DROP_ENTRY] = "drop-entry",
	[NFTABLES_DROP_NOT_PREFIX] = "drop-not-prefix",
	[NFTABLES_DROP_SOURCE] = "drop-source",
	[NFTABLES_DROP_UNINVITED] = "drop-uninvited",
	[NFTABLES_DROP_UNTRACKED] = "drop-untracked",
	[NFTABLES_DROP_DENIED] = "drop-denied",
	[NFTABLES_DROP_STRAY] = "drop-stray",
	[NFTABLES_DROP_TARGET] = "drop-target",
	[NFTABLES_DROP_NOT_CLIENT] = "drop-not-client",
	[NFTABLES_DROP_EXIT] = "drop-exit",
	[NFTABLES_DROP_TO_RELAY] = "drop-to-relay",
	[NFTABLES_DROP_FROM_RELAY] = "drop-from-relay",
	[NFTABLES_DROP_MULTICAST] = "drop-multicast",
	[NFTABLES_DROP_PACKETS] = "drop-packet-limit",
	[NFTABLES_DROP_FRAGMENTS] = "drop-fragment-limit",
	[NFTABLES_DROP_CONNECTIONS] = "drop-connection-limit",
};

const char *nftables_counter_name(enum nftables_counter counter)
{
	return counter_names[counter];
}
