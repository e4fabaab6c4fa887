/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token bucket: the rate limit of ICMP errors (RFC 4443 section 2.4 (f)). */
#ifndef NAT64_POOL_BUCKET_H
#define NAT64_POOL_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* As Linux limits its own ICMP messages (icmp_msgs_per_sec, icmp_msgs_burst). */
#define BUCKET_RATE  1000 /* tokens a second */
#define BUCKET_BURST 50

/* All zero is an empty bucket that begins to fill long ago: it is full at its first use. Times are nanoseconds. */
struct bucket {
	int64_t filled; /* the time up to which tokens were handed out */
};

/* Take a token of a bucket that fills at rate tokens a second and holds those of a twentieth of a second; 0: it stays empty.
 * Times as below. */
static inline bool bucket_consume_at(struct bucket *bucket, int64_t now, unsigned rate)
{
	const unsigned burst = rate < BUCKET_RATE / BUCKET_BURST ? 1 : rate / (BUCKET_RATE / BUCKET_BURST);
	int64_t token;

	if (!rate)
		return false;
	token = INT64_C(1000000000) / rate;
	if (bucket->filled < now - burst * token)
		bucket->filled = now - burst * token;
	if (bucket->filled + token > now)
		return false;
	bucket->filled += token;
	return true;
}

/* Take a token. False when there is none. now never goes back, and is at least BUCKET_BURST / BUCKET_RATE seconds. */
static inline bool bucket_consume(struct bucket *bucket, int64_t now)
{
	return bucket_consume_at(bucket, now, BUCKET_RATE);
}

#endif
