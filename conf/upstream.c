/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * upstream-dns ZONE ADDRESS[@PORT][#NAME]..., where a server is written as Unbound's forward-addr takes it. A NAME stands for DNS
 * over TLS (RFC 7858) with a certificate that must bear it. Unbound asks all servers of a zone in the same way, so a zone
 * has either kind and not both: else a question would go in the clear, which the name says it must not.
 */
#include "conf/upstream.h"

#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/store.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_CLEAR = 53, PORT_TLS = 853, PORT_MAXIMUM = 65535 };

/* A domain name that can stand in a certificate. */
static bool name_is_valid(const char *text)
{
	char *name = conf_domain_parse(text);
	bool valid = name && strcmp(name, ".") != 0;

	free(name);
	return valid;
}

/* The port of "@PORT" before the end; 0 when it is none. */
static unsigned port_parse(const char *text, const char *end)
{
	char *stop;
	unsigned long port = isdigit((unsigned char)*text) ? strtoul(text, &stop, 10) : 0;

	return port > 0 && port <= PORT_MAXIMUM && stop == end ? (unsigned)port : 0;
}

int conf_server_parse(const char *text, struct conf_server *server)
{
	size_t until_name = strcspn(text, "#");
	char address_text[INET6_ADDRSTRLEN];

	server->address_length = strcspn(text, "@#");
	server->name = text[until_name] == '#' ? text + until_name + 1 : NULL;
	server->port = server->name ? PORT_TLS : PORT_CLEAR;
	if (text[server->address_length] == '@')
		server->port = port_parse(text + server->address_length + 1, text + until_name);
	if (server->port == 0 || (server->name && !name_is_valid(server->name)) ||
	    server->address_length >= sizeof(address_text))
		return -1;
	memcpy(address_text, text, server->address_length);
	address_text[server->address_length] = '\0';
	return conf_address_parse(address_text, &server->address);
}

const char *conf_upstream_print_dig(const struct conf_upstream *upstream, char *text, size_t size)
{
	struct conf_server server = {0};
	char port[sizeof(" -p 65535")] = "";

	conf_server_parse(upstream->server, &server);
	if (server.port != (server.name ? PORT_TLS : PORT_CLEAR))
		snprintf(port, sizeof(port), " -p %u", server.port % (PORT_MAXIMUM + 1));
	snprintf(text, size, "@%.*s%s%s", (int)server.address_length, upstream->server, port, server.name ? " +tls" : "");
	return text;
}

/* The first server of a zone, or NULL. */
static const struct conf_upstream *zone_find(const struct conf_settings *settings, const char *zone)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (strcmp(settings->dns.upstreams[i].zone, zone) == 0)
			return &settings->dns.upstreams[i];
	return NULL;
}

static int server_append(struct conf_settings *settings, const char *zone, const char *word,
			 const struct conf_line *line, struct conf_report *report)
{
	const struct conf_upstream *other = zone_find(settings, zone);
	struct conf_upstream *entry;
	struct conf_server server;

	if (conf_server_parse(word, &server) < 0)
		return CONF_REFUSE("\"%s\" is not a name server: write ADDRESS or ADDRESS@PORT, and append #NAME for DNS "
				   "over TLS",
				   word);
	if (other && other->tls != (server.name != NULL))
		return CONF_REFUSE("\"%s\" is asked %s, and \"%s\" of the same zone is not: append #NAME to all of them or "
				   "to none",
				   word, server.name ? "over TLS" : "in plain text", other->server);
	entry = conf_list_append(&settings->dns.upstreams, &settings->dns.upstream_count, sizeof(*entry));
	if (!entry)
		return CONF_REFUSE("out of memory");
	entry->tls = server.name;
	entry->line = line->number;
	entry->zone = strdup(zone);
	entry->server = strdup(word);
	return entry->zone && entry->server ? 0 : CONF_REFUSE("out of memory");
}

int conf_store_upstream_dns(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	char *zone = conf_domain_parse(line->words[1]);
	int result = 0;

	if (!zone)
		return CONF_REFUSE("\"%s\" is not a domain%s: write upstream-dns ZONE ADDRESS...", line->words[1],
				   conf_domain_advice(line->words[1]));
	for (size_t i = 2; i < line->count && result == 0; i++)
		result = server_append(settings, zone, line->words[i], line, report);
	free(zone);
	return result;
}
