/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet core.
 *
 * A frame is parsed once (packet.c), its virtio header is vetted (offload.c), then it goes one of two ways: to4.c or to6.c.
 * They ask policy.c for the addresses of both endpoints, and answer with a reason, or with frames in the result. A reason may
 * become an ICMP error (reply.c). ICMP errors are rebuilt with what they quote (quote.c), fragmented echoes pass by
 * icmp.c. Most packets are translated in place, with a new header right before their transport header; only ICMP
 * errors and packets that are cut are written to the scratch.
 *
 * Hairpins (RFC 6146 section 3.8, RFC 7757 section 4): when the IPv4 destination is a client as well, the IPv4 packet takes
 * the other way at once, without a turn through the kernel. In a relay the pool is closed: policy.c. */
#include "nat64/core/translate.h"
#include "nat64/core/packet_context.h"
#include "nat64/core/offload.h"
#include "nat64/core/reply.h"

#define HAIRPIN_FRAMES 2 /* the most that nat64_to4 makes of one packet and a held one */

/* Read a frame; a reason when there is nothing in it to translate or to answer. */
static enum nat64_reason read_frame(struct nat64_packet_context *job, uint8_t *frame, size_t length)
{
	struct virtio_net_hdr vnet;
	enum nat64_reason reason;

	if (length < sizeof(vnet) || length > NAT64_FRAME_MAX)
		return NAT64_REASON_TRUNCATED;
	memcpy(&vnet, frame, sizeof(vnet));
	reason = nat64_packet_parse(&job->packet, frame + sizeof(vnet), length - sizeof(vnet), false);
	job->packet.vnet = vnet;
	return reason ? reason : nat64_offload_check(&job->packet);
}

/* Translate one frame, adding to the result; after it, a held one that it released. */
static enum nat64_reason translate(struct nat64_packet_context *job, uint8_t *frame, size_t length)
{
	struct nat64_fragment_slot *released;
	enum nat64_reason reason = read_frame(job, frame, length);

	if (reason)
		return reason;
	reason = job->packet.version == 6 ? nat64_to4(job) : nat64_to6(job);
	if (reason || !job->released)
		return reason;
	released = job->released;
	job->released = NULL;
	job->icmp_length = released->total;
	length = released->length;
	released->length = 0;
	released->total = 0;
	if (translate(job, nat64_fragment_frame(released), length) == NAT64_REASON_NONE) {
		job->result->released++;
		job->result->released_octets += length - sizeof(struct virtio_net_hdr);
	}
	job->icmp_length = 0;
	return NAT64_REASON_NONE;
}

/* The frames of the result, which are IPv4 for clients of ours, go on to IPv6. */
static enum nat64_reason hairpin_translate(struct nat64_packet_context *job)
{
	struct iovec frames[HAIRPIN_FRAMES];
	size_t count = job->result->count;
	enum nat64_reason reason = NAT64_REASON_NONE;

	memcpy(frames, job->result->frames, count * sizeof(*frames));
	job->result->count = 0;
	job->hairpin_second = true;
	for (size_t i = 0; i < count; i++)
		reason = translate(job, frames[i].iov_base, frames[i].iov_len);
	return job->result->count ? NAT64_REASON_NONE : reason;
}

void nat64_translate(struct nat64_context *context, uint8_t *frame, size_t length, struct nat64_result *result)
{
	struct nat64_packet_context job = {.context = context, .result = result};
	enum nat64_reason reason;

	result->count = 0;
	result->released = 0;
	result->released_octets = 0;
	reason = translate(&job, frame, length);
	result->verdict = job.packet.version == 6 ? NAT64_6TO4 : NAT64_4TO6;
	if (!reason && job.hairpin_first) {
		reason = hairpin_translate(&job);
		result->verdict = NAT64_HAIRPIN;
	}
	result->reason = reason;
	if (reason == NAT64_REASON_OWN_ECHO)
		nat64_reply_own(&job);
	else if (reason)
		nat64_reply_error(&job, reason);
}
