/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of both endpoints, and whether they may talk (closed by default).
 *
 * RFC 7915 sections 4.1 and 5.1 (addresses), RFC 6052 section 3.1 (64:ff9b::/96), RFC 6146 sections 3.5 (a source inside
 * the prefix is a loop) and 3.8 (hairpins), RFC 6791 (ICMP errors of routers without an address of the other family come
 * from the translator's own), RFC 7757 section 4 (hairpins between explicit maps: the server's side is the prefix).
 *
 * The IPv6 source has to be allowed; an explicit map is a permission. The IPv4 server has to be allowed and not
 * denied, in both directions. ICMP errors may come from routers, so neither list is asked for their source here: who may
 * report on which packet is decided in sender.c, once the quote is read. The packet they quote has to be one that a client
 * of ours could have got: see nat64_policy_endpoints_of_quote.
 *
 * Loops: an IPv4 packet for an address that is no client's is only taken from an explicit map (the translator of an
 * IPv4 host behind IPv6, RFC 6877), or where there is no pool (stateless translation of whole networks, which are then
 * among the sources that are allowed).
 *
 * Several prefixes: a lease is for one of them, but a map remembers none. A host of a map therefore has one prefix for each
 * IPv4 address, the first that may hold it, and through another it is refused: answers would come from elsewhere. */
#include "nat64/core/policy.h"
#include "conf/reach.h"
#include "conf/rfc6052.h"
#include "conf/special.h"
#include "nat64/core/mapindex.h"
#include "nat64/core/maps.h"
#include "nat64/core/sender.h"

/* Most addresses are none, which a look-up among the maps need not tell. */
static bool is_martian4(const struct nat64_packet_context *job, struct in_addr address)
{
	const struct nat64_context *context = job->context;

	return conf_special_is_martian4(address) &&
	       conf_reach_is_martian4(context->settings, address, nat64_maps_has_ipv4(context->maps, address));
}

static bool is_server_allowed(const struct conf_settings *settings, struct in_addr server)
{
	return conf_reach_destination4(settings, server) == CONF_REACH_YES;
}

static bool is_in_pool(const struct conf_settings *settings, struct in_addr address)
{
	return settings->translation.has_dynamic_pool &&
	       conf_prefix4_contains(&settings->translation.dynamic_pool, address);
}

static bool may_embed(const struct conf_settings *settings, unsigned prefix, struct in_addr address)
{
	return conf_reach_embeds4(settings, &settings->common.prefixes[prefix].prefix, address);
}

/* The prefix that the hosts of maps see an IPv4 address in. */
static unsigned prefix_for_maps(const struct conf_settings *settings, struct in_addr address)
{
	for (unsigned i = 0; i < settings->common.prefix_count; i++)
		if (may_embed(settings, i, address))
			return i;
	return 0;
}

/* The IPv4 server of an IPv6 packet. */
static enum nat64_reason check_server(struct nat64_packet_context *job, enum nat64_origin origin)
{
	const struct conf_settings *settings = job->context->settings;
	struct in_addr server = job->endpoints.destination4;
	struct conf_reach_way way = {.client_mapped = job->from_map};
	struct in6_addr host;
	enum conf_reach reach;
	unsigned prefix;

	if (server.s_addr == settings->translation.ipv4_address.s_addr)
		return NAT64_REASON_OWN_ECHO;
	if (origin == NAT64_ORIGIN_MAP)
		return is_martian4(job, server) ? NAT64_REASON_MARTIAN_DESTINATION : NAT64_REASON_NONE;
	way.prefix = &settings->common.prefixes[job->prefix].prefix;
	way.target_mapped = nat64_maps_has_ipv4(job->context->maps, server);
	reach = conf_reach_target4(settings, &way, server);
	if (reach == CONF_REACH_MARTIAN)
		return NAT64_REASON_MARTIAN_DESTINATION;
	if (reach == CONF_REACH_NOT_GLOBAL)
		return NAT64_REASON_NOT_GLOBAL;
	if (job->from_map && job->prefix != prefix_for_maps(settings, server))
		return NAT64_REASON_DESTINATION_UNMAPPED;
	job->hairpin_first = way.target_mapped || is_in_pool(settings, server);
	if (job->hairpin_first && (reach == CONF_REACH_CLIENT || reach == CONF_REACH_OWN))
		return NAT64_REASON_HAIRPIN;
	if (job->hairpin_first && !nat64_maps_client_to_ipv6(job->context->maps, server, &host, &prefix))
		return NAT64_REASON_DESTINATION_UNMAPPED; /* a pool address that nobody holds; once turned round it could not be answered */
	return reach == CONF_REACH_YES ? NAT64_REASON_NONE : NAT64_REASON_DESTINATION_DENIED;
}

