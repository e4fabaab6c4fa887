/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both ways of a packet.
 *
 * BPF_PROG_TEST_RUN puts an Ethernet header in front of every packet of a tc program, and packets of a TUN have none. So this is the real thing: a TUN
 * in a network namespace of this process, nat64d's own functions for the device, the program and its pairs, and a packet socket on the device. What the
 * socket sends goes through the program on the egress; then it is either read from the device, as nat64d would, or comes back to the socket. Offloads
 * are crossed as well, for both ends have a virtio header.
 *
 * The namespace has no address and no IPv6, so nobody answers.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "ways.h"

#include "conf/report.h"
#include "nat64/core/checksum.h"
#include "nat64/daemon/device.h"
#include "nat64/daemon/learner.h"
#include "nat64/daemon/state.h"

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER   sizeof(struct virtio_net_hdr)
#define LONGEST  65535 /* octets: the device's MTU; that of the settings is told to the program alone */
#define PATIENCE 10000 /* polls of PERIOD */
#define PERIOD   2     /* ms */
#define NO_IPV6  "/proc/sys/net/ipv6/conf/default/disable_ipv6"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

struct ways {
	struct device device;
	struct fastpath *fastpath;
	int wire; /* the packet socket */
	struct state state;
	struct learner learner;
	uint32_t second; /* the learner's clock */
	struct ways_count count;
	uint8_t original[NAT64_FRAME_MAX], got[2 * NAT64_FRAME_MAX];
	size_t length;
};

static int ipv6_disable(void)
{
	int file = open(NO_IPV6, O_WRONLY | O_CLOEXEC);
	bool done = file < 0 ? errno == ENOENT : write(file, "1", 1) == 1;

	if (file >= 0)
		close(file);
	return done ? 0 : -1;
}

static int device_up(const struct device *device)
{
	struct ifreq request = {.ifr_mtu = LONGEST};

	memcpy(request.ifr_name, device->name, sizeof(request.ifr_name));
	if (ioctl(device->control, SIOCSIFMTU, &request) || ioctl(device->control, SIOCGIFFLAGS, &request))
		return -1;
	request.ifr_flags |= IFF_UP;
	if (ioctl(device->control, SIOCSIFFLAGS, &request))
		return -1;
	nat64d_device_settle(device);
	return 0;
}

static int wire_open(const struct device *device)
{
	struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;

	place.sll_ifindex = (int)if_nametoindex(device->name);
	if (wire >= 0 && !setsockopt(wire, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) &&
	    !setsockopt(wire, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) &&
	    !bind(wire, (const struct sockaddr *)&place, sizeof(place)))
		return wire;
	if (wire >= 0)
		close(wire);
	return -1;
}

static int open_all(struct ways *ways, struct conf_report *report)
{
	const struct device_request request = {.name = "ways", .queues = 1};

	if (unshare(CLONE_NEWNET) || ipv6_disable()) {
		conf_report_add(report, "no network namespace: %s", strerror(errno));
		return -1;
	}
	if (nat64d_device_open(&ways->device, &request, report))
		return -1;
	ways->fastpath = fastpath_open(ways->device.name, 16, report);
	if (!ways->fastpath)
		return -1;
	ways->wire = device_up(&ways->device) ? -1 : wire_open(&ways->device);
	if (ways->wire < 0)
		conf_report_add(report, "no packet socket: %s", strerror(errno));
	return ways->wire < 0 ? -1 : 0;
}

struct ways *ways_open(char *reason, size_t size)
{
	struct ways *ways = calloc(1, sizeof(*ways));
	struct conf_report report = {0};

	assert_non_null(ways);
	ways->device.control = ways->wire = -1;
	ways->state.is_repeatable = true;
	if (!open_all(ways, &report))
		return ways;
	snprintf(reason, size, "%s", report.count ? report.lines[0] : "out of memory");
	conf_report_clear(&report);
	ways_close(ways);
	return NULL;
}

void ways_close(struct ways *ways)
{
	if (!ways)
		return;
	fastpath_free(ways->fastpath);
	if (ways->wire >= 0)
		close(ways->wire);
	nat64d_device_close(&ways->device);
	free(ways);
}

bool ways_cut_datagrams(const struct ways *ways)
{
	return nat64d_device_cuts_datagrams(&ways->device);
}

struct fastpath *ways_fastpath(const struct ways *ways)
{
	return ways->fastpath;
}

struct ways_count ways_count(const struct ways *ways)
{
	return ways->count;
}

void ways_change(struct ways *ways, const struct lab *lab)
{
	fastpath_change(ways->fastpath, ++ways->state.generation, true, lab->context.mtu,
			lab->settings.translation.offlink_mtu);
}

