/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker reads a frame from its queue, has the core translate it in place, and writes what came of it to the queue of its
 * flow (nat64/daemon/flow.c): nearly always the same one.
 *
 * Nothing on the way takes a lock but the first packet of a new client. A TUN hands over one packet a system call; with
 * offloads such a packet is up to 64 KiB of TCP. What comes singly, datagrams above all, leaves together when it was there
 * at once and is of one flow (nat64/core/merge.c), and the kernel can cut it again.
 *
 * The worker sleeps in the very read(2) that brings the next packet: two system calls a packet, and no third between the
 * wake-up and the translation. Only as long as packets wait for others of their flow it asks without sleeping, and writes
 * them when there is none, or after ROUND packets. To end, shared->stop is set, the device is told to let nobody wait
 * (nat64d_device_release), and a signal takes the thread out of the read it is in: in this order no read is missed.
 *
 * Each packet is a read-side section of RCU and goes by the settings it found; a reload waits for its end. One that needs a
 * new lease of a pool that was just replaced is translated anew, by the new settings. The clock of the leases is read after
 * each sleep.
 *
 * ICMP errors have a token bucket in each worker.
 */
#define _LGPL_SOURCE
#include "nat64/daemon/worker.h"

#include "conf/clock.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/pool/bucket.h"
#include "nat64/daemon/device.h"
#include "nat64/daemon/drop_sample.h"
#include "nat64/daemon/flow.h"
#include "nat64/daemon/learner.h"
#include "nat64/pool/leases.h"
#include "nat64/core/maps.h"
#include "nat64/core/merge.h"
#include "nat64/daemon/packetlog.h"
#include "nat64/daemon/state.h"
#include "nat64/core/translate.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#define ROUND  64     /* packets that are read while others wait to be written */
#define WAKE   SIGURG /* ends a read that waits; nobody else minds it */
#define HEADER sizeof(struct virtio_net_hdr)

struct worker {
	const struct worker_shared *shared;
	unsigned index; /* of its own queue */
	bool started;
	struct worker_idle *idle;
	uint32_t asked, answered; /* questions of nat64d_worker_ask(): written by the main thread, and by this one */
	bool cuts_datagrams;      /* the device does */
	pthread_t thread;
	int64_t now; /* seconds, as the leases have it */
	struct bucket errors;
	struct packetlog_writer log;
	struct counters counters;
	struct nat64d_drop_sample examples[NAT64_REASON_COUNT]; /* the last packet dropped for each */
	uint8_t header[EXAMPLE_HEADER]; /* of the packet as it came: the core rewrites it in place */
	const struct state *state;      /* of this packet */
	bool closed;                    /* its pool was replaced, and the packet needs a new lease */
	struct lease *out, *in;         /* that the packet went by: of the client it came from, or goes to */
	struct learner learner;
	struct nat64_maps maps;
	struct nat64_context core;
	struct nat64_result result;
	struct nat64_merge merges[NAT64_MERGE_SLOTS];
	unsigned merge_queues[NAT64_MERGE_SLOTS]; /* where each is to be written */
	unsigned waiting;                         /* bits: the slots where packets wait */
	unsigned waited;                          /* packets read since the first of them */
	/* The virtio header comes first: the packet behind it is then aligned to 4 octets. */
	_Alignas(8) uint8_t buffer[NAT64_HEADROOM + 8 + NAT64_FRAME_MAX];
};

static uint8_t *worker_frame(struct worker *worker)
{
	return worker->buffer + NAT64_HEADROOM + (4 - HEADER % 4) % 4;
}

static enum nat64_reason lease_ipv4_of(void *context, const struct in6_addr *address, unsigned prefix, bool assign,
				       struct in_addr *out);
static bool lease_ipv6_of(void *context, struct in_addr address, struct in6_addr *out, unsigned *prefix);

/* Translate by the settings of now. Inside a read-side section. */
static void state_follow(struct worker *worker)
{
	const struct state *state = rcu_dereference(worker->shared->state);
	const struct nat64_leases leases = {.ipv4_of = lease_ipv4_of, .ipv6_of = lease_ipv6_of, .context = worker};

	worker->state = state; /* not compared with the one before: that may have been freed, and its place used again */
	worker->maps = state->maps;
	if (state->leases)
		worker->maps.leases = leases;
	worker->core.settings = state->settings;
}

/* A lease was made. */
static void lease_log(struct worker *worker, const struct lease *lease)
{
	eventfd_write(worker->shared->leased, 1);
	if (worker->core.settings->translation.log & CONF_LOG_DYN)
		nat64d_packetlog_lease(&worker->log, nat64_lease_address(worker->state->leases, lease),
				       &nat64_lease_client(lease)->address, conf_clock_ns(CLOCK_BOOTTIME));
}

