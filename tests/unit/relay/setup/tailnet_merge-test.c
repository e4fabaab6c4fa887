/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay/setup/tailnet_merge.c: ours come and go, everybody else's stay as they are, in their order. */
#include "relay/setup/tailnet_merge.h"

#include "tailscale/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parsed(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

typedef int list_edit(const struct tailscale_list *have, const json_t *ours, struct tailscale_list *result);

static void assert_list(list_edit *edit, const char *have, const char *ours, const char *expected)
{
	json_t *object = json_pack("{s:o}", "list", parsed(have)), *wanted = parsed(ours), *result = json_array();
	struct tailscale_list list, edited;
	char *text;

	assert_int_equal(tailscale_value_list(object, "list", &list), 0);
	assert_int_equal(edit(&list, wanted, &edited), 0);
	for (size_t i = 0; i < edited.count; i++)
		json_array_append_new(result, json_string(edited.items[i]));
	text = json_dumps(result, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	tailscale_list_clear(&list);
	tailscale_list_clear(&edited);
	json_decref(object);
	json_decref(wanted);
	json_decref(result);
}

static void test_lists(void **state)
{
	(void)state;
	assert_list(relay_list_unite, "[\"0.0.0.0/0\",\"::/0\"]", "[\"fd64:9929::/96\"]",
		    "[\"0.0.0.0/0\",\"::/0\",\"fd64:9929::/96\"]");
	assert_list(relay_list_unite, "[\"FD64:9929:0::/96\"]", "[\"fd64:9929::/96\"]", "[\"FD64:9929:0::/96\"]");
	assert_list(relay_list_unite, "[]", "[\"a\",\"a\"]", "[\"a\"]");
	assert_list(relay_list_without, "[\"192.0.2.0/24\",\"FD64:9929:0::/96\",\"x\"]",
		    "[\"fd64:9929::/96\",\"10.0.0.0/8\"]", "[\"192.0.2.0/24\",\"x\"]");
	assert_list(relay_list_without, "[\"fd64:9929::/97\"]", "[\"fd64:9929::/96\"]", "[\"fd64:9929::/97\"]");
}

typedef json_t *zones_edit(const json_t *zones, const json_t *ours);

/* expected: NULL for a refusal. */
static void assert_patch(zones_edit *edit, const char *zones, const char *ours, const char *expected)
{
	json_t *have = parsed(zones), *wanted = parsed(ours), *patch = edit(have, wanted);
	char *text = patch ? json_dumps(patch, JSON_COMPACT) : NULL;

	if (expected)
		assert_non_null(text);
	if (expected ? strcmp(text, expected) != 0 : text != NULL)
		fail_msg("%s and %s: expected %s, got %s", zones, ours, expected ? expected : "a refusal", text);
	free(text);
	json_decref(have);
	json_decref(wanted);
	json_decref(patch);
}

static void test_zones(void **state)
{
	static const char ours[] = "{\"9929\":[\"100.64.0.1\"]}";
	(void)state;

	assert_patch(relay_zones_unite, "{\"corp\":[\"10.0.0.53\"]}", ours, "{\"9929\":[\"100.64.0.1\"]}");
	assert_patch(relay_zones_unite, "{\"9929\":[\"100.64.0.2\",\"https://dns.example/q\"]}", ours,
		     "{\"9929\":[\"100.64.0.2\",\"https://dns.example/q\",\"100.64.0.1\"]}");
	assert_patch(relay_zones_unite, "{\"9929\":[\"100.64.0.1\"],\"corp\":7}", ours, "{}");
	assert_patch(relay_zones_unite, "{\"9929\":null}", ours, "{\"9929\":[\"100.64.0.1\"]}");
	assert_patch(relay_zones_unite, "{\"Relay.\":[\"1.2.3.4\"]}", "{\"relay\":[\"100.64.0.1\"]}",
		     "{\"Relay.\":[\"1.2.3.4\",\"100.64.0.1\"]}");
	assert_patch(relay_zones_unite, "{\"9929\":\"100.64.0.2\"}", ours, NULL);
	assert_patch(relay_zones_unite, "{\"9929\":[\"\\u001b[31m\"]}", ours, NULL);
	assert_patch(relay_zones_without, "{\"9929\":[\"100.64.0.1\"],\"corp\":[\"10.0.0.53\"]}", ours, "{\"9929\":null}");
	assert_patch(relay_zones_without, "{\"9929\":[\"100.64.0.2\",\"100.64.0.1\"]}", ours,
		     "{\"9929\":[\"100.64.0.2\"]}");
	assert_patch(relay_zones_without, "{\"9929\":[\"100.64.0.2\"]}", ours, "{}");
	assert_patch(relay_zones_without, "{}", ours, "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lists), cmocka_unit_test(test_zones)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
