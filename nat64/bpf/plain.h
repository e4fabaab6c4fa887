/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layouts of the maps that nat64d and the program in the kernel (plain.bpf.c) share. Both include this header. */
#ifndef NAT64_BPF_PLAIN_H
#define NAT64_BPF_PLAIN_H

#include <linux/types.h>

#define PLAIN_PAIRS    32768     /* pairs of endpoints in each direction; the least recently used pair is evicted */
#define PLAIN_LEASES   (1 << 20) /* addresses of the pool that have an entry; nat64d alone serves the addresses beyond */
#define PLAIN_STRIPES  8         /* groups of processors that count on their own, at most */
#define PLAIN_NO_LEASE 0xffffffffu

/* Source and destination, as a packet holds them. */
struct plain_endpoints6 {
	__be32 source[4], destination[4];
};

struct plain_endpoints4 {
	__be32 source, destination;
};

/* What has to hold for a pair: the generations at the time of nat64d's decision. Leases are indexes of plain_lease. */
struct plain_rule {
	__u32 settings;
	__u32 out, in; /* leases of the sender and of the receiver; PLAIN_NO_LEASE */
	__u32 out_generation, in_generation;
	__u16 sum6, sum4; /* of the addresses of both families (nat64/core/checksum.h) */
};

/*
 * A value has a check over itself and its key. The kernel gives the place of a pair that is replaced or evicted to another one at once, also under the eyes of
 * a program that has just looked it up, and processors see the words of a value change in any order. So the program goes on only with a copy that fits its
 * check, and the packet's endpoints.
 */
struct plain_to4 {
	struct plain_rule rule;
	struct plain_endpoints4 endpoints;
	__u64 check;
};

struct plain_to6 {
	struct plain_rule rule;
	struct plain_endpoints6 endpoints;
	__u64 check;
};

/* Each word by a factor of its own: words of two pairs have the check of one by a rare chance alone. */
static inline void plain_check_add(__u64 *check, __u64 *factor, const __u32 *words, __u32 count)
{
	for (__u32 i = 0; i < count; i++) {
		__u32 word;

		__builtin_memcpy(&word, words + i, sizeof(word));
		*factor *= 0x9e3779b97f4a7c15ULL;
		*check += word * *factor;
	}
}

static inline __u64 plain_check(const struct plain_endpoints6 *endpoints6, const struct plain_endpoints4 *endpoints4,
				const struct plain_rule *rule)
{
	__u64 check = 0, factor = 1;

	plain_check_add(&check, &factor, (const __u32 *)endpoints6, sizeof(*endpoints6) / sizeof(__u32));
	plain_check_add(&check, &factor, (const __u32 *)endpoints4, sizeof(*endpoints4) / sizeof(__u32));
	plain_check_add(&check, &factor, (const __u32 *)rule, sizeof(*rule) / sizeof(__u32));
	return check;
}

/* One address of the pool. nat64d writes it. */
struct plain_lease {
	__u32 generation; /* incremented when a lease ends, before another client gets the address */
	__u32 reserved;
};

/*
 * What the processors of one stripe have counted for one address of the pool. Processors that write the same cache line wait for each other, longer than
 * the whole translation takes: so each has a stripe of its own where there are enough, and nat64d adds the stripes up.
 */
struct plain_use {
	__u64 last_used; /* ns, CLOCK_BOOTTIME; 0: not by the program */
	__u64 moment;    /* in which last_used was written (plain.bpf.c) */
	__u64 out_packets, out_bytes, in_packets, in_bytes;
} __attribute__((aligned(64)));

/* One for all. nat64d writes it. */
struct plain_control {
	__u32 settings;       /* generation: incremented by each reload */
	__u32 on;             /* 0: every packet goes to nat64d */
	__u32 mtu;            /* of the device: the longest IPv6 packet */
	__u32 offlink;        /* the longest IPv6 packet that is made of an IPv4 packet without DF */
	__u32 cuts_datagrams; /* the kernel has what super-packets of UDP need */
	__u32 addresses;      /* of the pool: a stripe of uses has as many */
	__u32 stripe_mask;    /* the number of stripes, a power of two, less 1 */
	__u32 reserved;
	__u64 key[2]; /* secret, for IPv4 identifications */
};

/* One a processor. */
struct plain_counts {
	__u64 packets_6to4, bytes_6to4, packets_4to6, bytes_4to6; /* as they came in */
	__u64 failures; /* a helper of the kernel refused after the packet was changed: it was dropped */
};

#endif
