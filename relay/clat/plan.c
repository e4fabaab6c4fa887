/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What should be in place: nothing where IPv4 has a default route of its own, or where there is no NAT64.
 *
 * The prefix: the one that was given; else of router advertisements (RFC 8781 section 5.1: before all others), of those that the way to the NAT64 leads
 * to, until their link is lost, and first of the very router that it leads to: another one may be gone, and its NAT64 with it; else of the network's
 * resolver (RFC 7050), asked anew every five minutes, when this host's network has changed, and while there is none. A resolver that fails says nothing,
 * and the order of its addresses neither.
 * This host's address on the way: in the network of the address that the kernel itself would send from (RFC 6724: a deprecated one and a ULA come last),
 * with an interface identifier of its own: made of that address and the machine's id, so that it is the same after a restart. It stays while its
 * network does, whatever address the kernel sends from: that may be another one each day (RFC 8981).
 */
#include "relay/clat/plan.h"

#include "relay/clat/clat.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "kernel/address.h"
#include "kernel/link.h"
#include "kernel/lookup.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "relay/detect/detect.h"
#include "relay/host/clock.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

enum { DNS_MS = 300000, DNS_RETRY_MS = 5000, PORT = 9, LONGEST_NETWORK = 112 };

#define RESOLV_CONF "/etc/resolv.conf"

/* What one router takes back, another may still advertise. */
static bool is_same_advert(const struct relay_pref64 *a, const struct relay_pref64 *b)
{
	return conf_prefix6_equals(&a->prefix, &b->prefix) && a->interface == b->interface &&
	       IN6_ARE_ADDR_EQUAL(&a->router, &b->router);
}

bool relay_clat_advertised(struct relay_clat *clat, const struct relay_pref64 *found, size_t count)
{
	bool changed = false;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < clat->advertised_count && !is_same_advert(&clat->advertised[at], &found[i]))
			at++;
		if (at == RELAY_PREF64_MAX || (at == clat->advertised_count && found[i].lifetime == 0))
			continue;
		changed |= at == clat->advertised_count || found[i].lifetime == 0;
		clat->advertised_count += at == clat->advertised_count;
		clat->advertised[at] = found[i];
		clat->advertised_until[at] = relay_clock_ms() + found[i].lifetime * UINT64_C(1000);
	}
	return changed;
}

/* What is over, and all of an interface whose link is lost; 0: of none. */
static void advertised_forget(struct relay_clat *clat, unsigned interface)
{
	size_t kept = 0;

	for (size_t i = 0; i < clat->advertised_count; i++) {
		if (clat->advertised_until[i] <= relay_clock_ms() ||
		    (interface != 0 && clat->advertised[i].interface == interface))
			continue;
		clat->advertised[kept] = clat->advertised[i];
		clat->advertised_until[kept++] = clat->advertised_until[i];
	}
	clat->advertised_count = kept;
}

void relay_clat_link_lost(struct relay_clat *clat, unsigned interface)
{
	advertised_forget(clat, interface);
	clat->solicit_due = clat->solicit_delay = 0;
}

/* An address behind the NAT64. */
static struct in6_addr known_within(const struct conf_prefix6 *prefix)
{
	return conf_rfc6052_embed(prefix, conf_rfc7050_address(0));
}

/* The interface by which the kernel sends to the NAT64; 0: there is no way. */
static unsigned uplink_find(const struct conf_prefix6 *prefix, char name[IF_NAMESIZE])
{
	const struct conf_address to = {.family = AF_INET6, .v6 = known_within(prefix)};
	bool found = kernel_lookup_device(&to, name, CONF_REPORT_DISCARD) == 1;

	return found ? if_nametoindex(name) : 0;
}

static bool is_of_next_router(const struct relay_pref64 *advertised)
{
	const struct in6_addr to = known_within(&advertised->prefix);
	struct in6_addr router;

	return kernel_lookup_router(&to, &router, CONF_REPORT_DISCARD) == 1 &&
	       IN6_ARE_ADDR_EQUAL(&router, &advertised->router);
}

/* The first that was advertised where the way to it leads: by the next router, else on its link. */
static const struct conf_prefix6 *advertised_find(const struct relay_clat *clat)
{
	const struct conf_prefix6 *found = NULL;
	char name[IF_NAMESIZE];

	for (size_t i = 0; i < clat->advertised_count; i++) {
		if (uplink_find(&clat->advertised[i].prefix, name) != clat->advertised[i].interface)
			continue;
		if (is_of_next_router(&clat->advertised[i]))
			return &clat->advertised[i].prefix;
		if (!found)
			found = &clat->advertised[i].prefix;
	}
	return found;
}

