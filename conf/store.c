/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One store function a kind of value, and one that frees it. */
#include "conf/store.h"

#include "conf/directive.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static void *member(struct conf_settings *settings, const struct conf_line *line)
{
	return (char *)settings + line->directive->offset;
}

/* Put a copy of the text in the place of what is there. */
static int store_text(char **place, const char *text, const struct conf_line *line, struct conf_report *report)
{
	char *copy = strdup(text);
	if (!copy)
		return CONF_REFUSE("out of memory");
	free(*place);
	*place = copy;
	return 0;
}

int conf_store_boolean(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	if (conf_boolean_parse(line->words[1], member(settings, line)) == 0)
		return 0;
	return CONF_REFUSE("\"%s\" is neither on nor off: %s takes on or off", line->words[1], line->directive->keyword);
}

int conf_store_number(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	unsigned *value = member(settings, line);
	unsigned minimum = line->directive->minimum, maximum = line->directive->maximum;

	if (conf_number_parse(line->words[1], minimum, maximum, value) == 0)
		return 0;
	return CONF_REFUSE("\"%s\" is not a number from %u to %u, which %s takes", line->words[1], minimum, maximum,
			   line->directive->keyword);
}

int conf_store_interface(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	const char *name = line->words[1];
	if (strlen(name) >= IFNAMSIZ || strpbrk(name, "/:%\"") || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return CONF_REFUSE("\"%s\" is not an interface name: %s takes at most %d characters without / : %% \"",
				   name, line->directive->keyword, IFNAMSIZ - 1);
	return store_text(member(settings, line), name, line, report);
}

int conf_store_path(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	const char *path = line->words[1];
	if (path[0] != '/')
		return CONF_REFUSE("\"%s\" is not an absolute path: %s takes one that begins with /", path,
				   line->directive->keyword);
	for (const char *at = path; *at; at++)
		if (strchr("\"'\\", *at) || (unsigned char)*at < ' ' || *at == 0x7f) /* Unbound's quotation would end, or go on */
			return CONF_REFUSE("\"%s\" contains a quote, backslash or control character: %s takes a path "
					   "without these",
					   path, line->directive->keyword);
	return store_text(member(settings, line), path, line, report);
}

int conf_store_user(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	if (strpbrk(line->words[1], ":/\""))
		return CONF_REFUSE("\"%s\" is not a user name", line->words[1]);
	return store_text(member(settings, line), line->words[1], line, report);
}

/* An address that packets may carry once the line that is being read gives it to somebody. */
static bool is_usable4(struct in_addr address)
{
	return !conf_special_is_martian4(address) || conf_special_is_link_local4(address);
}

int conf_store_address4(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct in_addr *value = member(settings, line);
	if (inet_pton(AF_INET, line->words[1], value) != 1)
		return CONF_REFUSE("\"%s\" is not an IPv4 address, which %s takes", line->words[1],
				   line->directive->keyword);
	if (!is_usable4(*value))
		return CONF_REFUSE("\"%s\" is not a host address: %s takes a unicast address", line->words[1],
				   line->directive->keyword);
	return 0;
}

int conf_store_address6(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct in6_addr *value = member(settings, line);
	if (inet_pton(AF_INET6, line->words[1], value) != 1)
		return CONF_REFUSE("\"%s\" is not an IPv6 address, which %s takes", line->words[1],
				   line->directive->keyword);
	if (conf_special_is_martian6(value))
		return CONF_REFUSE("\"%s\" is not a host address: %s takes a unicast address", line->words[1],
				   line->directive->keyword);
	return 0;
}

/* The word is quoted as it stands, with the right one beside it. */
int conf_line_prefix4(const char *word, struct conf_prefix4 *prefix, const struct conf_line *line, struct conf_report *report)
{
	if (conf_prefix4_parse(word, prefix) < 0)
		return CONF_REFUSE("\"%s\" is not an IPv4 prefix: %s takes ADDRESS/LENGTH", word, line->words[0]);
	if (conf_prefix4_has_host_bits(prefix)) {
		char text[CONF_PREFIX_TEXT];
		conf_prefix4_clear_host_bits(prefix);
		return CONF_REFUSE("\"%s\" has bits set beyond its length: write %s", word,
				   conf_prefix4_print(prefix, text));
	}
	return 0;
}

int conf_line_prefix6(const char *word, struct conf_prefix6 *prefix, const struct conf_line *line, struct conf_report *report)
{
	if (conf_prefix6_parse(word, prefix) < 0)
		return CONF_REFUSE("\"%s\" is not an IPv6 prefix: %s takes ADDRESS/LENGTH", word, line->words[0]);
	if (conf_prefix6_has_host_bits(prefix)) {
		char text[CONF_PREFIX_TEXT];
		conf_prefix6_clear_host_bits(prefix);
		return CONF_REFUSE("\"%s\" has bits set beyond its length: write %s", word,
				   conf_prefix6_print(prefix, text));
	}
	return 0;
}

int conf_line_append(void *list, size_t *count, const void *entry, size_t size, const struct conf_line *line,
		     struct conf_report *report)
{
	return conf_list_add(list, count, entry, size) ? 0 : CONF_REFUSE("out of memory");
}

int conf_line_append_prefix6(struct conf_prefix6 **list, size_t *count, const char *word, const struct conf_line *line,
			     struct conf_report *report)
{
	struct conf_prefix6 prefix;

	if (conf_line_prefix6(word, &prefix, line, report) < 0)
		return -1;
	return conf_line_append(list, count, &prefix, sizeof(prefix), line, report);
}

int conf_line_prefix(const char *word, struct conf_prefix *prefix, const struct conf_line *line, struct conf_report *report)
{
	prefix->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	return prefix->family == AF_INET ? conf_line_prefix4(word, &prefix->v4, line, report) :
					   conf_line_prefix6(word, &prefix->v6, line, report);
}

int conf_store_networks(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_prefix prefix;

	if (conf_line_prefix(line->words[1], &prefix, line, report) < 0)
		return -1;
	return conf_networks_add(member(settings, line), &prefix) ? 0 : CONF_REFUSE("out of memory");
}

int conf_store_advertise_prefix(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_prefix prefix;
	if (strcasecmp(line->words[1], "none") == 0)
		return settings->node.advertise_none = true, 0;
	if (conf_line_prefix(line->words[1], &prefix, line, report) < 0)
		return -1;
	return conf_line_append(&settings->node.advertised, &settings->node.advertised_count, &prefix, sizeof(prefix),
				line, report);
}

int conf_store_prefix(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_prefix6 prefix;
	if (conf_line_prefix6(line->words[1], &prefix, line, report) < 0)
		return -1;
	if (!conf_rfc6052_length_is_valid(prefix.length))
		return CONF_REFUSE("\"%s\" has a length that RFC 6052 does not allow: a prefix is 32, 40, 48, 56, 64 or 96 "
				   "bits long",
				   line->words[1]);
	if (conf_special_is_martian6(&prefix.address))
		return CONF_REFUSE("\"%s\" is not a unicast prefix: choose one of fd00::/8 (RFC 4193) or of your own",
				   line->words[1]);

	struct conf_nat64_prefix *entry = conf_list_append(&settings->common.prefixes, &settings->common.prefix_count,
							   sizeof(*entry));
	if (!entry)
		return CONF_REFUSE("out of memory");
	entry->prefix = prefix;
	entry->line = line->number;
	for (size_t i = 2; i < line->count; i++) {
		char **domain = conf_list_append(&entry->domains, &entry->domain_count, sizeof(*domain));
		if (!domain)
			return CONF_REFUSE("out of memory");
		*domain = conf_domain_parse(line->words[i]);
		if (!*domain)
			return CONF_REFUSE("\"%s\" is not a domain%s: write prefix P/L SPLIT...", line->words[i],
					   conf_domain_advice(line->words[i]));
	}
	return 0;
}

int conf_store_dynamic_pool(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_prefix4 pool;
	if (conf_line_prefix4(line->words[1], &pool, line, report) < 0)
		return -1;
	if (!is_usable4(pool.address))
		return CONF_REFUSE("\"%s\" is not a unicast range: choose a private one, such as 192.168.240.0/20",
				   line->words[1]);
	if (pool.length < 8 || pool.length > 31)
		return CONF_REFUSE("\"%s\" has a length of %u: a pool is /8 to /31", line->words[1], pool.length);
	settings->translation.dynamic_pool = pool;
	settings->translation.has_dynamic_pool = true;
	return 0;
}

/*
 * Addresses for routers that have none (RFC 6791). An ICMPv6 error comes from any router, and in IPv4 it must come from somewhere. With a pool each router keeps
 * an address of its own, so that a traceroute tells them apart; without, all are the translator's own address. Nothing is answered at these addresses: they are
 * in no lease and in no map.
 */
int conf_store_icmp_pool(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_prefix4 prefix;

	if (conf_line_prefix4(line->words[1], &prefix, line, report) < 0)
		return -1;
	if (conf_special_is_martian4(prefix.address))
		return CONF_REFUSE("\"%s\" contains addresses that are not host addresses: choose a range of your own",
				   line->words[1]);
	return conf_line_append(&settings->translation.icmp.pool, &settings->translation.icmp.pool_count, &prefix,
				sizeof(prefix), line, report);
}

/* TAYGA takes bits beyond a length in a map. The network counts. */
static void map_clear_host_bits(struct conf_map *map, const struct conf_line *line, struct conf_report *notices)
{
	char text[CONF_PREFIX_TEXT];

	if (conf_prefix4_has_host_bits(&map->v4)) {
		conf_prefix4_clear_host_bits(&map->v4);
		conf_report_add_at(notices, line->file, line->number, "\"%s\" has bits set beyond its length: %s is used",
				   line->words[1], conf_prefix4_print(&map->v4, text));
	}
	if (conf_prefix6_has_host_bits(&map->v6)) {
		conf_prefix6_clear_host_bits(&map->v6);
		conf_report_add_at(notices, line->file, line->number, "\"%s\" has bits set beyond its length: %s is used",
				   line->words[2], conf_prefix6_print(&map->v6, text));
	}
}

int conf_map_parse(struct conf_map *map, const struct conf_line *line, struct conf_report *notices,
		   struct conf_report *report)
{
	if (conf_prefix4_parse(line->words[1], &map->v4) < 0)
		return CONF_REFUSE("\"%s\" is not an IPv4 prefix: %s takes ADDRESS/LENGTH", line->words[1], line->words[0]);
	if (conf_prefix6_parse(line->words[2], &map->v6) < 0)
		return CONF_REFUSE("\"%s\" is not an IPv6 prefix: %s takes ADDRESS/LENGTH", line->words[2], line->words[0]);
	map_clear_host_bits(map, line, notices);
	if (!is_usable4(map->v4.address) || conf_special_is_martian6(&map->v6.address))
		return CONF_REFUSE("\"%s\" is not a unicast address",
				   is_usable4(map->v4.address) ? line->words[2] : line->words[1]);
	if (32 - map->v4.length > 128 - map->v6.length) /* RFC 7757 section 3.2: the IPv6 suffix is the longer one */
		return CONF_REFUSE("\"%s\" has no room for \"%s\": %u IPv4 bits need an IPv6 prefix of /%u or shorter",
				   line->words[2], line->words[1], 32 - map->v4.length, 96 + map->v4.length);
	return 0;
}

int conf_store_map(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_map map = {.line = line->number};
	if (conf_map_parse(&map, line, &settings->notices, report) < 0)
		return -1;
	return conf_line_append(&settings->translation.maps, &settings->translation.map_count, &map, sizeof(map), line,
				report);
}

/* As TAYGA: the beginning of the word tells, in any case, so that calc, calculate and calculated are one. */
int conf_store_fast_path(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	const char *word = line->words[1];

	if (strcasecmp(word, "auto") != 0 && strcasecmp(word, "off") != 0)
		return CONF_REFUSE("\"%s\" is neither auto nor off: %s takes auto or off", word, line->directive->keyword);
	settings->translation.fast_path = strcasecmp(word, "auto") == 0;
	return 0;
}

int conf_store_udp_checksum(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	static const struct {
		const char *begin;
		enum conf_udp_checksum mode;
	} modes[] = {
		{"dr", CONF_UDP_CHECKSUM_DROP},
		{"calc", CONF_UDP_CHECKSUM_CALCULATE},
		{"fwd", CONF_UDP_CHECKSUM_FORWARD},
		{"forw", CONF_UDP_CHECKSUM_FORWARD},
	};
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strncasecmp(line->words[1], modes[i].begin, strlen(modes[i].begin)) == 0)
			return settings->translation.udp_checksum = modes[i].mode, 0;
	}
	return CONF_REFUSE("\"%s\" is not a policy: %s takes drop, calc or fwd", line->words[1], line->directive->keyword);
}

/* What is freed of a directive, a function a kind. */
void conf_clear_pointer(const struct conf_directive *directive, struct conf_settings *settings)
{
	free(*(void **)((char *)settings + directive->offset));
}

void conf_clear_networks(const struct conf_directive *directive, struct conf_settings *settings)
{
	conf_networks_clear((struct conf_networks *)(void *)((char *)settings + directive->offset));
}

void conf_clear_split_domains(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		free(settings->dns.split_domains[i].split);
		free(settings->dns.split_domains[i].real);
	}
	free(settings->dns.split_domains);
}

void conf_clear_upstreams(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.upstream_count; i++) {
		free(settings->dns.upstreams[i].zone);
		free(settings->dns.upstreams[i].server);
	}
	free(settings->dns.upstreams);
}

void conf_clear_discoveries(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.discovery_count; i++)
		free(settings->dns.discoveries[i].prefixes);
	free(settings->dns.discoveries);
}

void conf_clear_prefixes(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		for (size_t d = 0; d < settings->common.prefixes[i].domain_count; d++)
			free(settings->common.prefixes[i].domains[d]);
		free(settings->common.prefixes[i].domains);
	}
	free(settings->common.prefixes);
}
