/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of relay_discover(), and what they share. */
#ifndef RELAY_SETUP_DISCOVER_PARTS_H
#define RELAY_SETUP_DISCOVER_PARTS_H

#include <stdbool.h>

struct conf_report;
struct relay_discovery;
struct relay_init_options;

/* Print what was found, and where it is from. */
void relay_found_print(const char *what, const char *value, const char *why);

/* Keep a text as long as the discovery: the copy, NULL without memory. */
const char *relay_found_keep(struct relay_discovery *found, const char *text);

/* A tailnet without IPv4: tailscaled gives this node an IPv6 address alone. */
bool relay_discovery_is_ip6_alone(const struct relay_init_options *options, const struct relay_discovery *found);

/* Prefix, pool, twin and twin6, once the addresses are known. What is wrong is in the report. */
void relay_discover_prefixes(const struct relay_init_options *options, struct relay_discovery *found,
			     struct conf_report *report);

/* Is the name server in the network of the site, so that the guard keeps the queries to the LAN? True without a site. */
bool relay_discovery_reaches(const struct relay_init_options *options, const char *upstream);

/* The site, where --site names one. What is missing or wrong is in the report. */
void relay_discover_site(const struct relay_init_options *options, struct relay_discovery *found,
			 struct conf_report *report);

#endif
