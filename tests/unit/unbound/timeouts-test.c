/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Unbound prints of a zone's servers, and whether they are silent. */

#include "unbound/timeouts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HEAD                                                                                                              \
	"The following name servers are used for lookup of real.test.\nforwarding request:\nDelegation with 0 names, of " \
	"which 0 can be examined to query further addresses.\nIt provides 2 IP addresses.\n"
#define ANSWERS "127.0.0.1       \trto 50 msec, ttl 896, ping 1 var 3 rtt 50, tA 0, tAAAA 0, tother 0, EDNS 0 probed.\n"
#define FAST    "127.0.0.4       \trto 13 msec, ttl 896, ping 1 var 3 rtt 50, tA 0, tAAAA 0, tother 0, EDNS 0 probed.\n"
#define SILENT                                                                                                         \
	"127.0.0.2       \trto 752 msec, ttl 880, ping 0 var 94 rtt 376, tA 1, tAAAA 0, tother 0, EDNS 0 assumed.\n"
#define UNKNOWN "127.0.0.3       \tnot in infra cache.\n"
#define EXPIRED "127.0.0.5       \texpired, rto 120000 msec, tA 3 tAAAA 3 tother 0.\n"

static void servers_are_silent_when_none_answers(void **state)
{
	static const struct {
		const char *text;
		uint64_t sum;
	} cases[] = {
		{"", 0},
		{HEAD, 0},
		{HEAD ANSWERS, 0},
		{HEAD FAST, 0},
		{HEAD UNKNOWN, 0},
		{HEAD EXPIRED, 0}, /* nobody has asked for long */
		{HEAD SILENT, 752},
		{HEAD SILENT UNKNOWN SILENT, 1504},
		{HEAD SILENT ANSWERS, 0},
		{HEAD ANSWERS SILENT, 0},
		{HEAD "127.0.0.2       \trto 752 msec\nping 0 var 94 rtt 376\n", 0}, /* not of one line */
		{"error cannot parse name\n", 0},
		{"rto  rtt ", 0},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(unboundconf_timeouts_parse(cases[i].text), cases[i].sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(servers_are_silent_when_none_answers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
