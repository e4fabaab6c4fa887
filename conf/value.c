/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values that both the file and the command line take, lists that grow, and the known word that is nearest to a mistyped one. */
#include "conf/value.h"

#include "conf/prefix.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_MAXIMUM = 63, NAME_MAXIMUM = 253 };

/* Labels of a name without its trailing dot. */
static bool labels_are_valid(const char *name)
{
	size_t label = 0;
	for (const char *at = name; *at; at++) {
		if (*at == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (isalnum((unsigned char)*at) || *at == '-' || *at == '_') {
			if (++label > LABEL_MAXIMUM)
				return false;
		} else {
			return false;
		}
	}
	return label > 0;
}

char *conf_domain_parse(const char *text)
{
	size_t length = strlen(text);
	char *name = strdup(text);
	if (!name || strcmp(name, ".") == 0)
		return name;
	if (length > 0 && name[length - 1] == '.')
		name[--length] = '\0';
	if (length > NAME_MAXIMUM || !labels_are_valid(name)) {
		free(name);
		return NULL;
	}
	for (char *at = name; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return name;
}

const char *conf_domain_advice(const char *text)
{
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at >= 0x80)
			return " in this form: write an international name as its A-label, xn--..., which idn2 prints";
	return "";
}

bool conf_domain_is_within(const char *name, const char *domain)
{
	if (strcmp(domain, ".") == 0)
		return true;
	size_t all = strlen(name), tail = strlen(domain);
	if (all < tail || strcmp(name + all - tail, domain) != 0)
		return false;
	return all == tail || name[all - tail - 1] == '.';
}

int conf_boolean_parse(const char *text, bool *value)
{
	static const char *const yes[] = {"true", "on", "yes", "1"}, *const no[] = {"false", "off", "no", "0"};
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		if (strcasecmp(text, yes[i]) == 0)
			return *value = true, 0;
		if (strcasecmp(text, no[i]) == 0)
			return *value = false, 0;
	}
	return -1;
}

int conf_number_parse(const char *text, unsigned minimum, unsigned maximum, unsigned *value)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || number < minimum || number > maximum)
		return -1;
	*value = (unsigned)number;
	return 0;
}

int conf_address_parse(const char *text, struct conf_address *address)
{
	address->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	void *value = address->family == AF_INET6 ? (void *)&address->v6 : (void *)&address->v4;
	return inet_pton(address->family, text, value) == 1 ? 0 : -1;
}

void *conf_list_append(void *list, size_t *count, size_t element_size)
{
	char **array = list;
	char *grown = reallocarray(*array, *count + 1, element_size);
	if (!grown)
		return NULL;
	*array = grown;
	return memset(grown + element_size * (*count)++, 0, element_size);
}

bool conf_list_add(void *list, size_t *count, const void *element, size_t element_size)
{
	void *place = conf_list_append(list, count, element_size);

	return place && memcpy(place, element, element_size);
}

enum { WORD_MAXIMUM = 31, DISTANCE_MAXIMUM = 3 };

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must change to make one word of the other (Levenshtein). */
static unsigned word_distance(const char *a, const char *b)
{
	unsigned row[WORD_MAXIMUM + 1];
	size_t width = strlen(b);

	if (width > WORD_MAXIMUM)
		return UINT32_MAX;
	for (unsigned i = 0; i <= width; i++)
		row[i] = i;
	for (unsigned y = 1; *a; a++, y++) {
		unsigned corner = row[0];

		row[0] = y;
		for (size_t x = 1; x <= width; x++) {
			unsigned exchanged = corner + (tolower((unsigned char)*a) != tolower((unsigned char)b[x - 1]));

			corner = row[x];
			row[x] = smaller(exchanged, smaller(row[x], row[x - 1]) + 1);
		}
	}
	return row[width];
}

void conf_nearest_offer(struct conf_nearest *search, const char *known)
{
	unsigned distance = word_distance(search->word, known);

	if (distance > DISTANCE_MAXIMUM || 2 * distance > strlen(known) ||
	    (search->nearest && distance >= search->distance))
		return;
	search->nearest = known;
	search->distance = distance;
}
