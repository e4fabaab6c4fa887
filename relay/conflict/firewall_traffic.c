/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real packet of each kind, in by the device that such packets come by, as the kernel's rules, conntrack and routes are now; its trace tells what became of
 * it (nftables/trace.h). They are TCP, and no echo requests: firewalls let those pass that drop all else, so a ping proves little. An answer is one of a
 * connection that conntrack is made to know for some seconds.
 */
#include "relay/conflict/firewall.h"

#include "conf/reach.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/rfc7050.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "kernel/inject.h"
#include "kernel/lookup.h"
#include "kernel/route.h"
#include "nftables/connection.h"
#include "nftables/trace.h"
#include "relay/conflict/packet.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	DNS_PORT = 53,
	HTTPS_PORT = 443,
	WAIT_MS = 1500,
	DEVICES = 3,
	HOST = 0x0102,
	NEAR_HOST = 9,
	NEXT_HOST = 2,
	PORT_LEAST = 33000,
	PORTS = 25000
};

enum role { CLIENT, CLIENT4, TARGET, TARGET6 };

struct traffic {
	const struct conf_settings *settings;
	relay_firewall_observer *observer;
	void *context;
	struct conf_report *report;
	struct nftables_trace trace;
	struct {
		char name[IF_NAMESIZE];
		int fd; /* -1: there is no way in by it */
	} devices[DEVICES];
	size_t device_count;
	struct conf_address client, client4, target, target6, embedded, pool; /* family 0: there is none */
	char exit[IF_NAMESIZE];                                               /* by which packets to the target leave */
};

/* An address of a prefix, which need not be anybody's: none of the first ones of the pool, which translator and device have. */
static struct conf_address host_of4(const struct conf_prefix4 *prefix)
{
	struct conf_address address = {.family = AF_INET, .v4 = prefix->address};

	if (prefix->length <= 30)
		address.v4.s_addr |= htonl(prefix->length <= 22 ? HOST : prefix->length <= 28 ? NEAR_HOST : NEXT_HOST);
	return address;
}

static struct conf_address host_of6(const struct conf_prefix6 *prefix)
{
	struct conf_address address = {.family = AF_INET6, .v6 = prefix->address};

	if (prefix->length <= 112) {
		address.v6.s6_addr[14] |= HOST >> 8;
		address.v6.s6_addr[15] |= HOST & 0xff;
	}
	return address;
}

/* Do settings and routes give it this role? */
static bool address_fits(const struct traffic *traffic, enum role role, const struct conf_address *address)
{
	const struct conf_settings *settings = traffic->settings;
	const struct conf_prefix4 tailnet4 = conf_special_shared_space();
	const struct conf_prefix6 tailnet6 = conf_special_tailnet6();
	struct conf_reach_way way = {.prefix = settings->common.prefix_count > 0 ? &settings->common.prefixes[0].prefix :
										   NULL};
	char device[IF_NAMESIZE] = "";
	bool there = kernel_lookup_device(address, device, CONF_REPORT_DISCARD) == 1,
	     by_overlay = strcmp(device, settings->node.overlay_interface) == 0;
	bool listed = settings->translation.allowed_sources.count4 == 0 ||
		      conf_networks_hold4(&settings->translation.allowed_sources, address->v4);

	if (role == CLIENT)
		return by_overlay && conf_reach_source6(settings, &address->v6);
	if (role == TARGET6)
		return conf_reach_target6(settings, &address->v6) == CONF_REACH_YES &&
		       (by_overlay || (there && !conf_prefix6_contains(&tailnet6, &address->v6)));
	if (role == TARGET)
		return conf_reach_target4(settings, &way, address->v4) == CONF_REACH_YES &&
		       (by_overlay || (there && !conf_prefix4_contains(&tailnet4, address->v4)));
	return by_overlay && listed && address->v4.s_addr != traffic->target.v4.s_addr;
}

struct choice {
	const struct traffic *traffic;
	enum role role;
	struct conf_address *chosen;
};

static int route_try(void *context, const struct kernel_route *route)
{
	struct choice *choice = context;
	bool six = choice->role == CLIENT || choice->role == TARGET6;
	struct conf_address address;

	if (route->type != RTN_UNICAST || route->to.family != (six ? AF_INET6 : AF_INET) ||
	    strcmp(route->device, choice->traffic->settings->node.overlay_interface) != 0)
		return 0;
	address = six ? host_of6(&route->to.v6) : host_of4(&route->to.v4);
	if (!address_fits(choice->traffic, choice->role, &address))
		return 0;
	*choice->chosen = address;
	return 1;
}

