/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where relay.conf says "auto", watch follows the tailnet: when tailscaled has other addresses than those in force, or the tailnet another
 * suffix, it says so once and starts a reload, as SIGHUP does. A reload asks tailscaled itself what auto stands for now. One that fails
 * (the interface has not got its address yet) is tried again, ever more rarely. What is no change any more is forgotten.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "conf/log.h"
#include "relay/host/machine.h"
#include "relay/cli/print.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

enum { FIRST_MS = 3000, MOST_MS = 300000 };

static bool has_all(const struct conf_tailnet *node, const struct conf_tailnet *other)
{
	for (unsigned i = 0; i < other->address_count; i++)
		if (!conf_tailnet_has(node, &other->addresses[i]))
			return false;
	return true;
}

static void addresses_print(const struct conf_tailnet *node, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN];

	for (unsigned i = 0; i < node->address_count; i++)
		snprintf(text + strlen(text), size - strlen(text), " %s",
			 relay_machine_address_print(&node->addresses[i], address));
}

static void edges_compare(const struct conf_settings *settings, const struct conf_tailnet *now, char *text, size_t size)
{
	if (settings->dns.edge_auto == 0 || now->address_count == 0 ||
	    (has_all(now, &settings->node.tailnet) && has_all(&settings->node.tailnet, now)))
		return;
	snprintf(text + strlen(text), size - strlen(text), "tailscaled has another address:");
	addresses_print(now, text, size);
	snprintf(text + strlen(text), size - strlen(text), ", formerly");
	addresses_print(&settings->node.tailnet, text, size);
	snprintf(text + strlen(text), size - strlen(text), "; ");
}

static void suffix_compare(const struct conf_settings *settings, const struct conf_tailnet *now, char *text, size_t size)
{
	for (size_t i = 0; i < settings->dns.split_domain_count && *now->suffix != '\0'; i++) {
		const struct conf_split_domain *domain = &settings->dns.split_domains[i];

		if (!domain->is_auto || strcasecmp(domain->real, now->suffix) == 0)
			continue;
		snprintf(text + strlen(text), size - strlen(text), "the tailnet has another suffix: %s, formerly %s; ",
			 now->suffix, domain->real);
		return; /* all that are auto have the same */
	}
}

static void change_log(struct relay_watch *watch, const char *text)
{
	struct conf_log_fields fields = {.count = 0};

	snprintf(watch->resolved.followed, sizeof(watch->resolved.followed), "%s", text);
	watch->resolved.pause = 0;
	conf_log_field(&fields, "NAT64_WHY=%.*s", (int)strlen(text) - 2, text);
	relay_print_event(LOG_NOTICE, "RELOAD", &fields, "%sreloading", text);
}

void relay_watch_resolved(struct relay_watch *watch)
{
	char text[sizeof(watch->resolved.followed)] = "";

	edges_compare(watch->settings, &watch->health.tailnet.node, text, sizeof(text));
	suffix_compare(watch->settings, &watch->health.tailnet.node, text, sizeof(text));
	if (*text == '\0')
		watch->resolved.followed[0] = '\0';
	if (*text == '\0' || watch->reload || watch->reload_wanted)
		return;
	if (strcmp(text, watch->resolved.followed) != 0)
		change_log(watch, text);
	else if (!relay_timer_is_due(watch->resolved.timer))
		return;
	watch->resolved.pause = watch->resolved.pause == 0 ? FIRST_MS : watch->resolved.pause * 2;
	if (watch->resolved.pause > MOST_MS)
		watch->resolved.pause = MOST_MS;
	relay_timer_set(watch->loop, &watch->resolved.timer, watch->resolved.pause);
	watch->reload_wanted = true;
	relay_timer_set(watch->loop, &watch->reconcile_timer, 0); /* the loop does not sleep before it starts */
}
