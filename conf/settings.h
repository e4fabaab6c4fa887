/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of one relay: what relay.conf says, completed by the defaults. Read-only once read. */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "conf/address.h"
#include "conf/entries.h"
#include "conf/report.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_policy;

struct conf_settings {
	char *file; /* the path that was read, for messages */

	/* domain names */
	struct conf_split_domain *split_domains;
	size_t split_domain_count;
	struct conf_upstream *upstreams;
	size_t upstream_count;
	struct conf_address *edge_addresses;
	size_t edge_address_count;
	unsigned edge_auto;          /* the line of an edge-address auto; 0: there is none */
	struct conf_tailnet tailnet; /* what auto stands for: see conf/tailnet.h */
	struct conf_policy *policies; /* conf/policy.h; at most one a split domain */
	size_t policy_count;
	bool query_log;
	struct conf_prefix4 *dns_clients4; /* who may ask */
	size_t dns_client4_count;
	struct conf_prefix6 *dns_clients6;
	size_t dns_client6_count;
	struct conf_dns64 dns64;
	struct conf_discovery *discoveries; /* what ipv4only.arpa is to some clients */
	size_t discovery_count;
	struct conf_resolver resolver;

	/* translation */
	struct conf_nat64_prefix *prefixes;
	size_t prefix_count;
	struct conf_prefix4 dynamic_pool; /* has_dynamic_pool */
	struct conf_quota quota;          /* of the pool */
	struct conf_limits limits;        /* of each client */
	struct in_addr ipv4_address;      /* the translator's own, the source of its ICMPv4 errors */
	struct in6_addr ipv6_address;     /* the translator's own, the source of its ICMPv6 errors */
	struct in_addr device_address;    /* the kernel's own on the device; zero: it has none */
	struct conf_map *maps;
	size_t map_count;
	char *map_file; /* maps hold its entries as well; NULL: there is none */
	struct conf_prefix6 *allowed_sources; /* none: every source */
	size_t allowed_source_count;
	struct conf_prefix4 *allowed_sources4; /* who uses the twin prefix; none: every source */
	size_t allowed_source4_count;
	struct conf_prefix4 *allowed_destinations; /* none: every destination that is not denied */
	size_t allowed_destination_count;
	struct conf_prefix4 *denied_destinations;
	size_t denied_destination_count;
	char *tun_device;
	struct conf_tun tun;
	unsigned log; /* enum conf_log, or-ed */
	struct conf_icmp icmp;
	enum conf_udp_checksum udp_checksum;
	unsigned offlink_mtu; /* octets of IPv6; IPv4 packets without DF are fragmented to fit it */
	unsigned workers;     /* queues, a thread each; 0: one a processor */
	struct conf_twin twin; /* has_twin */
	bool well_known_strict;
	bool has_dynamic_pool;
	bool has_twin;

	/* the node */
	char *overlay_interface;
	struct conf_prefix *advertised; /* completed from prefixes and twin, unless advertise-prefix says otherwise */
	size_t advertised_count;
	bool advertise_none;
	char *tailscale_socket;
	char *user;
	char *data_dir;
	char *runtime_dir;
	char *unbound_include_dir;
	char *unbound_program;
	char *unbound_module;
	char *translator_program;

	struct conf_report notices; /* what is not wrong, and yet to be said */
	unsigned *lines; /* for each directive of the table the line it first stood on, 0 when it did not */
};

/* True when the file holds a split domain: then this is a relay, closed by default, and not TAYGA's open translator. */
bool conf_settings_is_relay(const struct conf_settings *settings);

/*
 * True when Unbound loads our module: for the names of split domains, and in a gateway for the TTLs of what dns64 makes. A gateway without split
 * domains does without the module where unbound-program names another Unbound than ours, unless unbound-module names the one built for it.
 */
bool conf_settings_loads_module(const struct conf_settings *settings);

/*
 * True when the translator asks where an ICMPv6 error comes from (nat64/core/sender.c): in a relay, and in a gateway with allow-source. False elsewhere,
 * as in TAYGA's open translator, and without an ipv6-addr, which the guard puts into the errors of this machine's kernel.
 */
bool conf_settings_vets_errors(const struct conf_settings *settings);

/*
 * Read a file, complete it with the defaults and check it. NULL when anything is wrong: the report says all of it. What "auto" stands for
 * is not known then, which is nothing wrong: conf/tailnet.h.
 */
struct conf_settings *conf_settings_read(const char *path, struct conf_report *report);

/* The same where it is known what auto stands for. */
struct conf_settings *conf_settings_read_as(const char *path, const struct conf_tailnet *tailnet, struct conf_report *report);

/* The same from memory; name stands for the path in messages. */
struct conf_settings *conf_settings_parse(const char *name, const char *text, size_t length, struct conf_report *report);

/* The line on which the file first has the directive; 0 when it has not. */
unsigned conf_settings_line(const struct conf_settings *settings, const char *keyword);

/* True when the file itself has the directive. */
bool conf_settings_has(const struct conf_settings *settings, const char *keyword);

/* Is an address the pool's, although a map contains it as well? The longer prefix counts, and that of the pool may be the longer one. */
bool conf_settings_pool_precedes(const struct conf_settings *settings, const struct conf_map *map, struct in_addr address);

/* Is the split domain its own real suffix (same-name relaying)? */
bool conf_split_domain_is_same(const struct conf_split_domain *domain);

/* The first prefix that serves a split domain; NULL when there is none. */
const struct conf_prefix6 *conf_settings_prefix_of(const struct conf_settings *settings, const char *split);

/* Is the prefix of that index one of those a split domain is answered in? Those tied to it are, or else all tied to none. */
bool conf_settings_prefix_serves(const struct conf_settings *settings, size_t index, const char *split);

void conf_settings_free(struct conf_settings *settings);

#endif
