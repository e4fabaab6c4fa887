/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http-listen ADDRESS[:PORT] [anywhere], http-admin, and where clients reach the page through the relay itself.
 *
 * An address is written as in a URL: an IPv6 address stands in brackets when a port follows. auto stands for every edge-address. What the page shows is
 * for the tailnet: an address that is neither loopback nor of the overlay is refused, unless the line says "anywhere".
 */
#include "conf/http.h"

#include "conf/check.h"
#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/store.h"
#include "conf/tailnet.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANYWHERE "anywhere"

enum { PORT_MAXIMUM = 65535 };

/* ":PORT", or nothing, which is the default. 0: no port. */
static unsigned port_parse(const char *text)
{
	unsigned port = *text == '\0' ? CONF_HTTP_PORT : 0;

	if (*text == ':')
		conf_number_parse(text + 1, 1, PORT_MAXIMUM, &port);
	return port;
}

/* Where the address ends and the port begins. A bare IPv6 address has no port. */
static size_t address_length(const char *word)
{
	if (*word == '[')
		return strcspn(word, "]") + (strchr(word, ']') ? 1 : 0);
	return strchr(word, ':') == strrchr(word, ':') ? strcspn(word, ":") : strlen(word);
}

static int listener_parse(const char *word, struct conf_http_listener *listener)
{
	size_t length = address_length(word), skip = *word == '[' ? 1 : 0;
	char text[INET6_ADDRSTRLEN];

	listener->port = port_parse(word + length);
	if (listener->port == 0 || length < 2 * skip || (skip && word[length - 1] != ']') ||
	    length - 2 * skip >= sizeof(text))
		return -1;
	memcpy(text, word + skip, length - 2 * skip);
	text[length - 2 * skip] = '\0';
	listener->is_auto = !skip && strcasecmp(text, CONF_AUTO) == 0;
	if (listener->is_auto)
		return 0;
	return conf_address_parse(text, &listener->address) == 0 && (!skip || listener->address.family == AF_INET6) ? 0 :
														      -1;
}

int conf_store_http_listen(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_http_listener parsed = {.line = line->number};

	if (listener_parse(line->words[1], &parsed) != 0)
		return CONF_REFUSE("\"%s\" is not an address to listen on: write http-listen ADDRESS[:PORT], such as "
				   "100.101.102.103:8064, [fd7a:115c:a1e0::1]:8064 or auto",
				   line->words[1]);
	if (line->count > 2 && strcasecmp(line->words[2], ANYWHERE) != 0)
		return CONF_REFUSE("\"%s\" after the address of http-listen: the only word allowed is " ANYWHERE,
				   line->words[2]);
	parsed.anywhere = line->count > 2;
	return conf_line_append(&settings->node.http_listeners, &settings->node.http_listener_count, &parsed,
				sizeof(parsed), line, report);
}

int conf_store_http_admin(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	for (size_t i = 1; i < line->count; i++) {
		struct conf_address address;
		char **entry;

		if (!strchr(line->words[i], '@') && conf_address_parse(line->words[i], &address) != 0)
			return CONF_REFUSE("\"%s\" is neither a login name nor an address: http-admin takes a user of the "
					   "tailnet, such as alice@example.com, or a node's address",
					   line->words[i]);
		entry = conf_list_append(&settings->node.http_admins, &settings->node.http_admin_count, sizeof(*entry));
		if (!entry || !(*entry = strdup(line->words[i])))
			return CONF_REFUSE("out of memory");
	}
	return 0;
}

void conf_clear_http_admins(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->node.http_admin_count; i++)
		free(settings->node.http_admins[i]);
	free(settings->node.http_admins);
}

const struct conf_address *conf_http_address(const struct conf_settings *settings, size_t index, unsigned *port)
{
	for (size_t i = 0; i < settings->node.http_listener_count; i++) {
		const struct conf_http_listener *listener = &settings->node.http_listeners[i];
		size_t count = listener->is_auto ? settings->dns.edge_address_count : 1;

		if (index < count) {
			*port = listener->port;
			return listener->is_auto ? &settings->dns.edge_addresses[index] : &listener->address;
		}
		index -= count;
	}
	return NULL;
}

/* Loopback, the tailnet's ranges, or where the resolver listens. */
static bool is_inside(const struct conf_settings *settings, const struct conf_address *address)
{
	return conf_tailnet_is_edge(settings, address) || conf_special_is_of_tailnet(address) ||
	       conf_special_is_loopback(address);
}

static bool is_same(const struct conf_http_listener *a, const struct conf_http_listener *b)
{
	return a->port == b->port && a->is_auto == b->is_auto &&
	       (a->is_auto || conf_address_equals(&a->address, &b->address));
}

void conf_http_check(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_http_listener *listeners = settings->node.http_listeners;

	for (size_t i = 0; i < settings->node.http_listener_count; i++) {
		char text[INET6_ADDRSTRLEN] = "";

		inet_ntop(listeners[i].address.family, &listeners[i].address.v6, text, sizeof(text));
		if (!listeners[i].is_auto && !listeners[i].anywhere && !is_inside(settings, &listeners[i].address))
			conf_report_add_at(report, settings->file, listeners[i].line,
					   "http-listen %s is neither loopback nor an address of the overlay: every host there "
					   "would see the relay. Choose an edge-address, or write " ANYWHERE " behind it",
					   text);
		for (size_t j = 0; j < i; j++)
			if (is_same(&listeners[i], &listeners[j]))
				conf_report_add_at(report, settings->file, listeners[i].line,
						   "line %u has an http-listen with this address and port already",
						   listeners[j].line);
	}
}

unsigned conf_served_overlay_port(const struct conf_settings *settings)
{
	const struct conf_http_listener *listeners = settings->node.http_listeners;
	unsigned port = 0;

	for (size_t i = 0; i < settings->node.http_listener_count; i++) {
		if (listeners[i].is_auto || conf_tailnet_is_edge(settings, &listeners[i].address))
			return listeners[i].port;
		if (port == 0 && !conf_special_is_loopback(&listeners[i].address))
			port = listeners[i].port;
	}
	return port;
}

unsigned conf_served_port(const struct conf_settings *settings)
{
	unsigned port = conf_served_overlay_port(settings);

	return port == 0 && settings->node.http_listener_count > 0 ? settings->node.http_listeners[0].port : port;
}

bool conf_served_has4(const struct conf_settings *settings, struct in_addr address)
{
	for (size_t i = 0; i < settings->node.http_listener_count; i++) {
		const struct conf_http_listener *listener = &settings->node.http_listeners[i];
		bool is_here = listener->is_auto ||
			       (listener->address.family == AF_INET && (listener->address.v4.s_addr == address.s_addr ||
									listener->address.v4.s_addr == INADDR_ANY));

		if (is_here && listener->port == conf_served_port(settings))
			return conf_tailnet_is_edge(settings, &(struct conf_address){.family = AF_INET, .v4 = address});
	}
	return false;
}
