/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two names of a host behind the relay, whichever of them a person has typed. */
#include "relay/check/host_name.h"

#include "conf/settings.h"
#include "conf/value.h"

#include <stdio.h>
#include <string.h>

static bool is_below(const char *name, const char *domain)
{
	return conf_domain_is_within(name, domain) && strcmp(name, domain) != 0;
}

/* Can there be a host of that name in the domain? The domain itself is one when it is its own real suffix. */
static bool is_host_of(const char *name, const struct conf_split_domain *domain)
{
	return is_below(name, domain->split) || (conf_split_domain_is_same(domain) && strcmp(name, domain->split) == 0);
}

/* The most specific split domain a name ends in; else the first one, to be put behind it. */
static const struct conf_split_domain *domain_of(const struct conf_settings *settings, const char *name, bool *given)
{
	const struct conf_split_domain *found = NULL;

	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const struct conf_split_domain *domain = &settings->dns.split_domains[i];

		if (is_host_of(name, domain) && (!found || strlen(domain->split) > strlen(found->split)))
			found = domain;
	}
	*given = found;
	return found ? found : &settings->dns.split_domains[0];
}

/* A name as people write it: with a dot at its end, or the real one. Returns how long the host of it is. */
static size_t host_length(const struct conf_settings *settings, const char *name, const struct conf_split_domain **domain)
{
	size_t length = strlen(name);
	bool given = false;

	*domain = domain_of(settings, name, &given);
	if (given)
		return strcmp(name, (*domain)->split) == 0 ? 0 : length - strlen((*domain)->split) - 1;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (strcmp(settings->dns.split_domains[i].real, ".") != 0 &&
		    is_below(name, settings->dns.split_domains[i].real)) {
			*domain = &settings->dns.split_domains[i];
			return length - strlen((*domain)->real) - 1;
		}
	return length;
}

/* HOST below a domain; below the root it is HOST itself, and without HOST the domain. */
static void name_make(char *text, size_t size, const char *host, size_t length, const char *domain)
{
	if (strcmp(domain, ".") == 0)
		snprintf(text, size, "%.*s", (int)length, host);
	else if (length == 0)
		snprintf(text, size, "%s", domain);
	else
		snprintf(text, size, "%.*s.%s", (int)length, host, domain);
}

void relay_host_name_make(const struct conf_settings *settings, const char *given, struct relay_host_name *host)
{
	size_t length = host_length(settings, given, &host->domain);

	name_make(host->split, sizeof(host->split), given, length, host->domain->split);
	name_make(host->real, sizeof(host->real), given, length, host->domain->real);
}
