/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that the server shows is asked for here, by root, and written down: so there is no way from the server to a socket of root's, and a thousand
 * requests ask the relay nothing.
 */
#include "relay/show/snapshot.h"

#include "conf/clock.h"
#include "conf/http.h"
#include "conf/json.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "kernel/listeners.h"
#include "nat64/control/control.h"
#include "nftables/connection.h"
#include "relay/apply/active.h"
#include "relay/host/machine.h"
#include "relay/host/runtime.h"
#include "relay/show/hide_real.h"
#include "relay/show/metrics.h"
#include "relay/show/page_taken.h"
#include "relay/show/status.h"
#include "tailscale/localapi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOST_ROOM = 256, NAME_ROOM = 512, ID_ROOM = 32, CLIENTS_MAXIMUM = 1000, RECENT_S = 3600 };
enum { TALKS_MAXIMUM = 8, TALK_ROOM = INET_ADDRSTRLEN + sizeof(" protocol 255/65535") };

int relay_snapshot_folder_make(const struct conf_settings *settings, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, RELAY_SNAPSHOT_FOLDER);
	int failed = !path || (mkdir(path, 0755) != 0 && errno != EEXIST);

	if (failed)
		conf_report_add(report, "cannot make the folder of the page: %s", strerror(errno));
	free(path);
	return failed ? -1 : 0;
}

static void name_add(json_t *names, const char *name)
{
	if (*name != '\0')
		json_array_append_new(names, json_string(name));
}

/* Its host name, its name in the tailnet, whole and as one label. */
static void own_names_add(json_t *names, const json_t *status)
{
	const char *tailnet = conf_json_text(json_object_get(status, "tailscale"), "name");
	char host[HOST_ROOM] = "";

	gethostname(host, sizeof(host) - 1);
	name_add(names, host);
	name_add(names, tailnet);
	json_array_append_new(names, json_stringn(tailnet, strcspn(tailnet, ".")));
}

/* Once, where auto and a line of its own name the same. */
static void socket_add(json_t *list, const char *address, unsigned port)
{
	json_t *wanted = json_pack("{s:s, s:i}", "address", address, "port", (int)port), *own;
	bool is_there = false;
	size_t i;

	json_array_foreach(list, i, own)
		is_there |= json_equal(own, wanted);
	if (!is_there)
		json_array_append(list, wanted);
	json_decref(wanted);
}

static json_t *listen_make(const struct conf_settings *settings, json_t *names)
{
	const struct conf_address *address;
	json_t *list = json_array();
	char text[CONF_PREFIX_TEXT];
	struct kernel_listener by;
	unsigned port;

	for (size_t i = 0; (address = conf_http_address(settings, i, &port)); i++) {
		relay_machine_address_print(address, text);
		if (!relay_page_is_taken(address, port, &by))
			socket_add(list, text, port);
		name_add(names, text);
	}
	return list;
}

/* "relay.tail1234.ts.net" below a split domain: "relay.9929". False: the name is not of its real suffix. */
static bool split_name_make(const struct conf_split_domain *domain, const char *name, char *text, size_t size)
{
	size_t length = strlen(name), real = strlen(domain->real);

	if (length <= real + 1 || name[length - real - 1] != '.' || strcasecmp(name + length - real, domain->real) != 0)
		return false;
	snprintf(text, size, "%.*s.%s", (int)(length - real - 1), name, domain->split);
	return true;
}