/* The core asks for a client's pool address. The first client it asks for is the packet's own. */
static enum nat64_reason lease_ipv4_of(void *context, const struct in6_addr *address, unsigned prefix, bool assign,
				       struct in_addr *out)
{
	struct worker *worker = context;
	struct leases *leases = worker->state->leases;
	struct nat64_leases_client client = {.address = *address, .prefix = prefix};
	struct lease *lease = nat64_leases_by_client(leases, &client, worker->now);
	enum nat64_leases_result result = LEASES_OK;

	if (!lease && !assign)
		return NAT64_REASON_SOURCE_UNMAPPED;
	if (!lease) {
		result = nat64_leases_assign(leases, &client, worker->now, &lease);
		if (result == LEASES_OK)
			lease_log(worker, lease);
	}
	worker->closed |= result == LEASES_CLOSED;
	if (result != LEASES_OK)
		return result == LEASES_NETWORK_FULL ? NAT64_REASON_CLIENT_QUOTA : NAT64_REASON_POOL_EXHAUSTED;
	*out = nat64_lease_address(leases, lease);
	if (!worker->out)
		worker->out = lease;
	return NAT64_REASON_NONE;
}

/* The core asks who holds a pool address. */
static bool lease_ipv6_of(void *context, struct in_addr address, struct in6_addr *out, unsigned *prefix)
{
	struct worker *worker = context;
	struct lease *lease = nat64_leases_by_address(worker->state->leases, address, worker->now);

	if (!lease)
		return false;
	*out = nat64_lease_client(lease)->address;
	*prefix = nat64_lease_client(lease)->prefix;
	if (!worker->in)
		worker->in = lease;
	return true;
}

static void frame_write(struct worker *worker, unsigned queue, const struct iovec *frame)
{
	if (write(worker->shared->device->queues[queue], frame->iov_base, frame->iov_len) < 0)
		counter_increase(&worker->counters.write_errors, 1);
}

/* Write the packets that wait in a slot. */
static void merge_write(struct worker *worker, unsigned slot)
{
	struct iovec frame = nat64_merge_append(&worker->merges[slot]);

	worker->waiting &= ~(1u << slot);
	if (frame.iov_len)
		frame_write(worker, worker->merge_queues[slot], &frame);
}

static void merges_write(struct worker *worker)
{
	for (unsigned slot = 0; worker->waiting; slot++)
		if (worker->waiting & 1u << slot)
			merge_write(worker, slot);
	worker->waited = 0;
}

/* Let a packet wait for others of its flow until the queue is empty. */
static void segment_write(struct worker *worker, unsigned queue, const struct nat64_segment *segment)
{
	struct nat64_merge *merge = &worker->merges[segment->slot];

	if (!nat64_merge_add(merge, segment)) {
		merge_write(worker, segment->slot);
		nat64_merge_add(merge, segment);
	}
	worker->merge_queues[segment->slot] = queue;
	worker->waiting |= 1u << segment->slot;
}

/* Frames leave at once, but for those that others may follow. */
static void frames_write(struct worker *worker, unsigned queue)
{
	const struct nat64_result *result = &worker->result;

	for (size_t i = 0; i < result->count; i++) {
		const struct iovec *frame = &result->frames[i];
		struct nat64_segment segment = nat64_merge_compare(frame->iov_base, frame->iov_len, worker->cuts_datagrams);

		if (segment.fits) {
			segment_write(worker, queue, &segment);
			continue;
		}
		if (segment.slot < NAT64_MERGE_SLOTS)
			merge_write(worker, segment.slot);
		else if (segment.slot == NAT64_MERGE_ANY)
			merges_write(worker);
		frame_write(worker, queue, frame);
	}
}

/* The queue of a frame's flow; the worker's own for a frame that is not IPv4. */
static unsigned frame_queue(const struct worker *worker, const uint8_t *frame, size_t length)
{
	unsigned count = worker->shared->device->queue_count;

	return count > 1 && length > HEADER ? nat64d_flow_queue(frame + HEADER, length - HEADER, count, worker->index) :
					      worker->index;
}

static void drop_count(struct worker *worker, size_t octets)
{
	enum nat64_reason reason = worker->result.reason;

	counter_increase(&worker->counters.drops[reason], 1);
	nat64d_drop_sample_keep(&worker->examples[reason], worker->now, worker->header, octets);
}

