/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A translator with two clients and a server; the packets to feed it are of packet-make.h.
 *
 *     CLIENT 2001:db8::c1 = 192.168.240.10   -- translator --   SERVER 198.51.100.7 = fd64::c633:6407
 *     OTHER  2001:db8::c2 = 192.168.240.11                       own fd64::c0a8:f001, 192.168.240.1 */
#ifndef TESTS_PACKET_LAB_H
#define TESTS_PACKET_LAB_H

#include "nat64/core/maps.h"
#include "nat64/core/translate.h"
#include "packet-check.h"
#include "packet-make.h"

#define CLIENT   "2001:db8::c1"
#define OTHER    "2001:db8::c2"
#define STRANGER "2001:db8:ffff::1" /* has no lease, and gets none: the pool is full */
#define SERVER   "fd64::c633:6407"
#define OWN      "fd64::c0a8:f001"
#define CLIENT4  "192.168.240.10"
#define OTHER4   "192.168.240.11"
#define SERVER4  "198.51.100.7"
#define OWN4     "192.168.240.1"

struct lab {
	struct conf_settings settings;
	struct conf_nat64_prefix prefixes[2];
	struct conf_split_domain domain;
	struct nat64_maps maps;
	struct nat64_context context;
	struct nat64_result result;
	unsigned assigned; /* how often a lease was asked to be made */
	_Alignas(8) uint8_t octets[NAT64_HEADROOM + 6 + NAT64_FRAME_MAX];
	uint8_t *frame; /* in octets: virtio header, then packet */
	uint8_t *packet;
	size_t length; /* of the packet */
};

/* An open translator, as TAYGA is. lab_close frees it. */
struct lab *lab_open(void);
/* The same as a relay: closed by default. */
struct lab *lab_open_relay(void);
/* With one explicit map more; call it once, before packets. */
void lab_add_map(struct lab *lab, const struct conf_map *map);
void lab_close(struct lab *lab);

/* What comes of the packet in the lab: verdict and reason are in lab->result. */
void lab_translate(struct lab *lab);
/* When set, lab_translate() calls it instead of the core: it has the core translate the packet, and does more with it. */
extern void (*lab_translator)(struct lab *lab);
/* Translate, and want one frame with all checksums right. */
struct packet_shape lab_expect(struct lab *lab, enum nat64_verdict verdict);
/* Translate, and want it dropped for this reason. */
void lab_expect_drop(struct lab *lab, enum nat64_reason reason);
/* Translate, and want an ICMP error for this reason, of this type, code and second word. */
struct packet_shape lab_expect_error(struct lab *lab, enum nat64_reason reason, unsigned type, unsigned code,
				     uint32_t word);
/* Read frame number index of the result. checksums as packet_check. */
struct packet_shape lab_frame(const struct lab *lab, size_t index, bool checksums);
/* What the ICMP error of a shape quotes. */
struct packet_shape lab_quote(const struct packet_shape *error);

#endif