static bool is_translated(const struct lab *lab)
{
	return lab->result.reason == NAT64_REASON_NONE && lab->result.count == 1 &&
	       (lab->result.verdict == NAT64_6TO4 || lab->result.verdict == NAT64_4TO6);
}

/* The lab's packet, kept while the core translates it in place. */
static void keep_and_translate(struct ways *ways, struct lab *lab)
{
	ways->length = HEADER + lab->length;
	memcpy(ways->original, lab->frame, ways->length);
	nat64_translate(&lab->context, lab->frame, ways->length, &lab->result);
}

/* Twice, for the learner wants to see a pair again. */
static void learn_translated(struct ways *ways, const struct lab *lab, const uint8_t *frame, size_t length)
{
	const struct learner_packet packet = {
		.original = frame + HEADER,
		.length = length - HEADER,
		.translated = (const uint8_t *)lab->result.frames[0].iov_base + HEADER,
		.state = &ways->state,
	};

	ways->second++;
	learner_offer(&ways->learner, ways->fastpath, &packet, ways->second);
	learner_offer(&ways->learner, ways->fastpath, &packet, ways->second);
	learner_flush(&ways->learner, ways->fastpath);
}

/* By the rule, whatever the packet is: the learner would not learn of an ICMP error or of a fragment. */
static void learn_ends(struct ways *ways, const struct lab *lab, const struct plain_rule *rule)
{
	struct fastpath_pair pair = {.rule = *rule};
	const uint8_t *packet6 = ways->original + HEADER,
		      *packet4 = (const uint8_t *)lab->result.frames[0].iov_base + HEADER;
	bool is_to4 = lab->result.verdict == NAT64_6TO4;

	if (!is_to4) {
		const uint8_t *translated = packet4;

		packet4 = packet6;
		packet6 = translated;
	}
	memcpy(&pair.endpoints6, packet6 + 8, sizeof(pair.endpoints6));
	memcpy(&pair.endpoints4, packet4 + 12, sizeof(pair.endpoints4));
	pair.rule.settings = ways->state.generation;
	assert_int_equal(fastpath_learn(ways->fastpath, is_to4, &pair), 0);
}

void ways_learn(struct ways *ways, struct lab *lab)
{
	keep_and_translate(ways, lab);
	assert_true(is_translated(lab));
	learn_translated(ways, lab, ways->original, ways->length);
}

void ways_learn_by(struct ways *ways, struct lab *lab, const struct plain_rule *rule)
{
	keep_and_translate(ways, lab);
	assert_true(is_translated(lab));
	learn_ends(ways, lab, rule);
}

/* How many packets the kernel has not let out, because of their headers: the twelfth number behind the device's name. */
static unsigned long dropped(const struct ways *ways)
{
	FILE *table = fopen("/proc/thread-self/net/dev", "re");
	char line[512], name[IFNAMSIZ + 1];
	unsigned long count = 0;

	assert_non_null(table);
	while (fgets(line, sizeof(line), table))
		if (sscanf(line, " %16[^:]: %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %lu", name, &count) == 2 &&
		    !strcmp(name, ways->device.name))
			break;
	fclose(table);
	return count;
}

/* Send a frame; what comes of it is in ways->got, *length octets. */
static enum way send_frame(struct ways *ways, const uint8_t *frame, size_t *length)
{
	struct pollfd ends[2] = {{.fd = ways->device.queues[0], .events = POLLIN}, {.fd = ways->wire, .events = POLLIN}};
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(frame[HEADER] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6)};
	unsigned long before = dropped(ways);
	ssize_t got;
	bool is_back;

	to.sll_ifindex = (int)if_nametoindex(ways->device.name);
	if (sendto(ways->wire, frame, *length, 0, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		assert_true(errno == EINVAL || errno == EMSGSIZE || errno == ENOBUFS);
		return WAY_REFUSED;
	}
	for (unsigned i = 0; poll(ends, 2, PERIOD) <= 0; i++) {
		if (dropped(ways) != before)
			return WAY_REFUSED;
		if (i == PATIENCE)
			fail_msg("a packet of %zu octets was lost", *length - HEADER);
	}
	is_back = ends[1].revents;
	got = read(ends[is_back].fd, ways->got, sizeof(ways->got));
	assert_true(got >= (ssize_t)HEADER);
	*length = (size_t)got;
	return is_back ? WAY_KERNEL : WAY_DEVICE;
}

