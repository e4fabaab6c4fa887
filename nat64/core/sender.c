/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose ICMP errors are believed.
 *
 * An ICMP error ends a connection or lowers its path MTU (RFC 5927). A node of the overlay may guess the ports of another
 * client's flow; it does not get away with reporting on that flow.
 *
 * ICMPv6, towards a target:
 *   in a relay       the client itself, which the quoted packet went to: there is no router between two nodes of a tailnet;
 *   in a gateway     the client, and every allowed source, for routers stand between a gateway and its clients;
 *   in both          the kernel of this machine, which reports what is too big for the overlay. The translator cannot know all
 *                    addresses of the machine. The guard (nftables/ruleset.c) puts the translator's address into such errors,
 *                    and drops that address wherever else it comes from.
 * A relay that opens all of IPv4 is both: clients in fd7a:115c:a1e0::/48 are nodes of the tailnet, others are a gateway's.
 *
 * ICMPv4, towards a client of a relay: an error about a packet to 100.64.0.0/10 comes from that node, or from the kernel by the
 * device's address. Behind targets elsewhere there are routers, and any of them may report.
 *
 * A translator that is neither (TAYGA's, SIIT, servers behind maps) believes every router, as TAYGA does: any network may lie
 * on its IPv6 side. So does a gateway without allow-source, whose clients nobody knows. */
#include "nat64/core/sender.h"
#include "conf/gateway.h"
#include "conf/reach.h"
#include "conf/settings.h"
#include "conf/special.h"

bool nat64_sender_is_relay(const struct nat64_packet_context *job)
{
	const struct conf_settings *settings = job->context->settings;

	return nat64_packet_is_icmp_error(&job->packet) && conf_settings_vets_errors(settings) &&
	       IN6_ARE_ADDR_EQUAL(&job->endpoints.source6, &settings->translation.ipv6_address);
}

/* Is no router between the relay and this client? */
static bool is_node6(const struct conf_settings *settings, const struct in6_addr *client)
{
	const struct conf_prefix6 tailnet = conf_special_tailnet6();

	return conf_settings_is_relay(settings) &&
	       (!conf_gateway_is_open(settings) || conf_prefix6_contains(&tailnet, client));
}

static bool may_report6(const struct nat64_packet_context *job, const struct in6_addr *receiver)
{
	const struct conf_settings *settings = job->context->settings;

	if (!conf_settings_vets_errors(settings) || nat64_sender_is_relay(job) ||
	    IN6_ARE_ADDR_EQUAL(&job->endpoints.source6, receiver))
		return true;
	return !is_node6(settings, receiver) && (job->from_map || conf_reach_source6(settings, &job->endpoints.source6));
}

static bool may_report4(const struct nat64_packet_context *job, struct in_addr receiver)
{
	const struct conf_settings *settings = job->context->settings;
	const struct conf_prefix4 nodes = conf_special_shared_space();

	if (job->hairpin_second || !conf_settings_is_relay(settings) || !conf_prefix4_contains(&nodes, receiver))
		return true;
	return job->endpoints.source4.s_addr == receiver.s_addr ||
	       job->endpoints.source4.s_addr == settings->translation.device_address.s_addr ||
	       settings->translation.device_address.s_addr == INADDR_ANY; /* then the kernel's address is not known */
}

bool nat64_sender_may_report(const struct nat64_packet_context *job, const struct nat64_packet *quote)
{
	const struct ip *ip = (const struct ip *)quote->data;
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)quote->data;

	return quote->version == 4 ? may_report4(job, ip->ip_dst) : may_report6(job, &ip6->ip6_dst);
}
