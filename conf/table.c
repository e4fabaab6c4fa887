/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directive table. A row says all of a directive: how it is written, which component reads it, its default, how a line is stored, and what of it is freed.
 * A default is a line that is stored as one of the file would be (DEFAULT), or what a function completes because it follows from other directives.
 */
#include "conf/directive.h"

#include "conf/settings.h"
#include "conf/store.h"
#include "conf/upstream.h"

#include <string.h>

#define AT(member) .offset = offsetof(struct conf_settings, member)
#define OWNED(member)                                                                                                  \
	AT(member), .clear = conf_clear_pointer /* allocated: a text, or a list whose entries own nothing */
#define NETWORKS(member)  AT(member), .clear = conf_clear_networks
#define DEFAULT(words)    .fallback = (words), .initial = (words)
#define ONCE(least, most) .min_arguments = (least), .max_arguments = (most), .repeat = CONF_ONCE
#define LAST(least, most) .min_arguments = (least), .max_arguments = (most), .repeat = CONF_LAST
#define MANY(least, most) .min_arguments = (least), .max_arguments = (most), .repeat = CONF_REPEATABLE
#define ALL               (CONF_DNS | CONF_TRANSLATOR | CONF_NODE)

const struct conf_directive conf_directives[] = {
	{"split-domain", "SPLIT REAL|auto", MANY(2, 2), ALL, "none",
	 "answer names under SPLIT from the same names under REAL", conf_store_split_domain,
	 .clear = conf_clear_split_domains},
	{"upstream-dns", "ZONE ADDRESS[@PORT][#NAME]...", MANY(2, 16), CONF_DNS, "100.100.100.100 for every REAL",
	 "name servers that answer for ZONE; over TLS with #NAME", conf_store_upstream_dns,
	 .clear = conf_clear_upstreams, .complete = conf_complete_upstreams},
	{"a-policy", "SPLIT empty|real|nxdomain|twin", MANY(2, 2), CONF_DNS, "twin with a twin-prefix, else empty",
	 "the answer to a query for an IPv4 address", conf_store_a_policy, .clear = conf_clear_policies},
	{"aaaa-policy", "SPLIT prefix|twin6", MANY(2, 2), CONF_DNS, "prefix",
	 "the answer for a name with addresses of both families", conf_store_aaaa_policy},
	{"type-policy", "SPLIT nodata|pass TYPE...", MANY(3, 10), CONF_DNS, "nodata for every type",
	 "whether a name has the real name's records of these types", conf_store_type_policy},
	{"native-aaaa", "SPLIT yes|no", MANY(2, 2), CONF_DNS, "no",
	 "whether a name with only IPv6 addresses is answered with these", conf_store_native_aaaa},
	{"dnssec-policy", "SPLIT validate|insecure", MANY(2, 2), CONF_DNS, "validate where REAL is public, else insecure",
	 "whether the real names are validated with DNSSEC", conf_store_dnssec_policy},
	{"name-labels", "SPLIT N|any", MANY(2, 2), CONF_DNS, "1 where REAL is in ts.net, from MagicDNS; else any",
	 "names with more labels before SPLIT do not exist, without a query upstream", conf_store_name_labels},
	{"query-log", "yes|no", ONCE(1, 1), CONF_DNS, "no",
	 "a line in the resolver's log for each query in a split domain", conf_store_boolean, AT(dns.query_log)},
	{"edge-address", "ADDRESS...|auto", MANY(1, 8), CONF_DNS | CONF_NODE, "asked by init",
	 "this node's addresses in the overlay, where the resolver listens", conf_store_edge_address,
	 OWNED(dns.edge_addresses)},
	{"dns-client", "PREFIX", MANY(1, 1), CONF_DNS, "the tailnet and loopback", "clients that may query the resolver",
	 conf_store_networks, NETWORKS(dns.clients), .complete = conf_complete_dns_clients},
	{"dns64", "P/L [CLIENT...]|off", ONCE(1, 16), CONF_DNS, "off; CLIENT: every dns-client",
	 "answer names without an IPv6 address inside this prefix (DNS64), for these clients", conf_store_dns64,
	 OWNED(dns.dns64.clients)},
	{"dns64-exclude", "P/L", MANY(1, 1), CONF_DNS, "::ffff:0:0/96",
	 "IPv6 addresses in answers that do not count for dns64", conf_store_dns64_exclude, OWNED(dns.dns64.excluded),
	 .complete = conf_complete_dns64_exclude},
	{"ipv4only-arpa", "CLIENT P/L...|none", MANY(2, 16), CONF_DNS, "dns64's prefix",
	 "the NAT64 prefixes that these clients discover (RFC 7050)", conf_store_ipv4only_arpa,
	 .clear = conf_clear_discoveries},
	{"dns-rate-limit", "N", ONCE(1, 1), CONF_DNS, "1000 in a relay, else none",
	 "queries per second of one client; most above are dropped", conf_store_number, AT(dns.resolver.rate_limit), 0,
	 1000000, .complete = conf_complete_dns_rate_limit},
	{"tls-cert-bundle", "PATH", ONCE(1, 1), CONF_DNS, DEFAULT(CONF_TLS_CERT_BUNDLE),
	 .help = "certificate authorities for an upstream-dns over TLS", conf_store_path,
	 OWNED(dns.resolver.tls_cert_bundle)},
	{"prefix", "P/L [SPLIT...]", MANY(1, 16), ALL, "chosen by init",
	 "NAT64 prefix (RFC 6052), for these split domains or for all", conf_store_prefix, .clear = conf_clear_prefixes},
	{"prefix-choice", "SPLIT hash|order", MANY(2, 2), CONF_DNS, "hash",
	 "with several prefixes: distribute the names, or use the first", conf_store_prefix_choice},
	{"twin-prefix", "P/L [OF/L]", ONCE(1, 2), ALL, "none; OF/L: 100.64.0.0/10",
	 "IPv4 clients reach the addresses of OF/L through those of P/L", conf_store_twin_prefix},
	{"twin6-prefix", "P/L [OF/L]", ONCE(1, 2), ALL, "none; OF/L: fd7a:115c:a1e0::/48",
	 "clients reach the IPv6 addresses of OF/L through those of P/L", conf_store_twin6_prefix},
	{"dynamic-pool", "P/L", ONCE(1, 1), CONF_TRANSLATOR | CONF_NODE, "chosen by init",
	 "IPv4 addresses leased to IPv6 clients, one each", conf_store_dynamic_pool},
	{"client-prefix-length", "L", ONCE(1, 1), CONF_TRANSLATOR | CONF_NODE, "128 in a relay, else 64",
	 "length of the IPv6 networks that client-quota and client-limit count", conf_store_number,
	 AT(translation.quota.length), 32, 128, .complete = conf_complete_client_prefix_length},
	{"client-quota", "N", ONCE(1, 1), CONF_TRANSLATOR, "half of the pool in a gateway, else none",
	 "addresses that the clients of one network may hold; 0: no limit", conf_store_number,
	 AT(translation.quota.count), 0, 1 << 24, .complete = conf_complete_client_quota},
	{"client-limit", "WHAT N", MANY(2, 2), CONF_NODE, "see relay.conf(5) in a relay, else none",
	 "one client's packets, fragments and new-connections per second, and connections at once; 0: no limit",
	 conf_store_client_limit, .complete = conf_complete_client_limit},
	{"map", "V4[/L] V6[/L]", MANY(2, 2), CONF_TRANSLATOR | CONF_NODE, "none", "explicit address mapping (RFC 7757)",
	 conf_store_map, OWNED(translation.maps)},
	{"map-file", "PATH", ONCE(1, 1), CONF_TRANSLATOR | CONF_NODE, "none",
	 "more lines of map, read again with each reload", conf_store_map_file, OWNED(translation.map_file)},
	{"ipv4-addr", "ADDRESS", ONCE(1, 1), CONF_TRANSLATOR, "the pool's 1st host",
	 "the translator's own IPv4 address, source of its ICMP errors", conf_store_address4, AT(translation.ipv4_address)},
	{"ipv6-addr", "ADDRESS", ONCE(1, 1), CONF_TRANSLATOR, "ipv4-addr in the prefix",
	 "the translator's own IPv6 address, source of its ICMPv6 errors", conf_store_address6,
	 AT(translation.ipv6_address)},
	{"device-address", "ADDRESS", ONCE(1, 1), CONF_TRANSLATOR | CONF_NODE,
	 "the pool's 2nd host in a relay, else its 1st address", "the kernel's own IPv4 address on the device",
	 conf_store_address4, AT(translation.device_address)},
	{"tun-device", "NAME", ONCE(1, 1), CONF_TRANSLATOR | CONF_NODE, DEFAULT("nat64"), .help = "the TUN device",
	 conf_store_interface, OWNED(translation.tun_device)},
	{"tun-up", "yes|no", LAST(1, 1), CONF_TRANSLATOR, "no", "the translator sets its device up at the start",
	 conf_store_boolean, AT(translation.tun.up)},
	{"tun-ip", "ADDRESS[/L]", MANY(1, 1), CONF_TRANSLATOR, "none",
	 "an address of the kernel's own that the translator puts on its device at the start", conf_store_tun_ip,
	 OWNED(translation.tun.addresses)},
	{"tun-route", "P/L", MANY(1, 1), CONF_TRANSLATOR, "none",
	 "a network that the translator routes to its device at the start", conf_store_tun_route,
	 OWNED(translation.tun.routes)},
	{"offlink-mtu", "OCTETS", ONCE(1, 1), CONF_TRANSLATOR, DEFAULT("1280"),
	 .help = "IPv4 packets without DF are fragmented to fit this IPv6 MTU", conf_store_number,
	 AT(translation.offlink_mtu), 1280, 65535},
	{"icmp-pool", "PREFIX", MANY(1, 1), CONF_TRANSLATOR, "ipv4-addr",
	 "IPv4 sources of ICMP errors of IPv6 routers (RFC 6791)", conf_store_icmp_pool, OWNED(translation.icmp.pool)},
	{"icmp-rate", "N", ONCE(1, 1), CONF_TRANSLATOR, DEFAULT("1000"),
	 .help = "ICMP errors per second that each worker sends itself; 0: none", conf_store_number,
	 AT(translation.icmp.rate), 0, 1000000},
	{"udp-cksum-mode", "drop|calc|fwd", LAST(1, 1), CONF_TRANSLATOR, "calc in a relay or gateway, else drop",
	 "IPv4 UDP packets without a checksum", conf_store_udp_checksum, .complete = conf_complete_udp_checksum},
	{"wkpf-strict", "on|off", LAST(1, 1), CONF_TRANSLATOR | CONF_DNS, DEFAULT("on"),
	 .help = "no non-global IPv4 address inside 64:ff9b::/96 (RFC 6052 section 3.1)", conf_store_boolean,
	 AT(common.well_known_strict)},
	{"fast-path", "auto|off", LAST(1, 1), CONF_TRANSLATOR, DEFAULT("auto"),
	 .help = "translate plain packets in the kernel, by a BPF program, where possible", conf_store_fast_path},
	{"workers", "N", ONCE(1, 1), CONF_TRANSLATOR, "0: one for each processor, 8 at most",
	 "queues of the device, with a thread each", conf_store_number, AT(translation.workers), 0, 64},
	{"log", "drop|reject|icmp|self|dyn...", ONCE(0, 16), CONF_TRANSLATOR, "none",
	 "log packets and leases of these kinds, one line each", conf_store_log},
	{"strict-frag-hdr", "on|off", LAST(1, 1), CONF_TRANSLATOR, "does nothing", "accepted for old tayga.conf files",
	 conf_store_strict_frag_hdr},
	{"allow-source", "PREFIX", MANY(1, 1), CONF_TRANSLATOR | CONF_NODE, "fd7a:115c:a1e0::/48 in a relay",
	 "clients that are served; IPv4 ones through the twin-prefix", conf_store_networks,
	 NETWORKS(translation.allowed_sources), .complete = conf_complete_allow_source},
	{"allow-destination", "PREFIX", MANY(1, 1), ALL, "100.64.0.0/10 in a relay",
	 "addresses that clients may reach; 0.0.0.0/0 makes a gateway", conf_store_networks,
	 NETWORKS(common.allowed_destinations), .complete = conf_complete_allow_destination},
	{"deny-destination", "PREFIX", MANY(1, 1), ALL, "100.100.100.100 in a relay", "addresses that no client may reach",
	 conf_store_networks, NETWORKS(common.denied_destinations), .complete = conf_complete_deny_destination},
	{"overlay-interface", "NAME", ONCE(1, 1), CONF_NODE, DEFAULT("tailscale0"), .help = "the overlay's interface",
	 conf_store_interface, OWNED(node.overlay_interface)},
	{"lan-interface", "NAME", ONCE(1, 1), CONF_NODE, "none: packets leave as the routes lead",
	 "the only way to an allow-destination beyond the overlay", conf_store_interface, OWNED(node.lan_interface)},
	{"advertise-prefix", "P/L|none", MANY(1, 1), CONF_NODE, "every prefix, twin-prefix and twin6-prefix",
	 "routes to advertise over Tailscale; none: route them by other means", conf_store_advertise_prefix,
	 OWNED(node.advertised), .complete = conf_complete_advertise_prefix},
	{"http-listen", "ADDRESS[:PORT] [anywhere]", MANY(1, 2), CONF_NODE, "none; PORT: 8064",
	 "where the page, /metrics and /healthz are served; auto: every edge-address", conf_store_http_listen,
	 OWNED(node.http_listeners)},
	{"http-admin", "LOGIN|ADDRESS...", MANY(1, 16), CONF_NODE, "none",
	 "users and nodes that see every client on the page; others see their own device", conf_store_http_admin,
	 .clear = conf_clear_http_admins},
	{"probe", "HOST|ADDRESS...", MANY(1, 8), CONF_NODE, "none",
	 "hosts that the relay has to reach: if only another relay reaches them, this one withdraws its routes",
	 conf_store_probe, .clear = conf_clear_probes},
	{"tailscale-socket", "PATH", ONCE(1, 1), CONF_NODE, DEFAULT("/var/run/tailscale/tailscaled.sock"),
	 .help = "tailscaled's LocalAPI", conf_store_path, OWNED(node.tailscale_socket)},
	{"user", "NAME", ONCE(1, 1), ALL, DEFAULT(RELAY_USER), .help = "the user that both daemons run as",
	 conf_store_user, OWNED(node.user)},
	{"data-dir", "PATH", ONCE(1, 1), CONF_TRANSLATOR | CONF_NODE, DEFAULT(RELAY_DATA_DIR),
	 .help = "the folder of the leases", conf_store_path, OWNED(node.data_dir)},
	{"runtime-dir", "PATH", ONCE(1, 1), ALL, DEFAULT(RELAY_RUNTIME_DIR),
	 .help = "the folder of sockets and generated files", conf_store_path, OWNED(node.runtime_dir)},
	{"unbound-include-dir", "PATH", ONCE(1, 1), CONF_DNS, DEFAULT(RELAY_UNBOUND_INCLUDE_DIR),
	 .help = "*.conf in it is included into unbound.conf", conf_store_path, OWNED(node.unbound_include_dir)},
	{"unbound-program", "PATH", ONCE(1, 1), CONF_DNS | CONF_NODE, DEFAULT(RELAY_UNBOUND_PROGRAM),
	 .help = "the Unbound that loads the module", conf_store_path, OWNED(node.unbound_program)},
	{"unbound-module", "PATH", ONCE(1, 1), CONF_DNS | CONF_NODE, DEFAULT(RELAY_UNBOUND_MODULE),
	 .help = "the module", conf_store_path, OWNED(node.unbound_module)},
	{"http-program", "PATH", ONCE(1, 1), CONF_NODE, DEFAULT(RELAY_HTTP_PROGRAM), .help = "the server of the page",
	 conf_store_path, OWNED(node.http_program)},
	{"translator-program", "PATH", ONCE(1, 1), CONF_NODE, DEFAULT(RELAY_TRANSLATOR_PROGRAM),
	 .help = "the translator", conf_store_path, OWNED(node.translator_program)},
};
const size_t conf_directive_count = sizeof(conf_directives) / sizeof(*conf_directives);

const struct conf_directive *conf_directive_find(const char *keyword)
{
	for (size_t i = 0; i < conf_directive_count; i++)
		if (strcasecmp(conf_directives[i].keyword, keyword) == 0)
			return &conf_directives[i];
	return NULL;
}

void conf_directives_print(FILE *stream)
{
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct conf_directive *directive = &conf_directives[i];
		fprintf(stream, "  %s %s%s\n      %s (default: %s)\n", directive->keyword, directive->arguments,
			directive->repeat == CONF_REPEATABLE ? "   [repeatable]" : "", directive->help,
			directive->fallback);
	}
}
