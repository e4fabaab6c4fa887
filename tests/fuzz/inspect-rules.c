/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules that messages are read by, from lines of text. */
#include "tests/fuzz/inspect.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool name_parse(const char *text, struct inspect_name *name)
{
	name->length = 0;
	while (*text != '\0' && *text != '.') {
		size_t count = strcspn(text, ".");

		if (count > 63 || name->length + count + 2 > sizeof(name->octets))
			return false;
		name->octets[name->length++] = (uint8_t)count;
		for (size_t i = 0; i < count; i++)
			name->octets[name->length++] = (uint8_t)tolower((unsigned char)text[i]);
		text += count + (text[count] == '.');
	}
	name->octets[name->length++] = 0;
	return true;
}

static bool range_parse(char *text, struct inspect_range *range)
{
	char *slash = strchr(text, '/');
	struct in_addr address;

	if (!slash)
		return false;
	*slash = '\0';
	range->length = (unsigned)atoi(slash + 1);
	if (inet_pton(AF_INET, text, &address) != 1 || range->length > 32)
		return false;
	range->address = ntohl(address.s_addr);
	return true;
}

static bool prefix_parse(char *text, struct inspect_prefix *prefix)
{
	char *slash = strchr(text, '/');

	if (!slash)
		return false;
	*slash = '\0';
	prefix->length = (unsigned)atoi(slash + 1);
	return inet_pton(AF_INET6, text, &prefix->address) == 1 && prefix->length >= 32 && prefix->length <= 96;
}

static bool rule_read(struct inspect_rules *rules, const char *keyword, char *value, const char *options)
{
	struct inspect_zone *zone = &rules->zones[rules->zone_count];

	if (rules->secret_count == INSPECT_MAX || rules->zone_count == INSPECT_MAX || rules->prefix_count == INSPECT_MAX ||
	    rules->allowed_count == INSPECT_MAX || rules->denied_count == INSPECT_MAX)
		return false;
	if (strcmp(keyword, "secret") == 0)
		return name_parse(value, &rules->secrets[rules->secret_count++]);
	if (strcmp(keyword, "prefix") == 0) {
		rules->prefixes[rules->prefix_count].global = strstr(options, "global");
		return prefix_parse(value, &rules->prefixes[rules->prefix_count++]);
	}
	if (strcmp(keyword, "allow") == 0)
		return range_parse(value, &rules->allowed[rules->allowed_count++]);
	if (strcmp(keyword, "deny") == 0)
		return range_parse(value, &rules->denied[rules->denied_count++]);
	if (strcmp(keyword, "twin") == 0)
		return range_parse(value, &rules->twin);
	if (strcmp(keyword, "twin6") == 0)
		return prefix_parse(value, &rules->twin6);
	if (strcmp(keyword, "closed6") == 0)
		return prefix_parse(value, &rules->closed6);
	zone->reverse = strcmp(keyword, "reverse") == 0;
	if (!zone->reverse && strcmp(keyword, "zone") != 0)
		return false;
	zone->native = strstr(options, "native");
	zone->real = strstr(options, "real");
	zone->passes = strstr(options, "passes");
	zone->same = strstr(options, "same");
	rules->zone_count++;
	return name_parse(value, &zone->name);
}

unsigned inspect_rules_read(struct inspect_rules *rules, const char *text)
{
	char line[512], keyword[16], value[300], options[64];

	memset(rules, 0, sizeof(*rules));
	for (unsigned number = 1; *text != '\0'; number++) {
		size_t length = strcspn(text, "\n");
		int words;

		if (length >= sizeof(line))
			return number;
		memcpy(line, text, length);
		line[length] = options[0] = '\0';
		words = sscanf(line, "%15s %299s %63[^\n]", keyword, value, options);
		if (words > 0 && (words < 2 || !rule_read(rules, keyword, value, options)))
			return number;
		text += length + (text[length] == '\n');
	}
	return 0;
}
