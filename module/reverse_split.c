/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a real name back to a split name: the real suffix that fits best decides. */
#include "module/reverse_split.h"

#include "module/domain.h"

/* A split domain whose real suffix a name has. */
struct fit {
	const struct split_domain *domain;
	size_t offset; /* where in the name the suffix begins */
	bool is_here;  /* it is answered in the prefix in question */
};

static bool domain_has_prefix(const struct split_domain *domain, const struct conf_prefix6 *prefix)
{
	for (size_t i = 0; i < domain->prefix_count; i++)
		if (conf_prefix6_equals(&domain->prefixes[i].prefix, prefix))
			return true;
	return false;
}

/* Does a real suffix, and the prefix its domain is answered in, fit better? Of equals the first of relay.conf counts. */
static bool fit_is_better(const struct fit *fit, const struct fit *than)
{
	if (!than->domain || fit->offset != than->offset)
		return !than->domain || fit->offset < than->offset;
	if (fit->is_here != than->is_here)
		return fit->is_here;
	return fit->domain->order < than->domain->order;
}

bool splitdns_reverse_split_name(const struct split_domains *domains, const struct conf_prefix6 *prefix,
				 const uint8_t *real, size_t length, struct wire_name *split)
{
	bool is_twin6 = prefix && domains->has_twin6 && conf_prefix6_equals(&domains->twin6.twin, prefix);
	struct fit best = {0};

	for (size_t i = 0; i < domains->count; i++) {
		struct fit fit = {.domain = &domains->list[i]};

		if (!splitdns_wire_name_find_suffix(real, length, &fit.domain->real, &fit.offset))
			continue;
		fit.is_here = prefix ? is_twin6 || domain_has_prefix(fit.domain, prefix) :
				       fit.domain->a_policy == CONF_A_TWIN;
		if (fit_is_better(&fit, &best))
			best = fit;
	}
	return best.is_here && (best.offset > 0 || best.domain->same) &&
	       splitdns_wire_name_exchange_suffix(real, best.offset, &best.domain->split, split) == 0;
}