/* Send an ICMP error, unless too many went out. */
static void error_write(struct worker *worker)
{
	if (!bucket_consume_at(&worker->errors, conf_clock_ns(CLOCK_BOOTTIME),
			       worker->core.settings->translation.icmp.rate)) {
		counter_increase(&worker->counters.drops[NAT64_REASON_RATE_LIMITED], 1);
		return;
	}
	counter_increase(&worker->counters.icmp_errors, 1);
	frames_write(worker, worker->index);
}

/* A packet that was translated. One that it released was counted among the drops while it was held. */
static void translated_count(struct worker *worker, struct counter *counter, size_t octets)
{
	const struct nat64_result *result = &worker->result;
	uint64_t packets = 1 + (uint64_t)result->released, all = octets + result->released_octets;

	counter_count(counter, octets);
	if (worker->out && counter != &worker->counters.translated_4to6)
		nat64_lease_count_out(worker->out, packets, all);
	if (worker->in && counter != &worker->counters.translated_6to4)
		nat64_lease_count_in(worker->in, packets, all);
	if (result->released == 0)
		return;
	counter_increase(&counter->packets, result->released);
	counter_increase(&counter->bytes, result->released_octets);
	counter_increase(&worker->counters.drops[NAT64_REASON_FRAGMENT_HELD], (uint64_t)0 - result->released);
}

/* The fast path may repeat what was done with a packet that went from one family to the other as one packet. */
static void packet_learn(struct worker *worker, size_t octets)
{
	const struct nat64_result *result = &worker->result;
	const struct learner_packet packet = {.original = worker->header,
					      .length = octets,
					      .translated = (const uint8_t *)result->frames[0].iov_base + HEADER,
					      .state = worker->state,
					      .out = worker->out,
					      .in = worker->in};

	if (worker->shared->fastpath && result->count == 1 && !result->released)
		learner_offer(&worker->learner, worker->shared->fastpath, &packet, (uint32_t)worker->now);
}

/* Translate the frame; once more when the pool is replaced under it. Up to the lease nothing of the frame is rewritten. */
static void frame_translate(struct worker *worker, size_t length)
{
	do {
		worker->closed = false;
		worker->out = worker->in = NULL;
		nat64_translate(&worker->core, worker_frame(worker), length, &worker->result);
		if (worker->closed) {
			urcu_memb_read_unlock();
			urcu_memb_read_lock();
			state_follow(worker);
		}
	} while (worker->closed);
}

/* What became of the packet, where the settings say so. */
static void packet_log(struct worker *worker, size_t octets)
{
	unsigned enabled = worker->core.settings->translation.log & ~(unsigned)CONF_LOG_DYN;

	if (enabled)
		nat64d_packetlog_packet(&worker->log, enabled, worker->header, octets, &worker->result,
					conf_clock_ns(CLOCK_BOOTTIME));
}

static void frame_handle(struct worker *worker, size_t length)
{
	struct counters *counters = &worker->counters;
	size_t octets = length > HEADER ? length - HEADER : 0;
	unsigned queue = frame_queue(worker, worker_frame(worker), length);
	const struct iovec *first = worker->result.frames;

	memcpy(worker->header, worker_frame(worker) + HEADER, sizeof(worker->header));
	frame_translate(worker, length);
	packet_log(worker, octets);
	switch (worker->result.verdict) {
	case NAT64_DROP:
		drop_count(worker, octets);
		return;
	case NAT64_REPLY_ERROR:
		drop_count(worker, octets);
		error_write(worker);
		return;
	case NAT64_REPLY_ECHO:
		counter_increase(&counters->echo_replies, 1);
		break;
	case NAT64_6TO4:
		translated_count(worker, &counters->translated_6to4, octets);
		queue = frame_queue(worker, first->iov_base, first->iov_len);
		packet_learn(worker, octets);
		break;
	case NAT64_4TO6:
		translated_count(worker, &counters->translated_4to6, octets);
		packet_learn(worker, octets);
		break;
	case NAT64_HAIRPIN:
		translated_count(worker, &counters->hairpin, octets);
		break;
	}
	frames_write(worker, queue);
}

static void packet_translate(struct worker *worker, size_t length)
{
	worker->core.mtu = __atomic_load_n(&worker->shared->mtu, __ATOMIC_RELAXED);
	urcu_memb_read_lock();
	state_follow(worker);
	frame_handle(worker, length);
	urcu_memb_read_unlock();
}

static _Thread_local struct worker *own; /* for the signal, which brings no context */

