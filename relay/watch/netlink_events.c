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
	struct relay_netlink_changes news;
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
	kernel_monitor_parse(datagram, length, reading->settings, &reading->news.routes);
}

static void rules_parse(const void *datagram, size_t length, struct reading *reading)
{
	nftables_monitor_parse(datagram, length, &reading->news.rules);
}

void relay_netlink_events_open(struct relay_netlink_events *notices, sd_event *loop, sd_event_io_handler_t heed,
			       void *context)
{
	if (notices->routes < 0 && (notices->routes = kernel_monitor_open(NETLINK_ROUTE, kernel_monitor_groups)) >= 0)
		sd_event_add_io(loop, NULL, notices->routes, EPOLLIN, heed, context);
	if (notices->rules < 0 && (notices->rules = kernel_monitor_open(NETLINK_NETFILTER, nftables_monitor_groups)) >= 0)
		sd_event_add_io(loop, NULL, notices->rules, EPOLLIN, heed, context);
}

struct relay_netlink_changes relay_netlink_events_read(const struct relay_netlink_events *notices,
						       const struct conf_settings *settings)
{
	struct reading reading = {.settings = settings};

	reading.news.routes.concerns |= !socket_read(notices->routes, routes_parse, &reading);
	reading.news.rules.concerns |= !socket_read(notices->rules, rules_parse, &reading) || reading.news.rules.open;
	return reading.news;
}

void relay_netlink_events_close(struct relay_netlink_events *notices)
{
	if (notices->routes >= 0)
		close(notices->routes);
	if (notices->rules >= 0)
		close(notices->rules);
	notices->routes = notices->rules = -1;
}
