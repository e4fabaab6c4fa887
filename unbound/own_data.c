/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines local-data of a user's own, with an address. Unbound looks into them for the questions of clients, and not for its own look-ups or the module's, and a
 * name that has a line has the types of its lines alone. So a line
 *
 *   for a real name             changes nothing of the split name, which is made of what the upstream says;
 *   for a split name            is what clients get: an address outside of the prefix leads them around the relay;
 *   with A for any other name   leaves it without AAAA, and dns64 makes none of it;
 *   in a zone always_...        is not looked at, and outside of a view without view-first not for that view's clients.
 *
 * Only the first that is true of a line is told. What to do is a line that can be copied.
 */
#include "unbound/own_data.h"

#include "unbound/own_lines.h"

#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RECORD_ROOM = 400, TEXT_ROOM = 900 };

/* The judge, and whom to tell. */
struct judge {
	const struct conf_settings *settings;
	const struct unboundconf_own_lines *lines;
	unboundconf_data_observer *observer;
	void *context;
};

/* NAME [TTL] [IN] A|AAAA ADDRESS */
struct data {
	const struct unboundconf_own_line *line;
	char *name; /* as conf_domain_parse makes it */
	struct conf_address address;
};

static bool is_keyword(const struct unboundconf_own_line *line, const char *keyword)
{
	return line->keyword && strcmp(line->keyword, keyword) == 0;
}

/* True with a name to free. */
static bool data_parse(const struct unboundconf_own_line *line, struct data *data)
{
	char text[RECORD_ROOM], *rest = NULL, *word, *type;

	*data = (struct data){.line = line};
	if (!is_keyword(line, "local-data"))
		return false;
	snprintf(text, sizeof(text), "%s", unboundconf_own_line_value(line, 0));
	word = strtok_r(text, " \t", &rest);
	data->name = word ? conf_domain_parse(word) : NULL;
	type = strtok_r(NULL, " \t", &rest);
	while (type && (isdigit((unsigned char)*type) || strcasecmp(type, "IN") == 0))
		type = strtok_r(NULL, " \t", &rest);
	word = strtok_r(NULL, " \t", &rest);
	if (data->name && type && word && (strcasecmp(type, "A") == 0 || strcasecmp(type, "AAAA") == 0) &&
	    conf_address_parse(word, &data->address) == 0)
		return true;
	free(data->name);
	return false;
}

static void tell(const struct judge *judge, const struct data *data, const char *why, const char *advice)
{
	char text[TEXT_ROOM];

	snprintf(text, sizeof(text), "%s:%u: local-data: %s: %s", data->line->file, data->line->number,
		 unboundconf_own_line_value(data->line, 0), why);
	judge->observer(judge->context, text, advice);
}

/* Do the two lines stand in one view, or both in none? */
static bool is_beside(const struct unboundconf_own_line *line, const struct unboundconf_own_line *other)
{
	return strcmp(line->clause, other->clause) == 0 &&
	       (line->ordinal == other->ordinal || strcmp(line->clause, "server") == 0);
}

/* The local-zone nearest to the name; NULL. Of two for one zone the last counts. */
static const struct unboundconf_own_line *zone_find(const struct judge *judge, const struct data *data)
{
	const struct unboundconf_own_line *found = NULL;
	size_t length = 0;

	for (size_t i = 0; i < judge->lines->count; i++) {
		const struct unboundconf_own_line *line = &judge->lines->items[i];
		char *zone = is_keyword(line, "local-zone") && is_beside(line, data->line) ?
				     conf_domain_parse(unboundconf_own_line_value(line, 0)) :
				     NULL;

		if (zone && (strcmp(zone, ".") == 0 || conf_domain_is_within(data->name, zone)) && strlen(zone) >= length) {
			found = line;
			length = strlen(zone);
		}
		free(zone);
	}
	return found;
}

static bool zone_hides(const struct judge *judge, const struct data *data)
{
	const struct unboundconf_own_line *zone = zone_find(judge, data);
	const char *type = unboundconf_own_line_value(zone, 1);
	char why[TEXT_ROOM], advice[TEXT_ROOM];

	if (strncmp(type, "always_", strlen("always_")) != 0)
		return false;
	snprintf(why, sizeof(why), "no client gets it, because the local-zone %s %s (%s:%u) ignores local-data",
		 unboundconf_own_line_value(zone, 0), type, zone->file, zone->number);
	snprintf(advice, sizeof(advice), "write \"local-zone: %s %s\" there", unboundconf_own_line_value(zone, 0),
		 strcmp(type, "always_transparent") == 0 ? "transparent" : "static");
	tell(judge, data, why, advice);
	return true;
}

/* A view that has lines of its own, and none view-first: yes: the lines outside of it are not for its clients. */
static bool view_hides(const struct judge *judge, const struct data *data)
{
	char why[TEXT_ROOM], advice[TEXT_ROOM];

	for (size_t i = 0; strcmp(data->line->clause, "server") == 0 && i < judge->lines->count; i++) {
		const struct unboundconf_own_line *line = &judge->lines->items[i],
						  *name = unboundconf_own_lines_beside(judge->lines, line, "name"),
						  *first = unboundconf_own_lines_beside(judge->lines, line, "view-first");

		if (!line->keyword || strcmp(line->clause, "view") != 0 ||
		    (strcmp(line->keyword, "local-zone") != 0 && strcmp(line->keyword, "local-data") != 0) ||
		    strcmp(unboundconf_own_line_value(first, 0), "yes") == 0)
			continue;
		snprintf(why, sizeof(why), "clients of the view %s (%s:%u) do not get it",
			 unboundconf_own_line_value(name, 0), line->file, line->number);
		snprintf(advice, sizeof(advice), "write \"view-first: yes\" in that view");
		tell(judge, data, why, advice);
		return true;
	}
	return false;
}