/* The identification is random, and the checksum follows it: set both to zero where the checksum is right. */
static void forget_identification(uint8_t *packet, size_t length)
{
	if (length < 20 || packet[0] != 0x45 || nat64_sum_fold(nat64_sum(packet, 20, 0)) != UINT16_MAX)
		return;
	memset(packet + 4, 0, 2);
	memset(packet + 10, 0, 2);
}

static void print_packet(const char *name, const uint8_t *packet, size_t length)
{
	printf("# %s (%zu octets):", name, length);
	for (size_t i = 0; i < length && i < 100; i++)
		printf("%s%02x", i % 4 ? "" : " ", packet[i]);
	printf("\n");
}

/* A super-packet without NEEDS_CSUM has one when it comes to the device, and the field is filled in. */
static void forget_checksum(struct virtio_net_hdr *vnet, uint8_t *got, uint8_t *wanted)
{
	memset(got + vnet->csum_start + vnet->csum_offset, 0, 2);
	memset(wanted + vnet->csum_start + vnet->csum_offset, 0, 2);
	vnet->flags = 0;
	vnet->csum_start = vnet->csum_offset = 0;
}

/* Of a virtio header what has a meaning, hdr_len excepted, which is a hint. */
static struct virtio_net_hdr essence(const uint8_t *frame)
{
	struct virtio_net_hdr vnet;

	memcpy(&vnet, frame, sizeof(vnet));
	vnet.hdr_len = 0;
	vnet.flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (!vnet.flags)
		vnet.csum_start = vnet.csum_offset = 0;
	return vnet;
}

static void hold_against(const char *what, const uint8_t *original, size_t original_length, uint8_t *got, size_t length,
			 const uint8_t *want, size_t want_length, bool is_translated)
{
	static uint8_t wanted[NAT64_FRAME_MAX + NAT64_HEADROOM];
	struct virtio_net_hdr a = essence(got), b = essence(want);

	assert_true(want_length <= sizeof(wanted));
	memcpy(wanted, want, want_length);
	if (is_translated) {
		forget_identification(got + HEADER, length - HEADER);
		forget_identification(wanted + HEADER, want_length - HEADER);
	} else if (b.gso_type && !b.flags && a.flags)
		forget_checksum(&a, got + HEADER, wanted + HEADER);
	if (length == want_length && !memcmp(got + HEADER, wanted + HEADER, length - HEADER) && !memcmp(&a, &b, sizeof(a)))
		return;
	print_packet("the packet", original + HEADER, original_length - HEADER);
	print_packet("expected", wanted + HEADER, want_length - HEADER);
	print_packet("got", got + HEADER, length - HEADER);
	for (size_t i = HEADER; i < length && i < want_length; i++)
		if (got[i] != wanted[i]) {
			printf("# the first difference is at octet %zu\n", i - HEADER);
			break;
		}
	printf("# virtio header: expected flags %u gso %u/%u checksum %u+%u, got flags %u gso %u/%u checksum %u+%u\n",
	       b.flags, b.gso_type, b.gso_size, b.csum_start, b.csum_offset, a.flags, a.gso_type, a.gso_size,
	       a.csum_start, a.csum_offset);
	fail_msg("%s", what);
}

enum way ways_compare(struct ways *ways, const struct lab *lab, const uint8_t *frame, size_t length)
{
	size_t got = length;
	enum way way = send_frame(ways, frame, &got);

	if (way == WAY_KERNEL) {
		ways->count.kernel++;
		if (!is_translated(lab)) {
			print_packet("the packet", frame + HEADER, length - HEADER);
			fail_msg("the kernel translates what the core does not: %s", nat64_reason_name(lab->result.reason));
		}
		hold_against("the kernel's translation is not the core's", frame, length, ways->got, got,
			     lab->result.frames[0].iov_base, lab->result.frames[0].iov_len, true);
	} else if (way == WAY_DEVICE) {
		ways->count.device++;
		hold_against("a packet for nat64d was changed", frame, length, ways->got, got, frame, length, false);
	} else
		ways->count.refused++;
	return way;
}

enum way ways_try(struct ways *ways, struct lab *lab)
{
	keep_and_translate(ways, lab);
	return ways_compare(ways, lab, ways->original, ways->length);
}

enum way ways_try_alone(struct ways *ways, struct lab *lab)
{
	static const struct plain_rule nobodys = {.out = PLAIN_NO_LEASE, .in = PLAIN_NO_LEASE};

	keep_and_translate(ways, lab);
	ways_change(ways, lab);
	if (is_translated(lab)) {
		learn_ends(ways, lab, &nobodys);
		learn_translated(ways, lab, ways->original, ways->length);
	}
	return ways_compare(ways, lab, ways->original, ways->length);
}
