/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generated unbound.conf, in the order in which a reader asks: where Unbound listens and for whom, who it runs as, how much
 * it takes, what the module needs around it, where the real names are asked, and where to add lines of one's own.
 *
 * It is made anew at each start, so nothing in it is meant to be edited. A file of the user's folder is read last, at
 * the top level: what it repeats overrides what stands here.
 *
 * Names outside the split domains are Unbound's own business: it asks the root and goes down from there, checking DNSSEC
 * when the distribution's root key is installed; or, with "upstream-dns . ADDRESS", it forwards them, and then trusts
 * the forwarder, because many (MagicDNS among them) do not hand on what a check would need.
 */
#include "unbound/conf.h"

#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "unbound/parts.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef UNBOUND_ROOT_KEY
#define UNBOUND_ROOT_KEY "/usr/share/dns/root.key"
#endif

#define THREADS_MAX 16

static const char *address_print(const struct conf_address *address, char text[INET6_ADDRSTRLEN])
{
	return inet_ntop(address->family, &address->v6, text, INET6_ADDRSTRLEN);
}

static void write_listening(const struct conf_settings *settings, FILE *stream)
{
	char text[INET6_ADDRSTRLEN];

	fputs("server:\n"
	      "    # Queries arrive at each edge-address, over UDP and TCP. Freebind lets Unbound start before the\n"
	      "    # overlay has the address.\n",
	      stream);
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		fprintf(stream, "    interface: %s\n", address_print(&settings->dns.edge_addresses[i], text));
	fputs("    port: 53\n"
	      "    ip-freebind: yes\n"
	      "    # Answers that fit the overlay's MTU of 1280 in one packet; longer ones come by TCP.\n"
	      "    max-udp-size: 1232\n"
	      "    # Room for the queries that wait while Unbound reloads, some 550 for each socket: more needs a "
	      "privilege.\n"
	      "    so-rcvbuf: 212992\n\n",
	      stream);
}

static void write_clients(const struct conf_settings *settings, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	fputs("    # Each dns-client and this node itself may query; all others are refused.\n"
	      "    access-control: 0.0.0.0/0 refuse\n"
	      "    access-control: ::/0 refuse\n",
	      stream);
	for (size_t i = 0; i < conf_networks_count(&settings->dns.clients); i++) {
		const struct conf_prefix client = conf_networks_at(&settings->dns.clients, i);

		fprintf(stream, "    access-control: %s allow\n", conf_prefix_print(&client, text));
	}
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		fprintf(stream, "    access-control: %s/%d allow\n", address_print(&settings->dns.edge_addresses[i], text),
			settings->dns.edge_addresses[i].family == AF_INET ? 32 : 128);
	if (settings->dns.resolver.rate_limit > 0)
		fprintf(stream,
			"    # The queries per second of each client, from the cache or not; above this, one in ten is "
			"answered.\n"
			"    ip-ratelimit: %u\n"
			"    ip-ratelimit-factor: 10\n",
			settings->dns.resolver.rate_limit);
	fputc('\n', stream);
}

static void write_process(const struct conf_settings *settings, FILE *stream)
{
	fprintf(stream,
		"    # Unbound becomes this user once it listens. Its parent supervises it, so it needs no pid file,\n"
		"    # and its log goes to standard error.\n"
		"    username: \"%s\"\n"
		"    chroot: \"\"\n"
		"    directory: \"\"\n"
		"    pidfile: \"\"\n"
		"    use-syslog: no\n"
		"    logfile: \"\"\n"
		"    # Errors and warnings; 1 adds statistics at the end, 3 each query.\n"
		"    verbosity: 0\n"
		"    # Count answers by their code too: nat64-relay status and metrics show them.\n"
		"    extended-statistics: yes\n"
		"    hide-identity: yes\n"
		"    hide-version: yes\n\n",
		settings->node.user);
}

static void write_size(FILE *stream)
{
	long threads = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned slabs = 1;

	if (threads < 1)
		threads = 1;
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	while (slabs < (unsigned)threads)
		slabs *= 2;
	fprintf(stream,
		"    # One thread for each processor, and as many slabs in the caches, so that threads seldom wait.\n"
		"    num-threads: %ld\n"
		"    msg-cache-slabs: %u\n"
		"    rrset-cache-slabs: %u\n"
		"    infra-cache-slabs: %u\n"
		"    key-cache-slabs: %u\n"
		"    # Room for some 50,000 names; more than a small machine needs, less than it has.\n"
		"    msg-cache-size: 8m\n"
		"    rrset-cache-size: 16m\n"
		"    key-cache-size: 4m\n"
		"    neg-cache-size: 1m\n\n",
		threads, slabs, slabs, slabs, slabs);
}

static void write_freshness(FILE *stream)
{
	fputs("    # Answers in use are renewed before they expire. When the upstream is silent for 1.8 seconds, an\n"
	      "    # expired answer of the last day is better than none (RFC 8767).\n"
	      "    prefetch: yes\n"
	      "    serve-expired: yes\n"
	      "    serve-expired-ttl: 86400\n"
	      "    serve-expired-reply-ttl: 30\n"
	      "    serve-expired-client-timeout: 1800\n"
	      "    # Only the records of the query, and to each server only the part of a name that it needs.\n"
	      "    minimal-responses: yes\n"
	      "    qname-minimisation: yes\n\n",
	      stream);
}

