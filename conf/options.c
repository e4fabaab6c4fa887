/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a command line: the table is turned into getopt_long's, and into the text of --help. */
#include "conf/options.h"

#include "conf/value.h"
#include "conf/report.h"

#include <getopt.h>
#include <string.h>

enum { OPTIONS_MAX = 24, OPTION_VALUE = 256 };

static const struct conf_option help = {'h', "help", NULL, "print this", .flag = NULL};

/* getopt's view of a table. An option without a letter gets a value above every char. */
struct getopt_view {
	struct option longs[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 5];
};

static int option_value(const struct conf_options *options, size_t index)
{
	return options->items[index].letter != 0 ? options->items[index].letter : OPTION_VALUE + (int)index;
}

static void view_fill(struct getopt_view *view, const struct conf_options *options)
{
	char *letter = view->letters;

	if (options->stop_at_operand)
		*letter++ = '+';
	*letter++ = ':'; /* a missing value is told from an unknown option */
	*letter++ = help.letter;
	for (size_t i = 0; i < options->count; i++) {
		const struct conf_option *option = &options->items[i];

		view->longs[i] = (struct option){option->name, option->argument != NULL, NULL, option_value(options, i)};
		if (option->letter == 0)
			continue;
		*letter++ = option->letter;
		if (option->argument)
			*letter++ = ':';
	}
	*letter = '\0';
	view->longs[options->count] = (struct option){help.name, no_argument, NULL, help.letter};
	view->longs[options->count + 1] = (struct option){NULL, 0, NULL, 0};
}

static const struct conf_option *option_find(const struct conf_options *options, int value)
{
	for (size_t i = 0; i < options->count; i++)
		if (option_value(options, i) == value)
			return &options->items[i];
	return value == help.letter ? &help : NULL;
}

static int option_store(const struct conf_option *option, const char *value, struct conf_report *report)
{
	if (option->flag) {
		*option->flag = true;
	} else if (option->text) {
		*option->text = value;
	} else if (option->set) {
		option->set(option->context, option->value);
	} else if (option->words->count < sizeof(option->words->items) / sizeof(option->words->items[0])) {
		option->words->items[option->words->count++] = value;
	} else {
		return conf_report_add(report, "--%s %s: too many of them", option->name, value);
	}
	return 0;
}

/* The option that --name=value may have meant, or NULL. */
static const char *nearest_find(const struct conf_options *options, const char *word)
{
	char name[64];
	struct conf_nearest search = {.word = name};

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	for (size_t i = 0; i < options->count && *name != '\0'; i++)
		conf_nearest_offer(&search, options->items[i].name);
	return search.nearest;
}

/* What getopt stumbled over: inside -abc the letter alone is known, of --name the word, and whether there is such an option. */
static void option_refuse(const struct conf_options *options, const char *word, bool lacks_value, struct conf_report *report)
{
	const struct conf_option *known = optopt != 0 ? option_find(options, optopt) : NULL;
	const char *nearest = optopt == 0 && strncmp(word, "--", 2) == 0 ? nearest_find(options, word + 2) : NULL;
	char letter[] = {'-', (char)optopt, '\0'};

	if (optopt != 0 && (!known || strncmp(word, "--", 2) != 0))
		word = letter;
	conf_report_add(report, "%s %s%s%s%s see %s", word,
			lacks_value ? "needs a value" :
			known       ? "takes no value" :
				      "is not an option",
			nearest ? ": did you mean --" : "", nearest ? nearest : "", nearest ? "?" : ";", options->help);
}

int conf_options_parse(const struct conf_options *options, int argc, char **argv, struct conf_report *report)
{
	struct getopt_view view;
	int value;

	view_fill(&view, options);
	optind = opterr = 0; /* glibc: begin anew */
	while ((value = getopt_long(argc, argv, view.letters, view.longs, NULL)) != -1) {
		if (value == help.letter)
			return CONF_OPTIONS_HELP;
		if (value == '?' || value == ':') {
			/* musl's optind is beyond the end where a letter lacks its value */
			option_refuse(options, argv[(optind > argc ? argc : optind) - 1], value == ':', report);
			return CONF_OPTIONS_WRONG;
		}
		if (option_store(option_find(options, value), optarg, report) != 0)
			return CONF_OPTIONS_WRONG;
	}
	if (options->operands_max >= 0 && argc - optind > options->operands_max) {
		conf_report_add(report, "\"%s\" is one word too many; see %s", argv[optind + options->operands_max],
				options->help);
		return CONF_OPTIONS_WRONG;
	}
	return optind;
}

static void option_print(const struct conf_option *option, FILE *stream)
{
	char letter[] = {'-', option->letter, ',', '\0'}, text[48];

	snprintf(text, sizeof(text), "%3s --%s %s", option->letter != 0 ? letter : "", option->name,
		 option->argument ? option->argument : "");
	fprintf(stream, "  %-32s %s\n", text, option->help);
}

void conf_options_print(const struct conf_options *options, FILE *stream)
{
	for (size_t i = 0; i < options->count; i++)
		option_print(&options->items[i], stream);
	option_print(&help, stream);
}
