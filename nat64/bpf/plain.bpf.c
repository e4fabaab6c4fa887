/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain packets between endpoints that nat64d lets talk, translated in the kernel: the fast path.
 *
 * Model: a pair cache. nat64d decides, this program repeats. The first packets between two endpoints go to nat64d, which asks its settings, maps and
 * leases; then nat64d writes the pair and its translation into a map, and the packets that follow stay in the kernel. The alternative is to give this
 * program the settings: look-up tables of prefixes, maps and lists. Then the policy (conf/reach.c, nat64/core/policy.c) stood twice, and each rule that
 * differs lets somebody talk who may not. With pairs nothing about who may talk to whom stands here, one look-up serves a packet, and what is
 * missing, evicted or outdated costs speed alone.
 *
 * A pair holds while the generation of the settings and those of its leases are what they were at nat64d's decision. nat64d increments them in memory
 * that both share, before it gives an address to another client, and before it reports a reload as done.
 *
 * Plain is: TCP, UDP with a checksum, and echo; no options, no extension header, no fragment, no packet inside whose checksum is not made yet, a hop
 * limit above 1, and a size that needs neither fragments nor an ICMP error. Everything else goes to nat64d unchanged, and so does every packet that
 * leaves a doubt.
 *
 * The program runs on tc's egress of a TUN, where packets have no Ethernet header. The translated packet is redirected to the device's ingress,
 * where nat64d's packets come in: firewall, conntrack and routing see the same as ever.
 *
 * Super-packets keep their gso_size, as nat64d keeps it: a sender that goes by a path MTU would else see its segments grow. bpf_skb_change_proto()
 * leaves it alone since Linux 5.14, and nat64d has no fast path before 5.19. Super-packets of UDP need flags of bpf_skb_adjust_room() of Linux 6.3.
 *
 * A helper that may move the packet ends every pointer into it. A failure after the first change of a packet drops it, and is counted.
 */
#include "nat64/bpf/plain.h"
#include "nat64/core/echo.h"
#include "nat64/core/rules.h"

#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define PASS           TC_ACT_UNSPEC /* on to nat64d, by way of the filters behind this one */
#define HEADERS_DIFFER 20            /* octets: the IPv6 header is longer by so many */
#define JIFFIES        64            /* between two times of last use of a lease: less than a second with every HZ */

/* Of Linux 6.3; older ones refuse them with EINVAL, and older headers do not have them. */
#define DECAP_L3_IPV4 (1ULL << 7)
#define DECAP_L3_IPV6 (1ULL << 8)

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PLAIN_PAIRS);
	__type(key, struct plain_endpoints6);
	__type(value, struct plain_to4);
} pairs6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PLAIN_PAIRS);
	__type(key, struct plain_endpoints4);
	__type(value, struct plain_to6);
} pairs4 SEC(".maps");

struct { /* nat64d sets the size, which is the pool's */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct plain_lease);
} leases SEC(".maps");

struct { /* a stripe after the other; nat64d sets the size */
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct plain_use);
} uses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct plain_control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct plain_counts);
} counts SEC(".maps");

/* The transport of a plain packet. */
struct transport {
	__u64 flags;    /* of bpf_l4_csum_replace() */
	__u32 checksum; /* octets from the start of the transport header */
	__u32 header;   /* octets of the transport header */
	__u32 segment;  /* gso_size; 0: no super-packet */
	__u16 field;    /* the checksum as it came */
	__u16 word;     /* type and code of an echo as they came */
	__u8 protocol;  /* IPPROTO_ICMP for echo in both families */
	__u8 type;      /* of an echo, in the other family */
};

/* The beginning of an echo in both families; <linux/icmp.h> wants a C library. */
struct echo {
	__u8 type, code;
	__be16 checksum;
	__be16 id, sequence;
};

static __always_inline bool lease_holds(__u32 index, __u32 generation)
{
	const struct plain_lease *lease = bpf_map_lookup_elem(&leases, &index);

	return index == PLAIN_NO_LEASE || (lease && *(const volatile __u32 *)&lease->generation == generation);
}