/* One of the settings' prefixes, or where the overlay's routes lead: tailscaled has one for each node. */
static void address_choose(struct traffic *traffic, enum role role, const struct conf_address *likely,
			   struct conf_address *chosen)
{
	struct choice choice = {traffic, role, chosen};

	if (address_fits(traffic, role, likely))
		*chosen = *likely;
	else
		kernel_route_walk(route_try, &choice, CONF_REPORT_DISCARD);
}

static void addresses_choose(struct traffic *traffic)
{
	const struct conf_settings *settings = traffic->settings;
	const struct conf_prefix6 tailnet6 = conf_special_tailnet6();
	const struct conf_prefix4 tailnet4 = conf_special_shared_space();
	struct conf_address likely = host_of6(settings->translation.allowed_sources.count6 > 0 ?
						      &settings->translation.allowed_sources.v6[0] :
						      &tailnet6);

	address_choose(traffic, CLIENT, &likely, &traffic->client);
	likely = host_of4(settings->common.allowed_destinations.count4 > 0 ? &settings->common.allowed_destinations.v4[0] :
									     &tailnet4);
	address_choose(traffic, TARGET, &likely, &traffic->target);
	likely = host_of4(settings->translation.allowed_sources.count4 > 0 ? &settings->translation.allowed_sources.v4[0] :
									     &tailnet4);
	likely.v4.s_addr ^= htonl(1);
	address_choose(traffic, CLIENT4, &likely, &traffic->client4);
	if (settings->common.has_twin6) {
		likely = host_of6(&settings->common.allowed_destinations.v6[0]);
		address_choose(traffic, TARGET6, &likely, &traffic->target6);
	}
	if (traffic->target.family != 0 && settings->common.prefix_count > 0) {
		traffic->embedded.family = AF_INET6;
		traffic->embedded.v6 = conf_rfc6052_embed(&settings->common.prefixes[0].prefix, traffic->target.v4);
	}
	if (settings->translation.has_dynamic_pool)
		traffic->pool = host_of4(&settings->translation.dynamic_pool);
	if (traffic->target.family != 0)
		kernel_lookup_device(&traffic->target, traffic->exit, CONF_REPORT_DISCARD);
}

/* The way in by a device. -1: there is none. */
static int device_open(struct traffic *traffic, const char *name)
{
	size_t i = 0;

	while (i < traffic->device_count && strcmp(traffic->devices[i].name, name) != 0)
		i++;
	if (i == traffic->device_count && i < DEVICES) {
		strncpy(traffic->devices[i].name, name, IF_NAMESIZE - 1);
		traffic->devices[i].fd = kernel_inject_open(name, traffic->report);
		traffic->device_count++;
	}
	return i < DEVICES ? traffic->devices[i].fd : -1;
}

static void packet_send(struct traffic *traffic, enum relay_purpose_of_packet purpose, const char *device,
			struct relay_packet packet)
{
	uint8_t buffer[RELAY_PACKET_ROOM];
	struct nftables_obstacle obstacle;
	enum nftables_fate fate;
	size_t length;
	int fd;

	if (packet.source.family == 0 || packet.destination.family != packet.source.family)
		return;
	fd = device_open(traffic, device);
	packet.mark = traffic->trace.mark;
	length = relay_packet_build(buffer, &packet);
	if (fd < 0 || write(fd, buffer, length) != (ssize_t)length)
		return;
	fate = nftables_trace_follow(&traffic->trace, WAIT_MS, &obstacle);
	if (fate == NFTABLES_DROPPED || fate == NFTABLES_LOST)
		traffic->observer(traffic->context, purpose, packet.source.family, &obstacle);
}

static uint16_t port_choose(void)
{
	uint16_t port = 0;

	return getrandom(&port, sizeof(port), 0) == sizeof(port) ? (uint16_t)(PORT_LEAST + port % PORTS) : PORT_LEAST;
}

static void request_send(struct traffic *traffic, enum relay_purpose_of_packet purpose, const char *device,
			 const struct conf_address *from, const struct conf_address *to)
{
	packet_send(traffic, purpose, device,
		    (struct relay_packet){.source = *from,
					  .destination = *to,
					  .protocol = IPPROTO_TCP,
					  .source_port = port_choose(),
					  .destination_port = HTTPS_PORT});
}

