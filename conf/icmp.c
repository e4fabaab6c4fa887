/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * icmp-pool: IPv4 addresses for routers that have none (RFC 6791).
 *
 * An ICMPv6 error comes from any router, and in IPv4 it must come from somewhere. With a pool each router keeps an address
 * of its own, so that a traceroute tells them apart; without, all are the translator's own address. Nothing is answered at these
 * addresses: they are in no lease and in no map.
 */
#include "conf/check.h"

#include "conf/store.h"
#include "conf/lines.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"

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

static void refuse(const struct conf_settings *settings, const struct conf_prefix4 *pool, const char *keyword,
		   const struct conf_prefix4 *other, struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT], other_text[CONF_PREFIX_TEXT];

	conf_report_add_at(report, settings->file, conf_settings_line(settings, "icmp-pool"),
			   "icmp-pool %s overlaps %s %s: choose another range", conf_prefix4_print(pool, text), keyword,
			   conf_prefix4_print(other, other_text));
}

void conf_icmp_check(const struct conf_settings *settings, struct conf_report *report)
{
	for (size_t i = 0; i < settings->translation.icmp.pool_count; i++) {
		const struct conf_prefix4 *pool = &settings->translation.icmp.pool[i];

		if (settings->translation.has_dynamic_pool &&
		    conf_prefix4_overlaps(pool, &settings->translation.dynamic_pool))
			refuse(settings, pool, "dynamic-pool", &settings->translation.dynamic_pool, report);
		for (size_t m = 0; m < settings->translation.map_count; m++)
			if (conf_prefix4_overlaps(pool, &settings->translation.maps[m].v4))
				refuse(settings, pool, "map", &settings->translation.maps[m].v4, report);
	}
}
