/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rows of the directive table name: how a line is stored, what its default follows from, and what of it is freed. */
#ifndef CONF_STORE_H
#define CONF_STORE_H

#include <stdbool.h>
#include <stddef.h>

struct conf_directive;
struct conf_line;
struct conf_map;
struct conf_prefix;
struct conf_prefix4;
struct conf_prefix6;
struct conf_report;
struct conf_settings;

/* Refuse the line that is being stored: the message stands behind file and line. -1. */
#define CONF_REFUSE(...) conf_report_add_at(report, line->file, line->number, __VA_ARGS__)

/* Parse a word of the line as a prefix without host bits. 0, or -1 with a message that quotes it. */
int conf_line_prefix4(const char *word, struct conf_prefix4 *prefix, const struct conf_line *line,
		      struct conf_report *report);
int conf_line_prefix(const char *word, struct conf_prefix *prefix, const struct conf_line *line,
		     struct conf_report *report);
int conf_line_prefix6(const char *word, struct conf_prefix6 *prefix, const struct conf_line *line,
		      struct conf_report *report);

/* Append a copy of the entry to a list. 0, or -1 with a message. */
int conf_line_append(void *list, size_t *count, const void *entry, size_t size, const struct conf_line *line,
		     struct conf_report *report);

/* The same of the prefix that the word is. */
int conf_line_append_prefix6(struct conf_prefix6 **list, size_t *count, const char *word, const struct conf_line *line,
			     struct conf_report *report);

/* One function a kind of value: it parses the words of a line into the settings. 0, or -1 with a message. */
typedef int conf_store(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report);

/* Values at directive->offset. */
conf_store conf_store_boolean, conf_store_number, conf_store_interface, conf_store_path, conf_store_user;
conf_store conf_store_address4, conf_store_address6;

/* Values with a list or a meaning of their own. */
conf_store conf_store_networks, conf_store_prefix, conf_store_dynamic_pool, conf_store_map, conf_store_udp_checksum,
	conf_store_fast_path, conf_store_advertise_prefix, conf_store_client_limit, conf_store_icmp_pool,
	conf_store_probe, conf_store_twin_prefix, conf_store_twin6_prefix;
conf_store conf_store_split_domain, conf_store_edge_address, conf_store_upstream_dns, conf_store_dns64,
	conf_store_dns64_exclude, conf_store_ipv4only_arpa, conf_store_http_listen, conf_store_http_admin;
conf_store conf_store_a_policy, conf_store_aaaa_policy, conf_store_type_policy, conf_store_native_aaaa,
	conf_store_dnssec_policy, conf_store_name_labels, conf_store_prefix_choice;

/* What a tayga.conf brings along: the device's own state, the log, and one that means nothing any more. */
conf_store conf_store_tun_ip, conf_store_tun_route, conf_store_log, conf_store_map_file, conf_store_strict_frag_hdr;

/* Defaults that follow from what the file says. Each returns false when there is no memory. */
typedef bool conf_complete(struct conf_settings *settings);

conf_complete conf_complete_upstreams, conf_complete_dns_clients, conf_complete_dns64_exclude;
conf_complete conf_complete_client_prefix_length, conf_complete_client_quota, conf_complete_udp_checksum;
conf_complete conf_complete_allow_source, conf_complete_allow_destination, conf_complete_deny_destination,
	conf_complete_advertise_prefix;
/* The limits of a relay. A plain translator has none, as TAYGA has none. */
conf_complete conf_complete_client_limit, conf_complete_dns_rate_limit;

typedef void conf_clear(const struct conf_directive *directive, struct conf_settings *settings);

/* The allocated pointer at directive->offset; then lists whose entries own something, and directives with two lists. */
conf_clear conf_clear_pointer, conf_clear_networks;
conf_clear conf_clear_split_domains, conf_clear_upstreams, conf_clear_policies, conf_clear_discoveries;
conf_clear conf_clear_prefixes, conf_clear_probes, conf_clear_http_admins;

/* "map V4[/L] V6[/L]" of a settings' file or a map-file: words[1] and words[2]. Bits beyond a length are cut off with a notice. 0, or -1
 * with a message in the report. */
int conf_map_parse(struct conf_map *map, const struct conf_line *line, struct conf_report *notices,
		   struct conf_report *report);

#endif
