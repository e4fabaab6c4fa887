/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's command line: one table for the parser and for --help. */
#include "nat64/tayga/options.h"

#include "conf/directive.h"
#include "conf/nearest.h"
#include "conf/report.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Options without a letter. */
enum { OPTION_SYSLOG = 256, OPTION_STDOUT, OPTION_JOURNAL, OPTION_MKTUN, OPTION_RMTUN };

static const struct {
	struct option option; /* val is the short form */
	const char *argument;
	const char *help;
} table[] = {
	{{"config", required_argument, NULL, 'c'}, "FILE", "the settings [" RELAY_CONF_PATH "]"},
	{{"debug", no_argument, NULL, 'd'}, NULL, "say more, and on the standard output"},
	{{"nodetach", no_argument, NULL, 'n'}, NULL, "stay in the foreground, as without the name tayga"},
	{{"detach", no_argument, NULL, 'D'}, NULL, "go to the background once it translates"},
	{{"user", required_argument, NULL, 'u'}, "NAME", "become this user, whatever the settings say"},
	{{"group", required_argument, NULL, 'g'}, "NAME", "become this group instead of the user's own"},
	{{"chroot", no_argument, NULL, 'r'}, NULL, "make data-dir the root directory"},
	{{"pidfile", required_argument, NULL, 'p'}, "FILE", "write the process id to this file"},
	{{"syslog", no_argument, NULL, OPTION_SYSLOG}, NULL, "log to syslog"},
	{{"stdout", no_argument, NULL, OPTION_STDOUT}, NULL, "log to the standard output"},
	{{"journal", no_argument, NULL, OPTION_JOURNAL}, NULL, "log to the journal"},
	{{"mktun", no_argument, NULL, OPTION_MKTUN}, NULL, "make the device, and end"},
	{{"rmtun", no_argument, NULL, OPTION_RMTUN}, NULL, "remove the device, and end"},
	{{"no-offloads", no_argument, NULL, 'O'}, NULL, "run as on a kernel whose TUN has no offloads"},
	{{"help", no_argument, NULL, 'h'}, NULL, "print this and end"},
	{{"version", no_argument, NULL, 'V'}, NULL, "print the version and end"},
};

#define TABLE_COUNT (sizeof(table) / sizeof(*table))

/* An action excludes every other. */
static void action_set(struct options *options, enum options_action action, struct conf_report *report)
{
	if (options->action == OPTIONS_RUN || options->action == action)
		options->action = action;
	else
		conf_report_add(report, "of --help, --version, --mktun and --rmtun there may be one alone");
}

/* Options that say what to do, or where to log. */
static void option_apply_long(struct options *options, int letter, struct conf_report *report)
{
	switch (letter) {
	case OPTION_SYSLOG:
		options->sink = LOG_SINK_SYSLOG;
		break;
	case OPTION_STDOUT:
		options->sink = LOG_SINK_STDOUT;
		break;
	case OPTION_JOURNAL:
		options->sink = LOG_SINK_JOURNAL;
		break;
	case OPTION_MKTUN:
		action_set(options, OPTIONS_DEVICE_MAKE, report);
		break;
	case OPTION_RMTUN:
		action_set(options, OPTIONS_DEVICE_REMOVE, report);
		break;
	case 'h':
		action_set(options, OPTIONS_HELP, report);
		break;
	case 'V':
		action_set(options, OPTIONS_VERSION, report);
		break;
	}
}

static void option_apply(struct options *options, int letter, struct conf_report *report)
{
	switch (letter) {
	case 'c':
		options->config = optarg;
		break;
	case 'd':
		options->debug = true;
		options->sink = LOG_SINK_STDOUT;
		options->detach = false;
		break;
	case 'n':
		options->detach = false;
		break;
	case 'D':
		options->detach = true;
		break;
	case 'u':
		options->user = optarg;
		break;
	case 'g':
		options->group = optarg;
		break;
	case 'r':
		options->change_root = true;
		break;
	case 'p':
		options->pidfile = optarg;
		break;
	case 'O':
		options->no_offloads = true;
		break;
	default:
		option_apply_long(options, letter, report);
	}
}

