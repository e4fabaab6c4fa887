/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64d opens the device, its folders and its socket, and then needs no right at all: it becomes its user with empty
 * capability sets, an empty bounding set and no_new_privs. Then it goes behind a fence (fence.h), where there are its data, its
 * settings and its socket alone, and gives up the system calls that it has no use for (calls.h). Started by that user itself it
 * does the same, but for the user: nat64d.service does so, without any capability, and by its filter without capset(2) either.
 *
 * All of that holds for the thread that asks for it and those it starts: the workers start later.
 */
#include "nat64/daemon/privileges.h"

#include "conf/report.h"
#include "conf/runtime.h"
#include "nat64/daemon/capabilities.h"
#include "nat64/daemon/seccomp.h"
#include "nat64/daemon/landlock.h"
#include "nat64/daemon/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int group_find(struct nat64d_privileges *rights, const char *name, struct conf_report *report)
{
	const struct group *entry = getgrnam(name);

	if (entry)
		return rights->group = entry->gr_gid, 0;
	conf_report_add(report, "there is no group %s: create it with `addgroup --system %s`, or name another", name, name);
	return -1;
}

int nat64d_privileges_find(struct nat64d_privileges *rights, const char *user, const char *group, struct conf_report *report)
{
	const struct passwd *entry;

	*rights = (struct nat64d_privileges){.user = geteuid(), .group = getegid(), .root = -1, .data = -1, .sockets = -1};
	entry = getpwnam(user);
	if (rights->user) {
		rights->starter = entry && entry->pw_uid == rights->user ? 0 : rights->user;
		return 0;
	}
	if (!entry) {
		conf_report_add(report,
				"there is no user %s: create it with `adduser --system --group %s`, or name another with the "
				"directive user",
				user, user);
		return -1;
	}
	rights->user = entry->pw_uid;
	rights->group = entry->pw_gid;
	return group ? group_find(rights, group, report) : 0;
}

/* Nothing is asked of the kernel where there is no user to change and no capability to drop. */
static int user_change(const struct nat64d_privileges *rights)
{
	if (geteuid() != 0 && nat64d_capabilities_are_none())
		return 0;
	return nat64d_capabilities_drop(rights->user, rights->group);
}

/* Root's rights, one after the other: none of these steps can be taken without those before it. */
static int user_become(const struct nat64d_privileges *rights, struct conf_report *report)
{
	int error;

	if (rights->root >= 0 && (fchdir(rights->root) || chroot("."))) {
		conf_report_add(report, "cannot change the root directory: %s; start as root, or without --chroot",
				strerror(errno));
		return -1;
	}
	error = user_change(rights);
	if (error) {
		conf_report_add(report, "cannot drop privileges and become user %u (capability step %d): %s",
				(unsigned)rights->user, error, strerror(errno));
		return -1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		conf_report_add(report, "cannot set no_new_privs: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* What a sanitizer reads: processes and programs. */
static int sanitizer_allow(const struct nat64d_landlock *fence, struct conf_report *report)
{
	return nat64d_landlock_allow_path(fence, "/proc", FENCE_LOOK, report) ||
			       nat64d_landlock_allow_path(fence, "/usr", FENCE_LOOK, report) ||
			       nat64d_landlock_allow_beside(fence, "/proc/self/exe", report) ?
		       -1 :
		       0;
}

/* While every folder can still be opened. */
static int fence_make(struct nat64d_landlock *fence, const struct nat64d_privileges *rights,
		      struct conf_report *notices, struct conf_report *report)
{
	if (nat64d_landlock_begin(fence, notices, report))
		return -1;
	if (!nat64d_landlock_allow(fence, rights->data, FENCE_KEEP, report) &&
	    !nat64d_landlock_allow(fence, rights->sockets, FENCE_REMOVE, report) &&
	    !nat64d_landlock_allow_beside(fence, rights->settings, report) &&
	    !nat64d_landlock_allow_beside(fence, rights->map_file, report) &&
	    (!SANITIZED || !sanitizer_allow(fence, report)))
		return 0;
	nat64d_landlock_drop(fence);
	return -1;
}

int nat64d_privileges_drop(const struct nat64d_privileges *rights, struct conf_report *notices, struct conf_report *report)
{
	struct nat64d_landlock fence;

	if (fence_make(&fence, rights, notices, report))
		return -1;
	if (user_become(rights, report)) {
		nat64d_landlock_drop(&fence);
		return -1;
	}
	return nat64d_landlock_close(&fence, report) || nat64d_seccomp_restrict(notices, report) ? -1 : 0;
}

/* Hand a data-dir that was just made over. */
static int folder_give(const struct nat64d_privileges *rights, int folder)
{
	return geteuid() == 0 && (fchown(folder, rights->user, rights->group) || fchmod(folder, 0750)) ? -1 : 0;
}

static int folder_open(const char *path, bool *made)
{
	*made = mkdir(path, 0755) == 0;
	return *made || errno == EEXIST ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static int folder_close(int folder)
{
	int error = errno;

	close(folder);
	errno = error;
	return -1;
}

static int explain(const char *path, const char *directive, struct conf_report *report)
{
	conf_report_add(report, "cannot open the folder %s: %s; create it, or name another with the directive %s", path,
			strerror(errno), directive);
	return -1;
}

int nat64d_privileges_data_open(const struct nat64d_privileges *rights, const char *path, struct conf_report *report)
{
	bool made;
	int folder = folder_open(path, &made);

	if (folder >= 0 && made && folder_give(rights, folder))
		folder = folder_close(folder);
	return folder >= 0 ? folder : explain(path, "data-dir", report);
}

int nat64d_privileges_runtime_open(const struct nat64d_privileges *rights, const char *path, int *sockets,
				   struct conf_report *report)
{
	bool made;
	int folder = folder_open(path, &made);

	if (folder < 0)
		return explain(path, "runtime-dir", report);
	*sockets = conf_runtime_sockets_open(folder, rights->group);
	if (*sockets >= 0) {
		conf_runtime_links_make(folder); /* nat64-relay has made them, where the folder is not ours */
		return folder;
	}
	conf_report_add(report,
			"cannot open the folder %s/" CONF_RUNTIME_SOCKETS
			": %s; nat64-relay up creates it, or name another runtime-dir",
			path, strerror(errno));
	return folder_close(folder);
}
