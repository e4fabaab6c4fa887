/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TUN device.
 *
 * `nat64-relay up` makes the device: persistent, and owned by the user that nat64d becomes, so that nat64d needs no privilege
 * to attach and a killed nat64d leaves addresses, routes and the kernel's connections in place. When there is none, it is
 * made here in the same way, and stays. A device that others made is taken as it is, also with one queue.
 *
 * Every worker has a queue. The kernel picks it by the ports of a packet (kernel/queue_selector.c), so that a flow stays in order without
 * a lock. Where it was not given that program, it keeps a flow on the queue that wrote to it last: nat64/daemon/flow.c decides which that is.
 *
 * A device to which nobody is attached has no carrier, and the kernel drops what is sent to it. When somebody attaches it lets packets through a moment
 * later, from a thread of its own, which waits on a machine with much to do: nat64d is not ready before (nat64d_device_settle).
 *
 * A read waits for a packet. What is there already is read by preadv2(2) with RWF_NOWAIT, or, on a kernel whose TUN does not
 * know that, asked for first.
 *
 * Offloads belong to the device as a whole. They are asked for step by step: what an older kernel lacks is refused whole,
 * and then asked for without. A device without any still has the virtio header in front of each packet.
 */
#include "nat64/daemon/device.h"

#include "config.h"

#include "conf/report.h"
#include "kernel/queue_selector.h"
#include "nat64/pool/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define CLONE_DEVICE "/dev/net/tun"
#define SETTLE_MS    2000

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

static const struct {
	unsigned flag;
	const char *name;
} offload_names[] = {
	{TUN_F_CSUM, "csum"},       {TUN_F_TSO4, "tso4"}, {TUN_F_TSO6, "tso6"},
	{TUN_F_TSO_ECN, "tso-ecn"}, {TUN_F_USO4, "uso4"}, {TUN_F_USO6, "uso6"},
};

const char *nat64d_device_offload_name(const struct device *device, size_t index)
{
	for (size_t i = 0; i < sizeof(offload_names) / sizeof(*offload_names); i++)
		if (device->offloads & offload_names[i].flag && !index--)
			return offload_names[i].name;
	return NULL;
}

bool nat64d_device_cuts_datagrams(const struct device *device)
{
	return device->offloads & TUN_F_USO4 && device->offloads & TUN_F_USO6;
}

static struct ifreq request_for(const char *name)
{
	struct ifreq request = {0};

	memccpy(request.ifr_name, name, 0, sizeof(request.ifr_name) - 1);
	return request;
}

static bool device_exists(const struct device *device)
{
	struct ifreq request = request_for(device->name);

	return !ioctl(device->control, SIOCGIFINDEX, &request);
}

int nat64d_device_mtu(const struct device *device)
{
	struct ifreq request = request_for(device->name);

	return ioctl(device->control, SIOCGIFMTU, &request) ? -1 : request.ifr_mtu;
}

/* A TUN device that is up has a carrier while somebody is attached. */
static bool device_has_carrier(const struct device *device)
{
	struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
	struct ifreq request = request_for(device->name);

	request.ifr_data = (void *)&link;
	return !ioctl(device->control, SIOCETHTOOL, &request) && link.data;
}

/* False while the device is up and the kernel has not noticed yet that somebody is attached. */
static bool device_is_settled(const struct device *device)
{
	struct ifreq request = request_for(device->name);

	return ioctl(device->control, SIOCGIFFLAGS, &request) || !(request.ifr_flags & IFF_UP) ||
	       request.ifr_flags & IFF_RUNNING;
}

static int clone_open(struct conf_report *report)
{
	int queue = open(CLONE_DEVICE, O_RDWR | O_CLOEXEC);

	if (queue >= 0)
		return queue;
	if (errno == EACCES || errno == EPERM)
		conf_report_add(report, "cannot open " CLONE_DEVICE ": %s; start as root, or let the user open it",
				strerror(errno));
	else
		conf_report_add(report,
				"cannot open " CLONE_DEVICE
				": %s; load the kernel's tun module, or give the container the device",
				strerror(errno));
	return -1;
}

/* Say why TUNSETIFF was refused. */
static void attach_explain(const struct device *device, int error, struct conf_report *report)
{
	switch (error) {
	case EPERM:
		if (device_exists(device))
			conf_report_add(report,
					"cannot attach to device %s: another user owns it; start as that user (User= of the "
					"unit) or as root, or create it again with `nat64-relay up`",
					device->name);
		else
			conf_report_add(report,
					"there is no device %s, and no permission to create it: run `nat64-relay up` "
					"first",
					device->name);
		break;
	case EINVAL:
		conf_report_add(report,
				"device %s is not a TUN device; remove it, and create it again with `nat64-relay up`, or name "
				"another tun-device",
				device->name);
		break;
	case EBUSY:
	case E2BIG:
		nat64_lock_explain(device->name, report);
		break;
	default:
		conf_report_add(report, "cannot attach to device %s: %s", device->name, strerror(error));
	}
}

/* A device that was made with one queue, as by `ip tuntap add`, refuses to be one of several: then it has one. The packet
 * information and the virtio header are the kernel's to change as long as nobody is attached. */