static void answer_send(struct traffic *traffic, enum relay_purpose_of_packet purpose, const char *device,
			const struct conf_address *from, const struct conf_address *to)
{
	struct nftables_connection connection = {*to, *from, port_choose(), HTTPS_PORT};

	if (from->family != 0 && from->family == to->family &&
	    nftables_connection_add(&connection, CONF_REPORT_DISCARD) == 0)
		packet_send(traffic, purpose, device,
			    (struct relay_packet){.source = *from,
						  .destination = *to,
						  .protocol = IPPROTO_TCP,
						  .source_port = HTTPS_PORT,
						  .destination_port = connection.client_port,
						  .answers = true});
}

/* By either twin: a firewall sees the same of both, a packet from the overlay to the overlay. */
static void twins_send(struct traffic *traffic)
{
	const struct conf_settings *settings = traffic->settings;
	struct conf_address twin = {.family = AF_INET}, twin6 = {.family = AF_INET6};

	if (settings->common.has_twin && traffic->target.family != 0 &&
	    conf_prefix4_move(&settings->common.twin.real, &settings->common.twin.twin, traffic->target.v4, &twin.v4))
		request_send(traffic, BY_TWIN, settings->node.overlay_interface, &traffic->client4, &twin);
	if (settings->common.has_twin6 && traffic->target6.family != 0 &&
	    conf_prefix6_move(&settings->common.twin6.real, &settings->common.twin6.twin, &traffic->target6.v6, &twin6.v6))
		request_send(traffic, BY_TWIN, settings->node.overlay_interface, &traffic->client, &twin6);
}

static void questions_send(struct traffic *traffic)
{
	const struct conf_settings *settings = traffic->settings;

	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		struct relay_packet packet = {.destination = settings->dns.edge_addresses[i],
					      .destination_port = DNS_PORT,
					      .source_port = port_choose()};

		packet.source = packet.destination.family == AF_INET6 ? traffic->client : traffic->client4;
		packet.protocol = IPPROTO_UDP;
		packet_send(traffic, QUESTIONS, settings->node.overlay_interface, packet);
		packet.protocol = IPPROTO_TCP;
		packet_send(traffic, QUESTIONS_TCP, settings->node.overlay_interface, packet);
	}
}

static void relay_send(struct traffic *traffic)
{
	const char *device = traffic->settings->translation.tun_device;

	addresses_choose(traffic);
	request_send(traffic, INTO_TRANSLATOR, traffic->settings->node.overlay_interface, &traffic->client,
		     &traffic->embedded);
	request_send(traffic, TO_TARGETS, device, &traffic->pool, &traffic->target);
	answer_send(traffic, FROM_TARGETS, traffic->exit, &traffic->target, &traffic->pool);
	answer_send(traffic, TO_CLIENTS, device, &traffic->embedded, &traffic->client);
	twins_send(traffic);
	questions_send(traffic);
}

/* A CLAT has no client but this host, whose mapped address leads to the device; its target is another network's NAT64. */
static bool is_clat(const struct conf_settings *settings)
{
	char device[IF_NAMESIZE];
	struct conf_address here = {.family = AF_INET6};

	if (settings->translation.map_count != 1 || settings->translation.has_dynamic_pool ||
	    settings->common.prefix_count == 0)
		return false;
	here.v6 = settings->translation.maps[0].v6.address;
	return kernel_lookup_device(&here, device, CONF_REPORT_DISCARD) == 1 &&
	       strcmp(device, settings->translation.tun_device) == 0;
}

static void clat_send(struct traffic *traffic)
{
	const struct conf_settings *settings = traffic->settings;
	const struct conf_address here = {.family = AF_INET6, .v6 = settings->translation.maps[0].v6.address};
	const struct conf_address there = {
		.family = AF_INET6,
		.v6 = conf_rfc6052_embed(&settings->common.prefixes[0].prefix, conf_rfc7050_address(0))};

	kernel_lookup_device(&there, traffic->exit, CONF_REPORT_DISCARD);
	request_send(traffic, TO_TARGETS, settings->translation.tun_device, &here, &there);
	answer_send(traffic, FROM_TARGETS, traffic->exit, &there, &here);
}

void relay_firewall_send(const struct conf_settings *settings, const char *const *beginnings,
			 relay_firewall_observer *observer, void *context, struct conf_report *report)
{
	struct traffic traffic = {.settings = settings,
				  .observer = observer,
				  .context = context,
				  .report = report,
				  .trace = {.beginnings = beginnings}};

	if (geteuid() != 0)
		return;
	if (nftables_trace_begin(&traffic.trace, report) == 0) {
		if (is_clat(settings))
			clat_send(&traffic);
		else
			relay_send(&traffic);
		nftables_trace_end(&traffic.trace);
	}
	for (size_t i = 0; i < traffic.device_count; i++)
		if (traffic.devices[i].fd >= 0)
			close(traffic.devices[i].fd);
}
