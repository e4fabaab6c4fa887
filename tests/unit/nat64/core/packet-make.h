/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet in a lab, made step by step. */
#ifndef TESTS_PACKET_MAKE_H
#define TESTS_PACKET_MAKE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab;

/* Addresses out of text, which is right. */
struct in6_addr address6(const char *text);
struct in_addr address4(const char *text);

/* Each of these begins the lab's packet anew with an IP header... */
void make_ipv6(struct lab *lab, const char *source, const char *destination, unsigned next_header);
void make_ipv4(struct lab *lab, const char *source, const char *destination, unsigned protocol);
/* ...puts something behind what is there (lengths follow)... */
void put(struct lab *lab, const void *octets, size_t size);
void put_pattern(struct lab *lab, size_t size);
void put_udp(struct lab *lab, unsigned source, unsigned destination, size_t data);
void put_tcp(struct lab *lab, unsigned source, unsigned destination, size_t data);
void put_icmp(struct lab *lab, unsigned type, unsigned code, uint32_t word);
/* ...an IPv6 extension header in front of what comes next: next header, its octets behind the first two... */
void put_extension(struct lab *lab, unsigned next_header, const uint8_t *body, size_t size);
void put_fragment(struct lab *lab, unsigned next_header, unsigned offset, bool more, uint32_t identification);
/* ...and is completed: checksums of the IPv4 header and of the transport at offset `transport`, which make_* began. */
void seal(struct lab *lab);
void seal_ipv4(struct lab *lab);
/* Instead of seal: the checksum is partial, in segments of segment octets (0: one packet). */
void seal_partial(struct lab *lab, uint16_t segment);
/* Set flags and fragment offset (octets) of the IPv4 header. */
void set_fragment4(struct lab *lab, bool dont_fragment, bool more, unsigned offset);
/* A whole small datagram, sealed, where only the addresses matter. */
void try6(struct lab *lab, const char *source, const char *destination);
void try4(struct lab *lab, const char *source, const char *destination);
/* A quoted packet: the lab's packet so far, sealed, is saved and cut to size octets, to be put behind an ICMP header. */
size_t save(const struct lab *lab, uint8_t *to, size_t size);

#endif
