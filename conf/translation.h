/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of the translator, and of who uses it. */
#ifndef CONF_TRANSLATION_H
#define CONF_TRANSLATION_H

#include "conf/entries_translation.h"
#include "conf/networks.h"

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

struct conf_translation {
	struct conf_prefix4 dynamic_pool; /* has_dynamic_pool */
	bool has_dynamic_pool;
	struct conf_quota quota;       /* of the pool */
	struct conf_limits limits;     /* of each client */
	struct in_addr ipv4_address;   /* the translator's own, the source of its ICMPv4 errors */
	struct in6_addr ipv6_address;  /* the translator's own, the source of its ICMPv6 errors */
	struct in_addr device_address; /* the kernel's own on the device; zero: it has none */
	struct conf_map *maps;
	size_t map_count;
	char *map_file;                       /* maps hold its entries as well; NULL: there is none */
	struct conf_networks allowed_sources; /* none: every source; IPv4: who uses the twin prefix */
	char *tun_device;
	struct conf_tun tun;
	unsigned log; /* enum conf_log, or-ed */
	struct conf_icmp icmp;
	enum conf_udp_checksum udp_checksum;
	unsigned offlink_mtu; /* octets of IPv6; IPv4 packets without DF are fragmented to fit it */
	bool fast_path;       /* plain packets may stay in the kernel */
	unsigned workers;     /* queues, a thread each; 0: one a processor */
};

#endif
