/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What status knows of the questions: Unbound's own statistics, and the counters of the module, which works on what
 * Unbound's cache has no answer for. A row of the counters "FAMILY LABEL=VALUE" becomes an element {LABEL: VALUE, "count": N} of the
 * list FAMILY; a row without labels becomes a number.
 */
#include "relay/show/status.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "module/counter_file.h"
#include "relay/host/runtime.h"
#include "unbound/stats.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The labels of a row, " LABEL=VALUE LABEL=VALUE", as an object; changes the text. */
static json_t *labels_parse(char *text)
{
	json_t *object = json_object();
	char *next;

	for (char *label = strtok_r(text, " ", &next); label; label = strtok_r(NULL, " ", &next)) {
		char *value = strchr(label, '=');

		*value++ = '\0'; /* splitdns_counter_file_read() has seen to it that there is one */
		json_object_set_new(object, label, json_string(value));
	}
	return object;
}

static void row_add(json_t *families, const char *name, uint64_t value)
{
	char *copy = strdup(name);
	char *labels = copy ? strchr(copy, ' ') : NULL;
	json_t *count = json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value), *list, *element;

	if (!labels) {
		json_object_set_new(families, name, count);
		free(copy);
		return;
	}
	*labels++ = '\0';
	list = json_object_get(families, copy);
	if (!json_is_array(list))
		json_object_set_new(families, copy, list = json_array());
	json_array_append_new(list, element = labels_parse(labels));
	json_object_set_new(element, "count", count);
	free(copy);
}

static json_t *module_gather(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, COUNTER_FILE_NAME);
	struct conf_report report = {0};
	struct counter_rows rows;
	json_t *families;

	if (settings->dns.split_domain_count == 0) { /* then the module has no questions to count */
		free(path);
		return json_null();
	}
	if (!path || splitdns_counter_file_read(path, &rows, &report) != 0) {
		free(path);
		return relay_status_error(&report);
	}
	families = json_object();
	for (size_t i = 0; i < rows.count; i++)
		row_add(families, rows.names[i], rows.file->values[i]);
	splitdns_counter_rows_clear(&rows);
	free(path);
	return families;
}

json_t *relay_status_dns(const struct conf_settings *settings)
{
	struct conf_report report = {0};
	json_t *unbound = unboundconf_stats_ask(settings, &report);

	if (!unbound)
		unbound = relay_status_error(&report);
	conf_report_clear(&report);
	return json_pack("{s:o, s:o}", "unbound", unbound, "module", module_gather(settings));
}
