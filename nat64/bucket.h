/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token bucket: the rate limit of ICMP errors (RFC 4443 section 2.4 (f)). */
#ifndef NAT64_BUCKET_H
#define NAT64_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* As Linux limits its own ICMP messages (icmp_msgs_per_sec, icmp_msgs_burst). */
#define BUCKET_RATE 1000 /* tokens a second */
#define BUCKET_BURST 50

/* All zero is an empty bucket that begins to fill long ago: it is full at its first use. Times are nanoseconds. */
struct bucket {
	int64_t filled; /* the time up to which tokens were handed out */
};

/* Take a token. False when there is none. now never goes back, and is at least BUCKET_BURST / BUCKET_RATE seconds. */
static inline bool bucket_take(struct bucket *bucket, int64_t now)
{
	const int64_t token = INT64_C(1000000000) / BUCKET_RATE;

	if (bucket->filled < now - BUCKET_BURST * token)
		bucket->filled = now - BUCKET_BURST * token;
	if (bucket->filled + token > now)
		return false;
	bucket->filled += token;
	return true;
}

#endif
