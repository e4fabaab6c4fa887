/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset of Landlock (landlock(7)): everything that a version of it can refuse is refused, but for the folders that
 * are named. What is open already, the device above all, is not asked about. Besides files that is TCP (version 4), ioctls on
 * devices (5), and signals and abstract sockets of processes outside (6).
 *
 * A folder is named rather than the file in it, for an editor puts a new file in the place of the old one, and a rule holds for the
 * very file that it was made for.
 *
 * There are no wrappers in the C library, and the headers of an older release lack the newer bits: both are here.
 */
#include "nat64/daemon/landlock.h"

#include "conf/report.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif

#define BITS(count) ((UINT64_C(1) << (count)) - 1)

/* struct landlock_ruleset_attr as it is since version 6; a kernel takes a longer one than its own when the rest is 0. */
struct ruleset {
	uint64_t files, network, scopes;
};

/* How many bits of each kind a version has; the last line that is not newer counts. */
static const struct {
	int version;
	unsigned files, network, scopes;
} versions[] = {
	{1, 13, 0, 0}, {2, 14, 0, 0}, {3, 15, 0, 0}, {4, 15, 2, 0}, {5, 16, 2, 0}, {6, 16, 2, 2},
};

#define SCOPE_ABSTRACT_SOCKETS 1u

/* systemd may want to be told of our readiness through an abstract socket. */
static bool notifies_abstract(void)
{
	const char *socket = getenv("NOTIFY_SOCKET");

	return socket && *socket == '@';
}

static struct ruleset ruleset_for(int version)
{
	struct ruleset set = {0};

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (versions[i].version <= version)
			set = (struct ruleset){BITS(versions[i].files), BITS(versions[i].network),
					       BITS(versions[i].scopes)};
	if (notifies_abstract())
		set.scopes &= ~(uint64_t)SCOPE_ABSTRACT_SOCKETS;
	return set;
}

/* Not built, not enabled at boot, or hidden by a container. */
static bool is_missing(int error)
{
	return error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

int nat64d_landlock_begin(struct nat64d_landlock *landlock, struct conf_report *notices, struct conf_report *report)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset set;

	*landlock = (struct nat64d_landlock){.rules = -1};
	if (version < 0 && is_missing(errno)) {
		conf_report_add(notices, "this kernel has no Landlock (%s): only owners and modes protect files",
				strerror(errno));
		return 0;
	}
	set = ruleset_for((int)version);
	landlock->files = set.files;
	landlock->rules = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
	if (landlock->rules >= 0)
		return 0;
	return conf_report_add(report, "cannot create a ruleset of Landlock: %s", strerror(errno));
}

int nat64d_landlock_allow(const struct nat64d_landlock *landlock, int folder, enum nat64d_landlock_use use,
			  struct conf_report *report)
{
	static const uint64_t uses[] = {
		[NAT64D_LANDLOCK_READ] = LANDLOCK_ACCESS_FS_READ_FILE,
		[NAT64D_LANDLOCK_WRITE] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
					  LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG |
					  LANDLOCK_ACCESS_FS_REMOVE_FILE,
		[NAT64D_LANDLOCK_REMOVE] = LANDLOCK_ACCESS_FS_REMOVE_FILE,
		[NAT64D_LANDLOCK_LIST] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	};
	const struct landlock_path_beneath_attr rule = {.allowed_access = uses[use] & landlock->files, .parent_fd = folder};

	if (landlock->rules < 0 || folder < 0 ||
	    !syscall(SYS_landlock_add_rule, landlock->rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return 0;
	return conf_report_add(report, "cannot add a rule of Landlock: %s", strerror(errno));
}

int nat64d_landlock_allow_path(const struct nat64d_landlock *landlock, const char *path, enum nat64d_landlock_use use,
			       struct conf_report *report)
{
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int failed = nat64d_landlock_allow(landlock, folder, use, report);

	if (folder >= 0)
		close(folder);
	return failed;
}

/* path is given away, and may be NULL. */
static int folder_allow(const struct nat64d_landlock *landlock, char *path, struct conf_report *report)
{
	int failed = path ? nat64d_landlock_allow_path(landlock, dirname(path), NAT64D_LANDLOCK_READ, report) : 0;

	free(path);
	return failed;
}

int nat64d_landlock_allow_beside(const struct nat64d_landlock *landlock, const char *file, struct conf_report *report)
{
	if (!file)
		return 0;
	return folder_allow(landlock, strdup(file), report) || folder_allow(landlock, realpath(file, NULL), report) ? -1 :
														      0;
}

int nat64d_landlock_close(struct nat64d_landlock *landlock, struct conf_report *report)
{
	int failed;

	if (landlock->rules < 0)
		return 0;
	failed = syscall(SYS_landlock_restrict_self, landlock->rules, 0) != 0;
	if (failed)
		conf_report_add(report, "cannot apply the rules of Landlock: %s", strerror(errno));
	nat64d_landlock_drop(landlock);
	return failed ? -1 : 0;
}

void nat64d_landlock_drop(struct nat64d_landlock *landlock)
{
	if (landlock->rules >= 0)
		close(landlock->rules);
	landlock->rules = -1;
}
