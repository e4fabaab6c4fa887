/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/conf/settings-lab.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char relay[] = "split-domain 9929 Tail1234.ts.net.\n"
		     "edge-address 100.101.102.103\n"
		     "prefix fd64:9929::/96\n"
		     "dynamic-pool 192.168.240.0/20\n";

struct conf_settings *read_good(const char *text)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	if (!settings)
		fail_msg("refused: %s", report.count ? report.lines[0] : "no reason given");
	assert_int_equal(report.count, 0);
	return settings;
}

void read_bad(const char *text, const char *expected)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	if (settings)
		fail_msg("accepted, but expected \"%s\": %s", expected, text);
	bool found = false;
	for (size_t i = 0; i < report.count; i++)
		found = found || strstr(report.lines[i], expected);
	if (!found)
		fail_msg("expected \"%s\", got \"%s\"", expected, report.count ? report.lines[0] : "nothing");
	conf_report_clear(&report);
}

void relay_with(const char *line, const char *expected)
{
	char *text = NULL;
	assert_true(asprintf(&text, "%s%s\n", relay, line) > 0);
	read_bad(text, expected);
	free(text);
}
