/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other clocks for the programs that are started with this in LD_PRELOAD: the file that CLOCK_SHIFT names holds by how many seconds each is
 * ahead, and the test changes it while they run. The file is mapped at the start, so that a program that has given up all rights and most
 * system calls follows too. What the kernel measures itself (poll, timers) goes on as ever: a clock that is set moves none of that.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The file: three numbers of the machine's own kind. */
struct shift {
	int64_t wall, boot, steady; /* CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_MONOTONIC */
};

static const struct shift none;
static const volatile struct shift *shift = &none;

__attribute__((constructor)) static void shift_open(void)
{
	const char *path = getenv("CLOCK_SHIFT");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *mapped = fd >= 0 ? mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (mapped != MAP_FAILED)
		shift = mapped;
	if (fd >= 0)
		close(fd);
}

static int64_t shift_of(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return shift->wall;
	case CLOCK_BOOTTIME:
		return shift->boot;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
		return shift->steady;
	default:
		return 0;
	}
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0)
		now->tv_sec += shift_of(clock);
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec wall;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &wall) != 0)
		return -1;
	now->tv_sec = wall.tv_sec;
	now->tv_usec = wall.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *now)
{
	struct timespec wall;

	if (clock_gettime(CLOCK_REALTIME, &wall) != 0)
		return -1;
	if (now)
		*now = wall.tv_sec;
	return wall.tv_sec;
}
