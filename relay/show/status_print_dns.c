/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions of status, told to a person: how many came and what became of them, a line a split domain, what was kept back,
 * and how long answers took.
 */
#include "relay/show/status.h"

#include "conf/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT "           "

static void unbound_print(const json_t *unbound)
{
	if (*conf_json_text(unbound, "error") != '\0') {
		printf("%-11snot known: %s\n", "queries", conf_json_text(unbound, "error"));
		return;
	}
	printf("%-11s%lld: from the cache %lld, by module and upstream %lld; refused %lld, failed %lld\n", "queries",
	       conf_json_number(unbound, "asked"), conf_json_number(unbound, "from_cache"),
	       conf_json_number(unbound, "not_in_cache"), conf_json_number(unbound, "refused"),
	       conf_json_number(unbound, "failed"));
}

/* The count of the element with both labels. */
static long long count_of(const json_t *list, const char *domain, const char *outcome)
{
	json_t *element;
	size_t i;

	json_array_foreach(list, i, element)
		if (strcmp(conf_json_text(element, "domain"), domain) == 0 &&
		    strcmp(conf_json_text(element, "outcome"), outcome) == 0)
			return conf_json_number(element, "count");
	return 0;
}

/* A row a domain; elements of one domain stand together. */
static void domains_print(const json_t *list)
{
	const char *last = "";
	json_t *element;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	printf(INDENT "%-24s %10s %10s %10s %10s\n", "by the module", "data", "no data", "no name", "failed");
	json_array_foreach(list, i, element) {
		const char *domain = conf_json_text(element, "domain");

		if (strcmp(domain, last) == 0)
			continue;
		printf(INDENT "%-24s %10lld %10lld %10lld %10lld\n", domain, count_of(list, domain, "data"),
		       count_of(list, domain, "nodata"), count_of(list, domain, "nxdomain"),
		       count_of(list, domain, "failed"));
		last = domain;
	}
}

static long long sum_of(const json_t *list)
{
	long long sum = 0;
	json_t *element;
	size_t i;

	json_array_foreach(list, i, element)
		sum += conf_json_number(element, "count");
	return sum;
}

static void lookups_print(const json_t *module)
{
	json_t *element;
	const char *separator = ": ";
	size_t i;

	printf(INDENT "look-ups %lld", sum_of(json_object_get(module, "lookups")));
	json_array_foreach(json_object_get(module, "lookup_results"), i, element) {
		if (conf_json_number(element, "count") == 0)
			continue;
		printf("%s%s %lld", separator, conf_json_text(element, "result"), conf_json_number(element, "count"));
		separator = ", ";
	}
	putchar('\n');
	if (conf_json_number(module, "names_with_too_many_labels") > 0)
		printf(INDENT "from search lists, not looked up: %lld\n",
		       conf_json_number(module, "names_with_too_many_labels"));
}

static void kept_print(const json_t *list)
{
	const char *separator = INDENT "kept back: ";
	json_t *element;
	size_t i;

	json_array_foreach(list, i, element) {
		if (conf_json_number(element, "count") == 0)
			continue;
		printf("%s%s %lld", separator, conf_json_text(element, "kind"), conf_json_number(element, "count"));
		separator = ", ";
	}
	if (*separator == ',')
		putchar('\n');
}

/* The bound of the bucket in which the part of all answers is complete; NULL without answers. */
static const char *quantile(const json_t *list, long long all, long long percent)
{
	long long sum = 0;
	json_t *element;
	size_t i;

	json_array_foreach(list, i, element) {
		sum += conf_json_number(element, "count");
		if (sum * 100 >= all * percent)
			return conf_json_text(element, "le");
	}
	return NULL;
}

/* A bucket's bound in seconds, as a person reads it. */
static void bound_print(const char *what, const char *bound)
{
	double milliseconds = strtod(bound, NULL) * 1000;

	if (isinf(milliseconds))
		printf("%s in more", what);
	else
		printf("%s within %.*f ms", what, milliseconds < 1 ? 2 : milliseconds < 10 ? 1 : 0, milliseconds);
}

static void latency_print(const json_t *list)
{
	long long all = sum_of(list);
	const char *half = quantile(list, all, 50), *most = quantile(list, all, 99);

	if (all == 0 || !half || !most)
		return;
	bound_print(INDENT "answered: half", half);
	bound_print(", 99%", most);
	putchar('\n');
}

void relay_status_print_dns(const json_t *dns)
{
	const json_t *module = json_object_get(dns, "module");

	unbound_print(json_object_get(dns, "unbound"));
	if (!json_is_object(module))
		return;
	if (*conf_json_text(module, "error") != '\0') {
		printf(INDENT "by the module: not known: %s\n", conf_json_text(module, "error"));
		return;
	}
	domains_print(json_object_get(module, "domain_questions"));
	lookups_print(module);
	kept_print(json_object_get(module, "kept_back"));
	latency_print(json_object_get(module, "answer_seconds"));
}
