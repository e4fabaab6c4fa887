/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of the system calls that nat64d, its libraries and the C library make after the start. Some are allowed with one argument
 * alone: sockets of the own machine, two ioctls that only ask, two commands on BPF maps, memory that is not executable, threads but no processes, signals
 * to itself.
 *
 * A call that is not on the list is not made, and fails with ENOSYS, as on a kernel that does not have it: a newer C library then
 * takes the call that an older one would have made, and no packet that somebody sends, no answer that a library gives up on, ends the
 * daemon. Calls of another architecture's table end it, for nobody makes these by mistake.
 *
 * The list is of names: one that an architecture or libseccomp does not know is left out. With sanitizers the list is longer by
 * what they call when they look for leaks and write their reports.
 *
 * What it costs: a call that is allowed whatever its arguments, as read(2) and write(2) on the packets' way are, is looked up in a bitmap
 * since Linux 5.11. Before that the filter runs at each call, as a tree, the packets' calls first. The filter needs no mitigation of
 * speculative reads for there is no foreign code in this process: without the flag, kernels before 5.16 would slow it down.
 */
#include "nat64/daemon/seccomp.h"

#include "conf/report.h"
#include "nat64/daemon/sanitized.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Allowed with any arguments. */
static const char *const allowed[] = {
	/* packets, and what wakes a worker: the first, which the filter looks at first where it runs */
	"read",
	"write",
	"preadv2",
	"ppoll",
	"poll",
	"ppoll_time64",
	"writev",
	"readv",
	/* the main loop and its descriptors */
	"epoll_wait",
	"epoll_pwait",
	"epoll_ctl",
	"timerfd_settime",
	"timerfd_settime64",
	"close",
	"dup",
	"dup2",
	"dup3",
	"fcntl",
	"fcntl64",
	"pread64",
	"pwrite64",
	"lseek",
	"_llseek",
	/* files, which Landlock is about */
	"open",
	"openat",
	"fstat",
	"fstat64",
	"fstatat64",
	"newfstatat",
	"stat",
	"stat64",
	"statx",
	"fsync",
	"fdatasync",
	"ftruncate",
	"ftruncate64",
	"rename",
	"renameat",
	"renameat2",
	"unlink",
	"unlinkat",
	/* the control socket, systemd and the log; socket(2) itself is below */
	"accept",
	"accept4",
	"connect",
	"send",
	"sendto",
	"sendmsg",
	"recv",
	"recvfrom",
	"recvmsg",
	"getsockopt",
	"setsockopt",
	"shutdown",
	/* memory; mmap(2) and mprotect(2) are below */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	/* threads, locks and read-copy-update; clone(2) is below */
	"futex",
	"futex_time64",
	"membarrier",
	"rseq",
	"set_robust_list",
	"sched_yield",
	"sched_getaffinity",
	"getcpu",
	"exit",
	"exit_group",
	/* signals */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigtimedwait",
	"rt_sigtimedwait_time64",
	"sigreturn",
	"sigaltstack",
	"restart_syscall",
	/* who and when */
	"getpid",
	"gettid",
	"getuid",
	"getuid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getegid",
	"getegid32",
	"clock_gettime",
	"clock_gettime64",
	"gettimeofday",
	"time",
	"nanosleep",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"getrandom",
	"sysinfo",
	"uname",
	"getrlimit",
	"ugetrlimit",
};

/* Allowed with sanitizers: a thread that stops the others and reads their memory, /proc, and the report. */
static const char *const sanitizers[] = {
	"clone",     "ptrace",  "wait4",           "kill",     "tgkill",     "prctl",    "arch_prctl",
	"getppid",   "pipe",    "pipe2",           "readlink", "readlinkat", "getdents", "getdents64",
	"getrusage", "mincore", "set_tid_address", "access",   "faccessat",
};

/* Allowed when the bits of one argument that mask selects are those of value. */
struct condition {
	const char *name;
	unsigned argument;
	uint64_t mask, value;
};

#ifdef __s390x__
#define CLONE_FLAGS 1 /* the stack comes first */
#else
#define CLONE_FLAGS 0
#endif
#define WHOLE UINT64_MAX

static const struct condition conditions[] = {
	{"socket", 0, WHOLE, AF_UNIX},
	{"bpf", 0, UINT32_MAX, BPF_MAP_LOOKUP_ELEM}, /* the fast path's maps, by descriptors that are open: no other command */
	{"bpf", 0, UINT32_MAX, BPF_MAP_UPDATE_ELEM},
	{"ioctl", 1, UINT32_MAX, SIOCGIFMTU},
	{"ioctl", 1, UINT32_MAX, TCGETS}, /* is it a terminal: the C library asks about the standard output */
	{"mmap", 2, PROT_EXEC, 0},
	{"mmap2", 2, PROT_EXEC, 0},
	{"mprotect", 2, PROT_EXEC, 0},
	{"clone", CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD},
	{"prlimit64", 2, WHOLE, 0}, /* asks, and sets none */
};

/* 0, or a negative errno. A name that is not known here is nothing to allow. */
static int call_allow(scmp_filter_ctx filter, const char *name, unsigned count, const struct scmp_arg_cmp *arguments)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count, arguments);
}

static int names_allow(scmp_filter_ctx filter, const char *const *names, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && !error; i++)
		error = call_allow(filter, names[i], 0, NULL);
	return error;
}

static int conditions_allow(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp self = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (uint64_t)getpid()};
	int error = call_allow(filter, "tgkill", 1, &self);

	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions) && !error; i++) {
		const struct condition *condition = &conditions[i];
		const struct scmp_arg_cmp argument = {condition->argument, SCMP_CMP_MASKED_EQ, condition->mask,
						      condition->value};

		error = call_allow(filter, condition->name, 1, &argument);
	}
	return error;
}

/* An attribute that this libseccomp or kernel does not have is one that it does without. */
static void attributes_set(scmp_filter_ctx filter)
{
	seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* else all that the kernel says is ECANCELED */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
}

static int filter_fill(scmp_filter_ctx filter)
{
	int error = names_allow(filter, allowed, sizeof(allowed) / sizeof(*allowed));

	if (!error && SANITIZED)
		error = names_allow(filter, sanitizers, sizeof(sanitizers) / sizeof(*sanitizers));
	return error ? error : conditions_allow(filter);
}

int nat64d_seccomp_restrict(struct conf_report *notices, struct conf_report *report)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int error = filter ? filter_fill(filter) : -ENOMEM;

	if (!error) {
		attributes_set(filter);
		error = seccomp_load(filter);
		if (error == -EINVAL || error == -ENOSYS) {
			conf_report_add(notices,
					"this kernel has no filter of system calls (%s): all system calls stay allowed",
					strerror(-error));
			error = 0;
		}
	}
	seccomp_release(filter);
	if (!error)
		return 0;
	return conf_report_add(report, "cannot restrict the system calls: %s", strerror(-error));
}
