/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbound's own statistics. Its cache answers before any module is asked, so Unbound alone knows how many questions came. */
#include "unbound/stats.h"

#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "unbound/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct unboundconf_stat unboundconf_stats[] = {
	{"total.num.queries", "asked", false, "Queries of clients."},
	{"total.num.cachehits", "from_cache", false, "Queries answered from the cache."},
	{"total.num.cachemiss", "not_in_cache", false, "Queries that the modules worked on."},
	{"total.num.prefetch", "prefetched", false, "Answers renewed before they expired."},
	{"total.num.expired", "expired", false,
	 "Queries answered with an expired answer, or with an error because no upstream has answered yet."},
	{"total.num.queries_ip_ratelimited", "rate_limited", false, "Queries above the rate limit."},
	{"unwanted.queries", "refused", false, "Queries of other hosts, refused or dropped."},
	{"num.answer.rcode.SERVFAIL", "failed", false, "Queries answered with SERVFAIL."},
	{"num.answer.rcode.NXDOMAIN", "nxdomain", false, "Queries answered with NXDOMAIN."},
	{"num.answer.rcode.nodata", "nodata", false, "Queries answered with no data."},
	{"num.query.tcp", "over_tcp", false, "Queries that came over TCP."},
	{"total.requestlist.exceeded", "dropped", false, "Queries dropped because too many were waiting."},
	{"total.requestlist.current.user", "waiting", true, "Queries of clients that wait for an answer."},
	{"msg.cache.count", "cached_answers", true, "Answers in the cache."},
	{"mem.cache.message", "answer_cache_bytes", true, "Memory of the cache of answers."},
	{"mem.cache.rrset", "record_cache_bytes", true, "Memory of the cache of records."},
	{"time.up", "uptime_seconds", true, "Time since Unbound started."},
};
const size_t unboundconf_stat_count = sizeof(unboundconf_stats) / sizeof(unboundconf_stats[0]);

static const struct unboundconf_stat *stat_find(const char *key)
{
	for (size_t i = 0; i < unboundconf_stat_count; i++)
		if (strcmp(unboundconf_stats[i].key, key) == 0)
			return &unboundconf_stats[i];
	return NULL;
}

/* One line; false when it is none of ours. Fractions of a second are left out. */
static bool line_parse(json_t *object, char *line)
{
	char *value = strchr(line, '='), *end;
	const struct unboundconf_stat *stat;
	long long number;

	if (!value)
		return false;
	*value++ = '\0';
	stat = stat_find(line);
	errno = 0;
	number = strtoll(value, &end, 10);
	if (!stat || end == value || (*end != '\0' && *end != '.') || errno != 0 || number < 0)
		return false;
	json_object_set_new(object, stat->member, json_integer(number));
	return true;
}

json_t *unboundconf_stats_parse(char *text)
{
	json_t *object = json_object();
	bool any = false;
	char *next;

	for (size_t i = 0; i < unboundconf_stat_count; i++)
		json_object_set_new(object, unboundconf_stats[i].member, json_integer(0));
	for (char *line = strtok_r(text, "\n", &next); line; line = strtok_r(NULL, "\n", &next))
		any |= line_parse(object, line);
	if (any)
		return object;
	json_decref(object);
	return NULL;
}

json_t *unboundconf_stats_ask(const struct conf_settings *settings, struct conf_report *report)
{
	char *text = unboundconf_control_ask(settings, "stats_noreset", report);
	json_t *object = text ? unboundconf_stats_parse(text) : NULL;

	if (text && !object)
		conf_report_add(report,
				"the server on %s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_UNBOUND_SOCKET
				" gives no statistics",
				settings->node.runtime_dir);
	free(text);
	return object;
}
