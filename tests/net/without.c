/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program on a kernel that lacks a system call.
 *
 *     without CALL ERROR PROGRAM [ARGUMENT...]
 *
 * The program finds that CALL fails with ERROR: ENOSYS, as where the call is unknown, EOPNOTSUPP, as where it does not do what it is asked for,
 * EPERM, as where it is not allowed, EACCES or EINVAL, as where the kernel's verifier refuses a BPF program. Everything else is as it is. Needs root.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int error_read(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = {
		{"EACCES", EACCES}, {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS}, {"EOPNOTSUPP", EOPNOTSUPP}, {"EPERM", EPERM}};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].number;
	return 0;
}

static int call_refuse(int call, int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failed = -1;

	if (filter && !seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) &&
	    !seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((unsigned)error), call, 0, NULL))
		failed = seccomp_load(filter);
	seccomp_release(filter);
	return failed;
}

int main(int argc, char *argv[])
{
	int call = argc > 3 ? seccomp_syscall_resolve_name(argv[1]) : __NR_SCMP_ERROR;
	int error = argc > 3 ? error_read(argv[2]) : 0;

	if (call == __NR_SCMP_ERROR || !error) {
		fprintf(stderr, "usage: without CALL EACCES|EINVAL|ENOSYS|EOPNOTSUPP|EPERM PROGRAM [ARGUMENT...]\n");
		return EXIT_FAILURE;
	}
	if (call_refuse(call, error)) {
		fprintf(stderr, "without: cannot refuse %s\n", argv[1]);
		return EXIT_FAILURE;
	}
	execv(argv[3], argv + 3);
	perror(argv[3]);
	return EXIT_FAILURE;
}
