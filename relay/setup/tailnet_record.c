/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record is a file of root's, for root alone, in the data folder: one that the daemons' user has put there is not believed (conf_file_open). */
#include "relay/setup/tailnet_record.h"

#include "conf/file.h"
#include "conf/json.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "tailnet.json"
enum { RECORD_LIMIT = 1 << 20, RECORD_VERSION = 1 };

static json_t *empty_new(const char *control, const char *node)
{
	return json_pack("{s:i, s:s, s:s, s:[], s:{}}", "version", RECORD_VERSION, "control", control, "node", node,
			 "routes", "zones");
}

/* The whole file; NULL with errno. */
static json_t *file_load(const char *path)
{
	int fd = conf_file_open(path, O_RDONLY);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	json_t *object;

	if (!file)
		return NULL;
	object = json_loadf(file, 0, NULL);
	fclose(file);
	errno = EINVAL;
	return object;
}

static bool is_texts(const json_t *array)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		if (!json_is_string(value))
			return false;
	return json_is_array(array);
}

static bool record_is_sound(const json_t *object)
{
	const json_t *policy = json_object_get(object, "policy"), *zones = json_object_get(object, "zones"), *resolvers;
	const char *zone;

	json_object_foreach((json_t *)zones, zone, resolvers)
		if (!is_texts(resolvers))
			return false;
	return json_integer_value(json_object_get(object, "version")) == RECORD_VERSION &&
	       (!policy || is_texts(policy)) && is_texts(json_object_get(object, "routes")) && json_is_object(zones);
}

/* An earlier version kept the grants as the lines that it wrote into the policy, one text: "\t\t{...},\n" each. NULL: it is another text. */
static json_t *grants_of_old(const char *text)
{
	json_t *grants = json_array();

	while (*text) {
		const char *grant = text + strspn(text, "\t"), *end = strstr(grant, ",\n");

		if (*grant != '{' || !end) {
			json_decref(grants);
			return NULL;
		}
		json_array_append_new(grants, json_stringn(grant, (size_t)(end - grant)));
		text = end + strlen(",\n");
	}
	return grants;
}

static json_t *record_load(const char *path)
{
	json_t *object = file_load(path), *policy = json_object_get(object, "policy"), *grants;

	if (!json_is_string(policy))
		return object;
	grants = grants_of_old(json_string_value(policy));
	if (grants)
		json_object_set_new(object, "policy", grants);
	return object;
}

int relay_record_read(const struct conf_settings *settings, const char *control, const char *node,
		      struct relay_record *record, struct conf_report *report)
{
	*record = (struct relay_record){0};
	if (asprintf(&record->path, "%s/" FILE_NAME, settings->node.data_dir) < 0) {
		record->path = NULL;
		return conf_report_add(report, "out of memory");
	}
	record->object = record_load(record->path);
	if (!record->object && errno == ENOENT) {
		record->object = empty_new(control, node);
		return record->object ? 0 : -1;
	}
	if (!record->object || !record_is_sound(record->object))
		return conf_report_add(report, "%s: this is not a record of tailnet apply (%s): examine and remove it",
				       record->path, strerror(errno));
	if (strcmp(conf_json_text(record->object, "control"), control) == 0 &&
	    strcmp(conf_json_text(record->object, "node"), node) == 0)
		return 0;
	return conf_report_add(
		report,
		"%s: this is the record of another node or another control plane: take those changes back by hand, and "
		"remove the file",
		record->path);
}

static void text_note(json_t *array, const char *text)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		if (json_is_string(value) && strcmp(json_string_value(value), text) == 0)
			return;
	json_array_append_new(array, json_string(text));
}

void relay_record_route(struct relay_record *record, const char *route)
{
	text_note(json_object_get(record->object, "routes"), route);
}

/* Beside those of earlier settings, which are still entered. */
void relay_record_resolver(struct relay_record *record, const char *zone, const char *resolver)
{
	json_t *zones = json_object_get(record->object, "zones");

	if (!json_is_array(json_object_get(zones, zone)))
		json_object_set_new(zones, zone, json_array());
	text_note(json_object_get(zones, zone), resolver);
}

void relay_record_policy(struct relay_record *record, const char *line)
{
	if (!json_is_array(json_object_get(record->object, "policy")))
		json_object_set_new(record->object, "policy", json_array());
	text_note(json_object_get(record->object, "policy"), line);
}

void relay_record_forget_routes(struct relay_record *record)
{
	json_array_clear(json_object_get(record->object, "routes"));
}

void relay_record_forget_zones(struct relay_record *record)
{
	json_object_clear(json_object_get(record->object, "zones"));
}

void relay_record_forget_policy(struct relay_record *record)
{
	json_object_del(record->object, "policy");
}

const json_t *relay_record_routes(const struct relay_record *record)
{
	return json_object_get(record->object, "routes");
}

const json_t *relay_record_zones(const struct relay_record *record)
{
	return json_object_get(record->object, "zones");
}

const json_t *relay_record_policy_lines(const struct relay_record *record)
{
	return json_object_get(record->object, "policy");
}

bool relay_record_is_empty(const struct relay_record *record)
{
	return json_array_size(relay_record_routes(record)) + json_object_size(relay_record_zones(record)) +
		       json_array_size(relay_record_policy_lines(record)) ==
	       0;
}

int relay_record_write(const struct relay_record *record, struct conf_report *report)
{
	char *text;
	int result = -1;

	if (relay_record_is_empty(record)) {
		if (unlink(record->path) == 0 || errno == ENOENT)
			return 0;
		return conf_report_add(report, "%s: cannot remove it: %s", record->path, strerror(errno));
	}
	text = json_dumps(record->object, JSON_INDENT(1) | JSON_SORT_KEYS);
	if (!text)
		conf_report_add(report, "out of memory");
	else
		result = conf_file_put(record->path, text, strlen(text), 0600, NULL, report);
	free(text);
	return result;
}

void relay_record_restore(struct relay_record *record, json_t *former, struct conf_report *report)
{
	json_decref(record->object);
	record->object = json_incref(former);
	relay_record_write(record, report);
}

void relay_record_clear(struct relay_record *record)
{
	json_decref(record->object);
	free(record->path);
	*record = (struct relay_record){0};
}
