/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rendezvous hashing (highest random weight): each prefix draws a number for the host, and the highest draw wins.
 *
 * A draw depends on the host and on that prefix alone. So relays whose files name the prefixes in another order agree, and
 * when a prefix is added, only hosts move that it wins; when one is withdrawn, only those that it had. Each of n prefixes
 * has an nth part of the hosts, whatever their names look like.
 *
 * The octets go through FNV-1a of 64 bits, whose low bits are good and whose high ones are poor for short names; the mixer
 * of SplitMix64 behind it lets every bit change every other. Neither is secret: a host that chooses its own name chooses its
 * prefix too, which gives it nothing.
 */
#include "module/rendezvous.h"

#include "conf/address.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

static uint64_t fnv_add(uint64_t hash, uint8_t octet)
{
	return (hash ^ octet) * FNV_PRIME;
}

static uint64_t mix(uint64_t value)
{
	value ^= value >> 30;
	value *= UINT64_C(0xbf58476d1ce4e5b9);
	value ^= value >> 27;
	value *= UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

uint64_t splitdns_rendezvous_seed(const struct conf_prefix6 *prefix)
{
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < sizeof(prefix->address.s6_addr); i++)
		hash = fnv_add(hash, prefix->address.s6_addr[i]);
	return mix(fnv_add(hash, (uint8_t)prefix->length));
}

uint64_t splitdns_rendezvous_host(const uint8_t *labels, size_t length)
{
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < length; i++) /* label lengths are below 'A', so folding leaves them alone */
		hash = fnv_add(hash, labels[i] >= 'A' && labels[i] <= 'Z' ? labels[i] | 0x20 : labels[i]);
	return mix(hash);
}

uint64_t splitdns_rendezvous_weight(uint64_t host, uint64_t seed)
{
	return mix(host ^ seed);
}
