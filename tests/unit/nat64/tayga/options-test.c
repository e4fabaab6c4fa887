/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's command line, under both of its names. */
#include "nat64/tayga/options.h"

#include "conf/report.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 16

static char line[256]; /* what the options of the last call point into */

/* Parse a command line given as one string. */
static int parse(const char *text, struct options *options, struct conf_report *report)
{
	char *words[WORDS_MAX + 1], *rest = NULL;
	int count = 0;

	snprintf(line, sizeof(line), "%s", text);
	for (char *word = strtok_r(line, " ", &rest); word && count < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	words[count] = NULL;
	optind = 0;
	return nat64d_options_parse(options, count, words, report);
}

static struct options parsed(const char *text)
{
	struct conf_report report = {0};
	struct options options;

	if (parse(text, &options, &report))
		fail_msg("%s: refused: %s", text, report.lines[0]);
	return options;
}

static void the_name_sets_the_defaults(void **state)
{
	struct options options = parsed("/usr/sbin/nat64d");

	(void)state;
	assert_false(options.as_tayga);
	assert_false(options.detach);
	assert_int_equal(options.sink, LOG_SINK_STDERR);
	assert_string_equal(options.config, RELAY_CONF_PATH);
	options = parsed("/usr/sbin/tayga");
	assert_true(options.as_tayga);
	assert_true(options.detach);
	assert_int_equal(options.sink, LOG_SINK_SYSLOG);
	assert_string_equal(options.config, "/etc/tayga.conf");
	assert_false(parsed("/opt/tayga/nat64d").as_tayga);
	assert_true(parsed("tayga").as_tayga);
}

static void options_are_read(void **state)
{
	static const struct {
		const char *text;
		bool detach, debug;
		enum log_sink sink;
	} rows[] = {
		{"tayga -d", false, true, LOG_SINK_STDOUT},
		{"tayga -n", false, false, LOG_SINK_SYSLOG},
		{"tayga --nodetach --stdout", false, false, LOG_SINK_STDOUT},
		{"tayga --journal", true, false, LOG_SINK_JOURNAL},
		{"tayga -d --syslog", false, true, LOG_SINK_SYSLOG},
		{"tayga words that it ignores", true, false, LOG_SINK_SYSLOG},
		{"nat64d -D", true, false, LOG_SINK_STDERR},
		{"nat64d --syslog", false, false, LOG_SINK_SYSLOG},
	};
	struct options options;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		options = parsed(rows[i].text);
		if (options.detach != rows[i].detach || options.debug != rows[i].debug || options.sink != rows[i].sink)
			fail_msg("%s: detach %d, debug %d, sink %d", rows[i].text, options.detach, options.debug,
				 options.sink);
	}
	options = parsed("tayga -c a.conf --user nobody -g nogroup -r --pidfile /run/x.pid");
	assert_string_equal(options.config, "a.conf");
	assert_string_equal(options.user, "nobody");
	assert_string_equal(options.group, "nogroup");
	assert_string_equal(options.pidfile, "/run/x.pid");
	assert_true(options.change_root);
	assert_int_equal(parsed("tayga --config f --mktun").action, OPTIONS_DEVICE_MAKE);
	assert_int_equal(parsed("tayga --rmtun").action, OPTIONS_DEVICE_REMOVE);
	assert_int_equal(parsed("tayga -h").action, OPTIONS_HELP);
}

static void wrong_lines_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{"tayga --mktun --rmtun", "exclude each other"},
		{"tayga --mktun -u nobody", "take neither --user nor --group"},
		{"tayga --rmtun --group nogroup", "take neither --user nor --group"},
		{"nat64d --mktun -u nobody -r", "take no --chroot"},
		{"tayga -r", "--chroot needs --user"},
		{"tayga -r -u root", "--chroot needs --user"},
		{"tayga -x", "-x is not an option"},
		{"tayga --bogus", "--bogus is not an option; see"},
		{"tayga --nodetatch", "--nodetatch is not an option: did you mean --nodetach?"},
		{"tayga --cofnig=x", "did you mean --config?"},
		{"tayga -p", "-p needs a value"},
		{"tayga --pidfile", "--pidfile needs a value"},
		{"tayga --syslog=x", "--syslog=x takes no value"},
		{"nat64d word", "\"word\" is one word too many"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_report report = {0};
		struct options options;

		assert_int_equal(parse(rows[i][0], &options, &report), -1);
		if (!report.count || !strstr(report.lines[0], rows[i][1]))
			fail_msg("%s: expected \"%s\", got \"%s\"", rows[i][0], rows[i][1],
				 report.count ? report.lines[0] : "");
		conf_report_clear(&report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_sets_the_defaults),
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(wrong_lines_are_refused),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
