/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's command line. */
#ifndef NAT64_OPTIONS_H
#define NAT64_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

struct conf_report;

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_action action;
	const char *config;
	bool debug;
	bool no_offloads;
};

/* 0, or -1 with a message. */
int options_parse(struct options *options, int count, char **words, struct conf_report *report);

/* Usage, options, and the directives of the settings' file. */
void options_print_help(FILE *stream);

#endif
