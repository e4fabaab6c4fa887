/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/history.h"

#include "conf/json.h"

static struct http_sample sample_read(const json_t *snapshot)
{
	const json_t *status = json_object_get(snapshot, "status"), *translator = json_object_get(status, "translator");
	const json_t *counters = json_object_get(translator, "counters"),
		     *unbound = json_object_get(json_object_get(status, "dns"), "unbound");

	return (struct http_sample){
		.time = conf_json_number(snapshot, "written_ms"),
		.out = conf_json_number(json_object_get(counters, "translated_6to4"), "bytes"),
		.back = conf_json_number(json_object_get(counters, "translated_4to6"), "bytes"),
		.questions = conf_json_number(unbound, "asked"),
		.leases = conf_json_number(translator, "leases"),
	};
}

void http_history_add(struct http_history *history, const json_t *snapshot)
{
	const struct http_sample sample = sample_read(snapshot);
	size_t newest = (history->next + HTTP_HISTORY_SAMPLES - 1) % HTTP_HISTORY_SAMPLES;

	history->before = history->last;
	history->last = sample;
	if (history->count > 0 && sample.time - history->samples[newest].time < HTTP_HISTORY_STEP_MS)
		return;
	history->samples[history->next] = sample;
	history->next = (history->next + 1) % HTTP_HISTORY_SAMPLES;
	history->count += history->count < HTTP_HISTORY_SAMPLES;
}

/* A second's share of what a counter grew by. One that became smaller began anew. */
static json_int_t rate(int64_t from, int64_t to, int64_t ms, int factor)
{
	return ms > 0 && to > from ? (json_int_t)((double)(to - from) * factor * 1000 / (double)ms) : 0;
}

static json_t *now_make(const struct http_sample *from, const struct http_sample *to)
{
	int64_t ms = from->time > 0 ? to->time - from->time : 0;

	return json_pack("{s:I, s:I, s:I, s:I}", "out", rate(from->out, to->out, ms, 8), "back",
			 rate(from->back, to->back, ms, 8), "questions", rate(from->questions, to->questions, ms, 1),
			 "leases", (json_int_t)to->leases);
}

json_t *http_history_make(const struct http_history *history)
{
	json_t *hour = json_array();

	for (size_t i = 1; i < history->count; i++) {
		size_t place = (history->next + HTTP_HISTORY_SAMPLES - history->count + i) % HTTP_HISTORY_SAMPLES;
		const struct http_sample *to = &history->samples[place];
		const struct http_sample *from = &history->samples[(place + HTTP_HISTORY_SAMPLES - 1) % HTTP_HISTORY_SAMPLES];
		int64_t ms = to->time - from->time;

		json_array_append_new(hour,
				      json_pack("[I, I, I, I, I]", (json_int_t)((history->last.time - to->time) / 1000),
						rate(from->out, to->out, ms, 8), rate(from->back, to->back, ms, 8),
						rate(from->questions, to->questions, ms, 1), (json_int_t)to->leases));
	}
	return json_pack("{s:o, s:o}", "now", now_make(&history->before, &history->last), "hour", hour);
}
