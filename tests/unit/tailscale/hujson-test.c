/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tailscale/hujson.c: what is HuJSON, and edits that keep every octet of its author. */
#include "tailscale/hujson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_loads_as(const char *text, const char *expected)
{
	json_error_t error;
	json_t *value = tailscale_hujson_load(text, &error);
	char *dumped = value ? json_dumps(value, JSON_COMPACT) : NULL;

	if (!dumped || strcmp(dumped, expected) != 0)
		fail_msg("%s: expected %s, got %s", text, expected, dumped ? dumped : error.text);
	free(dumped);
	json_decref(value);
}

static void test_comments_and_trailing_commas(void **state)
{
	(void)state;
	assert_loads_as("{\"a\": 1}", "{\"a\":1}");
	assert_loads_as("// first\n{\"a\": [1, 2,], /* last */ }\n// end", "{\"a\":[1,2]}");
	assert_loads_as("[1, // one\n 2, /* two\n lines */ ]", "[1,2]");
	assert_loads_as("[\"// no comment\", \"/* none */\", \"a,]\", \"\\\"//\", \"\\\\\",]",
			"[\"// no comment\",\"/* none */\",\"a,]\",\"\\\"//\",\"\\\\\"]");
	assert_loads_as("{\"a\":{},}", "{\"a\":{}}");
}

static void test_what_is_none(void **state)
{
	static const char *const texts[] = {
		"",     "{",      "[,]", "[1,,]", "{\"a\":,}", "[1] /* no end", "[1 / 2]", "{\"a\":1,\"a\":2}",
		"[1]]", "\"open", "{,}", "/"};
	json_error_t error;
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (tailscale_hujson_load(texts[i], &error))
			fail_msg("\"%s\" was read", texts[i]);
}

static void test_the_line_of_a_mistake_is_the_texts(void **state)
{
	json_error_t error;
	(void)state;

	assert_null(tailscale_hujson_load("/* one\n two */\n// three\n{\"a\" 1}", &error));
	assert_int_equal(error.line, 4);
}

static void assert_appends(const char *text, const char *expected)
{
	char *edited = tailscale_hujson_append(text, "grants", "\t\t{\"new\": 1},\n"),
	     *back = edited ? tailscale_hujson_cut(edited, "{\"new\": 1}") : NULL;
	json_error_t error;
	json_t *value = edited ? tailscale_hujson_load(edited, &error) : NULL;

	assert_non_null(edited);
	assert_string_equal(edited, expected);
	assert_non_null(value);
	assert_non_null(back);
	json_decref(value);
	free(edited);
	free(back);
}

static void test_append_keeps_everything(void **state)
{
	(void)state;
	assert_appends("{\n\t\"grants\": [\n\t\t{\"a\": 1}, // one\n\t],\n}\n",
		       "{\n\t\"grants\": [\n\t\t{\"a\": 1}, // one\n\t\t{\"new\": 1},\n\t],\n}\n");
	assert_appends("{\n\t\"grants\": [\n\t\t{\"a\": 1} // one\n\t]\n}\n",
		       "{\n\t\"grants\": [\n\t\t{\"a\": 1}, // one\n\t\t{\"new\": 1},\n\t]\n}\n");
	assert_appends("{\"grants\": []}", "{\"grants\": [\n\t\t{\"new\": 1},\n]}");
	assert_appends("{\"Grants\": [[\"]\"]] /* ] */}", "{\"Grants\": [[\"]\"],\n\t\t{\"new\": 1},\n] /* ] */}");
	assert_appends("{\n\t\"x\": \"grants\" // the end\n}\n",
		       "{\n\t\"x\": \"grants\", // the end\n\t\"grants\": [\n\t\t{\"new\": 1},\n\t],\n}\n");
	assert_appends("{\"x\": {\"grants\": [7]}}",
		       "{\"x\": {\"grants\": [7]},\n\t\"grants\": [\n\t\t{\"new\": 1},\n\t],\n}");
	assert_appends("{\"x\": 1 /* a\n b */ }", "{\"x\": 1, /* a\n b */\n\t\"grants\": [\n\t\t{\"new\": 1},\n\t],\n }");
	assert_appends("{}", "{\n\t\"grants\": [\n\t\t{\"new\": 1},\n\t],\n}");
}

static void test_append_refuses(void **state)
{
	(void)state;
	assert_null(tailscale_hujson_append("[]", "grants", "1,\n"));
	assert_null(tailscale_hujson_append("{\"grants\": {}}", "grants", "1,\n"));
	assert_null(tailscale_hujson_append("{\"\\u0067rants\": [], \"grants\": []}", "grants", "1,\n"));
	assert_null(tailscale_hujson_append("{\"grants\": [}", "grants", "1,\n"));
}

static void assert_cuts(const char *text, const char *expected)
{
	char *cut = tailscale_hujson_cut(text, "{\"new\": 1}");

	if (!expected)
		assert_null(cut);
	else
		assert_string_equal(cut, expected);
	free(cut);
}

static void test_cut_takes_a_line_of_its_own(void **state)
{
	(void)state;
	assert_cuts("[\n{\"new\": 1},\n]", "[\n]");
	assert_cuts("[\n  {\"new\": 1} , // ours\r\n]", NULL);
	assert_cuts("[\n  {\"new\": 1}, // ours\r\n]", "[\n]");
	assert_cuts("[\n\t{\"new\": 1}\n]", "[\n]");
	assert_cuts("[\n// {\"new\": 1},\n]", "[\n// {\"new\": 1},\n]");
	assert_cuts("[2]", "[2]");
	assert_cuts("[{\"new\": 1},\n]", NULL);
	assert_cuts("[\n{\"new\": 1}, 2\n]", NULL);
	assert_cuts("[\n{\"new\": 1},\n{\"new\": 1},\n]", NULL);
	assert_cuts("[\n{\"new\": 1}, /* one\ntwo */\n]", NULL);
	assert_cuts("[/* one\n*/ {\"new\": 1},\n]", NULL);
	assert_null(tailscale_hujson_cut("a\n", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comments_and_trailing_commas),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_the_line_of_a_mistake_is_the_texts),
		cmocka_unit_test(test_append_keeps_everything),
		cmocka_unit_test(test_append_refuses),
		cmocka_unit_test(test_cut_takes_a_line_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
