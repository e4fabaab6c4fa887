/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a packet from this client to the name: the route that the kernel takes (policy routing and tailscaled's table 52 included), an echo, a
 * large echo, and where pings are not answered a TCP connection. An address that the relay gave is tried also when this client's programs get another.
 */
#include "relay/check/client/run.h"

#include "conf/report.h"
#include "conf/special.h"
#include "conf/stream.h"
#include "conf/tailnet.h"
#include "kernel/address.h"
#include "kernel/link.h"
#include "kernel/lookup.h"
#include "relay/host/clock.h"
#include "relay/ask/echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* 1280 octets of IPv6, what every link takes (RFC 8200 section 5), less the headers of IPv6 and ICMPv6. */
enum { ECHO_MS = 1500, CONNECT_MS = 2000, TRIES = 2, SMALL = 0, LARGE = 1280 - 40 - 8, PORTS_AFTER_MS = 1000 };

struct connection {
	struct conf_address target;
	uint16_t port;
};

struct echo {
	struct conf_address target;
	size_t size;
};

/* A device with an address of the tailnet. */
static int overlay_visit(void *context, const struct kernel_address *address)
{
	struct relay_client *client = context;
	struct relay_client_way *way = &client->way;
	bool ours = !client->has_status && conf_special_is_of_tailnet(&address->address);

	for (size_t i = 0; client->has_status && i < client->status.address_count; i++)
		ours |= conf_address_equals(&client->status.addresses[i], &address->address);
	if (!ours)
		return 0;
	memcpy(way->overlay, address->device, sizeof(way->overlay));
	way->overlay_has_ipv4 |= address->address.family == AF_INET;
	way->overlay_has_ipv6 |= address->address.family == AF_INET6;
	return 0;
}

void relay_client_find_overlay(struct relay_client *client)
{
	struct relay_client_way *way = &client->way;
	struct kernel_link link;

	kernel_address_walk(overlay_visit, client, CONF_REPORT_DISCARD);
	if (way->overlay[0] && kernel_link_find(way->overlay, &link, CONF_REPORT_DISCARD) == 1)
		way->overlay_mtu = link.mtu;
}

static void echo_probe(const void *request, void *result)
{
	const struct echo *echo = request;
	struct relay_client_echo *reply = result;

	reply->took = -1;
	for (int i = 0; i < TRIES && reply->took == -1; i++)
		reply->took = relay_echo_sized(&echo->target.v6, NULL, echo->size, ECHO_MS);
	reply->error = errno;
}

/* Connected or refused by the target: both say that packets go there and back. */
static void connect_probe(const void *request, void *result)
{
	const struct connection *connection = request;
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6, .sin6_port = htons(connection->port), .sin6_addr = connection->target.v6};
	int fd = conf_stream_connect(SOCK_STREAM, (const struct sockaddr *)&to, sizeof(to),
				     conf_stream_deadline(CONNECT_MS));

	*(bool *)result = fd >= 0 || errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
}

static void echo_begin(struct relay_client_run *run, size_t index, size_t size, struct relay_client_echo *into)
{
	struct echo echo = {.target = run->client->way.target, .size = size};

	into->took = -1;
	run->way_numbers[index] = relay_client_probe_start(&run->probes, "a ping of the target", echo_probe, &echo,
							   into, sizeof(*into), TRIES * ECHO_MS + 500);
}

static void way_begin(struct relay_client_run *run, const struct conf_address *target)
{
	struct relay_client_way *way = &run->client->way;

	run->way_begun = true;
	run->way_begun_at = relay_clock_ms();
	way->has_target = true;
	way->target = *target;
	if (kernel_lookup_device(target, way->device, CONF_REPORT_DISCARD) != 1)
		way->device[0] = '\0';
	if (way->device[0] == '\0')
		return;
	echo_begin(run, 0, SMALL, &run->small);
	echo_begin(run, 1, LARGE, &run->large);
}

static void ports_begin(struct relay_client_run *run)
{
	static const uint16_t ports[CLIENT_PORTS] = {22, 443};
	struct connection connection = {.target = run->client->way.target};

	run->ports_begun = true;
	for (size_t i = 0; i < CLIENT_PORTS; i++) {
		connection.port = ports[i];
		run->way_numbers[2 + i] = relay_client_probe_start(&run->probes, "a connection to the target",
								   connect_probe, &connection, &run->connected[i],
								   sizeof(run->connected[i]), CONNECT_MS + 500);
	}
}

static void way_read(struct relay_client_run *run)
{
	struct relay_client_way *way = &run->client->way;
	bool over = relay_client_probe_is_over(&run->probes, run->way_numbers[0]);

	way->echo = run->small.took;
	way->echo_error = run->small.error;
	way->large = run->large.took;
	way->connects = run->connected[0] || run->connected[1];
	if (!run->ports_begun && way->echo < 0 && (over || relay_clock_ms() >= run->way_begun_at + PORTS_AFTER_MS))
		ports_begin(run);
}

/* As soon as a relay has named it; without one, when everybody has been heard. */
void relay_client_way_step(struct relay_client_run *run)
{
	struct relay_client *client = run->client;
	const struct relay_client_reply *expected = run->begun ? relay_client_expected(client) : NULL;
	const struct conf_address *target = relay_client_reply_first(expected ? expected : &client->magic);
	bool known = expected && !client->blind && (relay_client_named_are_over(run) || relay_client_is_late(run));

	if (!run->begun) {
		client->way.echo = client->way.large = -2;
		relay_client_find_overlay(client);
	} else if (run->way_begun && client->way.device[0]) {
		way_read(run);
	} else if (!run->way_begun && target && target->family == AF_INET6 && (known || relay_client_dns_is_over(run))) {
		way_begin(run, target);
	}
}