/* A copy of the pair of these endpoints; false: there is none, or its place went to another pair meanwhile (plain.h). */
static __always_inline bool pair_read6(const struct plain_endpoints6 *endpoints, struct plain_to4 *pair)
{
	const struct plain_to4 *found = bpf_map_lookup_elem(&pairs6, endpoints);

	if (!found)
		return false;
	*pair = *found;
	barrier();
	return pair->check == plain_check(endpoints, &pair->endpoints, &pair->rule);
}

static __always_inline bool pair_read4(const struct plain_endpoints4 *endpoints, struct plain_to6 *pair)
{
	const struct plain_to6 *found = bpf_map_lookup_elem(&pairs4, endpoints);

	if (!found)
		return false;
	*pair = *found;
	barrier();
	return pair->check == plain_check(&pair->endpoints, endpoints, &pair->rule);
}

/* Is the decision still valid? */
static __always_inline bool rule_holds(const struct plain_rule *rule, const struct plain_control *now)
{
	return rule->settings == now->settings && lease_holds(rule->out, rule->out_generation) &&
	       lease_holds(rule->in, rule->in_generation);
}

/* This processor's count of a lease, marked as used now; NULL: there is no lease. The clock is read when it may have another value. */
static __always_inline struct plain_use *lease_use(const struct plain_control *now, __u32 lease)
{
	__u32 index = (bpf_get_smp_processor_id() & now->stripe_mask) * now->addresses + lease;
	struct plain_use *use = lease == PLAIN_NO_LEASE ? NULL : bpf_map_lookup_elem(&uses, &index);
	__u64 moment = bpf_jiffies64() / JIFFIES;

	if (use && use->moment != moment) {
		use->moment = moment;
		use->last_used = bpf_ktime_get_boot_ns();
	}
	return use;
}

/* As nat64d counts: the packet as it came in, a super-packet as one. */
static __always_inline void leases_count(const struct plain_control *now, const struct plain_rule *rule, __u32 octets)
{
	struct plain_use *out = lease_use(now, rule->out), *in = lease_use(now, rule->in);

	if (out) {
		__sync_fetch_and_add(&out->out_packets, 1);
		__sync_fetch_and_add(&out->out_bytes, octets);
	}
	if (in) {
		__sync_fetch_and_add(&in->in_packets, 1);
		__sync_fetch_and_add(&in->in_bytes, octets);
	}
}

/* Is the transport header plain? at: its start; protocol: the IP header's; payload: octets from there to the packet's end. */
static __always_inline bool transport_read(const void *at, const void *end, bool is6, __u8 protocol, __u32 payload,
					   __u32 gso, struct transport *transport)
{
	const struct tcphdr *tcp = at;
	const struct udphdr *udp = at;
	const struct echo *echo = at;
	int type;

	*transport = (struct transport){.segment = gso, .protocol = protocol};
	if (protocol == (is6 ? NAT64_ICMPV6 : NAT64_ICMP))
		transport->protocol = IPPROTO_ICMP;
	else if (protocol == IPPROTO_ICMP)
		return false;
	switch (transport->protocol) {
	case IPPROTO_TCP:
		if ((const void *)(tcp + 1) > end)
			return false;
		transport->flags = BPF_F_PSEUDO_HDR;
		transport->checksum = offsetof(struct tcphdr, check);
		transport->header = tcp->doff * 4U;
		transport->field = tcp->check;
		return transport->header >= sizeof(*tcp) && transport->header <= payload;
	case IPPROTO_UDP:
		if ((const void *)(udp + 1) > end)
			return false;
		transport->flags = BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0;
		transport->checksum = offsetof(struct udphdr, check);
		transport->header = sizeof(*udp);
		transport->field = udp->check;
		return udp->check && bpf_ntohs(udp->len) == payload;
	case IPPROTO_ICMP:
		if ((const void *)(echo + 1) > end)
			return false;
		transport->checksum = offsetof(struct echo, checksum);
		transport->field = echo->checksum;
		transport->word = *(const __u16 *)echo;
		type = nat64_echo_type(is6, echo->type);
		transport->type = (__u8)type;
		return !gso && !echo->code && type >= 0;
	default:
		return false;
	}
}

