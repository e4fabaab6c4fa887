/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of this machine itself, and port 53 of the edge addresses. */
#include "relay/conflict/conflict.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "kernel/listeners.h"
#include "relay/host/machine.h"
#include "relay/check/port53.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { DNS_PORT = 53 };

/* Somebody else on the port: up would be refused; one that came while the relay was down, or after a crash of our resolver. */
static void port_check(struct relay_conflicts *conflicts, const struct conf_address *edge)
{
	const struct conf_settings *settings = conflicts->settings;
	struct kernel_listener listener;
	struct relay_finding finding;
	char text[INET6_ADDRSTRLEN], cure[400];

	if (kernel_listener_find(edge, DNS_PORT, &listener, CONF_REPORT_DISCARD) == 1 && listener.pid != 0 &&
	    !relay_machine_process_runs(listener.pid, settings->node.unbound_program)) {
		relay_conflict_set(&finding, FINDING_RESOLVER_OTHER, "port 53 of %s is in use by %s (pid %d)",
				   relay_machine_address_print(edge, text), listener.program, (int)listener.pid);
		relay_conflict_advise(&finding, "%s",
				      relay_port53_cure(listener.program, edge, settings, cure, sizeof(cure)));
		relay_conflict_add(conflicts, &finding);
	}
}

static bool is_edge(const struct conf_settings *settings, const char *text)
{
	char edge[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (strcmp(relay_machine_address_print(&settings->dns.edge_addresses[i], edge), text) == 0)
			return true;
	return false;
}

/* tailscaled finds its control plane by a name; our resolver waits for the address that tailscaled brings. */
static void own_resolver_check(struct relay_conflicts *conflicts)
{
	FILE *stream = fopen("/etc/resolv.conf", "re");
	char line[256], server[64];
	struct relay_finding finding;

	while (stream && fgets(line, sizeof(line), stream)) {
		if (sscanf(line, " nameserver %63s", server) != 1 || !is_edge(conflicts->settings, server))
			continue;
		relay_conflict_set(&finding, FINDING_RESOLVER_OWN,
				   "/etc/resolv.conf of this machine names its own relay, %s: at boot tailscaled would wait "
				   "for the relay, and the relay for tailscaled",
				   server);
		relay_conflict_advise(&finding, "name another server there; clients find the relay by split DNS, not by this "
						"file");
		relay_conflict_add(conflicts, &finding);
		break;
	}
	if (stream)
		fclose(stream);
}

void relay_conflict_resolver(struct relay_conflicts *conflicts)
{
	for (size_t i = 0; i < conflicts->settings->dns.edge_address_count; i++)
		port_check(conflicts, &conflicts->settings->dns.edge_addresses[i]);
	own_resolver_check(conflicts);
}
