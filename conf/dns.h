/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of names: of the module, and of the generated unbound.conf. */
#ifndef CONF_DNS_H
#define CONF_DNS_H

#include "conf/entries.h"
#include "conf/networks.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_policy;

struct conf_dns {
	struct conf_split_domain *split_domains;
	size_t split_domain_count;
	struct conf_upstream *upstreams;
	size_t upstream_count;
	struct conf_address *edge_addresses;
	size_t edge_address_count;
	unsigned edge_auto;           /* the line of an edge-address auto; 0: there is none */
	struct conf_policy *policies; /* conf/policy.h; at most one a split domain */
	size_t policy_count;
	bool query_log;
	struct conf_networks clients; /* who may ask */
	struct conf_dns64 dns64;
	struct conf_discovery *discoveries; /* what ipv4only.arpa is to some clients */
	size_t discovery_count;
	struct conf_resolver resolver;
};

#endif
