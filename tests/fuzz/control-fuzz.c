/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket against any octets: the real server with the real answers, over a real socket.
 *
 * The first octet is the user's trust and the settings; then come segments, each behind its length in one octet, that are sent one by one.
 * Whatever is asked, what comes back are whole lines, each an object with the version; there is no line more than was asked for;
 * and who may only look has changed nothing.
 */
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "nat64/daemon/answer.h"
#include "nat64/control/control.h"
#include "nat64/daemon/device.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"
#include "nat64/pool/leases_walk.h"
#include "nat64/pool/pool.h"
#include "nat64/daemon/privileges.h"
#include "nat64/daemon/server.h"
#include "nat64/daemon/state.h"
#include "nat64/daemon/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENTS  3
#define TALK_MAX (1 << 20)

static char folder[] = "/tmp/control-fuzz.XXXXXX", sockets[80];
static struct conf_nat64_prefix prefixes[2];
static struct conf_map map;
static struct device device = {.name = "nat64", .control = -1};
static struct server *server;
static struct state *current;
static struct worker_shared shared;
static struct answer_source source = {.state = &current, .device = &device, .shared = &shared};
static bool trust;
static unsigned reloads;

static void demand(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "expected %s\n", what);
	abort();
}

static int reload(void *context, struct conf_report *report)
{
	(void)context;
	reloads++;
	conf_report_add(report, "relay.conf:1: \"word\" is no directive");
	return reloads % 2 ? -1 : 0;
}

/* The server knows this user as one to trust; here the input decides. */
static json_t *answer(void *context, const char *command, const json_t *question, bool trusted)
{
	demand(trusted, "that who started it is trusted");
	return nat64d_answer_make(context, command, question, trust);
}

static void folder_remove(void)
{
	nat64d_server_close(server);
	rmdir(sockets);
	rmdir(folder);
}

static void server_begin(void)
{
	const struct nat64d_privileges privileges = {.user = geteuid(), .group = getegid(), .starter = geteuid()};
	struct conf_report report = {0};

	demand(mkdtemp(folder) != NULL, "a folder");
	snprintf(sockets, sizeof(sockets), "%s/" CONF_RUNTIME_SOCKETS, folder);
	demand(mkdir(sockets, 0700) == 0, "a folder for sockets");
	source.reload = reload;
	server = nat64d_server_open(folder, &privileges, answer, &source, &report);
	demand(server != NULL, "a server");
	atexit(folder_remove);
}

static void nat64_leases_fill(struct leases *leases, const struct conf_settings *settings)
{
	struct nat64_leases_entry entry = {.since = 1, .last_used = 1};

	for (unsigned i = 0; i < CLIENTS; i++) {
		entry.address.s_addr = htonl(0xc0a80004 + i);
		entry.client.address.s6_addr[0] = 0x20;
		entry.client.address.s6_addr[15] = (uint8_t)i;
		demand(nat64_pool_restore(leases, settings, &entry) == LEASES_RESTORED, "a lease");
	}
}

static void state_make(struct state *state, struct conf_settings *settings, uint8_t bits)
{
	*settings = (struct conf_settings){.common.prefixes = prefixes,
					   .common.prefix_count = 2,
					   .translation.maps = &map,
					   .translation.map_count = 1,
					   .translation.has_dynamic_pool = !(bits & 2),
					   .translation.ipv4_address = {htonl(0xc0a80001)}};
	conf_prefix4_parse("192.168.0.0/24", &settings->translation.dynamic_pool);
	conf_prefix4_parse("192.168.9.0/28", &map.v4);
	conf_prefix6_parse("2001:db8::/124", &map.v6);
	conf_prefix6_parse("fd64::/96", &prefixes[0].prefix);
	conf_prefix6_parse("fd65::/96", &prefixes[1].prefix);
	settings->translation.quota.count = 100;
	settings->translation.quota.length = 128;
	*state = (struct state){.settings = settings, .leases = bits & 2 ? NULL : nat64_pool_make(settings)};
	if (state->leases)
		nat64_leases_fill(state->leases, settings);
	current = state;
}

static int peer_open(void)
{
	struct sockaddr_un address;
	struct conf_report report = {0};
	int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	demand(!nat64_control_address(folder, &address, &report), "a path for a socket");
	demand(peer >= 0 && !connect(peer, (struct sockaddr *)&address, sizeof(address)), "a connection");
	nat64d_server_run(server);
	return peer;
}

/* Take what has come. False: the connection has ended. */
static bool take(int peer, char *talk, size_t *length)
{
	ssize_t count;

	do {
		nat64d_server_run(server);
		demand(*length < TALK_MAX, "answers of some end");
		count = recv(peer, talk + *length, TALK_MAX - *length, 0);
		*length += count > 0 ? (size_t)count : 0;
	} while (count > 0);
	return count < 0 && errno == EAGAIN;
}

static size_t lines_check(const char *talk, size_t length)
{
	size_t lines = 0;

	for (const char *end; length; lines++, length -= (size_t)(end + 1 - talk), talk = end + 1) {
		json_t *object;

		end = memchr(talk, '\n', length);
		demand(end != NULL, "whole lines");
		object = json_loadb(talk, (size_t)(end - talk), JSON_REJECT_DUPLICATES, NULL);
		demand(json_integer_value(json_object_get(object, "version")) == NAT64_CONTROL_VERSION,
		       "an object with the version");
		json_decref(object);
	}
	return lines;
}

static size_t count_newlines(const uint8_t *data, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += data[i] == '\n';
	return count;
}

/* How many lines were asked. */
static size_t talk_with(int peer, const uint8_t *data, size_t size, char *talk, size_t *length)
{
	size_t asked = 0;

	while (size > 1) {
		size_t segment = data[0] < size - 1 ? data[0] : size - 1;

		asked += count_newlines(data + 1, segment);
		if (segment && send(peer, data + 1, segment, MSG_NOSIGNAL) < 0)
			break;
		if (!take(peer, talk, length))
			break;
		data += 1 + segment;
		size -= 1 + segment;
	}
	return asked;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char talk[TALK_MAX + 1];
	struct conf_settings settings;
	struct nat64_leases_summary summary;
	size_t length = 0, asked;
	struct state state;
	int peer;

	if (size == 0)
		return 0;
	if (!server)
		server_begin();
	trust = data[0] & 1;
	reloads = data[0] >> 2;
	state_make(&state, &settings, data[0]);
	peer = peer_open();
	asked = talk_with(peer, data + 1, size - 1, talk, &length);
	demand(lines_check(talk, length) <= asked, "no answer to nothing");
	close(peer);
	nat64d_server_run(server);
	if (!trust)
		demand(reloads == data[0] >> 2, "no reload by who may only look");
	if (state.leases) {
		nat64_leases_summarize(state.leases, &summary);
		demand(trust ? summary.held <= CLIENTS : summary.held == CLIENTS, "leases that only the trusted flush");
		nat64_leases_free(state.leases);
	}
	return 0;
}
