/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directives that a tayga.conf brings along. */
#include "conf/check.h"

#include "conf/store.h"
#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <string.h>
#include <strings.h>

int conf_store_tun_ip(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_prefix network;

	if (conf_prefix_parse(line->words[1], &network) < 0)
		return CONF_REFUSE("\"%s\" is not an address: %s takes ADDRESS or ADDRESS/LENGTH", line->words[1],
				   line->directive->keyword);
	return conf_line_append(&settings->translation.tun.addresses, &settings->translation.tun.address_count,
				&network, sizeof(network), line, report);
}

int conf_store_tun_route(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_prefix network;

	if (conf_prefix_parse(line->words[1], &network) < 0)
		return CONF_REFUSE("\"%s\" is not a prefix: %s takes ADDRESS/LENGTH", line->words[1],
				   line->directive->keyword);
	if (conf_prefix_has_host_bits(&network))
		return CONF_REFUSE("\"%s\" has bits set beyond its length: the kernel does not accept such a route",
				   line->words[1]);
	return conf_line_append(&settings->translation.tun.routes, &settings->translation.tun.route_count, &network,
				sizeof(network), line, report);
}

int conf_store_log(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	static const char *const words[] = CONF_LOG_WORDS;

	for (size_t i = 1; i < line->count; i++) {
		size_t at = 0;

		while (at < CONF_LOG_COUNT && strcasecmp(line->words[i], words[at]) != 0)
			at++;
		if (at == CONF_LOG_COUNT)
			return CONF_REFUSE("\"%s\" cannot be logged: %s takes drop, reject, icmp, self and dyn",
					   line->words[i], line->directive->keyword);
		settings->translation.log |= 1u << at;
	}
	return 0;
}

/* The path, or its place in data-dir: that may stand on a later line, so conf/mapfile.c puts them together. */
int conf_store_map_file(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	if (strchr(line->words[1], '"'))
		return CONF_REFUSE("\"%s\" is not a path", line->words[1]);
	settings->translation.map_file = strdup(line->words[1]);
	return settings->translation.map_file ? 0 : CONF_REFUSE("out of memory");
}

int conf_store_strict_frag_hdr(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	bool ignored;

	if (conf_boolean_parse(line->words[1], &ignored) < 0)
		return CONF_REFUSE("\"%s\" is neither on nor off: %s takes on or off, and does nothing", line->words[1],
				   line->directive->keyword);
	conf_report_add_at(&settings->notices, line->file, line->number,
			   "%s does nothing: fragment headers follow RFC 7915; remove the line", line->directive->keyword);
	return 0;
}

/* The kernel keeps what is sent to an address of its own: the translator would never see it. */
void conf_tayga_check(struct conf_settings *settings)
{
	char pool[CONF_PREFIX_TEXT];

	if (settings->translation.has_dynamic_pool && !conf_own_leaves_some(settings))
		conf_report_add_at(&settings->notices, settings->file, conf_settings_line(settings, "dynamic-pool"),
				   "the pool %s has no address to lease: only addresses of a map are translated",
				   conf_prefix4_print(&settings->translation.dynamic_pool, pool));
	for (size_t i = 0; i < settings->translation.tun.address_count; i++) {
		const struct conf_prefix *network = &settings->translation.tun.addresses[i];
		bool v4 = network->family == AF_INET &&
			  network->v4.address.s_addr == settings->translation.ipv4_address.s_addr;
		bool v6 = network->family == AF_INET6 &&
			  IN6_ARE_ADDR_EQUAL(&network->v6.address, &settings->translation.ipv6_address);

		if (v4 || v6)
			conf_report_add_at(&settings->notices, settings->file, conf_settings_line(settings, "tun-ip"),
					   "tun-ip is the translator's own %s: the kernel would answer instead of the translator; "
					   "give the device another address",
					   v4 ? "ipv4-addr" : "ipv6-addr");
	}
}