static bool is_of_network(const struct in6_addr *address, const struct in6_addr *network)
{
	return memcmp(address, network, 8) == 0;
}

/* The address that the kernel sends from to this one; false: no way leads there. */
static bool source_find(const struct in6_addr *to, struct in6_addr *from)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = *to, .sin6_port = htons(PORT)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		     getsockname(fd, (struct sockaddr *)&address, &length) == 0;

	if (fd >= 0)
		close(fd);
	*from = address.sin6_addr;
	return found && !IN6_IS_ADDR_LINKLOCAL(from);
}

/* The prefix in use is still one of those of the answer, whose order may be another each time. */
static bool dns_is_confirmed(const struct relay_clat *clat, const struct relay_detection *detection)
{
	for (size_t i = 0; clat->has_dns && i < detection->prefix_count; i++)
		if (conf_prefix6_equals(&clat->dns, &detection->prefixes[i].prefix))
			return true;
	return false;
}

static void dns_ask(struct relay_clat *clat)
{
	struct relay_detection *detection = calloc(1, sizeof(*detection));
	struct relay_server servers[RELAY_SERVERS_MAX];
	FILE *file = fopen(RESOLV_CONF, "re");
	size_t count = file ? relay_servers_read(file, servers) : 0;
	bool answered = false;

	for (size_t i = 0; detection && i < count && !answered; i++)
		answered = relay_detect_ask(detection, &servers[i], 1, CONF_REPORT_DISCARD) == 0 &&
			   !relay_detect_server_failed(detection);
	if (answered && !dns_is_confirmed(clat, detection)) {
		clat->has_dns = detection->prefix_count > 0;
		clat->dns = detection->prefixes[0].prefix;
	}
	clat->dns_due = relay_clock_ms() + (clat->has_dns && answered ? DNS_MS : DNS_RETRY_MS);
	if (file)
		fclose(file);
	free(detection);
}

const struct conf_prefix6 *relay_clat_prefix(struct relay_clat *clat, const char **source)
{
	const struct in6_addr any = {.s6_addr = {0x20, 1}};
	const struct conf_prefix6 *advertised;
	struct in6_addr from = in6addr_any;

	advertised_forget(clat, 0);
	if (clat->is_given) {
		*source = "given";
		return &clat->given;
	}
	advertised = advertised_find(clat);
	if (advertised) {
		*source = "router advertisement";
		return advertised;
	}
	source_find(&any, &from);
	if (!is_of_network(&from, &clat->dns_network)) { /* another network: what the last one said is not true here */
		clat->dns_network = from;
		clat->has_dns = false;
		clat->dns_due = 0;
	}
	if (relay_clock_ms() >= clat->dns_due)
		dns_ask(clat);
	*source = "DNS";
	return clat->has_dns ? &clat->dns : NULL;
}

/* An IPv4 default route that is not ours. */
struct default_search {
	bool ours_is_up; /* the device of this name is ours: else another program's, clatd's for example */
	char device[IF_NAMESIZE];
};

static int default_visit(void *context, const struct kernel_route *route)
{
	struct default_search *search = context;

	if (route->to.family != AF_INET || route->to.v4.length != 0 || route->table != RT_TABLE_MAIN ||
	    route->type != RTN_UNICAST || (search->ours_is_up && strcmp(route->device, RELAY_CLAT_DEVICE) == 0))
		return 0;
	memcpy(search->device, route->device, IF_NAMESIZE);
	return 1;
}

static int used4_visit(void *context, const struct kernel_address *address)
{
	unsigned *used = context;
	uint32_t host = address->address.family == AF_INET ? ntohl(address->address.v4.s_addr) : 0;

	if (host >> 3 == 0xc0000000 >> 3 && strcmp(address->device, RELAY_CLAT_DEVICE) != 0)
		*used |= 1U << (host & 7);
	return 0;
}

/* Two neighbours of 192.0.0.0/29 (RFC 7335) that no other device has. */
static bool pair_find(struct relay_clat_plan *plan, struct conf_report *quiet)
{
	unsigned used = 0;

	kernel_address_walk(used4_visit, &used, quiet);
	for (unsigned host = 1; host < 7; host += 2)
		if (!(used & 3U << host)) {
			plan->address4.s_addr = htonl(0xc0000000 | host);
			plan->own4.s_addr = htonl(0xc0000000 | (host + 1));
			return true;
		}
	return false;
}

/* Of which address the length of its network is wanted, and what that is. */
struct network_search {
	const struct in6_addr *address;
	unsigned length;
};

static int network_visit(void *context, const struct kernel_address *address)
{
	struct network_search *search = context;

	if (address->address.family != AF_INET6 || !IN6_ARE_ADDR_EQUAL(&address->address.v6, search->address))
		return 0;
	search->length = address->length;
	return 1;
}

