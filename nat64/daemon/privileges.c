/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64d opens the device, its folders and its socket, and then needs no right at all: it becomes its user with empty
 * capability sets, an empty bounding set and no_new_privs. Then Landlock (landlock.h) leaves it its data, its
 * settings and its socket alone, and gives up the system calls that it has no use for (seccomp.h). Started by that user itself it
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

static int group_find(struct nat64d_privileges *privileges, const char *name, struct conf_report *report)
{
	const struct group *entry = getgrnam(name);

	if (entry)
		return privileges->group = entry->gr_gid, 0;
	return conf_report_add(report, "there is no group %s: create it with `addgroup --system %s`, or name another",
			       name, name);
}

int nat64d_privileges_find(struct nat64d_privileges *privileges, const char *user, const char *group,
			   struct conf_report *report)
{
	const struct passwd *entry;

	*privileges = (struct nat64d_privileges){
		.user = geteuid(), .group = getegid(), .root = -1, .data = -1, .sockets = -1};
	entry = getpwnam(user);
	if (privileges->user) {
		privileges->starter = entry && entry->pw_uid == privileges->user ? 0 : privileges->user;
		return 0;
	}
	if (!entry)
		return conf_report_add(report,
				       "there is no user %s: create it with `adduser --system --group %s`, or name another with the "
				       "directive user",
				       user, user);
	privileges->user = entry->pw_uid;
	privileges->group = entry->pw_gid;
	return group ? group_find(privileges, group, report) : 0;
}

/* Nothing is asked of the kernel where there is no user to change and no capability to drop. */
static int user_change(const struct nat64d_privileges *privileges)
{
	if (geteuid() != 0 && nat64d_capabilities_are_none())
		return 0;
	return nat64d_capabilities_drop(privileges->user, privileges->group);
}

/* Root's privileges, one after the other: none of these steps can be taken without those before it. */
static int user_become(const struct nat64d_privileges *privileges, struct conf_report *report)
{
	int error;

	if (privileges->root >= 0 && (fchdir(privileges->root) || chroot(".")))
		return conf_report_add(report, "cannot change the root directory: %s; start as root, or without --chroot",
				       strerror(errno));
	error = user_change(privileges);
	if (error)
		return conf_report_add(report, "cannot drop privileges and become user %u (capability step %d): %s",
				       (unsigned)privileges->user, error, strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return conf_report_add(report, "cannot set no_new_privs: %s", strerror(errno));
	return 0;
}

/* What a sanitizer reads: processes and programs. */
static int sanitizer_allow(const struct nat64d_landlock *landlock, struct conf_report *report)
{
	return nat64d_landlock_allow_path(landlock, "/proc", NAT64D_LANDLOCK_LIST, report) ||
			       nat64d_landlock_allow_path(landlock, "/usr", NAT64D_LANDLOCK_LIST, report) ||
			       nat64d_landlock_allow_beside(landlock, "/proc/self/exe", report) ?
		       -1 :
		       0;
}

/* While every folder can still be opened. */
static int landlock_make(struct nat64d_landlock *landlock, const struct nat64d_privileges *privileges,
			 struct conf_report *notices, struct conf_report *report)
{
	if (nat64d_landlock_begin(landlock, notices, report))
		return -1;
	if (!nat64d_landlock_allow(landlock, privileges->data, NAT64D_LANDLOCK_WRITE, report) &&
	    !nat64d_landlock_allow(landlock, privileges->sockets, NAT64D_LANDLOCK_REMOVE, report) &&
	    !nat64d_landlock_allow_beside(landlock, privileges->settings, report) &&
	    !nat64d_landlock_allow_beside(landlock, privileges->map_file, report) &&
	    (!SANITIZED || !sanitizer_allow(landlock, report)))
		return 0;
	nat64d_landlock_drop(landlock);
	return -1;
}

int nat64d_privileges_drop(const struct nat64d_privileges *privileges, struct conf_report *notices,
			   struct conf_report *report)
{
	struct nat64d_landlock landlock;

	if (landlock_make(&landlock, privileges, notices, report))
		return -1;
	if (user_become(privileges, report)) {
		nat64d_landlock_drop(&landlock);
		return -1;
	}
	return nat64d_landlock_close(&landlock, report) || nat64d_seccomp_restrict(notices, report) ? -1 : 0;
}

/* Hand a data-dir that was just made over. */
static int folder_give(const struct nat64d_privileges *privileges, int folder)
{
	return geteuid() == 0 && (fchown(folder, privileges->user, privileges->group) || fchmod(folder, 0750)) ? -1 : 0;
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
	return conf_report_add(report, "cannot open the folder %s: %s; create it, or name another with the directive %s",
			       path, strerror(errno), directive);
}

int nat64d_privileges_data_open(const struct nat64d_privileges *privileges, const char *path, struct conf_report *report)
{
	bool made;
	int folder = folder_open(path, &made);

	if (folder >= 0 && made && folder_give(privileges, folder))
		folder = folder_close(folder);
	return folder >= 0 ? folder : explain(path, "data-dir", report);
}

int nat64d_privileges_runtime_open(const struct nat64d_privileges *privileges, const char *path, int *sockets,
				   struct conf_report *report)
{
	bool made;
	int folder = folder_open(path, &made);

	if (folder < 0)
		return explain(path, "runtime-dir", report);
	*sockets = conf_runtime_sockets_open(folder, privileges->group);
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
