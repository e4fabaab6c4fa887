/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the place of capabilities.c in a nat64d that is built without libcap-ng: the same steps, by the system calls of capabilities(7).
 *
 * The bounding set goes first, for that takes CAP_SETPCAP; the user goes before the other sets, for that takes CAP_SETUID. The ambient set is empty
 * when the permitted set is. The C library has no capget(2) and capset(2) of its own.
 */
#include "nat64/daemon/capabilities.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STEP_BOUNDING = -1, STEP_GROUPS = -2, STEP_USER = -3, STEP_SETS = -4 };

/* 1: the capability is in the bounding set, 0: it is not, -1: this kernel has no such capability. */
static int bounding_has(unsigned long capability)
{
	return prctl(PR_CAPBSET_READ, capability, 0UL, 0UL, 0UL);
}

static bool bounding_is_empty(void)
{
	int has;

	for (unsigned long one = 0; (has = bounding_has(one)) >= 0; one++)
		if (has)
			return false;
	return true;
}

static int bounding_clear(void)
{
	int has;

	for (unsigned long one = 0; (has = bounding_has(one)) >= 0; one++)
		if (has && prctl(PR_CAPBSET_DROP, one, 0UL, 0UL, 0UL))
			return -1;
	return 0;
}

bool nat64d_capabilities_are_none(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, sets))
		return false;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (sets[i].effective || sets[i].permitted || sets[i].inheritable)
			return false;
	return bounding_is_empty();
}

int nat64d_capabilities_drop(uid_t user, gid_t group)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};
	bool root = geteuid() == 0;

	if (root && bounding_clear())
		return STEP_BOUNDING;
	if (root && (user != 0 || group != 0)) {
		if (setgroups(0, NULL) || setresgid(group, group, group))
			return STEP_GROUPS;
		if (setresuid(user, user, user))
			return STEP_USER;
	}
	return syscall(SYS_capset, &header, none) ? STEP_SETS : 0;
}
