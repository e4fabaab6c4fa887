/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The upstream-dns of relay.conf in the generated unbound.conf: a forward-zone for each zone. None is asked elsewhere when its
 * upstreams fail: the root servers know nothing of it, and need not learn its names. */
#include "unbound/parts.h"

#include "conf/settings.h"
#include "conf/special.h"
#include "conf/upstream.h"
#include "conf/value.h"

#include <string.h>

/* conf_domain_parse has made zones lower case. */
static bool zone_is_root(const char *zone)
{
	return strcmp(zone, ".") == 0;
}

bool unboundconf_forward_knows_root(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (zone_is_root(settings->dns.upstreams[i].zone))
			return true;
	return false;
}

static bool server_is_loopback(const char *server)
{
	struct conf_server parts;

	return conf_server_parse(server, &parts) == 0 && conf_special_is_loopback(&parts.address);
}

bool unboundconf_forward_asks_loopback(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (server_is_loopback(settings->dns.upstreams[i].server))
			return true;
	return false;
}

static bool any_is_tls(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (settings->dns.upstreams[i].tls)
			return true;
	return false;
}

void unboundconf_forward_write_options(const struct conf_settings *settings, FILE *stream)
{
	if (unboundconf_forward_asks_loopback(settings))
		fputs("    # An upstream-dns is on this very machine.\n"
		      "    do-not-query-localhost: no\n\n",
		      stream);
	if (any_is_tls(settings))
		fprintf(stream,
			"    # The certificate authorities for an upstream-dns over TLS.\n"
			"    tls-cert-bundle: \"%s\"\n\n",
			settings->dns.resolver.tls_cert_bundle);
}

void unboundconf_forward_write_servers(const struct conf_settings *settings, const char *zone, FILE *stream)
{
	bool tls = false;

	for (size_t i = 0; i < settings->dns.upstream_count; i++) {
		if (strcmp(settings->dns.upstreams[i].zone, zone) != 0)
			continue;
		fprintf(stream, "    forward-addr: %s\n", settings->dns.upstreams[i].server);
		tls |= settings->dns.upstreams[i].tls;
	}
	fprintf(stream, "%s    forward-first: no\n", tls ? "    forward-tls-upstream: yes\n" : "");
}

static bool zone_is_first(const struct conf_settings *settings, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(settings->dns.upstreams[i].zone, settings->dns.upstreams[index].zone) == 0)
			return false;
	return true;
}

/* Every upstream of one zone together, at the zone's first mention. */
void unboundconf_forward_write_zones(const struct conf_settings *settings, FILE *stream)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++) {
		const char *zone = settings->dns.upstreams[i].zone;
		bool root = zone_is_root(zone);

		if (!zone_is_first(settings, i))
			continue;
		fprintf(stream,
			"# %s%s: only these servers are asked.\n"
			"forward-zone:\n"
			"    name: \"%s.\"\n",
			root ? "All other names" : "Names of ", root ? "" : zone, root ? "" : zone);
		unboundconf_forward_write_servers(settings, zone, stream);
		fputc('\n', stream);
	}
}

/* Does the resolver itself look for real names at or below the split domain? */
static bool split_is_asked(const struct conf_settings *settings, const char *split)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (conf_domain_is_within(settings->dns.split_domains[i].real, split))
			return true;
	return false;
}

void unboundconf_forward_close(const char *zone, FILE *stream)
{
	fprintf(stream, "forward-zone:\n    name: \"%s.\"\n\n", zone);
}

void unboundconf_forward_close_splits(const struct conf_settings *settings, FILE *stream)
{
	fputs("# Names that the module answers have no upstream: through an alias from outside, another server could "
	      "put\n"
	      "# its answer into the cache. A zone without servers fails.\n",
	      stream);
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (!split_is_asked(settings, settings->dns.split_domains[i].split))
			unboundconf_forward_close(settings->dns.split_domains[i].split, stream);
}
