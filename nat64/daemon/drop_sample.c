/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last packet that was dropped for a reason.
 *
 * A sequence lock: the writer never waits; the reader copies, and tries again when the sequence has moved meanwhile. What
 * is kept are octets of any content, which are looked at only where they are printed.
 */
#include "nat64/daemon/drop_sample.h"

#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>

#define WORDS (sizeof(((struct nat64d_drop_sample *)0)->words) / sizeof(uint64_t))
#define TRIES 1000

void nat64d_drop_sample_keep(struct nat64d_drop_sample *example, int64_t time, const uint8_t *header, size_t octets)
{
	uint32_t sequence = example->sequence;
	uint64_t words[WORDS] = {(uint64_t)time, octets};

	memcpy(words + 2, header, EXAMPLE_HEADER);
	__atomic_store_n(&example->sequence, sequence + 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < WORDS; i++) /* each release keeps the odd sequence before it */
		__atomic_store_n(&example->words[i], words[i], __ATOMIC_RELEASE);
	__atomic_store_n(&example->sequence, sequence + 2, __ATOMIC_RELEASE);
}

/* False: it was written meanwhile. */
static bool words_read(const struct nat64d_drop_sample *example, uint64_t words[WORDS])
{
	uint32_t sequence = __atomic_load_n(&example->sequence, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < WORDS; i++) /* each acquire keeps the second look behind it */
		words[i] = __atomic_load_n(&example->words[i], __ATOMIC_ACQUIRE);
	return !(sequence & 1) && __atomic_load_n(&example->sequence, __ATOMIC_RELAXED) == sequence;
}

static void packet_fill(struct example_packet *packet, const uint8_t *header)
{
	struct ip ip;
	struct ip6_hdr ip6;

	if (header[0] >> 4 == 6 && packet->octets >= sizeof(ip6)) {
		memcpy(&ip6, header, sizeof(ip6));
		packet->family = AF_INET6;
		packet->protocol = ip6.ip6_nxt;
		packet->source = ip6.ip6_src;
		packet->destination = ip6.ip6_dst;
	} else if (header[0] >> 4 == 4 && packet->octets >= sizeof(ip)) {
		memcpy(&ip, header, sizeof(ip));
		packet->family = AF_INET;
		packet->protocol = ip.ip_p;
		memcpy(&packet->source, &ip.ip_src, sizeof(ip.ip_src));
		memcpy(&packet->destination, &ip.ip_dst, sizeof(ip.ip_dst));
	}
}

bool nat64d_drop_sample_read(const struct nat64d_drop_sample *example, struct example_packet *packet)
{
	uint64_t words[WORDS];
	unsigned tries = 0;

	if (__atomic_load_n(&example->sequence, __ATOMIC_RELAXED) == 0)
		return false;
	while (!words_read(example, words))
		if (++tries == TRIES)
			return false;
	*packet = (struct example_packet){.time = (int64_t)words[0], .octets = (size_t)words[1]};
	packet_fill(packet, (const uint8_t *)(words + 2));
	return true;
}