/* How many bits of the address are its network's: 64 where the addresses have the length 128 (DHCPv6), or leave too few for a choice. */
static unsigned network_length(const struct in6_addr *address)
{
	struct network_search search = {address, 64};

	kernel_address_walk(network_visit, &search, CONF_REPORT_DISCARD);
	return search.length > 64 && search.length <= LONGEST_NETWORK ? search.length : 64;
}

static struct in6_addr address6_make(const struct in6_addr *from)
{
	const unsigned length = network_length(from);
	const sd_id128_t application = SD_ID128_MAKE(46, 40, ca, 50, 7a, 0f, 4b, 1c, 9e, 58, 6d, 21, 93, b4, 0c, 64);
	struct in6_addr made = *from;
	sd_id128_t id;

	if (sd_id128_get_machine_app_specific(application, &id) != 0)
		id = application;
	for (size_t i = length / 8; i < 16; i++)
		made.s6_addr[i] ^= id.bytes[i] & (i == length / 8 ? 0xff >> length % 8 : 0xff);
	if (length == 64)
		made.s6_addr[8] &= (uint8_t)~2; /* no identifier of a vendor */
	return made;
}

/* The address on the way of a host that sends from this one. */
static struct in6_addr address6_find(const struct relay_clat *clat, const char *uplink, const struct in6_addr *from)
{
	const struct relay_clat_plan *now = &clat->plan;

	if (now->wanted && strcmp(now->uplink, uplink) == 0 && is_of_network(&now->address6, from))
		return now->address6;
	return address6_make(from);
}

/* That of IPv6 on the uplink: a router may advertise one below the link's own (RFC 4861 4.6.4). */
static unsigned mtu_find(const struct kernel_link *uplink)
{
	const struct kernel_sysctls sysctls = {.root = "/proc/sys"};
	char name[KERNEL_SYSCTL_NAME], value[KERNEL_SYSCTL_VALUE];
	unsigned long mtu = 0;

	snprintf(name, sizeof(name), "net/ipv6/conf/%s/mtu", uplink->name);
	if (kernel_sysctl_read(&sysctls, name, value) == 0)
		mtu = strtoul(value, NULL, 10);
	return mtu != 0 && mtu < uplink->mtu ? (unsigned)mtu : uplink->mtu;
}

void relay_clat_plan(struct relay_clat *clat, struct relay_clat_plan *plan)
{
	struct default_search search = {.ours_is_up = clat->plan.wanted};
	const struct conf_prefix6 *prefix;
	struct kernel_link link;
	struct in6_addr from, to;

	memset(plan, 0, sizeof(*plan));
	if (kernel_route_walk(default_visit, &search, CONF_REPORT_DISCARD) == 1) {
		snprintf(plan->why, sizeof(plan->why), "IPv4 has a default route through %s", search.device);
	} else if (!clat->plan.wanted && if_nametoindex(RELAY_CLAT_DEVICE) != 0) {
		snprintf(plan->why, sizeof(plan->why),
			 "the device " RELAY_CLAT_DEVICE " is another program's: stop that one, or remove the device");
	} else if (!(prefix = relay_clat_prefix(clat, &plan->source))) {
		snprintf(plan->why, sizeof(plan->why),
			 "no NAT64 prefix in router advertisements (RFC 8781) or DNS (RFC 7050)");
		plan->lacks_prefix = true;
	} else {
		plan->prefix = *prefix;
		to = known_within(prefix);
		if (!source_find(&to, &from) || uplink_find(prefix, plan->uplink) == 0 ||
		    kernel_link_find(plan->uplink, &link, CONF_REPORT_DISCARD) != 1)
			snprintf(plan->why, sizeof(plan->why), "there is no route to the NAT64");
		else if (!pair_find(plan, CONF_REPORT_DISCARD))
			snprintf(plan->why, sizeof(plan->why), "192.0.0.0/29 is in use here");
		else
			plan->wanted = true;
		plan->mtu = plan->wanted ? mtu_find(&link) : 0;
		plan->address6 = address6_find(clat, plan->uplink, &from);
	}
}

bool relay_clat_plan_equals(const struct relay_clat_plan *a, const struct relay_clat_plan *b)
{
	return a->wanted == b->wanted && (!a->wanted || (memcmp(&a->prefix, &b->prefix, sizeof(a->prefix)) == 0 &&
							 strcmp(a->uplink, b->uplink) == 0 &&
							 memcmp(&a->address6, &b->address6, sizeof(a->address6)) == 0 &&
							 a->address4.s_addr == b->address4.s_addr));
}