/* The IPv4 source of an ICMP error of a router that has none (RFC 6791 section 4): always the same one, as far as the pool goes. */
static struct in_addr router_to_ipv4(const struct conf_settings *settings, const struct in6_addr *router)
{
	struct nat64_key key = nat64_key_of6(router);
	const struct conf_prefix4 *pool;
	uint64_t number;

	if (!settings->translation.icmp.pool_count)
		return settings->translation.ipv4_address;
	number = key.high ^ key.low * UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 32) * UINT64_C(0xc2b2ae3d27d4eb4f);
	number ^= number >> 29;
	pool = &settings->translation.icmp.pool[(number & UINT32_MAX) % settings->translation.icmp.pool_count];
	return (struct in_addr){pool->address.s_addr | htonl((uint32_t)((number >> 32) % conf_prefix4_size(pool)))};
}

/* The IPv6 source as far as it needs no lease. */
static enum nat64_reason check_client(struct nat64_packet_context *job)
{
	const struct nat64_context *context = job->context;
	unsigned prefix;
	enum nat64_origin origin = nat64_maps_server_to_ipv4(context->maps, &job->endpoints.source6,
							     &job->endpoints.source4, &prefix);

	if (nat64_sender_is_relay(job)) {
		job->endpoints.source4 = router_to_ipv4(context->settings, &job->endpoints.source6);
		return NAT64_REASON_NONE;
	}
	job->needs_lease = !origin;
	job->from_map = origin == NAT64_ORIGIN_MAP;
	if (origin == NAT64_ORIGIN_PREFIX && context->settings->translation.has_dynamic_pool)
		return NAT64_REASON_LOOP;
	if (origin && is_martian4(job, job->endpoints.source4))
		return NAT64_REASON_MARTIAN_SOURCE;
	if (origin == NAT64_ORIGIN_MAP)
		return NAT64_REASON_NONE;
	if (nat64_packet_is_icmp_error(&job->packet))
		return NAT64_REASON_NONE;
	if (origin == NAT64_ORIGIN_PREFIX && !may_embed(context->settings, prefix, job->endpoints.source4))
		return NAT64_REASON_NOT_GLOBAL;
	return conf_reach_source6(context->settings, &job->endpoints.source6) ? NAT64_REASON_NONE :
										NAT64_REASON_SOURCE_NOT_ALLOWED;
}

enum nat64_reason nat64_policy_endpoints_of_ipv6(struct nat64_packet_context *job)
{
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)job->packet.data;
	const struct nat64_context *context = job->context;
	enum nat64_reason reason;
	enum nat64_origin origin;

	job->endpoints = (struct nat64_endpoints){.source6 = ip6->ip6_src, .destination6 = ip6->ip6_dst};
	if (conf_special_is_martian6(&job->endpoints.source6))
		return NAT64_REASON_MARTIAN_SOURCE;
	if (conf_special_is_martian6(&job->endpoints.destination6))
		return NAT64_REASON_MARTIAN_DESTINATION;
	reason = check_client(job);
	if (reason)
		return reason;
	if (IN6_ARE_ADDR_EQUAL(&job->endpoints.destination6, &context->settings->translation.ipv6_address))
		return NAT64_REASON_OWN_ECHO;
	origin = nat64_maps_server_to_ipv4(context->maps, &job->endpoints.destination6, &job->endpoints.destination4,
					   &job->prefix);
	return origin ? check_server(job, origin) : NAT64_REASON_DESTINATION_UNMAPPED;
}

enum nat64_reason nat64_policy_lease(struct nat64_packet_context *job)
{
	const struct nat64_context *context = job->context;
	bool is_error = nat64_packet_is_icmp_error(&job->packet);
	enum nat64_reason reason;

	if (!job->needs_lease)
		return NAT64_REASON_NONE;
	reason = nat64_maps_lease_to_ipv4(context->maps, &job->endpoints.source6, job->prefix, !is_error,
					  &job->endpoints.source4);
	if (!reason || !is_error)
		return reason;
	job->endpoints.source4 = router_to_ipv4(context->settings, &job->endpoints.source6);
	return NAT64_REASON_NONE;
}

/* The IPv6 address of an IPv4 server, as the client of job->prefix sees it. */
static enum nat64_origin server_to_ipv6(const struct nat64_packet_context *job, struct in_addr server, struct in6_addr *to)
{
	const struct conf_settings *settings = job->context->settings;

	if (!job->hairpin_second || job->prefix >= settings->common.prefix_count)
		return nat64_maps_server_to_ipv6(job->context->maps, server, job->prefix, to);
	*to = conf_rfc6052_embed(&settings->common.prefixes[job->prefix].prefix, server);
	return NAT64_ORIGIN_PREFIX;
}

/* The IPv4 source, once the client it goes to is known. */
static enum nat64_reason check_origin(struct nat64_packet_context *job, enum nat64_origin client)
{
	const struct conf_settings *settings = job->context->settings;
	bool is_error = nat64_packet_is_icmp_error(&job->packet);
	enum nat64_origin server = server_to_ipv6(job, job->endpoints.source4, &job->endpoints.source6);
	bool embeds = server == NAT64_ORIGIN_PREFIX && may_embed(settings, job->prefix, job->endpoints.source4);

