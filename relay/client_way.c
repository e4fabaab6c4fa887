// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of a packet from this client to the name: the route that the kernel takes (policy routing and tailscaled's table 52 included), an echo, a
 * large echo, and where pings are not answered a TCP connection. An address that the relay gave is tried also when this client's programs get another.
 */
#include "relay/client.h"

#include "conf/report.h"
#include "conf/stream.h"
#include "kernel/address.h"
#include "kernel/link.h"
#include "kernel/lookup.h"
#include "relay/echo.h"
#include "relay/jobs.h"
#include "relay/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* 1280 octets of IPv6, what every link takes (RFC 8200 section 5), less the headers of IPv6 and ICMPv6. */
enum { ECHO_MS = 2000, CONNECT_MS = 2000, TRIES = 2, SOON_MS = 1000, JOB_MS = 12000, SMALL = 0, LARGE = 1280 - 40 - 8 };

static void overlay_look(struct relay_client *client)
{
	struct relay_client_way *way = &client->way;
	struct conf_report quiet = {0};
	struct kernel_link link;
	char device[IF_NAMESIZE];

	for (size_t i = 0; i < client->status.address_count; i++) {
		const struct conf_address *address = &client->status.addresses[i];

		if (kernel_address_owner(address, device, &quiet) != 1)
			continue;
		memcpy(way->overlay, device, sizeof(way->overlay));
		way->overlay_has_ipv6 |= address->family == AF_INET6;
	}
	if (way->overlay[0] && kernel_link_find(way->overlay, &link, &quiet) == 1)
		way->overlay_mtu = link.mtu;
	conf_report_clear(&quiet);
}

/* One echo, or a few when it is lost. */
struct echo_request {
	struct in6_addr target;
	size_t size;
};

struct echo_result {
	int took, error; /* as relay_echo_sized, errno */
};

static void echo_do(const void *request, void *result)
{
	const struct echo_request *wanted = request;
	struct echo_result *got = result;

	got->took = -1;
	for (int i = 0; i < TRIES && got->took == -1; i++)
		got->took = relay_echo_sized(&wanted->target, NULL, wanted->size, ECHO_MS);
	got->error = errno;
}

/* Connected or refused by the target: both say that packets go there and back. */
static bool connects(const struct conf_address *target, uint16_t port)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = target->v6};
	int fd = conf_stream_connect(SOCK_STREAM, (const struct sockaddr *)&to, sizeof(to), conf_stream_deadline(CONNECT_MS));
	bool reached = fd >= 0 || errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return reached;
}

static void connect_do(const void *request, void *result)
{
	bool *reached = result;

	*reached = connects(request, 22) || connects(request, 443);
}

/* Echoes of both sizes at once, and where the small one is not answered for a while, connections. */
static void target_try(struct relay_client_way *way)
{
	const struct echo_request requests[] = {{way->target.v6, SMALL}, {way->target.v6, LARGE}};
	struct echo_result results[] = {{-1, ETIMEDOUT}, {-1, ETIMEDOUT}};
	struct relay_job jobs[] = {
		{.work = echo_do, .request = &requests[0], .result = &results[0], .size = sizeof(results[0]), .timeout_ms = JOB_MS},
		{.work = echo_do, .request = &requests[1], .result = &results[1], .size = sizeof(results[1]), .timeout_ms = JOB_MS},
		{.work = connect_do, .request = &way->target, .result = &way->connects, .size = sizeof(way->connects), .timeout_ms = JOB_MS},
	};

	relay_job_start(&jobs[0]);
	relay_job_start(&jobs[1]);
	if (!relay_jobs_wait(jobs, 1, SOON_MS) || results[0].took < 0) {
		relay_job_start(&jobs[2]);
		relay_jobs_wait(&jobs[2], 1, JOB_MS);
		relay_jobs_wait(jobs, 1, JOB_MS);
	}
	if (results[0].took >= 0)
		relay_jobs_wait(&jobs[1], 1, JOB_MS);
	relay_jobs_stop(jobs, 2);
	way->echo = results[0].took;
	way->echo_error = results[0].error;
	way->large = way->echo >= 0 ? results[1].took : -2;
}

void relay_client_try_way(struct relay_client *client)
{
	const struct relay_client_reply *expected = relay_client_expected(client);
	const struct conf_address *target = relay_client_reply_first(expected ? expected : &client->magic);
	struct relay_client_way *way = &client->way;
	struct conf_report quiet = {0};

	way->echo = way->large = -2;
	overlay_look(client);
	if (!target || target->family != AF_INET6)
		return;
	way->has_target = true;
	way->target = *target;
	if (kernel_lookup_device(target, way->device, &quiet) != 1)
		way->device[0] = '\0';
	conf_report_clear(&quiet);
	if (way->device[0] == '\0')
		return;
	target_try(way);
}
