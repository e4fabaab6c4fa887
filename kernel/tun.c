/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device outlives its readers, so that a translator that dies takes no route, no address and no connection along: packets
 * are lost until the next one attaches, and TCP sends them again. /dev/net/tun makes it (the kernel's
 * Documentation/networking/tuntap.rst); netlink cannot.
 */
#include "kernel/tun.h"

#include "conf/report.h"
#include "kernel/link.h"
#include "kernel/queue_selector.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TUN_PATH  "/dev/net/tun"
#define TUN_FLAGS (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE)

static int tun_open(struct conf_report *report)
{
	int fd = open(TUN_PATH, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		conf_report_add(report,
				"there is no " TUN_PATH
				": load the kernel module tun (`modprobe tun`), or give this container the device");
	else
		conf_report_add(report,
				"cannot open " TUN_PATH ": %s; run it as root, and allow the device in this container",
				strerror(errno));
	return -1;
}

int kernel_tun_available(struct conf_report *report)
{
	int fd = tun_open(report);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

int kernel_tun_check(const struct kernel_link *link, struct conf_report *report)
{
	const char *wrong = NULL;

	if (!link->is_tun)
		wrong = "not a TUN device";
	else if (link->packet_info || !link->vnet_header || !link->multi_queue)
		wrong = "a TUN device of another kind (the relay's has no packet information, but virtio-net headers "
			"and several queues)";
	if (!wrong)
		return 0;
	return conf_report_add(report,
			       "%s exists already and is %s: remove it (`ip link del %s`), or name another tun-device",
			       link->name, wrong, link->name);
}

bool kernel_tun_is_ready(const struct kernel_link *link, uid_t owner)
{
	return link->persistent && link->owner == owner;
}

/* Name the step that failed. */
static int step(int result, const char *what, const char *name, struct conf_report *report)
{
	if (result < 0)
		conf_report_add(report, "cannot %s the TUN device %s: %s", what, name, strerror(errno));
	return result;
}

int kernel_tun_create(const char *name, uid_t owner, struct conf_report *report)
{
	struct ifreq request = {.ifr_flags = TUN_FLAGS};
	int fd = tun_open(report), result;

	if (fd < 0)
		return -1;
	memcpy(request.ifr_name, name, strnlen(name, sizeof(request.ifr_name) - 1));
	result = step(ioctl(fd, TUNSETIFF, &request), "make", name, report);
	if (result == 0)
		result = step(ioctl(fd, TUNSETOWNER, (unsigned long)owner), "hand over", name, report);
	if (result == 0)
		result = step(ioctl(fd, TUNSETPERSIST, 1UL), "keep", name, report);
	kernel_queue_selector(fd); /* nat64d, which has fewer privileges, does without as well */
	close(fd);
	return result < 0 ? -1 : 0;
}