static void write_outside(const struct conf_settings *settings, FILE *stream)
{
	if (!unboundconf_forward_knows_root(settings) && access(UNBOUND_ROOT_KEY, R_OK) == 0)
		fputs("    # Names outside of the split domains are checked from the root key on.\n"
		      "    trust-anchor-file: \"" UNBOUND_ROOT_KEY "\"\n\n",
		      stream);
	unboundconf_forward_write_options(settings, stream);
}

static void write_control(const struct conf_settings *settings, FILE *stream)
{
	fprintf(stream,
		"# unbound-control -c THIS-FILE stats, flush_zone, ...: over a socket, for root and Unbound's own user.\n"
		"remote-control:\n"
		"    control-enable: yes\n"
		"    control-use-cert: no\n"
		"    control-interface: \"%s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_UNBOUND_SOCKET "\"\n\n",
		settings->node.runtime_dir);
}

static void write_include(const struct conf_settings *settings, FILE *stream)
{
	struct stat status;

	if (stat(settings->node.unbound_include_dir, &status) < 0 || !S_ISDIR(status.st_mode))
		return;
	fprintf(stream, "# Your own lines.\ninclude-toplevel: \"%s/*.conf\"\n", settings->node.unbound_include_dir);
}

static int written_check(FILE *stream, struct conf_report *report)
{
	if (fflush(stream) == 0 && !ferror(stream))
		return 0;
	return conf_report_add(report, "cannot write unbound.conf: is there room on the disk?");
}

int unboundconf_conf_write_generated(const struct conf_settings *settings, FILE *stream, struct conf_report *report)
{
	if (settings->dns.edge_address_count == 0)
		return conf_report_add(report,
				       "%s: no edge-address: name the address of this node on which the resolver "
				       "listens",
				       settings->file);
	fprintf(stream,
		"# Made by nat64-relay from %s at each start: changes here are lost.\n"
		"# Change that file, or put your own lines for Unbound into %s/*.conf.\n\n",
		settings->file, settings->node.unbound_include_dir);
	write_listening(settings, stream);
	write_clients(settings, stream);
	write_process(settings, stream);
	write_size(stream);
	write_freshness(stream);
	unboundconf_module_write_server(settings, stream);
	write_outside(settings, stream);
	unboundconf_dns64_write_server(settings, stream);
	write_control(settings, stream);
	unboundconf_module_write_dynlib(settings, stream);
	unboundconf_dns64_write_views(settings, stream);
	unboundconf_forward_write_zones(settings, stream);
	if (conf_settings_is_relay(settings))
		unboundconf_reverse_write_forwarders(settings, stream);
	unboundconf_module_close_zones(settings, stream);
	return written_check(stream, report);
}

int unboundconf_conf_write(const struct conf_settings *settings, FILE *stream, struct conf_report *report)
{
	if (unboundconf_conf_write_generated(settings, stream, report) < 0)
		return -1;
	write_include(settings, stream);
	return written_check(stream, report);
}

/*
 * The lines for an unbound.conf of the user's own: all that the module needs, as in the generated file, and nothing that is the
 * user's business, as addresses, who may ask, sizes, whom Unbound becomes and how it is controlled.
 */

/* What no line of an unbound.conf can say. */
static void write_head(const struct conf_settings *settings, const char *file, FILE *stream)
{
	const char *module = settings->node.unbound_module;

	fprintf(stream,
		"# Lines for an unbound.conf of your own, made by nat64-relay from %s.\n"
		"# Put them at its end, and print them again when that file changes. This module-config replaces "
		"yours.\n"
		"#\n"
		"# Not here: interface and access-control. Listen on each edge-address, and allow each dns-client.\n"
		"#\n"
		"# The module reads %s when Unbound starts.",
		file, file);
	if (strcmp(file, RELAY_CONF_PATH) != 0)
		fprintf(stream,
			" The environment names the file, with systemd:\n"
			"#     systemctl edit unbound\n"
			"#     [Service]\n"
			"#     Environment=NAT64_RELAY_CONF=%s",
			file);
	fprintf(stream,
		"\n# The user that Unbound becomes must be able to read it and the module; so must its chroot have both (chroot: \"\" is none).\n"
		"# Where AppArmor confines Unbound, /etc/apparmor.d/local/usr.sbin.unbound needs these lines:\n"
		"#     %s r,\n#     %s mr,\n\n",
		file, module);
}

int unboundconf_lines_write(const struct conf_settings *settings, const char *file, FILE *stream, struct conf_report *report)
{
	if (!conf_settings_is_relay(settings))
		return conf_report_add(report, "%s: no split-domain: the lines serve the names of a split domain",
				       settings->file);
	write_head(settings, file, stream);
	fputs("server:\n", stream);
	unboundconf_module_write_server(settings, stream);
	unboundconf_forward_write_options(settings, stream);
	unboundconf_dns64_write_server(settings, stream);
	unboundconf_module_write_dynlib(settings, stream);
	unboundconf_dns64_write_views(settings, stream);
	unboundconf_forward_write_zones(settings, stream);
	unboundconf_reverse_write_forwarders(settings, stream);
	unboundconf_module_close_zones(settings, stream);
	return 0;
}
