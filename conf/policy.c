/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policies of a split domain. All lines about one domain are gathered in one entry, whatever their order; conf/check.c
 * sees to it that the domain is there.
 *
 * Records are passed on only when their type holds no domain name: a name in them would be a real one, which must not be
 * seen, and could not be asked by way of the relay.
 */
#include "conf/policy.h"

#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/store.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>

struct type {
	const char *word;
	uint16_t number;
};

/* The index is the bit in a set; numbers as IANA has them (RFC 6895). */
static const struct type passable[] = {
	{"CAA", 257},   {"HINFO", 13}, {"LOC", 29},  {"OPENPGPKEY", 61},
	{"SMIMEA", 53}, {"SSHFP", 44}, {"TLSA", 52}, {"TXT", 16},
};

/* What a user might try. AAAA and A are the module's own answers. */
static const char *const named[] = {"AFSDB", "CNAME", "DNAME", "HTTPS", "KX",  "LP",  "MX",   "NAPTR", "NS",
				    "NSEC",  "PTR",   "RP",    "RRSIG", "SOA", "SRV", "SVCB", "URI"};

/* Where the names of Tailscale's tailnets lie: HOST.TAILNET.ts.net. */
#define TAILSCALE_SUFFIX "ts.net"

/* As many as a name of 255 octets can have. */
#define LABELS_MAX 127

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

const struct conf_policy *conf_policy_of(const struct conf_settings *settings, const char *split)
{
	for (size_t i = 0; i < settings->dns.policy_count; i++)
		if (strcmp(settings->dns.policies[i].split, split) == 0)
			return &settings->dns.policies[i];
	return NULL;
}

enum conf_a_policy conf_policy_a(const struct conf_settings *settings, const char *split)
{
	const struct conf_policy *policy = conf_policy_of(settings, split);

	if (policy && policy->has_a)
		return policy->a;
	return settings->common.has_twin ? CONF_A_TWIN : CONF_A_EMPTY;
}

bool conf_policy_is_insecure(const struct conf_settings *settings, const struct conf_split_domain *domain)
{
	bool public = strcmp(domain->real, ".") == 0;

	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const struct conf_split_domain *other = &settings->dns.split_domains[i];
		const struct conf_policy *policy = conf_policy_of(settings, other->split);

		if (conf_split_domain_is_same(other) && conf_domain_is_within(domain->real, other->split))
		public = true;
		if (policy && policy->dnssec != CONF_DNSSEC_DEFAULT && strcmp(other->real, domain->real) == 0)
			return policy->dnssec == CONF_DNSSEC_INSECURE;
	}
	return !public;
}

unsigned conf_policy_labels(const struct conf_settings *settings, const struct conf_split_domain *domain)
{
	const struct conf_policy *policy = conf_policy_of(settings, domain->split);
	bool is_tailnet = conf_domain_is_within(domain->real, TAILSCALE_SUFFIX) && !conf_split_domain_is_same(domain);

	if (policy && policy->has_labels)
		return policy->labels;
	for (size_t i = 0; i < settings->dns.upstream_count; i++) {
		const struct conf_upstream *upstream = &settings->dns.upstreams[i];

		if (strcmp(upstream->zone, ".") != 0 && conf_domain_is_within(domain->real, upstream->zone))
			is_tailnet &= conf_special_is_tailnet_resolver(upstream->server);
	}
	return is_tailnet ? 1 : 0;
}

bool conf_policy_passes(uint32_t passed, uint16_t type)
{
	for (size_t i = 0; i < COUNT(passable); i++)
		if (passable[i].number == type)
			return passed >> i & 1;
	return false;
}

/* The entry of the domain that the line speaks of, which may be new. NULL with a message. */
static struct conf_policy *policy_find(struct conf_settings *settings, const struct conf_line *line,
				       struct conf_report *report)
{
	char *split = conf_domain_parse(line->words[1]);
	struct conf_policy *policy = NULL;

	if (!split) {
		CONF_REFUSE("\"%s\" is not a domain%s: write %s SPLIT ...", line->words[1],
			    conf_domain_advice(line->words[1]), line->words[0]);
		return NULL;
	}
	for (size_t i = 0; i < settings->dns.policy_count; i++)
		if (strcmp(settings->dns.policies[i].split, split) == 0)
			policy = &settings->dns.policies[i];
	if (policy) {
		free(split);
		return policy;
	}
	policy = conf_list_append(&settings->dns.policies, &settings->dns.policy_count, sizeof(*policy));
	if (!policy) {
		CONF_REFUSE("out of memory");
		free(split);
		return NULL;
	}
	policy->split = split;
	policy->line = line->number;
	return policy;
}

int conf_store_a_policy(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	static const char *const words[] = {
		[CONF_A_EMPTY] = "empty",
		[CONF_A_REAL] = "real",
		[CONF_A_NXDOMAIN] = "nxdomain",
		[CONF_A_TWIN] = "twin",
	};
	struct conf_policy *policy = policy_find(settings, line, report);

	if (!policy)
		return -1;
	if (policy->has_a)
		return CONF_REFUSE("\"%s\" has an %s already: give each split domain one", policy->split,
				   line->directive->keyword);
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcasecmp(line->words[2], words[i]) != 0)
			continue;
		policy->a = (enum conf_a_policy)i;
		policy->has_a = true;
		policy->line = line->number;
		return 0;
	}
	return CONF_REFUSE("\"%s\" is not a policy: %s takes empty, real, nxdomain or twin", line->words[2],
			   line->directive->keyword);
}

