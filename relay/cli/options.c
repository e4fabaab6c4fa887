/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a subcommand: the table is turned into getopt_long's, and into the text of --help. */
#include "relay/cli/options.h"
#include "conf/nearest.h"
#include "relay/cli/command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 24, OPTION_VALUE = 256, HELP_VALUE = OPTION_VALUE + OPTIONS_MAX };

/* getopt's view of a table. An option without a letter gets a value above every char. */
struct getopt_view {
	struct option longs[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 4];
};

static int option_value(const struct relay_option *options, size_t index)
{
	return options[index].letter != 0 ? options[index].letter : OPTION_VALUE + (int)index;
}

static void view_fill(struct getopt_view *view, const struct relay_option *options, size_t count, bool stop_at_operand)
{
	char *letter = view->letters;

	if (stop_at_operand)
		*letter++ = '+';
	*letter++ = 'h';
	for (size_t i = 0; i < count; i++) {
		view->longs[i] = (struct option){options[i].name, options[i].argument != NULL, NULL,
						 option_value(options, i)};
		if (options[i].letter == 0)
			continue;
		*letter++ = options[i].letter;
		if (options[i].argument)
			*letter++ = ':';
	}
	*letter = '\0';
	view->longs[count] = (struct option){"help", no_argument, NULL, HELP_VALUE};
	view->longs[count + 1] = (struct option){NULL, 0, NULL, 0};
}

static void help_print(const struct relay_command *command, const struct relay_option *options, size_t count)
{
	printf("usage: nat64-relay %s %s\n%s\n\n", command->name, command->arguments, command->help);
	for (size_t i = 0; i < count; i++) {
		char left[48];

		snprintf(left, sizeof(left), "%c%c%s --%s %s", options[i].letter != 0 ? '-' : ' ',
			 options[i].letter != 0 ? options[i].letter : ' ', options[i].letter != 0 ? "," : " ",
			 options[i].name, options[i].argument ? options[i].argument : "");
		printf("  %-32s %s\n", left, options[i].help);
	}
	printf("  %-32s %s\n", "-h, --help", "print this");
}

static const struct relay_option *option_find(const struct relay_option *options, size_t count, int value)
{
	for (size_t i = 0; i < count; i++)
		if (option_value(options, i) == value)
			return &options[i];
	return NULL;
}

static int option_store(const struct relay_option *option, const char *value)
{
	if (option->flag) {
		*option->flag = true;
	} else if (option->text) {
		*option->text = value;
	} else if (option->words->count < sizeof(option->words->items) / sizeof(option->words->items[0])) {
		option->words->items[option->words->count++] = value;
	} else {
		fprintf(stderr, "nat64-relay: --%s %s: too many of them\n", option->name, value);
		return -1;
	}
	return 0;
}

/* After getopt's own message: the option that was meant by an unknown long one, if any, and where to read on. */
static void wrong_print(const struct relay_command *command, const char *word, const struct relay_option *options,
			size_t count)
{
	char name[64];
	struct conf_nearest search = {.word = name};

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	for (size_t i = 0; i < count && *name != '\0'; i++)
		conf_nearest_offer(&search, options[i].name);
	fprintf(stderr, "nat64-relay: %s%s%ssee nat64-relay %s%s--help\n", search.nearest ? "did you mean --" : "",
		search.nearest ? search.nearest : "", search.nearest ? "? " : "", command->name,
		*command->name ? " " : "");
}

int relay_options_parse(const struct relay_command *command, int argc, char **argv, const struct relay_option *options,
			size_t count, int max_operands)
{
	struct getopt_view view;
	int value;

	view_fill(&view, options, count, !command->run);
	optind = 0; /* glibc: begin anew */
	while ((value = getopt_long(argc, argv, view.letters, view.longs, NULL)) != -1) {
		const struct relay_option *option = option_find(options, count, value);

		if (value == 'h' || value == HELP_VALUE) {
			help_print(command, options, count);
			return RELAY_OPTIONS_HELP;
		}
		if (!option || option_store(option, optarg) != 0) {
			bool unknown = value == '?' && optopt == 0 && strncmp(argv[optind - 1], "--", 2) == 0;

			wrong_print(command, unknown ? argv[optind - 1] + 2 : "", options, count);
			return RELAY_OPTIONS_WRONG;
		}
	}
	if (max_operands >= 0 && argc - optind > max_operands) {
		fprintf(stderr, "nat64-relay: \"%s\" is one word too many; see nat64-relay %s --help\n",
			argv[optind + max_operands], command->name);
		return RELAY_OPTIONS_WRONG;
	}
	return optind;
}
