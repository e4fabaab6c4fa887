/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DNS, translator and firewall read alike, so that they cannot differ: the prefixes, and what is reached by them. */
#ifndef CONF_COMMON_H
#define CONF_COMMON_H

#include "conf/entries_translation.h"
#include "conf/networks.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_common {
	struct conf_nat64_prefix *prefixes;
	size_t prefix_count;
	struct conf_twin twin; /* has_twin */
	bool has_twin;
	struct conf_twin6 twin6; /* has_twin6 */
	bool has_twin6;
	struct conf_networks allowed_destinations; /* no IPv4: every one that is not denied; IPv6: of what twin6 stands for */
	struct conf_networks denied_destinations;
	bool well_known_strict; /* no address that is not global inside 64:ff9b::/96 */
};

#endif
