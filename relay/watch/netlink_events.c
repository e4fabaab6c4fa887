/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of both monitors, which differ in nothing but protocol, groups and who reads the datagrams.
 */
#include "relay/watch/netlink_events.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE_SIZE = 32768 };

/* What is read into, and by whose settings. */
struct reading {
	const struct conf_settings *settings;
	struct relay_netlink_changes changes;
};

typedef void datagram_parse(const void *datagram, size_t length, struct reading *reading);

/* Everything that has come. False: something was lost. */
static bool socket_read(int descriptor, datagram_parse *parse, struct reading *reading)
{
	char *buffer = descriptor >= 0 ? malloc(RECEIVE_SIZE) : NULL;
	bool whole = descriptor < 0 || buffer;
	ssize_t length;

	while (buffer) {
		length = recv(descriptor, buffer, RECEIVE_SIZE, 0);
		if (length >= 0)
			parse(buffer, (size_t)length, reading);
		else if (errno == ENOBUFS)
			whole = false;
		else if (errno != EINTR)
			break;
	}
	free(buffer);
	return whole;
}

static void routes_parse(const void *datagram, size_t length, struct reading *reading)
{
	kernel_monitor_parse(datagram, length, reading->settings, &reading->changes.routes);
}

static void rules_parse(const void *datagram, size_t length, struct reading *reading)
{
	nftables_monitor_parse(datagram, length, &reading->changes.rules);
}

void relay_netlink_events_open(struct relay_netlink_events *events, sd_event *loop, sd_event_io_handler_t heed, void *context)
{
	if (events->routes < 0 && (events->routes = kernel_monitor_open(NETLINK_ROUTE, kernel_monitor_groups)) >= 0)
		sd_event_add_io(loop, NULL, events->routes, EPOLLIN, heed, context);
	if (events->rules < 0 && (events->rules = kernel_monitor_open(NETLINK_NETFILTER, nftables_monitor_groups)) >= 0)
		sd_event_add_io(loop, NULL, events->rules, EPOLLIN, heed, context);
}

struct relay_netlink_changes relay_netlink_events_read(const struct relay_netlink_events *events,
						       const struct conf_settings *settings)
{
	struct reading reading = {.settings = settings};

	reading.changes.routes.concerns |= !socket_read(events->routes, routes_parse, &reading);
	reading.changes.rules.concerns |= !socket_read(events->rules, rules_parse, &reading) || reading.changes.rules.open;
	return reading.changes;
}

void relay_netlink_events_close(struct relay_netlink_events *events)
{
	if (events->routes >= 0)
		close(events->routes);
	if (events->rules >= 0)
		close(events->rules);
	events->routes = events->rules = -1;
}