/* The ways by which a client comes to the page, besides its own address: through the prefix, by a name below a split domain, by the twin. */
static json_t *ways_make(const struct conf_settings *settings, const char *tailnet_name, json_t *names)
{
	json_t *ways = json_pack("{s:i, s:[], s:[], s:[]}", "port", (int)conf_served_port(settings), "prefix", "twin",
				 "names");
	char text[CONF_PREFIX_TEXT], name[NAME_ROOM];
	struct in6_addr inside;
	struct in_addr moved;

	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		const struct conf_address *edge = &settings->dns.edge_addresses[i];

		if (edge->family != AF_INET || !conf_served_has4(settings, edge->v4))
			continue;
		for (size_t j = 0; j < settings->common.prefix_count; j++) {
			inside = conf_rfc6052_embed(&settings->common.prefixes[j].prefix, edge->v4);
			inet_ntop(AF_INET6, &inside, text, sizeof(text));
			json_array_append_new(json_object_get(ways, "prefix"), json_string(text));
			name_add(names, text);
		}
		if (settings->common.has_twin &&
		    conf_prefix4_move(&settings->common.twin.real, &settings->common.twin.twin, edge->v4, &moved)) {
			inet_ntop(AF_INET, &moved, text, sizeof(text));
			json_array_append_new(json_object_get(ways, "twin"), json_string(text));
			name_add(names, text);
		}
		for (size_t j = 0; j < settings->dns.split_domain_count; j++)
			if (split_name_make(&settings->dns.split_domains[j], tailnet_name, name, sizeof(name))) {
				json_array_append_new(json_object_get(ways, "names"), json_string(name));
				name_add(names, name);
			}
		break;
	}
	return ways;
}

/* Of a tagged node it is nobody's. */
static const char *login_of(const json_t *status, const json_t *node)
{
	char id[ID_ROOM];

	if (json_array_size(json_object_get(node, "Tags")) > 0)
		return "";
	snprintf(id, sizeof(id), "%lld", conf_json_number(node, "UserID"));
	return conf_json_text(json_object_get(json_object_get(status, "User"), id), "LoginName");
}

static void device_add(json_t *devices, const json_t *status, const json_t *node)
{
	const char *name = conf_json_text(node, "DNSName");
	size_t length = strlen(name);
	json_t *addresses = json_object_get(node, "TailscaleIPs");

	if (json_is_array(addresses))
		json_array_append_new(
			devices,
			json_pack("{s:o, s:s, s:s, s:O}", "name",
				  json_stringn(name, length > 0 && name[length - 1] == '.' ? length - 1 : length), "login",
				  login_of(status, node), "os", conf_json_text(node, "OS"), "addresses", addresses));
}

/* The nodes of the tailnet, as tailscaled knows them (LocalAPI, status); an empty array where there is none. */
static json_t *devices_make(const struct conf_settings *settings)
{
	json_t *devices = json_array(), *node;
	json_auto_t *status = settings->node.advertise_none ? NULL :
							      tailscale_localapi_get(settings->node.tailscale_socket,
										     "status", CONF_REPORT_DISCARD);
	const char *key;

	device_add(devices, status, json_object_get(status, "Self"));
	json_object_foreach(json_object_get(status, "Peer"), key, node)
		device_add(devices, status, node);
	return devices;
}

static void talk_print(const struct nftables_connection4 *connection, char *text)
{
	char target[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &connection->destination, target, sizeof(target));
	if (connection->protocol == IPPROTO_TCP || connection->protocol == IPPROTO_UDP)
		snprintf(text, TALK_ROOM, "%s %s/%u", target, connection->protocol == IPPROTO_TCP ? "tcp" : "udp",
			 connection->destination_port);
	else if (connection->protocol == IPPROTO_ICMP)
		snprintf(text, TALK_ROOM, "%s icmp", target);
	else
		snprintf(text, TALK_ROOM, "%s protocol %u", target, connection->protocol);
}

static bool talks_have(const json_t *talks, const char *text)
{
	json_t *talk;
	size_t i;

	json_array_foreach(talks, i, talk)
		if (strcmp(json_string_value(talk), text) == 0)
			return true;
	return false;
}

/* context: {LEASE: [TALK, ...], ...} */
static void connection_add(void *context, const struct nftables_connection4 *connection)
{
	char lease[INET_ADDRSTRLEN], text[TALK_ROOM];
	json_t *talks;

	inet_ntop(AF_INET, &connection->source, lease, sizeof(lease));
	talks = json_object_get(context, lease);
	if (!talks || json_array_size(talks) >= TALKS_MAXIMUM)
		return;
	talk_print(connection, text);
	if (!talks_have(talks, text))
		json_array_append_new(talks, json_string(text));
}

/*
 * Adds to each client "talks": to whom its connections go, as "100.64.0.3 tcp/22". They are conntrack's connections whose first packet came from the client's
 * lease; a list ends after TALKS_MAXIMUM targets.
 */
