/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual and the examples, held against the code: every directive is in relay.conf(5) as the table has it, and every
 * example file, and every example of the manual, is one that conf accepts. */
#include "conf/directive.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATH_ROOM = 512, TEXT_ROOM = 65536, KEYWORD_ROOM = 64 };

static const char item[] = "\n.It Cm ";

/* A path below the source folder, which automake names. */
static void path_make(char path[PATH_ROOM], const char *name)
{
	const char *top = getenv("srcdir");

	snprintf(path, PATH_ROOM, "%s/%s", top ? top : ".", name);
}

/* The whole file; free() it. */
static char *file_read(const char *name)
{
	char path[PATH_ROOM];
	char *text = calloc(1, TEXT_ROOM);
	FILE *stream;
	size_t length;

	path_make(path, name);
	stream = fopen(path, "re");
	if (!stream || !text)
		fail_msg("%s cannot be read", path);
	length = fread(text, 1, TEXT_ROOM - 1, stream);
	assert_true(length > 0 && length < TEXT_ROOM - 1);
	fclose(stream);
	return text;
}

/* What the manual says of a keyword, from its own line to the next item; free() it. NULL when it is not there. */
static char *entry_find(const char *manual, const char *keyword)
{
	char head[sizeof(item) + KEYWORD_ROOM];
	const char *at, *end;

	snprintf(head, sizeof(head), "%s%s ", item, keyword);
	at = strstr(manual, head);
	if (!at)
		return NULL;
	end = strstr(at + 1, "\n.It ");
	return strndup(at, end ? (size_t)(end - at) : strlen(at));
}

static void every_directive_is_in_the_manual(void **state)
{
	char *manual = file_read("man/relay.conf.5");

	(void)state;
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct conf_directive *directive = &conf_directives[i];
		char *entry = entry_find(manual, directive->keyword);
		bool repeatable;

		if (!entry)
			fail_msg("relay.conf.5 has no \".It Cm %s\"", directive->keyword);
		repeatable = strstr(entry, "\nRepeatable");
		if (repeatable != (directive->repeat == CONF_REPEATABLE))
			fail_msg("relay.conf.5 says that %s is %srepeatable: the table says otherwise",
				 directive->keyword, repeatable ? "" : "not ");
		if (!strstr(entry, "Default:"))
			fail_msg("relay.conf.5 says nothing of the default of %s", directive->keyword);
		free(entry);
	}
	free(manual);
}

static void every_keyword_of_the_manual_is_a_directive(void **state)
{
	char *manual = file_read("man/relay.conf.5");
	size_t count = 0;

	(void)state;
	for (const char *at = strstr(manual, item); at; at = strstr(at + 1, item), count++) {
		char keyword[KEYWORD_ROOM] = "";

		sscanf(at + strlen(item), "%63s", keyword);
		if (!conf_directive_find(keyword))
			fail_msg("relay.conf.5 describes \"%s\", which is no directive", keyword);
	}
	assert_int_equal(count, conf_directive_count);
	free(manual);
}

/* Ranges and plain defaults, digit by digit. */
static void ranges_and_defaults_are_in_the_manual(void **state)
{
	char *manual = file_read("man/relay.conf.5");

	(void)state;
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct conf_directive *directive = &conf_directives[i];
		char *entry = entry_find(manual, directive->keyword), number[16] = "", range[40];
		const char *said = entry ? strstr(entry, "Default:") : NULL;

		assert_non_null(said);
		snprintf(range, sizeof(range), "%u to %u", directive->minimum, directive->maximum);
		if (directive->maximum && !strstr(entry, range))
			fail_msg("relay.conf.5: the range of %s is %s", directive->keyword, range);
		sscanf(directive->fallback, "%15[0-9.]", number);
		if (*number && !strstr(said, number))
			fail_msg("relay.conf.5: the default of %s is %s", directive->keyword, directive->fallback);
		free(entry);
	}
	free(manual);
}

/* Conf accepts the text, or the test fails with its reason. */
static void accept_text(const char *name, const char *text)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse(name, text, strlen(text), &report);

	if (!settings)
		fail_msg("%s is refused: %s", name, report.count ? report.lines[0] : "no reason given");
	conf_settings_free(settings);
	conf_report_clear(&report);
}

/* The literal blocks of the manual: a relay, two more lines for it, a gateway, a translator. */
static void examples_of_the_manual_are_accepted(void **state)
{
	static const char begin[] = ".Bd -literal -offset indent\n", end[] = ".Ed\n";
	char *manual = file_read("man/relay.conf.5"), blocks[4][1024], both[2048];
	const char *at = strstr(manual, ".Sh EXAMPLES");

	(void)state;
	assert_non_null(at);
	for (size_t i = 0; i < 4; i++) {
		const char *stop;

		at = strstr(at, begin);
		stop = at ? strstr(at, end) : NULL;
		if (!stop)
			fail_msg("relay.conf.5 has %zu examples, expected 4", i);
		at += strlen(begin);
		snprintf(blocks[i], sizeof(blocks[i]), "%.*s", (int)(stop - at), at);
	}
	snprintf(both, sizeof(both), "%s%s", blocks[0], blocks[1]);
	accept_text("the manual's relay", blocks[0]);
	accept_text("the manual's relay with a map", both);
	accept_text("the manual's gateway", blocks[2]);
	accept_text("the manual's translator", blocks[3]);
	free(manual);
}

static bool is_settings_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && strcmp(dot, ".conf") == 0 && strcmp(name, "unbound.conf") != 0;
}

static void example_files_are_accepted(void **state)
{
	static const char *const relays[] = {"relay.conf", "public.conf", "several.conf", "wireguard.conf"};
	char path[PATH_ROOM], name[PATH_ROOM];
	size_t count = 0, closed = 0;
	struct dirent *entry;
	DIR *folder;

	(void)state;
	path_make(path, "examples");
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		char *text;

		if (!is_settings_file(entry->d_name))
			continue;
		snprintf(name, sizeof(name), "examples/%s", entry->d_name);
		text = file_read(name);
		accept_text(name, text);
		for (size_t i = 0; i < sizeof(relays) / sizeof(relays[0]); i++)
			closed += strcmp(entry->d_name, relays[i]) == 0 && strstr(text, "\nsplit-domain ");
		count++;
		free(text);
	}
	closedir(folder);
	assert_true(count > closed); /* or the folder is another one */
	assert_int_equal(closed, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_directive_is_in_the_manual),
		cmocka_unit_test(every_keyword_of_the_manual_is_a_directive),
		cmocka_unit_test(ranges_and_defaults_are_in_the_manual),
		cmocka_unit_test(examples_of_the_manual_are_accepted),
		cmocka_unit_test(example_files_are_accepted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