static __always_inline bool is_there(const struct __sk_buff *skb, __u32 octets)
{
	return (__u8 *)(long)skb->data + octets <= (__u8 *)(long)skb->data_end;
}

/* Does the kernel have a checksum to complete in this packet? Only then bpf_l4_csum_replace() leaves a field without pseudo-header alone. */
static __always_inline bool is_partial(struct __sk_buff *skb, __u32 at, __u16 field)
{
	const __u32 one = 1;
	__u16 *now, found;

	if (bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY) >= 0) /* the kernel has verified it */
		return false;
	if (bpf_l4_csum_replace(skb, at, 0, one, 0))
		return true;
	if (!is_there(skb, at + sizeof(*now)))
		return true;
	now = (__u16 *)((__u8 *)(long)skb->data + at);
	found = *now;
	*now = field;
	return found == field;
}

/* Has this kernel put a packet into this one? Room for an inner header that does not fit is refused, but encapsulated packets before that with another error. */
static __always_inline bool is_encapsulated(struct __sk_buff *skb)
{
	const __u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 |
			    BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN);

	return bpf_skb_adjust_room(skb, 1, BPF_ADJ_ROOM_MAC, flags) == -EALREADY;
}

/*
 * Is the checksum complete, or partial in the packet's own transport header? The program cannot see where the kernel completes a partial one. But there a
 * sender leaves the sum of the pseudo-header. A partial checksum elsewhere is that of a packet inside (VXLAN), or of an echo from a packet socket: nat64d
 * completes these, and the kernel's NAT behind it needs that.
 *
 * A super-packet without that sum is a list of received packets (rx-gro-list), each with headers and a checksum of its own. Kernels differ in what they
 * make of a list whose first packet alone is translated: on the way to nat64d the kernel takes it apart.
 */
static __always_inline bool is_checksum_own(struct __sk_buff *skb, __u32 header, const struct transport *transport,
					    __u64 pseudo)
{
	bool begun = transport->protocol != IPPROTO_ICMP && transport->field == nat64_sum_fold(pseudo);

	if (!begun)
		return !transport->segment && !is_partial(skb, header + transport->checksum, transport->field);
	if (transport->segment && !is_partial(skb, header + transport->checksum, transport->field))
		return false;
	return transport->protocol != IPPROTO_UDP || !is_encapsulated(skb);
}

/*
 * A UDP super-packet, which bpf_skb_change_proto() refuses. BPF_ADJ_ROOM_NET counts from the end of the IP header, by the family that the packet has at
 * the time, and what is behind it would go to make an IPv6 header an IPv4 header; BPF_ADJ_ROOM_MAC takes off the front.
 * Growing by 40 and shrinking by 20 to IPv6, for only shrinking changes the family. The kernel refuses what the first step cannot do, as a datagram that is
 * still to be fragmented (UFO, of an old virtual machine), before anything has changed.
 */
