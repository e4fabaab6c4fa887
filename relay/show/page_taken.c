/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page's server gives up the right to open a socket before it serves, so that what it cannot have at its start it never gets. An address that another
 * program holds is left out of the snapshot; when that one ends, the list is another one, and the server starts again with all of it.
 */
#include "relay/show/page_taken.h"

#include "conf/http.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/listeners.h"
#include "relay/host/machine.h"

#include <arpa/inet.h>
#include <string.h>

#define SERVER "nat64-relay-htt" /* the kernel keeps 15 octets of a name */

/* The server is asked for first, and may begin to listen between the two questions. */
bool relay_page_is_taken(const struct conf_address *address, unsigned port, struct kernel_listener *by)
{
	return !kernel_listener_is_of(address, port, SERVER) &&
	       kernel_listener_find(address, port, by, CONF_REPORT_DISCARD) == 1 && by->tcp && by->pid != 0 &&
	       strcmp(by->program, SERVER) != 0;
}

json_t *relay_page_taken(const struct conf_settings *settings)
{
	const struct conf_address *address;
	json_t *list = json_array();
	char text[INET6_ADDRSTRLEN];
	struct kernel_listener by;
	unsigned port;

	for (size_t i = 0; (address = conf_http_address(settings, i, &port)); i++)
		if (relay_page_is_taken(address, port, &by))
			json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:i}", "address",
							      relay_machine_address_print(address, text), "port",
							      (int)port, "program", by.program, "pid", (int)by.pid));
	return list;
}
