/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For programs that are started with this in LD_PRELOAD a pause is a tenth as long: poll(2) without descriptors, as nat64-relay tailnet makes it between two
 * attempts, and before it looks whether another relay has written meanwhile. What waits for an answer waits as ever, and the clocks go on.
 */
#include <poll.h>
#include <stddef.h>
#include <time.h>

enum { SHORTER = 10 };

int poll(struct pollfd *descriptors, nfds_t count, int ms)
{
	struct timespec limit;

	if (count == 0 && ms > 0)
		ms = ms / SHORTER + 1;
	limit = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
	return ppoll(descriptors, count, ms < 0 ? NULL : &limit, NULL);
}