/* The bit of a type that may be passed on; 0 with a message. */
static uint32_t type_bit(const char *word, const struct conf_line *line, struct conf_report *report)
{
	for (size_t i = 0; i < COUNT(passable); i++)
		if (strcasecmp(passable[i].word, word) == 0)
			return UINT32_C(1) << i;
	for (size_t i = 0; i < COUNT(named); i++)
		if (strcasecmp(named[i], word) == 0) {
			CONF_REFUSE("\"%s\" records contain names, which would show the real suffix and bypass the relay: "
				    "they are never passed",
				    word);
			return 0;
		}
	if (strcasecmp(word, "A") == 0 || strcasecmp(word, "AAAA") == 0)
		CONF_REFUSE("\"%s\" is a type that the relay itself answers: use a-policy", word);
	else
		CONF_REFUSE("\"%s\" is not a type that can be passed: use CAA, HINFO, LOC, OPENPGPKEY, SMIMEA, SSHFP, TLSA "
			    "or TXT",
			    word);
	return 0;
}

int conf_store_type_policy(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	bool pass = strcasecmp(line->words[2], "pass") == 0;
	struct conf_policy *policy = policy_find(settings, line, report);
	uint32_t *set, *other;

	if (!policy)
		return -1;
	if (!pass && strcasecmp(line->words[2], "nodata") != 0)
		return CONF_REFUSE("\"%s\" is not a policy: %s takes nodata or pass, and types", line->words[2],
				   line->directive->keyword);
	set = pass ? &policy->passed : &policy->withheld;
	other = pass ? &policy->withheld : &policy->passed;
	for (size_t i = 3; i < line->count; i++) {
		uint32_t bit = type_bit(line->words[i], line, report);

		if (bit == 0)
			return -1;
		if (*other & bit)
			return CONF_REFUSE("\"%s\" of \"%s\" is both nodata and pass: choose one", line->words[i],
					   policy->split);
		*set |= bit;
	}
	return 0;
}

int conf_store_native_aaaa(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_policy *policy = policy_find(settings, line, report);

	if (!policy)
		return -1;
	if (policy->has_native_aaaa)
		return CONF_REFUSE("\"%s\" has a line %s already: give each split domain one", policy->split,
				   line->directive->keyword);
	if (conf_boolean_parse(line->words[2], &policy->native_aaaa) < 0)
		return CONF_REFUSE("\"%s\" is neither yes nor no: %s takes yes or no", line->words[2],
				   line->directive->keyword);
	policy->has_native_aaaa = true;
	return 0;
}

int conf_store_aaaa_policy(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_policy *policy = policy_find(settings, line, report);

	if (!policy)
		return -1;
	if (policy->has_aaaa)
		return CONF_REFUSE("\"%s\" has an %s already: give each split domain one", policy->split,
				   line->directive->keyword);
	policy->twin6_first = strcasecmp(line->words[2], "twin6") == 0;
	if (!policy->twin6_first && strcasecmp(line->words[2], "prefix") != 0)
		return CONF_REFUSE("\"%s\" is not a policy: %s takes prefix or twin6", line->words[2],
				   line->directive->keyword);
	policy->has_aaaa = true;
	policy->line = policy->has_a ? policy->line : line->number;
	return 0;
}

int conf_store_dnssec_policy(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_policy *policy = policy_find(settings, line, report);

	if (!policy)
		return -1;
	if (policy->dnssec != CONF_DNSSEC_DEFAULT)
		return CONF_REFUSE("\"%s\" has a line %s already: give each split domain one", policy->split,
				   line->directive->keyword);
	if (strcasecmp(line->words[2], "validate") == 0)
		policy->dnssec = CONF_DNSSEC_VALIDATE;
	else if (strcasecmp(line->words[2], "insecure") == 0)
		policy->dnssec = CONF_DNSSEC_INSECURE;
	else
		return CONF_REFUSE("\"%s\" is not a policy: %s takes validate or insecure", line->words[2],
				   line->directive->keyword);
	policy->line = policy->has_a ? policy->line : line->number;
	return 0;
}

int conf_store_name_labels(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_policy *policy = policy_find(settings, line, report);

	if (!policy)
		return -1;
	if (policy->has_labels)
		return CONF_REFUSE("\"%s\" has a line %s already: give each split domain one", policy->split,
				   line->directive->keyword);
	policy->has_labels = true;
	if (strcasecmp(line->words[2], "any") == 0)
		return 0;
	if (conf_number_parse(line->words[2], 1, LABELS_MAX, &policy->labels) < 0)
		return CONF_REFUSE("\"%s\" is not a number of labels: %s takes 1 to 127, or any", line->words[2],
				   line->directive->keyword);
	return 0;
}

int conf_store_prefix_choice(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_policy *policy = policy_find(settings, line, report);

	if (!policy)
		return -1;
	if (policy->has_choice)
		return CONF_REFUSE("\"%s\" has a line %s already: give each split domain one", policy->split,
				   line->directive->keyword);
	policy->by_order = strcasecmp(line->words[2], "order") == 0;
	if (!policy->by_order && strcasecmp(line->words[2], "hash") != 0)
		return CONF_REFUSE("\"%s\" is neither hash nor order: %s takes hash or order", line->words[2],
				   line->directive->keyword);
	policy->has_choice = true;
	return 0;
}

void conf_clear_policies(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->dns.policy_count; i++)
		free(settings->dns.policies[i].split);
	free(settings->dns.policies);
}
