/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tailscaled tells check of this node and its tailnet. */
#ifndef RELAY_CHECK_TAILNET_EVIDENCE_H
#define RELAY_CHECK_TAILNET_EVIDENCE_H

#include "conf/address.h"
#include "relay/check/dns_evidence.h"
#include "tailscale/netmap.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { EVIDENCE_ZONES = 32 };

/* What an address that split DNS names said to a question for the name: nothing, something else, an address in a prefix of ours. */
enum relay_other_resolver { RELAY_OTHER_UNASKED, RELAY_OTHER_SILENT, RELAY_OTHER_NO_RELAY, RELAY_OTHER_RELAY };

/* A domain or reverse zone that split DNS should hand to this relay, and to whom it does. */
struct relay_zone_evidence {
	char name[CONF_REVERSE_TEXT > 256 ? CONF_REVERSE_TEXT : 256];
	bool reverse;
	const struct tailscale_zone *zone;                /* NULL: nobody */
	enum relay_other_resolver others[EVIDENCE_EDGES]; /* of each resolver that is none of our edge addresses */
};

struct relay_tailnet_evidence {
	bool used; /* advertise-prefix none is false */
	bool has_status, up, has_prefs, has_netmap;
	char trouble[300]; /* why there is no status, or it is not up */
	struct tailscale_status status;
	struct tailscale_prefs prefs;
	struct tailscale_netmap netmap;
	bool headscale;
	struct relay_zone_evidence zones[EVIDENCE_ZONES];
	size_t zone_count;
	time_t now;
};

#endif
