/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's own addresses.
 *
 * Interfaces get and lose addresses while Unbound runs, and a list of them would be out of date, or would have to be watched. The kernel's
 * routing table knows at any moment: it is asked how it would send a packet to the address (RTM_GETROUTE, rtnetlink(7)),
 * which takes no right, no lock that anybody holds for long, and some microseconds. It is asked about the addresses of an answer that is being made, and for
 * none that comes from the cache: what was answered before an address was added goes on for the answer's TTL.
 *
 * A socket that has been used is kept for the next answer: to make and close one takes longer than the question.
 *
 *     request   nlmsghdr | rtmsg, the family, /32 or /128 | RTA_DST, the address
 *     reply     nlmsghdr | rtmsg, its rtm_type | ...              or an error: there is no route, so it is not ours
 *
 * Left out: addresses that a table beside "local" holds, as those of a VRF. An administrator who runs Unbound apart from the translator, in a
 * network namespace of its own, is told of the addresses there.
 */
#include "module/local_address.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_MAX                                                                                                    \
	1024 /* a route with all that hangs on it has some 200 octets; of a longer one the beginning is enough */

enum { KEPT = 8 }; /* sockets: as many threads as ask at a time, mostly */

static atomic_int kept[KEPT]; /* descriptor + 1; 0: none */
static atomic_uint questions; /* the number of one, so that no answer to an earlier one is taken for its own */

struct request {
	struct nlmsghdr header;
	struct rtmsg route;
	struct rtattr attribute;
	uint8_t address[sizeof(struct in6_addr)]; /* size octets of it are sent */
};

static struct request request_make(unsigned char family, const void *address, size_t size)
{
	struct request request = {
		.header = {.nlmsg_len = (uint32_t)(offsetof(struct request, address) + size),
			   .nlmsg_type = RTM_GETROUTE,
			   .nlmsg_flags = NLM_F_REQUEST,
			   .nlmsg_seq = atomic_fetch_add_explicit(&questions, 1, memory_order_relaxed)},
		.route = {.rtm_family = family, .rtm_dst_len = (unsigned char)(8 * size)},
		.attribute = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = RTA_DST},
	};

	memcpy(request.address, address, size);
	return request;
}

/* The kernel answers before send(2) returns. The type of the route, or RTN_UNSPEC. */
static unsigned char route_type(int fd, unsigned char family, const void *address, size_t size)
{
	const struct request request = request_make(family, address, size);
	union {
		struct nlmsghdr header;
		char octets[RECEIVE_MAX];
	} reply;
	const struct rtmsg *route = NLMSG_DATA(&reply.header);
	ssize_t length;

	if (send(fd, &request, request.header.nlmsg_len, 0) != (ssize_t)request.header.nlmsg_len)
		return RTN_UNSPEC;
	do
		length = recv(fd, &reply, sizeof(reply), MSG_DONTWAIT);
	while ((length < 0 && errno == EINTR) ||
	       (length >= (ssize_t)sizeof(reply.header) && reply.header.nlmsg_seq != request.header.nlmsg_seq));
	if (length < (ssize_t)NLMSG_LENGTH(sizeof(*route)) || reply.header.nlmsg_type != RTM_NEWROUTE)
		return RTN_UNSPEC;
	return route->rtm_type;
}

/* A kept socket, or a new one; -1: neither is to be had. */
static int socket_acquire(void)
{
	for (size_t i = 0; i < KEPT; i++) {
		int place = atomic_exchange(&kept[i], 0);

		if (place)
			return place - 1;
	}
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static bool has(struct local_address *local, unsigned char family, const void *address, size_t size)
{
	if (local->fd < 0)
		local->fd = socket_acquire();
	if (local->fd < 0)
		return false;
	switch (route_type(local->fd, family, address, size)) {
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
	case RTN_MULTICAST:
		return true;
	default:
		return false;
	}
}

bool splitdns_local_address_has(struct local_address *local, struct in_addr address)
{
	return has(local, AF_INET, &address, sizeof(address));
}

bool local_address_has6(struct local_address *local, const struct in6_addr *address)
{
	return has(local, AF_INET6, address, sizeof(*address));
}

void splitdns_local_address_close(struct local_address *local)
{
	for (size_t i = 0; i < KEPT && local->fd >= 0; i++) {
		int none = 0;

		if (atomic_compare_exchange_strong(&kept[i], &none, local->fd + 1))
			local->fd = -1;
	}
	if (local->fd >= 0)
		close(local->fd);
	local->fd = -1;
}

void splitdns_local_address_forget(void)
{
	for (size_t i = 0; i < KEPT; i++) {
		int place = atomic_exchange(&kept[i], 0);

		if (place)
			close(place - 1);
	}
}