/* The split domain nearest to the name, by either of its two names; NULL. */
static const struct conf_split_domain *domain_find(const struct judge *judge, const char *name, bool real)
{
	const struct conf_split_domain *found = NULL;

	for (size_t i = 0; i < judge->settings->dns.split_domain_count; i++) {
		const struct conf_split_domain *domain = &judge->settings->dns.split_domains[i];
		const char *zone = real ? domain->real : domain->split;

		if (strcmp(zone, ".") != 0 && conf_domain_is_within(name, zone) &&
		    (!found || strlen(zone) > strlen(real ? found->real : found->split)))
			found = domain;
	}
	return found;
}

/* "local-data: \"NAME AAAA ADDRESS\"", of what the line says, inside a prefix. False: it has no address to be moved. */
static bool line_print(const struct data *data, const char *name, const struct conf_prefix6 *prefix, char text[TEXT_ROOM])
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr inside;

	if (data->address.family != AF_INET || !prefix)
		return false;
	inside = conf_rfc6052_embed(prefix, data->address.v4);
	snprintf(text, TEXT_ROOM, "write \"local-data: '%s. AAAA %s'\"", name,
		 inet_ntop(AF_INET6, &inside, address, sizeof(address)));
	return true;
}

/* Does the address lead to the relay? */
static bool is_relayed(const struct conf_common *common, const struct conf_address *address)
{
	if (address->family == AF_INET)
		return common->has_twin && conf_prefix4_contains(&common->twin.twin, address->v4);
	for (size_t i = 0; i < common->prefix_count; i++)
		if (conf_prefix6_contains(&common->prefixes[i].prefix, &address->v6))
			return true;
	return common->has_twin6 && conf_prefix6_contains(&common->twin6.twin, &address->v6);
}

static void split_judge(const struct judge *judge, const struct data *data, const struct conf_split_domain *domain)
{
	char advice[TEXT_ROOM];

	if (is_relayed(&judge->settings->common, &data->address))
		return;
	if (!line_print(data, data->name, conf_settings_prefix_of(judge->settings, domain->split), advice))
		snprintf(advice, sizeof(advice), "remove the line");
	else
		snprintf(advice + strlen(advice), sizeof(advice) - strlen(advice), " instead");
	tell(judge, data, "clients get this address as it is, and bypass the relay", advice);
}

/* Is there a line with an IPv6 address for the name, beside this one? */
static bool has_aaaa(const struct judge *judge, const struct data *data, const char *name)
{
	bool found = false;
	struct data other;

	for (size_t i = 0; i < judge->lines->count; i++) {
		if (!is_beside(&judge->lines->items[i], data->line) || !data_parse(&judge->lines->items[i], &other))
			continue;
		found |= other.address.family == AF_INET6 && strcasecmp(other.name, name) == 0;
		free(other.name);
	}
	return found;
}

static void real_judge(const struct judge *judge, const struct data *data, const struct conf_split_domain *domain)
{
	char name[RECORD_ROOM], why[TEXT_ROOM], advice[TEXT_ROOM];
	size_t before = strlen(data->name) - strlen(domain->real);

	snprintf(name, sizeof(name), "%.*s%s", (int)before, data->name, domain->split);
	if (has_aaaa(judge, data, name))
		return;
	snprintf(why, sizeof(why), "it does not change %s, whose answer comes from the upstream-dns", name);
	if (!line_print(data, name, conf_settings_prefix_of(judge->settings, domain->split), advice))
		snprintf(advice, sizeof(advice), "write a line for %s, with its address in the prefix,", name);
	snprintf(advice + strlen(advice), sizeof(advice) - strlen(advice), " beside it");
	tell(judge, data, why, advice);
}

static void dns64_judge(const struct judge *judge, const struct data *data)
{
	char advice[TEXT_ROOM];

	if (!judge->settings->dns.dns64.on || has_aaaa(judge, data, data->name) ||
	    !line_print(data, data->name, &judge->settings->dns.dns64.prefix, advice))
		return;
	snprintf(advice + strlen(advice), sizeof(advice) - strlen(advice), " beside it");
	tell(judge, data, "the name has no IPv6 address, because dns64 does not use local-data", advice);
}

/* Names of split domains are those of their real ones where both are the same. */
static void data_judge(const struct judge *judge, const struct data *data)
{
	const struct conf_split_domain *split = domain_find(judge, data->name, false),
				       *real = domain_find(judge, data->name, true);

	if (!split && !real && !judge->settings->dns.dns64.on)
		return;
	if (zone_hides(judge, data) || view_hides(judge, data))
		return;
	if (split)
		split_judge(judge, data, split);
	else if (real)
		real_judge(judge, data, real);
	else
		dns64_judge(judge, data);
}

void unboundconf_own_data_judge(const struct conf_settings *settings, unboundconf_data_observer *observer, void *context)
{
	struct unboundconf_own_lines lines;
	const struct judge judge = {settings, &lines, observer, context};
	struct data data;

	unboundconf_own_lines_read(settings, &lines);
	for (size_t i = 0; i < lines.count; i++)
		if (data_parse(&lines.items[i], &data)) {
			data_judge(&judge, &data);
			free(data.name);
		}
	unboundconf_own_lines_clear(&lines);
}
