/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a control plane may answer: a policy in HuJSON, a map of split DNS, in any octets.
 *
 * What is JSON is HuJSON with the same value. A policy that is written has the lines, and nothing else besides them has changed: taken out again it is what it was, but for
 * one comma and one line's end. A map that is patched has our resolver, and needs no second patch.
 */
#include "relay/setup/tailnet_merge.h"
#include "tailscale/hujson.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GRANT "{\"src\": [\"nat64-relay-fuzz\"]}"
#define LINES "\t\t" GRANT ",\n"

static const char *input;

static void demand(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "expected %s\n%s\n", what, input);
	abort();
}

static void policy_read(const char *text)
{
	json_error_t error;
	json_t *plain = json_loads(text, JSON_REJECT_DUPLICATES, &error), *value = tailscale_hujson_load(text, &error);
	char *edited = tailscale_hujson_append(text, "grants", LINES);
	json_t *again = edited ? tailscale_hujson_load(edited, &error) : NULL;
	char *cut = edited ? tailscale_hujson_cut(edited, GRANT) : NULL;

	demand(!plain || json_equal(plain, value), "JSON to be HuJSON of the same value");
	demand(!edited || json_is_object(value), "no edit of what is no object");
	demand(!edited || json_array_size(tailscale_hujson_member(again, "grants")) ==
				  json_array_size(tailscale_hujson_member(value, "grants")) + 1,
	       "one grant more");
	demand(!edited || cut || strstr(text, "nat64-relay-fuzz"), "the lines to be in it once");
	json_decref(plain);
	json_decref(value);
	json_decref(again);
	free(edited);
	free(cut);
}

static void zones_read(const char *text)
{
	json_t *zones = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *ours = json_pack("{s:[s]}", "9929", "100.64.0.1");
	json_t *patch = json_is_object(zones) ? relay_zones_unite(zones, ours) : NULL, *rest;

	if (patch) {
		json_object_update(zones, patch);
		json_decref(patch);
		patch = relay_zones_unite(zones, ours);
		demand(patch && json_object_size(patch) == 0, "nothing to patch twice");
		rest = relay_zones_without(zones, ours);
		demand(rest && json_object_size(rest) == 1, "our resolver to be taken out again");
		json_decref(rest);
	}
	json_decref(patch);
	json_decref(zones);
	json_decref(ours);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	input = text;
	policy_read(text);
	zones_read(text);
	free(text);
	return 0;
}