static __always_inline int datagrams_exchange(struct __sk_buff *skb, bool is_to4)
{
	const __u64 fixed = BPF_F_ADJ_ROOM_NO_CSUM_RESET | BPF_F_ADJ_ROOM_FIXED_GSO;
	long error = is_to4 ? bpf_skb_adjust_room(skb, -HEADERS_DIFFER, BPF_ADJ_ROOM_MAC, fixed | DECAP_L3_IPV4) :
			      bpf_skb_adjust_room(skb, 2 * HEADERS_DIFFER, BPF_ADJ_ROOM_NET, fixed);

	if (error)
		return PASS;
	if (!is_to4)
		error = bpf_skb_adjust_room(skb, -HEADERS_DIFFER, BPF_ADJ_ROOM_NET, fixed | DECAP_L3_IPV6);
	return error ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Make room for the header of the other family. PASS: nothing has changed; TC_ACT_SHOT: half of it has; TC_ACT_OK. */
static __always_inline int family_exchange(struct __sk_buff *skb, bool is_to4, const struct transport *transport,
					   const struct plain_control *now)
{
	if (transport->segment && transport->protocol == IPPROTO_UDP)
		return now->cuts_datagrams ? datagrams_exchange(skb, is_to4) : PASS;
	return bpf_skb_change_proto(skb, bpf_htons(is_to4 ? ETH_P_IP : ETH_P_IPV6), 0) ? PASS : TC_ACT_OK;
}

/* The new header, the checksum behind it, and the type of an echo. False: half of it has changed. */
static __always_inline bool packet_write(struct __sk_buff *skb, const void *header, __u32 octets,
					 const struct transport *transport, const struct nat64_exchange *sums)
{
	__u8 *at;

	if (bpf_l4_csum_replace(skb, octets + transport->checksum, 0, nat64_sum_difference(sums->removed, sums->added),
				transport->flags) ||
	    !is_there(skb, octets + sizeof(transport->type)))
		return false;
	at = (__u8 *)(long)skb->data;
	__builtin_memcpy(at, header, octets);
	if (transport->protocol == IPPROTO_ICMP)
		at[octets] = transport->type;
	return true;
}

/* The word of type and code of an echo in the other family. */
static __always_inline __u16 transport_word(const struct transport *transport)
{
	return bpf_htons((__u16)(transport->type << 8));
}

/* To the device's ingress, with nothing that the kernel has noted on it. */
static __always_inline int packet_return(struct __sk_buff *skb)
{
	skb->mark = 0;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* Unpredictable without the key (RFC 7739): the kernel's own random numbers alone are a linear function of earlier ones. */
static __always_inline __u16 identification(const struct plain_control *now)
{
	__u64 word = (bpf_get_prandom_u32() ^ now->key[0]) * (now->key[1] | 1);

	word = (word ^ word >> 29) * 0xbf58476d1ce4e5b9;
	return (__u16)(word >> 40);
}

static __always_inline int to4(struct __sk_buff *skb, const struct plain_control *now, struct plain_counts *count)
{
	const struct nat64_ipv6 *ip6 = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct transport transport;
	struct plain_endpoints6 endpoints;
	struct plain_to4 pair;
	struct nat64_ipv4 ip = {0};
	struct nat64_exchange sums;
	__u32 payload, first, octets = skb->len;
	int verdict;

	if ((void *)(ip6 + 1) > end)
		return PASS;
	first = bpf_ntohl(ip6->version_class_label);
	payload = bpf_ntohs(ip6->payload);
	if (first >> 28 != 6 || ip6->hop_limit <= 1 || payload + sizeof(*ip6) != octets || payload + sizeof(ip) > 0xffff ||
	    !transport_read(ip6 + 1, end, true, ip6->protocol, payload, skb->gso_size, &transport))
		return PASS;
	__builtin_memcpy(&endpoints, ip6->source, sizeof(endpoints));
	if (!pair_read6(&endpoints, &pair) || !rule_holds(&pair.rule, now))
		return PASS;
	nat64_ipv4_begin(&ip, (__u8)(first >> 20), payload, ip6->hop_limit - 1, transport.protocol);
	ip.identification = identification(now);
	ip.fragment = nat64_ipv4_fragment_word(nat64_longest_payload(payload, transport.segment, transport.header));
	ip.source = pair.endpoints.source;
	ip.destination = pair.endpoints.destination;
	nat64_ipv4_seal(&ip);
	sums = (struct nat64_exchange){pair.rule.sum6, pair.rule.sum4};
	if (transport.protocol == IPPROTO_ICMP)
		sums = nat64_echo_exchange(true, sums.removed, payload, transport.word, transport_word(&transport));
	if (!is_checksum_own(skb, sizeof(*ip6), &transport, pair.rule.sum6 + nat64_sum_pseudo(payload, transport.protocol)))
		return PASS;
	verdict = family_exchange(skb, true, &transport, now);
	if (verdict == PASS)
		return PASS;
	if (verdict == TC_ACT_SHOT || !packet_write(skb, &ip, sizeof(ip), &transport, &sums)) {
		count->failures++;
		return TC_ACT_SHOT;
	}
	leases_count(now, &pair.rule, octets);
	count->packets_6to4++;
	count->bytes_6to4 += octets;
	return packet_return(skb);
}

static __always_inline int to6(struct __sk_buff *skb, const struct plain_control *now, struct plain_counts *count)
{
	const struct nat64_ipv4 *ip = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct transport transport;
	struct plain_endpoints4 endpoints;
	struct plain_to6 pair;
	struct nat64_ipv6 ip6;
	struct nat64_exchange sums;
	__u32 payload, longest, octets = skb->len;
	__u16 fragment;
	int verdict;

	if ((void *)(ip + 1) > end || ip->version_length != 0x45 || ip->hop_limit <= 1)
		return PASS;
	fragment = bpf_ntohs(ip->fragment);
	if (fragment & 0x3fff || bpf_ntohs(ip->length) != octets || nat64_sum_fold(nat64_sum(ip, sizeof(*ip), 0)) != 0xffff)
		return PASS;
	payload = octets - sizeof(*ip);
	if (!transport_read(ip + 1, end, false, ip->protocol, payload, skb->gso_size, &transport))
		return PASS;
	longest = nat64_longest_payload(payload, transport.segment, transport.header);
	if (!nat64_ipv6_fits(sizeof(ip6) + longest, fragment & 0x4000, now->mtu, now->offlink))
		return PASS;
	endpoints = (struct plain_endpoints4){ip->source, ip->destination};
	if (!pair_read4(&endpoints, &pair) || !rule_holds(&pair.rule, now))
		return PASS;
	nat64_ipv6_begin(&ip6, ip->traffic_class, payload, ip->hop_limit - 1, nat64_protocol_to6(transport.protocol));
	__builtin_memcpy(ip6.source, &pair.endpoints, sizeof(pair.endpoints));
	sums = (struct nat64_exchange){pair.rule.sum4, pair.rule.sum6};
	if (transport.protocol == IPPROTO_ICMP)
		sums = nat64_echo_exchange(false, sums.added, payload, transport.word, transport_word(&transport));
	if (!is_checksum_own(skb, sizeof(*ip), &transport, pair.rule.sum4 + nat64_sum_pseudo(payload, transport.protocol)))
		return PASS;
	verdict = family_exchange(skb, false, &transport, now);
	if (verdict == PASS)
		return PASS;
	if (verdict == TC_ACT_SHOT || !packet_write(skb, &ip6, sizeof(ip6), &transport, &sums)) {
		count->failures++;
		return TC_ACT_SHOT;
	}
	leases_count(now, &pair.rule, octets);
	count->packets_4to6++;
	count->bytes_4to6 += octets;
	return packet_return(skb);
}

/* Are these octets, or all that there are, in one piece? */
static __always_inline bool is_linear(struct __sk_buff *skb, __u32 octets)
{
	return is_there(skb, octets) || !bpf_skb_pull_data(skb, skb->len < octets ? skb->len : octets);
}

/* The same of the headers that are read, and no octet more: to pull one of a super-packet out of its page takes longer than to translate it. */
static __always_inline bool are_headers_linear(struct __sk_buff *skb, __u32 header, __u32 protocol_at)
{
	const __u8 *protocol;

	if (!is_linear(skb, header) || !is_there(skb, header))
		return false;
	protocol = (const __u8 *)(long)skb->data + protocol_at;
	return is_linear(skb, header + (*protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr)));
}

SEC("tc")
int plain(struct __sk_buff *skb)
{
	__u32 only = 0;
	const struct plain_control *now = bpf_map_lookup_elem(&control, &only);
	struct plain_counts *count = bpf_map_lookup_elem(&counts, &only);

	if (!now || !count || !*(const volatile __u32 *)&now->on)
		return PASS;
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return are_headers_linear(skb, sizeof(struct nat64_ipv6), offsetof(struct nat64_ipv6, protocol)) ?
			       to4(skb, now, count) :
			       PASS;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return are_headers_linear(skb, sizeof(struct nat64_ipv4), offsetof(struct nat64_ipv4, protocol)) ?
			       to6(skb, now, count) :
			       PASS;
	return PASS;
}
