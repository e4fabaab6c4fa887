/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real suffixes in the texts that clients read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/settings.h"
#include "relay/show/hide_real.h"
#include "tests/unit/conf/settings-lab.h"

#include <stdlib.h>

static const char settings_text[] = "split-domain 9929 tail1234.ts.net\n"
				    "split-domain second tail1234.ts.net\n"
				    "split-domain lab lab.tail1234.ts.net\n"
				    "split-domain relay.example.com example.com\n"
				    "split-domain git.example.org git.example.org\n"
				    "split-domain all .\n"
				    "prefix fd64:9929::/96\n"
				    "dynamic-pool 192.168.240.0/20\n"
				    "edge-address 100.101.102.103\n"
				    "upstream-dns . 192.0.2.53\n";

static int settings_read(void **state)
{
	*state = read_good(settings_text);
	return 0;
}

static int settings_free(void **state)
{
	conf_settings_free(*state);
	return 0;
}

static void a_text_has_the_split_domain_instead(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"", ""},
		{"no upstream-dns of tail1234.ts.net answers", "no upstream-dns of 9929 answers"},
		{"my-vps.Tail1234.TS.net.", "my-vps.9929."},
		{"a.lab.tail1234.ts.net, b.tail1234.ts.net", "a.lab, b.9929"},
		{"tail1234.ts.net.evil", "9929.evil"},
		{"xtail1234.ts.net tail1234.ts.network tail1234_ts.net",
		 "xtail1234.ts.net tail1234.ts.network tail1234_ts.net"},
		{"www.example.com of www.relay.example.com", "www.relay.example.com of www.relay.example.com"},
		{"git.example.org. \xe2\x9c\x93", "git.example.org. \xe2\x9c\x93"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *shown = relay_hide_real_text(*state, cases[i].text);

		assert_string_equal(shown, cases[i].shown);
		free(shown);
	}
}

static void every_text_of_a_value_is_changed_and_nothing_else(void **state)
{
	json_t *value = json_pack("{s:[s, i, {s:s}], s:b, s:n, s:s}", "list", "a.tail1234.ts.net", 3, "in",
				  "tail1234.ts.net", "works", 1, "none", "last", "plain");
	json_t *expected = json_pack("{s:[s, i, {s:s}], s:b, s:n, s:s}", "list", "a.9929", 3, "in", "9929", "works", 1,
				     "none", "last", "plain");

	relay_hide_real_json(*state, value);
	assert_true(json_equal(value, expected));
	json_decref(value);
	json_decref(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_has_the_split_domain_instead),
		cmocka_unit_test(every_text_of_a_value_is_changed_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, settings_read, settings_free);
}