static void talks_add(json_t *clients)
{
	json_t *leases = json_object(), *client, *talks;
	size_t i;

	json_array_foreach(clients, i, client) {
		talks = json_array();
		json_object_set_new(client, "talks", talks);
		json_object_set(leases, conf_json_text(client, "ipv4"), talks);
	}
	if (json_object_size(leases) > 0)
		nftables_connection_walk4(connection_add, leases, CONF_REPORT_DISCARD);
	json_decref(leases);
}

static void client_add(void *context, const json_t *client)
{
	json_t *clients = context;

	if (json_array_size(clients) < CLIENTS_MAXIMUM && conf_json_number(client, "idle") <= RECENT_S)
		json_array_append(clients, (json_t *)(uintptr_t)client);
}

/* Who has used the translator in the last hour, as nat64-relay clients has it. */
static json_t *clients_make(const struct conf_settings *settings)
{
	json_t *clients = json_array();

	nat64_control_walk_clients(settings->node.runtime_dir, client_add, clients, CONF_REPORT_DISCARD);
	talks_add(clients);
	return clients;
}

static json_t *admins_make(const struct conf_settings *settings)
{
	json_t *admins = json_array();

	for (size_t i = 0; i < settings->node.http_admin_count; i++)
		json_array_append_new(admins, json_string(settings->node.http_admins[i]));
	return admins;
}

static json_t *metrics_make(const json_t *status)
{
	size_t length = 0;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);
	json_t *metrics;

	if (!stream)
		return NULL;
	relay_metrics_print(status, stream);
	fclose(stream);
	metrics = json_stringn(text, length);
	free(text);
	return metrics;
}

static json_t *status_make(const struct conf_settings *settings)
{
	json_t *status = relay_status_gather(settings, !relay_active_is(settings), NULL);
	char verdict[RELAY_STATUS_VERDICT];

	json_object_set_new(status, "works", json_boolean(relay_status_works(status, verdict)));
	json_object_set_new(status, "verdict", json_string(verdict));
	return status;
}

/* Clients read it: without the real suffixes, and without other programs of the node. */
static void status_hide(const struct conf_settings *settings, json_t *status)
{
	json_t *domain;
	size_t i;

	json_object_del(status, "page");
	json_array_foreach(json_object_get(json_object_get(status, "settings"), "split_domains"), i, domain)
		json_object_del(domain, "real");
	relay_hide_real_json(settings, status);
}

json_t *relay_snapshot_make(const struct conf_settings *settings)
{
	json_t *names = json_array(), *status;
	json_t *snapshot = json_pack("{s:i, s:o}", "version", 1, "listen", listen_make(settings, names));

	if (settings->node.http_listener_count > 0) {
		status = status_make(settings);
		own_names_add(names, status);
		json_object_set_new(
			snapshot, "ways",
			ways_make(settings, conf_json_text(json_object_get(status, "tailscale"), "name"), names));
		status_hide(settings, status);
		json_object_set_new(snapshot, "clients", clients_make(settings));
		json_object_set_new(snapshot, "devices", devices_make(settings));
		json_object_set_new(snapshot, "admins", admins_make(settings));
		json_object_set_new(snapshot, "metrics", metrics_make(status));
		json_object_set_new(snapshot, "lines", relay_status_lines(status));
		json_object_set_new(snapshot, "status", status);
	}
	json_object_set_new(snapshot, "names", names);
	json_object_set_new(snapshot, "written_ms", json_integer(conf_clock_ms(CLOCK_MONOTONIC)));
	return snapshot;
}

int relay_snapshot_write(const struct conf_settings *settings, struct conf_report *report)
{
	json_auto_t *snapshot = relay_snapshot_make(settings);
	char *text = json_dumps(snapshot, JSON_COMPACT), *path = relay_runtime_path(settings, RELAY_SNAPSHOT_NAME);
	int failed = -1;

	if (text && path)
		failed = relay_runtime_file_put(settings, path, text, strlen(text), true, report);
	else
		conf_report_add(report, "out of memory");
	free(path);
	free(text);
	return failed;
}