static int queue_request(struct device *device, int queue)
{
	struct ifreq request = request_for(device->name);

	request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
	if (!ioctl(queue, TUNSETIFF, &request))
		return 0;
	if (errno != EINVAL || device->created || device->queue_count)
		return -1;
	request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	device->single = !ioctl(queue, TUNSETIFF, &request);
	return device->single ? 0 : -1;
}

static int queue_attach(struct device *device, struct conf_report *report)
{
	int queue = clone_open(report);

	if (queue < 0)
		return -1;
	if (queue_request(device, queue)) {
		attach_explain(device, errno, report);
		close(queue);
		return -1;
	}
	device->queues[device->queue_count++] = queue;
	return 0;
}

/* Turn on the most that the kernel takes. */
static int offloads_set(struct device *device, bool none, struct conf_report *report)
{
	static const unsigned tso = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	const unsigned steps[] = {tso | TUN_F_USO4 | TUN_F_USO6, tso, TUN_F_CSUM, 0};
	int header = sizeof(struct virtio_net_hdr);

	if (ioctl(device->queues[0], TUNSETVNETHDRSZ, &header))
		return conf_report_add(report, "cannot set the packet header of device %s: %s", device->name,
				       strerror(errno));
	for (size_t i = none ? 3 : 0; i < sizeof(steps) / sizeof(*steps); i++) {
		device->offloads = steps[i];
		if (!ioctl(device->queues[0], TUNSETOFFLOAD, (unsigned long)steps[i]))
			return 0;
	}
	return conf_report_add(report, "cannot set the offloads of device %s: %s", device->name, strerror(errno));
}

/* Let the device outlive this process and be attached to by its owner. */
static int device_keep(const struct device *device, const struct device_request *request, struct conf_report *report)
{
	int queue = device->queues[0];

	if (!ioctl(queue, TUNSETOWNER, (unsigned long)request->owner) &&
	    !ioctl(queue, TUNSETGROUP, (unsigned long)request->group) && !ioctl(queue, TUNSETPERSIST, 1UL))
		return 0;
	return conf_report_add(report, "cannot make device %s persistent: %s", device->name, strerror(errno));
}

static int device_attach(struct device *device, const struct device_request *request, struct conf_report *report)
{
	device->created = !device_exists(device);
	if (!device->created && device_has_carrier(device)) {
		nat64_lock_explain(device->name, report);
		return -1;
	}
	while (device->queue_count < (device->single ? 1 : request->queues))
		if (queue_attach(device, report))
			return -1;
	if (offloads_set(device, request->no_offloads, report))
		return -1;
	kernel_queue_selector(device->queues[0]); /* without the right to it, as `nat64-relay up` left the device */
	return device->created ? device_keep(device, request, report) : 0;
}

int nat64d_device_open(struct device *device, const struct device_request *request, struct conf_report *report)
{
	*device = (struct device){.control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	if (device->control < 0)
		return conf_report_add(report, "cannot open a socket: %s", strerror(errno));
	snprintf(device->name, sizeof(device->name), "%s", request->name);
	if (!device_attach(device, request, report))
		return 0;
	nat64d_device_close(device);
	return -1;
}

void nat64d_device_settle(const struct device *device)
{
	for (unsigned i = 0; i < SETTLE_MS && !device_is_settled(device); i++)
		poll(NULL, 0, 1);
	device_has_carrier(device); /* it waits for the lock under which the kernel sets the queueing discipline */
}

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

/* Read what is there at the place where the file stands. musl has preadv2(2) from 1.2.5 on; the offset of the call is two words. */
static ssize_t read_now(int fd, const struct iovec *part)
{
#ifdef HAVE_PREADV2
	return preadv2(fd, part, 1, -1, RWF_NOWAIT);
#else
	return syscall(SYS_preadv2, fd, part, 1UL, -1L, -1L, RWF_NOWAIT);
#endif
}

ssize_t nat64d_device_read_now(const struct device *device, unsigned index, void *frame, size_t size)
{
	const struct iovec part = {frame, size};
	struct pollfd queue = {.fd = device->queues[index], .events = POLLIN};
	ssize_t length = read_now(queue.fd, &part);

	if (length >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
		return length;
	if (poll(&queue, 1, 0) > 0)
		return read(queue.fd, frame, size);
	errno = EAGAIN;
	return -1;
}

bool device_is_drained(const struct device *device)
{
	struct pollfd queues[DEVICE_QUEUES_MAX];

	for (unsigned i = 0; i < device->queue_count; i++)
		queues[i] = (struct pollfd){.fd = device->queues[i], .events = POLLIN};
	return poll(queues, device->queue_count, 0) == 0;
}

void nat64d_device_release(const struct device *device)
{
	for (unsigned i = 0; i < device->queue_count; i++)
		fcntl(device->queues[i], F_SETFL, O_RDWR | O_NONBLOCK);
}

void nat64d_device_close(struct device *device)
{
	while (device->queue_count)
		close(device->queues[--device->queue_count]);
	if (device->control >= 0)
		close(device->control);
	device->control = -1;
}