	if (client == NAT64_ORIGIN_PREFIX && settings->translation.has_dynamic_pool && server != NAT64_ORIGIN_MAP)
		return NAT64_REASON_LOOP;
	if (client == NAT64_ORIGIN_PREFIX && server != NAT64_ORIGIN_MAP &&
	    !conf_reach_source6(settings, &job->endpoints.destination6))
		return NAT64_REASON_DESTINATION_UNMAPPED;
	if (client == NAT64_ORIGIN_PREFIX && !may_embed(settings, job->prefix, job->endpoints.destination4))
		return NAT64_REASON_NOT_GLOBAL;
	if (client == NAT64_ORIGIN_PREFIX && !is_server_allowed(settings, job->endpoints.destination4))
		return NAT64_REASON_DESTINATION_DENIED;
	if (is_error && server != NAT64_ORIGIN_MAP && !embeds)
		job->endpoints.source6 = settings->translation.ipv6_address;
	else if (!server)
		return NAT64_REASON_SOURCE_UNMAPPED;
	if (is_error || job->hairpin_second || server == NAT64_ORIGIN_MAP)
		return NAT64_REASON_NONE;
	if (!embeds)
		return NAT64_REASON_NOT_GLOBAL;
	if (is_in_pool(settings, job->endpoints.source4) && conf_settings_is_relay(settings))
		return NAT64_REASON_HAIRPIN;
	return is_server_allowed(settings, job->endpoints.source4) ? NAT64_REASON_NONE : NAT64_REASON_SOURCE_NOT_ALLOWED;
}

enum nat64_reason nat64_policy_endpoints_of_ipv4(struct nat64_packet_context *job)
{
	const struct ip *ip = (const struct ip *)job->packet.data;
	const struct conf_settings *settings = job->context->settings;
	enum nat64_origin client;

	job->endpoints = (struct nat64_endpoints){.source4 = ip->ip_src, .destination4 = ip->ip_dst};
	if (is_martian4(job, ip->ip_src))
		return NAT64_REASON_MARTIAN_SOURCE;
	if (is_martian4(job, ip->ip_dst))
		return NAT64_REASON_MARTIAN_DESTINATION;
	if (ip->ip_src.s_addr == settings->translation.ipv4_address.s_addr && !job->hairpin_second)
		return NAT64_REASON_LOOP;
	if (ip->ip_dst.s_addr == settings->translation.ipv4_address.s_addr)
		return NAT64_REASON_OWN_ECHO;
	client = nat64_maps_client_to_ipv6(job->context->maps, ip->ip_dst, &job->endpoints.destination6, &job->prefix);
	if (client == NAT64_ORIGIN_MAP)
		job->prefix = prefix_for_maps(settings, ip->ip_src);
	return client ? check_origin(job, client) : NAT64_REASON_DESTINATION_UNMAPPED;
}

/* Has any packet gone to this end? Not one to a martian, nor one whose IPv4 address its prefix does not hold. */
static bool is_destination_possible(const struct nat64_packet_context *job, const struct nat64_endpoints *endpoints)
{
	const struct conf_settings *settings = job->context->settings;

	for (unsigned i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_contains(&settings->common.prefixes[i].prefix, &endpoints->destination6) &&
		    !may_embed(settings, i, endpoints->destination4))
			return false;
	return !conf_special_is_martian6(&endpoints->destination6) && !is_martian4(job, endpoints->destination4);
}

/* The quoted packet went the other way: its source is who now gets the error, its destination the other end. */
bool nat64_policy_endpoints_of_quote(const struct nat64_packet_context *job, const struct nat64_packet *quote,
				     struct nat64_endpoints *endpoints)
{
	const struct ip *ip = (const struct ip *)quote->data;
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)quote->data;
	enum nat64_reason reason;
	enum nat64_origin origin;

	endpoints->source4 = job->endpoints.destination4;
	endpoints->source6 = job->endpoints.destination6;
	if (quote->version == 4 ? ip->ip_src.s_addr != endpoints->source4.s_addr :
				  !IN6_ARE_ADDR_EQUAL(&ip6->ip6_src, &endpoints->source6))
		return false;
	if (quote->version == 4) {
		endpoints->destination4 = ip->ip_dst;
		origin = server_to_ipv6(job, endpoints->destination4, &endpoints->destination6);
		if (origin != NAT64_ORIGIN_MAP && !is_server_allowed(job->context->settings, endpoints->destination4))
			return false;
	} else {
		endpoints->destination6 = ip6->ip6_dst;
		origin = nat64_maps_client_to_ipv4(job->context->maps, &endpoints->destination6, job->prefix, false,
						   &endpoints->destination4, &reason);
	}
	return origin && is_destination_possible(job, endpoints);
}
