/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the relay work? The resolver is asked a name that it answers by itself (localhost), on each edge address: an upstream that is
 * silent is not our failure, nor is a firewall that drops UDP: the resolver is judged by the way that is open. The translator is asked for its counters, and then sent an echo request to its own address: that one goes by
 * the route, the rules and the device, and is answered by a worker. Who has no right to send one has to believe the control socket.
 */
#include "relay/watch/probe.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/address.h"
#include "nat64/control/control.h"
#include "relay/ask/echo.h"
#include "relay/host/machine.h"
#include "relay/ask/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

enum { RESOLVER_MS = 1400, ECHO_MS = 700, ECHO_TRIES = 2 };

static void why_set(struct relay_probe *probe, const char *text)
{
	if (*probe->why == '\0')
		snprintf(probe->why, sizeof(probe->why), "%s", text);
}

/* An echo request to the translator itself: answered, or not to be known. */
static bool echo_comes_back(const struct conf_settings *settings)
{
	int took = -1;

	for (int i = 0; i < ECHO_TRIES && took == -1; i++)
		took = relay_echo(&settings->translation.ipv6_address, NULL, ECHO_MS);
	return took >= 0 || (took == -2 && (errno == EPERM || errno == EACCES));
}

static void translator_probe(const struct conf_settings *settings, struct relay_probe *probe)
{
	struct conf_report report = {0};
	json_auto_t *reply = NULL;

	if (nat64_control_ask(settings->node.runtime_dir, "counters", &reply, &report) != 0)
		why_set(probe, "the translator does not answer on its control socket");
	else if (!echo_comes_back(settings))
		why_set(probe, "the translator does not answer an echo request");
	else
		probe->translator = true;
	conf_report_clear(&report);
}

static void resolver_probe(const struct conf_settings *settings, struct relay_probe *probe)
{
	char text[INET6_ADDRSTRLEN], why[sizeof(probe->why)], device[IF_NAMESIZE];

	probe->resolver = probe->here = true;
	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		const struct conf_address *edge = &settings->dns.edge_addresses[i];
		bool here = kernel_address_owner(edge, device, CONF_REPORT_DISCARD) != 0;
		bool asked = here && probe->resolver; /* one silence is enough, and takes its time */
		enum relay_resolver_life life = asked ? relay_resolver_life(edge, RESOLVER_MS) : RELAY_RESOLVER_SILENT;

		probe->tcp_alone |= life == RELAY_RESOLVER_TCP_ALONE;
		if (life != RELAY_RESOLVER_SILENT)
			continue;
		snprintf(why, sizeof(why), "%s %s",
			 here ? "the resolver does not answer on" : "this machine does not have the edge-address",
			 relay_machine_address_print(edge, text));
		why_set(probe, why);
		probe->resolver = false;
		probe->here &= here;
	}
}

void relay_probe_run(const void *settings, void *probe)
{
	translator_probe(settings, probe);
	resolver_probe(settings, probe);
}
