/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directive table: the one place that knows which keywords relay.conf has. */
#ifndef CONF_DIRECTIVE_H
#define CONF_DIRECTIVE_H

#include "conf/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conf_report;
struct conf_settings;

/* Which component reads a directive. */
enum conf_component {
	CONF_DNS = 1,        /* the module and the generated unbound.conf */
	CONF_TRANSLATOR = 2, /* nat64d */
	CONF_NODE = 4,       /* nat64-relay: kernel, rules, Tailscale */
};

struct conf_directive {
	const char *keyword;
	const char *arguments; /* as the manual writes them */
	unsigned min_arguments;
	unsigned max_arguments;
	enum { CONF_ONCE, CONF_LAST, CONF_REPEATABLE } repeat; /* CONF_LAST: a second line is noticed, and counts */
	unsigned components;                                   /* enum conf_component, or-ed */
	const char *fallback;                                  /* the default, as the manual writes it */
	const char *help;
	/* Store the line. 0, or -1 with a message in the report. */
	int (*store)(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report);
	size_t offset; /* for the typed store functions: the member of conf_settings */
	unsigned minimum, maximum;
	bool (*complete)(struct conf_settings *settings); /* the default that follows from what the file says, or NULL. False: out of memory */
	const char *initial; /* the word that is stored when the file has no such line; NULL: none */
	void (*clear)(const struct conf_directive *directive, struct conf_settings *settings); /* free what was stored, or NULL */
};

extern const struct conf_directive conf_directives[];
extern const size_t conf_directive_count;

/* The directive of a keyword in any case, or NULL. */
const struct conf_directive *conf_directive_find(const char *keyword);

/* Print the table, a line of arguments and help each, for --help. */
void conf_directives_print(FILE *stream);

#endif
