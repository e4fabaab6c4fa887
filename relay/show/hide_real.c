/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No client learns a real suffix, neither from the resolver nor from the page. The texts of status name upstreams, probes and nodes by their
 * real names; for clients, the suffix that fits best becomes its split domain. A split domain may lie below a real suffix, or be its own:
 * so what is a split domain already stays.
 */
#include "relay/show/hide_real.h"

#include "conf/settings.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_of_label(char character)
{
	return isalnum((unsigned char)character) || character == '-' || character == '_';
}

/* Does the text begin with the domain, whatever the case, and with all of its last label? Its length, or 0. */
static size_t domain_length(const char *text, const char *domain)
{
	size_t length = strlen(domain);

	return strcmp(domain, ".") != 0 && strncasecmp(text, domain, length) == 0 && !is_of_label(text[length]) ? length :
														  0;
}

/* The longest domain that the text begins with. Its length, or 0; shown: what clients may read of it. */
static size_t domain_find(const struct conf_settings *settings, const char *text, const char **shown)
{
	size_t longest = 0;

	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const struct conf_split_domain *domain = &settings->dns.split_domains[i];
		size_t split = domain_length(text, domain->split), real = domain_length(text, domain->real);

		if (split >= longest && split > 0) {
			longest = split;
			*shown = domain->split;
		}
		if (real > longest) {
			longest = real;
			*shown = domain->split;
		}
	}
	return longest;
}

char *relay_hide_real_text(const struct conf_settings *settings, const char *text)
{
	char *hidden = NULL;
	size_t size;
	FILE *stream = open_memstream(&hidden, &size);

	if (!stream)
		return NULL;
	for (const char *at = text; *at != '\0';) {
		const char *shown = NULL;
		size_t length = at == text || !is_of_label(at[-1]) ? domain_find(settings, at, &shown) : 0;

		if (length > 0)
			fputs(shown, stream);
		else
			fputc(*at, stream);
		at += length > 0 ? length : 1;
	}
	return fclose(stream) == 0 ? hidden : NULL;
}

static void text_hide(const struct conf_settings *settings, json_t *value)
{
	char *hidden = relay_hide_real_text(settings, json_string_value(value));

	json_string_set(value, hidden ? hidden : "");
	free(hidden);
}

void relay_hide_real_json(const struct conf_settings *settings, json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_string(value))
		text_hide(settings, value);
	json_array_foreach(value, i, member)
		relay_hide_real_json(settings, member);
	json_object_foreach(value, name, member)
		relay_hide_real_json(settings, member);
}
