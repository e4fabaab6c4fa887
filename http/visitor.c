/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device is known by the address that its packets come from, which WireGuard vouches for: an answer reaches the owner of that address alone. Through the translator a client comes
 * from its lease, an address of the pool, and by the twin the connection's original destination is a twin of the relay's address.
 */
#include "http/visitor.h"

#include "conf/address.h"
#include "conf/json.h"

#include <arpa/inet.h>
#include <linux/netfilter_ipv4.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static bool is_in_pool(const json_t *snapshot, const char *client)
{
	const char *text = conf_json_text(json_object_get(json_object_get(snapshot, "status"), "settings"), "pool");
	struct conf_prefix4 pool;
	struct in_addr address;

	return conf_prefix4_parse(text, &pool) == 0 && inet_pton(AF_INET, client, &address) == 1 &&
	       conf_prefix4_contains(&pool, address);
}

/* Was it sent to a twin of this relay's address? The server may not ask the kernel for the address that it was accepted on (nat64/daemon/seccomp.c). */
static bool was_moved(const json_t *snapshot, struct MHD_Connection *connection)
{
	const json_t *twins = json_object_get(json_object_get(snapshot, "ways"), "twin"), *twin;
	const union MHD_ConnectionInfo *socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_in original = {.sin_family = AF_UNSPEC};
	char text[INET_ADDRSTRLEN] = "";
	socklen_t length = sizeof(original);
	size_t i;

	if (socket && getsockopt(socket->connect_fd, IPPROTO_IP, SO_ORIGINAL_DST, &original, &length) == 0 &&
	    original.sin_family == AF_INET)
		inet_ntop(AF_INET, &original.sin_addr, text, sizeof(text));
	json_array_foreach(twins, i, twin)
		if (json_is_string(twin) && strcmp(json_string_value(twin), text) == 0)
			return true;
	return false;
}

/* The address of whom a lease belongs to. */
static const char *lender_of(const json_t *snapshot, const char *lease)
{
	json_t *client;
	size_t i;

	json_array_foreach(json_object_get(snapshot, "clients"), i, client)
		if (strcmp(conf_json_text(client, "ipv4"), lease) == 0)
			return conf_json_text(client, "ipv6");
	return lease;
}

static const json_t *device_of(const json_t *snapshot, const char *address)
{
	json_t *device, *own;
	size_t i, j;

	json_array_foreach(json_object_get(snapshot, "devices"), i, device)
		json_array_foreach(json_object_get(device, "addresses"), j, own)
			if (json_is_string(own) && strcmp(json_string_value(own), address) == 0)
				return device;
	return NULL;
}

static bool device_has(const json_t *device, const char *address)
{
	json_t *own;
	size_t i;

	json_array_foreach(json_object_get(device, "addresses"), i, own)
		if (json_is_string(own) && strcmp(json_string_value(own), address) == 0)
			return true;
	return false;
}

static bool is_admin(const json_t *snapshot, const struct http_visitor *visitor)
{
	const char *login = conf_json_text(visitor->device, "login");
	json_t *admin;
	size_t i;

	json_array_foreach(json_object_get(snapshot, "admins"), i, admin) {
		const char *name = json_string_value(admin);

		if (name && (strcmp(name, visitor->address) == 0 || device_has(visitor->device, name) ||
			     (*login != '\0' && strcmp(name, login) == 0)))
			return true;
	}
	return false;
}

void http_visitor_find(const json_t *snapshot, struct MHD_Connection *connection, struct http_visitor *visitor)
{
	char client[INET6_ADDRSTRLEN];

	http_client_print(connection, client);
	*visitor = (struct http_visitor){.way = HTTP_DIRECT};
	if (is_in_pool(snapshot, client))
		visitor->way = HTTP_BY_PREFIX;
	else if (was_moved(snapshot, connection))
		visitor->way = HTTP_BY_TWIN;
	snprintf(visitor->address, sizeof(visitor->address), "%s",
		 visitor->way == HTTP_BY_PREFIX ? lender_of(snapshot, client) : client);
	visitor->device = device_of(snapshot, visitor->address);
	visitor->is_admin = is_admin(snapshot, visitor);
}

const char *http_way_text(enum http_way way)
{
	static const char *const texts[] = {[HTTP_DIRECT] = "direct", [HTTP_BY_PREFIX] = "prefix", [HTTP_BY_TWIN] = "twin"};

	return texts[way];
}

/* With names where they are known: an admin's look-up alone goes through all devices for each client. */
static const json_t *seen_as(const json_t *snapshot, const struct http_visitor *visitor, const char *address, bool *is_shown)
{
	const json_t *own = visitor->device && device_has(visitor->device, address) ? visitor->device : NULL;

	*is_shown = visitor->is_admin || own || strcmp(address, visitor->address) == 0;
	return own || !visitor->is_admin ? own : device_of(snapshot, address);
}

json_t *http_visitor_clients(const json_t *snapshot, const struct http_visitor *visitor)
{
	json_t *shown = json_array(), *client, *copy;
	size_t i;

	json_array_foreach(json_object_get(snapshot, "clients"), i, client) {
		bool is_shown;
		const json_t *device = seen_as(snapshot, visitor, conf_json_text(client, "ipv6"), &is_shown);

		if (!is_shown)
			continue;
		copy = json_copy(client);
		json_object_set_new(copy, "name", json_string(conf_json_text(device, "name")));
		json_object_set_new(copy, "login", json_string(conf_json_text(device, "login")));
		json_array_append_new(shown, copy);
	}
	return shown;
}
