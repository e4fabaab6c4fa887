/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pairs are worth the fast path.
 *
 * A pair is told with its second packet, so that a scan of a million addresses fills no map, and then once a second at most: packets of a known pair
 * that are not plain go on coming here. The table has one slot for each hash; a pair whose slot another took is seen anew.
 *
 * A packet in the kernel overtakes those that wait for nat64d. So the fast path is told once no packet waits for any worker, and at the latest with the
 * first pair of another second, or the sixteenth of one: flows that never let the queues run empty pay with one change of places.
 */
#include "nat64/daemon/learner.h"

#include "nat64/daemon/state.h"
#include "nat64/pool/leases_shared.h"

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

/* Does the packet's translation hold for its endpoints? That of an ICMP error, or of a fragment, does not. */
static bool is_of_endpoints(const struct learner_packet *packet)
{
	const struct ip *ip = (const struct ip *)packet->original;
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)packet->original;
	bool is4 = ip->ip_v == 4;
	uint8_t protocol = is4 ? ip->ip_p : ip6->ip6_nxt, type;

	if (packet->length <= (is4 ? sizeof(*ip) : sizeof(*ip6)))
		return false;
	if (is4 && (ip->ip_hl != sizeof(*ip) / 4 || ip->ip_off & htons(IP_MF | IP_OFFMASK)))
		return false;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP)
		return true;
	type = packet->translated[is4 ? sizeof(*ip6) : sizeof(*ip)];
	return is4 ? protocol == IPPROTO_ICMP && (type == ICMP6_ECHO_REQUEST || type == ICMP6_ECHO_REPLY) :
		     protocol == IPPROTO_ICMPV6 && (type == ICMP_ECHO || type == ICMP_ECHOREPLY);
}

static void ends_read(const uint8_t *packet, struct fastpath_pair *pair)
{
	if (packet[0] >> 4 == 6)
		memcpy(&pair->endpoints6, packet + offsetof(struct ip6_hdr, ip6_src), sizeof(pair->endpoints6));
	else
		memcpy(&pair->endpoints4, packet + offsetof(struct ip, ip_src), sizeof(pair->endpoints4));
}

static uint32_t pair_hash(const struct fastpath_pair *pair, bool is_to4)
{
	uint32_t words[sizeof(pair->endpoints6) / sizeof(uint32_t)];
	uint64_t sum = is_to4;

	memcpy(words, &pair->endpoints6, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(sum >> 32) | 1;
}

/* The rule's half of a lease. False when the fast path cannot go by it. */
static bool lease_refer(const struct state *state, const struct lease *lease, uint32_t *index, uint32_t *generation)
{
	*index = PLAIN_NO_LEASE;
	return !lease || lease_is_shared(state->leases, lease, index, generation);
}

void learner_flush(struct learner *learner, struct fastpath *fastpath)
{
	for (unsigned i = 0; i < learner->pending; i++)
		fastpath_learn(fastpath, learner->pairs[i].is_to4, &learner->pairs[i].pair);
	learner->pending = 0;
}

static void pending_add(struct learner *learner, const struct fastpath_pair *pair, bool is_to4, uint32_t now)
{
	if (!learner->pending)
		learner->pending_since = now;
	learner->pairs[learner->pending++] = (struct learner_pair){.pair = *pair, .is_to4 = is_to4};
}

void learner_offer(struct learner *learner, struct fastpath *fastpath, const struct learner_packet *packet, uint32_t now)
{
	const struct state *state = packet->state;
	struct fastpath_pair pair = {.rule.settings = state->generation};
	bool is_to4 = packet->original[0] >> 4 == 6;
	struct learner_slot *slot;
	uint32_t hash;

	if (!state->is_repeatable || !is_of_endpoints(packet) ||
	    !lease_refer(state, packet->out, &pair.rule.out, &pair.rule.out_generation) ||
	    !lease_refer(state, packet->in, &pair.rule.in, &pair.rule.in_generation))
		return;
	ends_read(packet->original, &pair);
	ends_read(packet->translated, &pair);
	hash = pair_hash(&pair, is_to4);
	slot = &learner->slots[(hash >> 1) % LEARNER_SLOTS];
	if (slot->hash != hash) {
		*slot = (struct learner_slot){.hash = hash};
		return;
	}
	if (slot->second == now)
		return;
	slot->second = now; /* also when it fails: the next second is soon enough */
	pending_add(learner, &pair, is_to4, now);
	if (learner->pending == LEARNER_PENDING || learner->pending_since != now)
		learner_flush(learner, fastpath);
}
