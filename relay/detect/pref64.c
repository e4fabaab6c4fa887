/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PREF64 (RFC 8781 section 4), 16 octets:
 *
 *   type 38 | length 2 | lifetime in units of 8 s, 13 bits; code of the length, 3 bits | the first 96 bits of the prefix
 *
 * The raw socket sees what the kernel sees, for router advertisements go to all nodes; the kernel has vetted the checksum.
 */
#include "relay/detect/pref64.h"

#include "conf/special.h"

#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { OPTION_PREF64 = 38, OPTION_OCTETS = 16, LIFETIME_UNIT = 8, HOPS = 255 };

static const unsigned char lengths[] = {96, 64, 56, 48, 40, 32}; /* by code */

static bool option_parse(const unsigned char *option, struct relay_pref64 *found)
{
	unsigned scaled = (unsigned)option[2] << 8 | option[3], code = scaled & 7;

	if (option[1] != OPTION_OCTETS / 8 || code >= sizeof(lengths))
		return false;
	*found = (struct relay_pref64){.prefix.length = lengths[code], .lifetime = (scaled >> 3) * LIFETIME_UNIT};
	memcpy(&found->prefix.address, option + 4, 12);
	conf_prefix6_clear_host_bits(&found->prefix);
	return !conf_special_is_martian6(&found->prefix.address);
}

size_t relay_pref64_parse(const void *message, size_t length, struct relay_pref64 found[RELAY_PREF64_MAX])
{
	const unsigned char *octets = message;
	size_t count = 0, at = sizeof(struct nd_router_advert), size;

	if (length < at || octets[0] != ND_ROUTER_ADVERT || octets[1] != 0)
		return 0;
	for (; length - at >= 8 && count < RELAY_PREF64_MAX; at += size) {
		size = 8 * (size_t)octets[at + 1];
		if (size == 0 || size > length - at)
			break;
		if (octets[at] == OPTION_PREF64 && option_parse(octets + at, &found[count]))
			count++;
	}
	return count;
}

int relay_pref64_open(void)
{
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6), on = 1, hops = HOPS;
	struct icmp6_filter filter;

	if (fd < 0)
		return -1;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_ADVERT, &filter);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops));
	return fd;
}

void relay_pref64_solicit(int fd)
{
	const struct nd_router_solicit message = {.nd_rs_hdr.icmp6_type = ND_ROUTER_SOLICIT};
	struct sockaddr_in6 routers = {.sin6_family = AF_INET6, .sin6_addr.s6_addr = {0xff, 2, [15] = 2}};
	struct if_nameindex *interfaces = if_nameindex();

	for (struct if_nameindex *one = interfaces; one && one->if_index != 0; one++) {
		routers.sin6_scope_id = one->if_index;
		sendto(fd, &message, sizeof(message), 0, (const struct sockaddr *)&routers,
		       sizeof(routers)); /* an interface that is down has no routers */
	}
	if (interfaces)
		if_freenameindex(interfaces);
}

bool relay_pref64_receive(int fd, struct relay_pref64 found[RELAY_PREF64_MAX], size_t *count)
{
	unsigned char message[2048], control[CMSG_SPACE(sizeof(int))];
	struct sockaddr_in6 router = {0};
	struct iovec part = {message, sizeof(message)};
	struct msghdr header = {.msg_name = &router,
				.msg_namelen = sizeof(router),
				.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(fd, &header, 0);
	const struct cmsghdr *attached = length < 0 ? NULL : CMSG_FIRSTHDR(&header);
	int hops = 0;

	*count = 0;
	if (length < 0)
		return false;
	if (attached && attached->cmsg_level == IPPROTO_IPV6 && attached->cmsg_type == IPV6_HOPLIMIT)
		memcpy(&hops, CMSG_DATA(attached), sizeof(hops));
	if (hops == HOPS && IN6_IS_ADDR_LINKLOCAL(&router.sin6_addr))
		*count = relay_pref64_parse(message, (size_t)length, found);
	for (size_t i = 0; i < *count; i++) {
		found[i].interface = router.sin6_scope_id;
		found[i].router = router.sin6_addr;
	}
	return true;
}
