/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP messages: types, codes, echo, and errors with the packet they quote. */
#ifndef NAT64_CORE_ICMP_H
#define NAT64_CORE_ICMP_H

#include "nat64/core/packet_context.h"

/* The first eight octets of an ICMP error in the other family. */
struct nat64_icmp_error {
	uint8_t type;
	uint8_t code;
	uint32_t word;   /* octets 4 to 7, network order, without an RFC 4884 length */
	bool extensible; /* RFC 4884 knows a length field in this type */
};

/* RFC 7915 section 4.2 and 5.2. message has 8 octets; mtu is the device's, quoted the length the quoted packet says it
 * has. False: silently dropped. */
bool nat64_icmp_error_to6(const uint8_t *message, unsigned mtu, uint32_t quoted, struct nat64_icmp_error *error);
bool nat64_icmp_error_to4(const uint8_t *message, unsigned mtu, struct nat64_icmp_error *error);

/* Turn an echo request or reply into the other family's, in place. length: octets of the whole message. */
enum nat64_reason nat64_icmp_echo(const struct nat64_packet *packet, const struct nat64_endpoints *endpoints,
				  uint32_t length);

/* The packet, when it is ICMP, may be translated now. */
enum nat64_reason nat64_icmp_check(struct nat64_packet_context *job);

/* Translate the transport header in place; no ICMP error. */
enum nat64_reason nat64_icmp_or_transport(struct nat64_packet_context *job);

/* Translate the ICMP error, and send it. */
enum nat64_reason nat64_icmp_error(struct nat64_packet_context *job);

#endif