/* What getopt_long() takes, made of the table. */
static void table_convert(struct option *longs, char *shorts)
{
	*shorts++ = ':';
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		longs[i] = table[i].option;
		if (table[i].option.val > UCHAR_MAX)
			continue;
		*shorts++ = (char)table[i].option.val;
		if (table[i].argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[TABLE_COUNT] = (struct option){0};
}

/* The option that --name=value may have meant, or NULL. */
static const char *option_nearest(const char *word)
{
	char name[64];
	struct conf_nearest search = {.word = name};

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		conf_nearest_offer(&search, table[i].option.name);
	return search.nearest;
}

/* What getopt stumbled over: inside -abc the letter alone is known, of --name the word. */
static void option_refuse(bool lacks_value, const char *word, struct conf_report *report)
{
	char letter[] = {'-', (char)optopt, '\0'};
	const char *nearest = optopt || strncmp(word, "--", 2) != 0 ? NULL : option_nearest(word + 2);

	conf_report_add(report, "%s %s%s%s%s; see --help", optopt ? letter : word,
			lacks_value ? "wants a value" : "is no option", nearest ? ": did you mean --" : "",
			nearest ? nearest : "", nearest ? "?" : "");
}

/* What TAYGA does when it is told nothing; everybody else is told, or started by systemd. */
static struct options options_default(const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
	bool as_tayga = strcmp(name, "tayga") == 0;

	return (struct options){.as_tayga = as_tayga,
				.detach = as_tayga,
				.config = as_tayga ? "/etc/tayga.conf" : RELAY_CONF_PATH,
				.sink = as_tayga ? LOG_SINK_SYSLOG : LOG_SINK_STDERR};
}

/* What cannot be together. */
static void options_check(const struct options *options, struct conf_report *report)
{
	bool device = options->action == OPTIONS_DEVICE_MAKE || options->action == OPTIONS_DEVICE_REMOVE;

	if (device && options->as_tayga && (options->user || options->group))
		conf_report_add(report, "--mktun and --rmtun take neither --user nor --group");
	if (device && options->change_root)
		conf_report_add(report, "--mktun and --rmtun take no --chroot");
	if (options->change_root && (!options->user || strcmp(options->user, "root") == 0))
		conf_report_add(report, "--chroot wants --user with another user than root, who would leave it again");
}

int nat64d_options_parse(struct options *options, int count, char **words, struct conf_report *report)
{
	struct option longs[TABLE_COUNT + 1];
	char shorts[2 * TABLE_COUNT + 2];
	size_t before = report->count;
	int letter;

	*options = options_default(count > 0 ? words[0] : "");
	table_convert(longs, shorts);
	opterr = 0;
	while ((letter = getopt_long(count, words, shorts, longs, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			option_refuse(letter == ':', words[optind - 1], report);
			return -1;
		}
		option_apply(options, letter, report);
	}
	options_check(options, report);
	if (optind < count && !options->as_tayga) /* TAYGA does not look at them */
		conf_report_add(report, "\"%s\" is one word too many; see --help", words[optind]);
	return report->count == before ? 0 : -1;
}

void nat64d_options_print_help(FILE *stream)
{
	fputs("usage: nat64d [options]\n\nTranslates between IPv6 and IPv4 on a TUN device (RFC 7915).\n\noptions:\n",
	      stream);
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		char text[32];

		char letter[] = {'-', (char)table[i].option.val, ',', '\0'};

		snprintf(text, sizeof(text), "%3s --%s %s", table[i].option.val > UCHAR_MAX ? "" : letter,
			 table[i].option.name, table[i].argument ? table[i].argument : "");
		fprintf(stream, "  %-22s %s\n", text, table[i].help);
	}
	fputs("\nexit status: 0 ended by a signal, 1 a failure of the system, 2 wrong settings or options (1 when called tayga).\n"
	      "\ndirectives of the settings' file:\n",
	      stream);
	conf_directives_print(stream);
}