static void question_answer(struct worker *worker)
{
	__atomic_store_n(&worker->answered, __atomic_load_n(&worker->asked, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

/* A signal came, and ends the read that waits. Where it comes just before that read it is lost, but then it is answered here. */
static void wake_up(int number)
{
	(void)number;
	if (own && __atomic_load_n(&own->idle->sleeps, __ATOMIC_RELAXED))
		question_answer(own);
}

/* Has nobody a packet that one in the kernel could overtake? A worker that has just read one may be missed: then two packets change places. */
static bool all_idle(const struct worker *worker)
{
	const struct device *device = worker->shared->device;

	for (unsigned i = 0; i < device->queue_count; i++)
		if (i != worker->index && !__atomic_load_n(&worker->shared->idle[i].sleeps, __ATOMIC_RELAXED))
			return false;
	return device_is_drained(device);
}

static ssize_t frame_wait(struct worker *worker)
{
	ssize_t length;

	if (worker->learner.pending && all_idle(worker))
		learner_flush(&worker->learner, worker->shared->fastpath);
	__atomic_store_n(&worker->idle->sleeps, true, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	question_answer(worker);
	length = read(worker->shared->device->queues[worker->index], worker_frame(worker), NAT64_FRAME_MAX);
	__atomic_store_n(&worker->idle->sleeps, false, __ATOMIC_RELAXED);
	worker->now = conf_clock_ns(CLOCK_BOOTTIME) / INT64_C(1000000000);
	return length;
}

/* The next frame; sleeps until there is one, unless packets wait to be written. -1 with errno. */
static ssize_t frame_read(struct worker *worker)
{
	if (worker->waiting && worker->waited++ < ROUND) {
		ssize_t length = nat64d_device_read_now(worker->shared->device, worker->index, worker_frame(worker),
							NAT64_FRAME_MAX);

		if (length >= 0 || errno != EAGAIN)
			return length;
	}
	if (worker->waiting)
		merges_write(worker);
	return frame_wait(worker);
}

/* A read failed. False when the device is gone. */
static bool failure_handle(struct worker *worker)
{
	struct pollfd queue = {.fd = worker->shared->device->queues[worker->index], .events = POLLIN};

	if (errno == EINTR || errno == EAGAIN)
		return true;
	counter_increase(&worker->counters.read_errors, 1);
	return poll(&queue, 1, 0) >= 0 && !(queue.revents & (POLLERR | POLLHUP | POLLNVAL));
}

static void *worker_run(void *context)
{
	struct worker *worker = context;

	own = worker;
	urcu_memb_register_thread();
	while (!__atomic_load_n(&worker->shared->stop, __ATOMIC_RELAXED)) {
		ssize_t length = frame_read(worker);

		if (length >= 0)
			packet_translate(worker, (size_t)length);
		else if (!failure_handle(worker)) {
			eventfd_write(worker->shared->failed, 1);
			break;
		}
	}
	merges_write(worker);
	urcu_memb_unregister_thread();
	return NULL;
}

struct worker *nat64d_worker_new(struct worker_shared *shared, unsigned index, struct conf_report *report)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	struct nat64_identification *identification;

	if (!worker) {
		conf_report_add(report, "out of memory for a worker");
		return NULL;
	}
	worker->shared = shared;
	worker->index = index;
	worker->idle = &shared->idle[index];
	worker->cuts_datagrams = nat64d_device_cuts_datagrams(shared->device);
	worker->log.write = shared->packetlog;
	worker->core.maps = &worker->maps;
	identification = &worker->core.identification;
	if (getrandom(identification->key, sizeof(identification->key), 0) == sizeof(identification->key))
		return worker;
	conf_report_add(report, "cannot get random octets: %s", strerror(errno));
	nat64d_worker_free(worker);
	return NULL;
}

int nat64d_worker_start(struct worker *worker, struct conf_report *report)
{
	const struct sigaction action = {.sa_handler = wake_up};
	int error = sigaction(WAKE, &action, NULL) ? errno : pthread_create(&worker->thread, NULL, worker_run, worker);

	worker->started = !error;
	if (error)
		conf_report_add(report, "cannot start a worker: %s", strerror(error));
	return error ? -1 : 0;
}

bool nat64d_worker_ask(struct worker *worker)
{
	uint32_t asked = worker->asked;
	bool answered = __atomic_load_n(&worker->answered, __ATOMIC_RELAXED) == asked;

	__atomic_store_n(&worker->asked, asked + 1, __ATOMIC_RELAXED);
	pthread_kill(worker->thread, WAKE);
	return answered;
}

const struct nat64d_drop_sample *nat64d_worker_drop_sample(const struct worker *worker, enum nat64_reason reason)
{
	return &worker->examples[reason];
}

const struct counters *nat64d_worker_counters(const struct worker *worker)
{
	return &worker->counters;
}

void nat64d_worker_free(struct worker *worker)
{
	if (!worker)
		return;
	if (worker->started) {
		pthread_kill(worker->thread, WAKE);
		pthread_join(worker->thread, NULL);
	}
	free(worker);
}
