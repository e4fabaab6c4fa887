/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's command line: one table for the parser and for --help. */
#include "nat64/options.h"

#include "conf/directive.h"
#include "conf/report.h"

#include <getopt.h>
#include <string.h>

static const struct {
	struct option option; /* val is the short form */
	const char *argument;
	const char *help;
} table[] = {
	{ { "config", required_argument, NULL, 'c' }, "FILE", "the settings [" RELAY_CONF_PATH "]" },
	{ { "debug", no_argument, NULL, 'd' }, NULL, "say more, and on the standard output" },
	{ { "nodetach", no_argument, NULL, 'n' }, NULL, "stay in the foreground, as nat64d always does" },
	{ { "no-offloads", no_argument, NULL, 'O' }, NULL, "run as on a kernel whose TUN has no offloads" },
	{ { "help", no_argument, NULL, 'h' }, NULL, "print this and end" },
	{ { "version", no_argument, NULL, 'V' }, NULL, "print the version and end" },
};

#define TABLE_COUNT (sizeof(table) / sizeof(*table))

static void option_apply(struct options *options, int letter)
{
	switch (letter) {
	case 'c':
		options->config = optarg;
		break;
	case 'd':
		options->debug = true;
		break;
	case 'O':
		options->no_offloads = true;
		break;
	case 'h':
		options->action = OPTIONS_HELP;
		break;
	case 'V':
		options->action = OPTIONS_VERSION;
		break;
	}
}

/* What getopt_long() takes, made of the table. */
static void table_convert(struct option *longs, char *shorts)
{
	*shorts++ = ':';
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		longs[i] = table[i].option;
		*shorts++ = (char)table[i].option.val;
		if (table[i].argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[TABLE_COUNT] = (struct option){ 0 };
}

/* What getopt stumbled over: inside -abc the letter alone is known, of --name the word. */
static void option_refuse(bool lacks_value, const char *word, struct conf_report *report)
{
	char letter[] = { '-', (char)optopt, '\0' };

	conf_report_add(report, "%s %s; see --help", optopt ? letter : word, lacks_value ? "wants a value" : "is no option");
}

int options_parse(struct options *options, int count, char **words, struct conf_report *report)
{
	struct option longs[TABLE_COUNT + 1];
	char shorts[2 * TABLE_COUNT + 2];
	int letter;

	*options = (struct options){ .config = RELAY_CONF_PATH };
	table_convert(longs, shorts);
	opterr = 0;
	while ((letter = getopt_long(count, words, shorts, longs, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			option_refuse(letter == ':', words[optind - 1], report);
			return -1;
		}
		option_apply(options, letter);
	}
	if (optind == count)
		return 0;
	conf_report_add(report, "\"%s\" is one word too many; see --help", words[optind]);
	return -1;
}

void options_print_help(FILE *stream)
{
	fputs("usage: nat64d [options]\n\nTranslates between IPv6 and IPv4 on a TUN device (RFC 7915).\n\noptions:\n", stream);
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		char text[32];

		snprintf(text, sizeof(text), "-%c, --%s %s", table[i].option.val, table[i].option.name,
			 table[i].argument ? table[i].argument : "");
		fprintf(stream, "  %-22s %s\n", text, table[i].help);
	}
	fputs("\nexit status: 0 ended by a signal, 1 a failure of the system, 2 wrong settings or options.\n"
	      "\ndirectives of the settings' file:\n", stream);
	conf_directives_print(stream);
}
