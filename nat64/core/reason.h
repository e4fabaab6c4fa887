/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a packet was dropped or answered: one list for the core, the counters and the printed names. */
#ifndef NAT64_CORE_REASON_H
#define NAT64_CORE_REASON_H

/* REASON(symbol, name): name is what counters print, and never changes once released. */
#define NAT64_REASONS(REASON)                                                                                          \
	REASON(NONE, "none")                                                                                           \
	/* malformed */                                                                                                \
	REASON(TRUNCATED, "truncated") /* shorter than its headers say */                                              \
	REASON(NOT_IP, "not-ip")                                                                                       \
	REASON(HEADER_CHECKSUM, "header-checksum")                                                                     \
	REASON(OFFLOAD_HEADER, "offload-header")       /* a virtio header that fits no such packet */                  \
	REASON(EXTENSION_HEADERS, "extension-headers") /* too many, or cut off */                                      \
	REASON(TRANSPORT_HEADER, "transport-header")                                                                   \
	REASON(PROTOCOL, "protocol") /* belongs to the other family only */                                            \
	/* fragments */                                                                                                \
	REASON(TINY_FRAGMENT, "tiny-fragment")                                                                         \
	REASON(OVERLAPPING_FRAGMENT, "overlapping-fragment")                                                           \
	REASON(FRAGMENT_LENGTH, "fragment-length") /* uneven, empty, or beyond 65535 */                                \
	REASON(FRAGMENT_HELD, "fragment-held")     /* waits for the ICMP message's length */                           \
	/* addresses */                                                                                                \
	REASON(MARTIAN_SOURCE, "martian-source")                                                                       \
	REASON(MARTIAN_DESTINATION, "martian-destination")                                                             \
	REASON(SOURCE_NOT_ALLOWED, "source-not-allowed")                                                               \
	REASON(DESTINATION_DENIED, "destination-denied")                                                               \
	REASON(NOT_GLOBAL, "not-global") /* inside 64:ff9b::/96 (RFC 6052 section 3.1) */                              \
	REASON(SOURCE_UNMAPPED, "source-unmapped")                                                                     \
	REASON(DESTINATION_UNMAPPED, "destination-unmapped")                                                           \
	REASON(POOL_EXHAUSTED, "pool-exhausted")                                                                       \
	REASON(CLIENT_QUOTA, "client-quota")                                                                           \
	REASON(HAIRPIN, "hairpin")                                                                                     \
	REASON(LOOP, "loop")                                                                                           \
	/* the way */                                                                                                  \
	REASON(HOP_LIMIT, "hop-limit")                                                                                 \
	REASON(TOO_BIG, "too-big")                                                                                     \
	REASON(ROUTING_HEADER, "routing-header")                                                                       \
	REASON(SOURCE_ROUTE, "source-route")                                                                           \
	/* transport */                                                                                                \
	REASON(UDP_CHECKSUM_ZERO, "udp-checksum-zero")                                                                 \
	REASON(ICMP_CHECKSUM, "icmp-checksum")                                                                         \
	REASON(ICMP_TYPE, "icmp-type")     /* RFC 7915 sections 4.2 and 5.2: silently dropped */                       \
	REASON(ICMP_QUOTE, "icmp-quote")   /* the quoted packet cannot be translated */                                \
	REASON(ICMP_SENDER, "icmp-sender") /* no one who may report on the quoted packet */                            \
	/* to the translator itself */                                                                                 \
	REASON(OWN_ECHO, "own-echo")                                                                                   \
	REASON(OWN_PROTOCOL, "own-protocol")                                                                           \
	/* decided by the caller */                                                                                    \
	REASON(RATE_LIMITED, "rate-limited")

enum nat64_reason {
#define REASON(symbol, name) NAT64_REASON_##symbol,
	NAT64_REASONS(REASON)
#undef REASON
		NAT64_REASON_COUNT
};

/* The printed name; "unknown" beyond the list. */
const char *nat64_reason_name(enum nat64_reason reason);

#endif
