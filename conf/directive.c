/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The look-up in the directive table. */
#include "conf/directive.h"

#include <string.h>

const struct conf_directive *conf_directive_find(const char *keyword)
{
	for (size_t i = 0; i < conf_directive_count; i++)
		if (strcasecmp(conf_directives[i].keyword, keyword) == 0)
			return &conf_directives[i];
	return NULL;
}

void conf_directives_print(FILE *stream)
{
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct conf_directive *directive = &conf_directives[i];
		fprintf(stream, "  %s %s%s\n      %s (default: %s)\n", directive->keyword, directive->arguments,
			directive->repeat == CONF_REPEATABLE ? "   [repeatable]" : "", directive->help,
			directive->fallback);
	}
}
