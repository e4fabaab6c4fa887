/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One echo request and its reply: ICMPv6 (RFC 4443 section 4), ICMP (RFC 792). */
#ifndef RELAY_ASK_ECHO_H
#define RELAY_ASK_ECHO_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Send an echo request to target, from source unless that is NULL, and wait for its reply up to timeout_ms.
 * Returns the time it took in ms (0 and up); -1 no reply; -2 not sent: errno says why (EPERM: needs root, or net.ipv4.ping_group_range).
 */
int relay_echo(const struct in6_addr *target, const struct in6_addr *source, unsigned timeout_ms);

/* The same with so many octets behind the header, of zeros: at most RELAY_ECHO_DATA_MAX. The kernel does not fragment it here. */
enum { RELAY_ECHO_DATA_MAX = 1452 };
int relay_echo_sized(const struct in6_addr *target, const struct in6_addr *source, size_t size, unsigned timeout_ms);

/* That of relay_echo for IPv4, from the address that the kernel chooses. */
int relay_echo4(struct in_addr target, unsigned timeout_ms);

/*
 * A socket for echo requests of that family. For ICMPv6 it hears replies alone, whosever they are; a raw one of IPv4 hears every ICMP packet, with its IPv4
 * header. *raw: the identifier of a request is the sender's to choose. -1 with errno: EPERM, neither kind is permitted.
 */
int relay_echo_socket(int family, bool *raw);

/* Add octets, an even number of them or the last ones, to a sum; at most 128 KiB in all. */
uint32_t relay_checksum_add(uint32_t sum, const void *data, size_t length);

/* The checksum of the sum, in network order. */
uint16_t relay_checksum_end(uint32_t sum);

#endif
