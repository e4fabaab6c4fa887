/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relay/show/status_traffic.h"

#include "conf/json.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"
#include "relay/host/clock.h"

#include <poll.h>

enum { INTERVAL_MS = 500, RECENT_S = 60 };

static json_int_t bytes_of(const json_t *reply, const char *direction)
{
	return conf_json_number(json_object_get(json_object_get(reply, "counters"), direction), "bytes");
}

struct relay_traffic relay_traffic_read(const struct conf_settings *settings)
{
	struct relay_traffic traffic = {.time = 0};
	json_auto_t *reply = NULL;

	if (nat64_control_ask(settings->node.runtime_dir, "counters", &reply, CONF_REPORT_DISCARD) == 0)
		traffic = (struct relay_traffic){relay_clock_ms(), bytes_of(reply, "translated_6to4"),
						 bytes_of(reply, "translated_4to6")};
	return traffic;
}

static void client_count(void *context, const json_t *client)
{
	json_int_t *count = context;

	*count += conf_json_number(client, "idle") <= RECENT_S;
}

json_t *relay_traffic_gather(const struct conf_settings *settings, const struct relay_traffic *first)
{
	uint64_t now = relay_clock_ms(), due = first->time + INTERVAL_MS;
	struct relay_traffic last;
	json_int_t clients = 0;
	double seconds;

	if (first->time == 0)
		return json_null();
	if (now < due)
		poll(NULL, 0, (int)(due - now));
	last = relay_traffic_read(settings);
	if (last.time == 0)
		return json_null();
	nat64_control_walk_clients(settings->node.runtime_dir, client_count, &clients, CONF_REPORT_DISCARD);
	seconds = (double)(last.time - first->time) / 1000;
	return json_pack("{s:f, s:I, s:I, s:I}", "seconds", seconds, "out_bits_per_second",
			 (json_int_t)((double)(last.out - first->out) * 8 / seconds), "back_bits_per_second",
			 (json_int_t)((double)(last.back - first->back) * 8 / seconds), "clients", clients);
}
