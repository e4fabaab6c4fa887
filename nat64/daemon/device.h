/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TUN device: attach to it, one queue a worker, with as many offloads as the kernel has. */
#ifndef NAT64_DAEMON_DEVICE_H
#define NAT64_DAEMON_DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conf_report;

#define DEVICE_QUEUES_MAX 64

struct device {
	char name[IFNAMSIZ];
	int queues[DEVICE_QUEUES_MAX]; /* a read, which waits, or a write is one frame of nat64/core/translate.h */
	unsigned queue_count;
	unsigned offloads; /* TUN_F_* that are on */
	bool created;      /* it was not there before */
	bool single;       /* it has one queue: somebody else made it so */
	int control;       /* a socket for questions about the device, of any family */
};

struct device_request {
	const char *name;
	unsigned queues;  /* 1 to DEVICE_QUEUES_MAX */
	bool no_offloads; /* as on a kernel that has none */
	uid_t owner;      /* of a device that is made here: may attach without privileges */
	gid_t group;
};

/* Attach to the persistent device, or make it persistent when there is none. 0, or -1 with a message. */
int nat64d_device_open(struct device *device, const struct device_request *request, struct conf_report *report);
void nat64d_device_close(struct device *device);

/* Wait until the kernel hands packets to the queues that were attached, two seconds at most. One that is not up is not waited for. */
void nat64d_device_settle(const struct device *device);

/* Read a frame from the index-th queue if one is there: its octets, or -1 with errno, EAGAIN when there is none. */
ssize_t nat64d_device_read_now(const struct device *device, unsigned index, void *frame, size_t size);

/* Does no packet wait in any queue? */
bool device_is_drained(const struct device *device);

/* From now on no read of a queue waits; one that does already is not ended. */
void nat64d_device_release(const struct device *device);

/* True when the kernel takes super-packets of UDP and can cut them (USO). */
bool nat64d_device_cuts_datagrams(const struct device *device);

/* The device's MTU in octets; -1 when the device is gone. */
int nat64d_device_mtu(const struct device *device);

/* The name of the index-th offload that is on; NULL behind the last. */
const char *nat64d_device_offload_name(const struct device *device, size_t index);

#endif
