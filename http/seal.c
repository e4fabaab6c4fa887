/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64d's list of system calls (nat64/daemon/seccomp.c) leaves it its control socket and its leases. The server runs as the same user and has neither: these calls are refused here,
 * by a filter of its own that comes before the other. Each filter that a process has can only take away.
 */
#include "http/seal.h"

#include "conf/report.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>

static const char *const refused[] = {
	"socket",    "socketpair", "connect", "bind",      "listen",   "sendmmsg", "rename",
	"renameat",  "renameat2",  "unlink",  "unlinkat",  "mkdir",    "mkdirat",  "symlink",
	"symlinkat", "link",       "linkat",  "ftruncate", "truncate", "chmod",    "fchmod",
	"fchmodat",  "chown",      "fchown",  "lchown",    "fchownat", "execve",   "execveat",
};

static int filter_fill(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && !error; i++) {
		int call = seccomp_syscall_resolve_name(refused[i]);

		if (call != __NR_SCMP_ERROR)
			error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 0);
	}
	return error;
}

int http_seal(struct conf_report *report)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = filter ? filter_fill(filter) : -ENOMEM;

	if (!error) {
		seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* else all that the kernel says is ECANCELED */
		error = seccomp_load(filter);
	}
	seccomp_release(filter);
	if (!error || error == -EINVAL || error == -ENOSYS) /* nat64d_privileges_drop says so */
		return 0;
	conf_report_add(report, "cannot restrict the system calls: %s", strerror(-error));
	return -1;
}
