/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer to "counters": sums over the workers, and for each reason to drop a packet the last one. */
#include "nat64/daemon/answer.h"

#include "nat64/control/control.h"
#include "nat64/daemon/counters.h"
#include "nat64/daemon/drop_sample.h"
#include "nat64/daemon/fastpath.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_walk.h"
#include "nat64/daemon/state.h"
#include "nat64/daemon/worker.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <time.h>

static json_t *counter_json(const struct counter *counter)
{
	return json_pack("{s:o, s:o}", "packets", nat64d_answer_number(counter->packets), "bytes",
			 nat64d_answer_number(counter->bytes));
}

/* Every reason, also those that did not happen. */
static json_t *drops_json(const struct counters *counters)
{
	json_t *drops = json_object();

	for (size_t i = NAT64_REASON_NONE + 1; i < NAT64_REASON_COUNT; i++)
		json_object_set_new(drops, nat64_reason_name((enum nat64_reason)i),
				    nat64d_answer_number(counters->drops[i]));
	return drops;
}

static void add(uint64_t *sum, const uint64_t *counter)
{
	*sum += __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void add_both(struct counter *sum, const struct counter *counter)
{
	add(&sum->packets, &counter->packets);
	add(&sum->bytes, &counter->bytes);
}

/* Add what another thread counts to a sum. */
static void counters_add(struct counters *sum, const struct counters *counters)
{
	add_both(&sum->translated_6to4, &counters->translated_6to4);
	add_both(&sum->translated_4to6, &counters->translated_4to6);
	add_both(&sum->hairpin, &counters->hairpin);
	add(&sum->echo_replies, &counters->echo_replies);
	add(&sum->icmp_errors, &counters->icmp_errors);
	for (size_t i = 0; i < NAT64_REASON_COUNT; i++)
		add(&sum->drops[i], &counters->drops[i]);
	add(&sum->read_errors, &counters->read_errors);
	add(&sum->write_errors, &counters->write_errors);
}

static json_t *sums_json(const struct answer_source *source)
{
	struct fastpath_counts fast;
	struct counters sum = {0};

	fastpath_count(source->shared->fastpath, &fast);
	sum.translated_6to4 = fast.to4;
	sum.translated_4to6 = fast.to6;
	for (unsigned i = 0; i < source->worker_count; i++)
		counters_add(&sum, nat64d_worker_counters(source->workers[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "translated_6to4",
			 counter_json(&sum.translated_6to4), "translated_4to6", counter_json(&sum.translated_4to6),
			 "fast_path_6to4", counter_json(&fast.to4), "fast_path_4to6", counter_json(&fast.to6),
			 "fast_path_errors", nat64d_answer_number(fast.failures), "hairpin", counter_json(&sum.hairpin),
			 "echo_replies", nat64d_answer_number(sum.echo_replies), "icmp_errors",
			 nat64d_answer_number(sum.icmp_errors), "drops", drops_json(&sum), "read_errors",
			 nat64d_answer_number(sum.read_errors), "write_errors", nat64d_answer_number(sum.write_errors));
}

/* The latest example of all workers. */
static bool example_latest(const struct answer_source *source, enum nat64_reason reason, struct example_packet *latest)
{
	struct example_packet packet;
	bool found = false;

	for (unsigned i = 0; i < source->worker_count; i++) {
		if (!nat64d_drop_sample_read(nat64d_worker_drop_sample(source->workers[i], reason), &packet))
			continue;
		if (!found || packet.time > latest->time)
			*latest = packet;
		found = true;
	}
	return found;
}

static json_t *packet_json(const struct example_packet *packet, struct leasefile_clock clock)
{
	time_t when = (time_t)(clock.wall - (clock.steady - packet->time));
	char time[32], address[INET6_ADDRSTRLEN];
	struct tm utc;
	json_t *json;

	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &utc));
	json = json_pack("{s:s, s:o}", "time", time, "octets", nat64d_answer_number(packet->octets));
	if (!packet->family)
		return json;
	inet_ntop(packet->family, &packet->source, address, sizeof(address));
	json_object_set_new(json, "source", json_string(address));
	inet_ntop(packet->family, &packet->destination, address, sizeof(address));
	json_object_set_new(json, "destination", json_string(address));
	json_object_set_new(json, "protocol", json_integer(packet->protocol));
	return json;
}

static json_t *examples_json(const struct answer_source *source)
{
	struct leasefile_clock clock = nat64_leasefile_clock_read();
	json_t *examples = json_object();
	struct example_packet packet;

	for (size_t i = NAT64_REASON_NONE + 1; i < NAT64_REASON_COUNT; i++)
		if (example_latest(source, (enum nat64_reason)i, &packet))
			json_object_set_new(examples, nat64_reason_name((enum nat64_reason)i), packet_json(&packet, clock));
	return examples;
}

json_t *nat64d_answer_counters(const struct answer_source *source, const json_t *question)
{
	struct leases *pool = (*source->state)->leases;
	struct nat64_leases_summary leases = {0};

	(void)question;
	if (pool)
		nat64_leases_summarize(pool, &leases);
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", NAT64_CONTROL_VERSION, "counters",
			 sums_json(source), "examples", examples_json(source), "leases",
			 nat64d_answer_number(leases.held), "leases_usable", nat64d_answer_number(leases.usable),
			 "leases_assigned", nat64d_answer_number(leases.assigned), "leases_reassigned",
			 nat64d_answer_number(leases.reassigned), "leases_refused_full",
			 nat64d_answer_number(leases.refused_full), "leases_refused_site",
			 nat64d_answer_number(leases.refused_network));
}
