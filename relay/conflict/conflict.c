/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else on this machine is in the way: a table of topics. What stops the relay from being put in place at all
 * is preflight's, which refuses it; here is what lets it stand and breaks it, now or at the next boot or restart of somebody.
 *
 * Each topic looks at what is there (rules in the kernel, sysctls, what a program left in /run), and not whether a package is
 * installed: a firewall that is installed and off is in nobody's way.
 *
 * Nothing is shipped for sysctl.d on purpose: a file with net.ipv4.ip_forward = 1 in it would make a router of a machine on
 * which only the package lies. up turns forwarding on, and watch keeps it on; here is said which file turns it off.
 */
#include "relay/conflict/conflict.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *topic;
	relay_conflict_topic *find;
} topics[] = {
	{"firewall", relay_conflict_firewall},
	{"state", relay_conflict_state},
	{"reverse path", relay_conflict_mark},
	{"sysctl", relay_conflict_sysctl},
	{"ipv6", relay_conflict_ipv6},
	{"tailscaled", relay_conflict_tailscaled},
	{"networkd", relay_conflict_networkd},
	{"NetworkManager", relay_conflict_networkmanager},
	{"translator", relay_conflict_translator},
	{"resolver", relay_conflict_resolver},
	{"upstream", relay_conflict_upstream},
	{"local-data", relay_conflict_local_data},
};

void relay_conflict_set(struct relay_conflicts *conflicts, enum relay_finding_id id, const char *format, ...)
{
	struct relay_finding *finding = &conflicts->finding;
	va_list arguments;

	*finding = (struct relay_finding){.id = id, .place = PLACE_MACHINE, .mark = relay_finding_mark(id)};
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}

void relay_conflict_advise(struct relay_conflicts *conflicts, const char *format, ...)
{
	struct relay_finding *finding = &conflicts->finding;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->advice, sizeof(finding->advice), format, arguments);
	va_end(arguments);
	conflicts->failed += finding->mark == RELAY_MARK_FAIL;
	conflicts->found++;
	conflicts->observer(conflicts->context, conflicts->topic, finding);
}

size_t relay_conflicts_find(const struct conf_settings *settings, relay_conflict_observer *observer, void *context,
			    size_t *found)
{
	struct relay_conflicts conflicts = {.settings = settings, .observer = observer, .context = context};

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		conflicts.topic = topics[i].topic;
		topics[i].find(&conflicts);
	}
	*found = conflicts.found;
	return conflicts.failed;
}

static void warning_print(void *context, const char *topic, const struct relay_finding *finding)
{
	(void)context;
	if (finding->mark == RELAY_MARK_OK)
		return;
	fprintf(stderr, "nat64-relay: warning, %s: %s%s%s\n", topic, finding->text,
		finding->advice[0] != '\0' ? "; what to do: " : "", finding->advice);
}

void relay_conflicts_warn(const struct conf_settings *settings)
{
	size_t found;

	fflush(stdout);
	relay_conflicts_find(settings, warning_print, NULL, &found);
}
