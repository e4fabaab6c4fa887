/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directives that say what becomes of names. */
#include "tests/unit/conf/settings-lab.h"

#include "conf/policy.h"
#include "conf/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void policies_are_gathered(void **state)
{
	(void)state;
	struct conf_settings *settings = read_good("type-policy 9929 pass TXT sshfp\na-policy 9929. Real\n"
						   "split-domain 9929 a.test\nsplit-domain x b.test\nedge-address ::1\n"
						   "native-aaaa 9929 yes\nquery-log yes\ndnssec-policy 9929 Validate\n"
						   "type-policy 9929 pass caa\ntype-policy 9929 nodata LOC\n"
						   "prefix fd64::/96\ndynamic-pool 10.0.0.0/16\n");
	const struct conf_policy *policy = conf_policy_of(settings, "9929");
	assert_non_null(policy);
	assert_null(conf_policy_of(settings, "x"));
	assert_int_equal(policy->a, CONF_A_REAL);
	assert_true(policy->native_aaaa);
	assert_int_equal(policy->dnssec, CONF_DNSSEC_VALIDATE);
	assert_true(settings->dns.query_log);
	for (uint16_t type = 0; type < 300; type++)
		assert_int_equal(conf_policy_passes(policy->passed, type), type == 16 || type == 44 || type == 257);
	assert_false(conf_policy_passes(0, 16));
	conf_settings_free(settings);
}

static void assert_labels(const char *lines, unsigned expected)
{
	char text[512];
	struct conf_settings *settings;
	unsigned labels;

	snprintf(text, sizeof(text), "%s\nedge-address ::1\nprefix fd64::/96\ndynamic-pool 10.0.0.0/16\n", lines);
	settings = read_good(text);
	labels = conf_policy_labels(settings, &settings->dns.split_domains[0]);
	if (labels != expected)
		fail_msg("%s: expected %u labels, got %u", lines, expected, labels);
	conf_settings_free(settings);
}

/* MagicDNS knows one label in a tailnet of Tailscale; any other server, and any other suffix, may have more. */
static void names_of_a_tailnet_have_one_label(void **state)
{
	(void)state;
	assert_labels("split-domain 9929 tail1234.ts.net", 1);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns . 9.9.9.9", 1);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns ts.net 100.100.100.100 fd7a:115c:a1e0::53", 1);
	assert_labels("split-domain 9929 tail1234.ts.net\nname-labels 9929 any", 0);
	assert_labels("split-domain 9929 tail1234.ts.net\nname-labels 9929 3", 3);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns tail1234.ts.net 127.0.0.1@5300", 0);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns tail1234.ts.net 100.100.100.100 192.0.2.1", 0);
	assert_labels("split-domain 9929 corp.example", 0);
	assert_labels("split-domain 9929 tail1234.uts.net", 0);
	assert_labels("split-domain 9929 .", 0);
	assert_labels("split-domain tail1234.ts.net tail1234.ts.net", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_are_gathered),
		cmocka_unit_test(names_of_a_tailnet_have_one_label),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
