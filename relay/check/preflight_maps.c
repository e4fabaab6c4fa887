/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check before up that looks at maps and the translator's own address: no IPv4 address of this machine may be one of them.
 * The kernel keeps what is sent to its own addresses, so that nothing would ever reach the translator, and takes what the
 * translator sends from one for forged. A map of a whole network may hold one: the others work.
 */
#include "relay/check/preflight.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/address.h"
#include "relay/host/machine.h"

#include <arpa/inet.h>
#include <string.h>

static void address_check(const struct conf_settings *settings, unsigned line, const char *keyword,
			  struct in_addr address, struct conf_report *report)
{
	const struct conf_address own = {.family = AF_INET, .v4 = address};
	char device[IF_NAMESIZE], text[INET6_ADDRSTRLEN];

	if (kernel_address_owner(&own, device, report) == 1)
		conf_report_add_at(report, settings->file, line,
				   "%s %s is this machine's own address, on %s, and never reaches the translator: choose "
				   "another%s",
				   keyword, relay_machine_address_print(&own, text), device,
				   strcmp(keyword, "map") == 0 ? ", and use DNAT for single ports (nat64d(8), USES)" : "");
}

void relay_preflight_maps(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	address_check(settings, conf_settings_line(settings, "ipv4-addr"), "ipv4-addr",
		      settings->translation.ipv4_address, report);
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (settings->translation.maps[i].v4.length == 32)
			address_check(settings, settings->translation.maps[i].line, "map",
				      settings->translation.maps[i].v4.address, report);
}
