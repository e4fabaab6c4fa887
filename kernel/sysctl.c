/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sysctls as files below /proc/sys, and a memory of those that we changed:
 *
 *   {"version": 1, "sysctls": [{"name": "net/ipv4/ip_forward", "before": "0", "set": "1"}, ...]}
 *
 * The memory is written before the sysctl, so that a crash between the two loses nothing. It lies in the runtime directory,
 * which a reboot empties, as it does the sysctls. An entry without "set" is one that the kernel changed along with another.
 *
 * The daemons' user may write to that directory too. So a memory that is not our own counts as none, and whatever it says, nothing
 * but the network's sysctls is put back: another's, as kernel.core_pattern, would be a way to become root.
 *
 * Forwarding: writing ip_forward sets the forwarding of every interface, and all/accept_redirects to its opposite; writing IPv6's
 * all/forwarding sets that of every interface (the kernel's ip-sysctl.rst). Putting the old value back writes them once more,
 * so what was unlike the old default must be put back after it: it is remembered behind it.
 */
#include "kernel/sysctl.h"

#include "conf/file.h"
#include "conf/json.h"
#include "conf/report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_VERSION 1

static const char *path_make(const struct kernel_sysctls *sysctls, const char *name, char *path, size_t size)
{
	int length = snprintf(path, size, "%s/%s", sysctls->root, name);

	return length > 0 && (size_t)length < size ? path : NULL;
}

int kernel_sysctl_read(const struct kernel_sysctls *sysctls, const char *name, char value[KERNEL_SYSCTL_VALUE])
{
	char path[4096];
	ssize_t length = -1;
	int fd = path_make(sysctls, name, path, sizeof(path)) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return -1;
	length = read(fd, value, KERNEL_SYSCTL_VALUE - 1);
	close(fd);
	if (length < 0)
		return -1;
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

bool kernel_sysctl_is(const struct kernel_sysctls *sysctls, const char *name, const char *value)
{
	char present[KERNEL_SYSCTL_VALUE];

	return kernel_sysctl_read(sysctls, name, present) == 0 && !strcmp(present, value);
}

bool kernel_sysctl_is_readonly(const struct kernel_sysctls *sysctls, const char *name)
{
	char path[4096];

	return path_make(sysctls, name, path, sizeof(path)) && access(path, W_OK) != 0 && errno == EROFS;
}

const char *kernel_sysctl_print(const char *name, char text[KERNEL_SYSCTL_NAME])
{
	size_t i;

	for (i = 0; i < KERNEL_SYSCTL_NAME - 1 && name[i]; i++)
		text[i] = name[i] == '/' ? '.' : name[i] == '.' ? '/' : name[i];
	text[i] = '\0';
	return text;
}

int kernel_sysctl_write(const struct kernel_sysctls *sysctls, const char *name, const char *value, struct conf_report *report)
{
	char path[4096], text[KERNEL_SYSCTL_NAME];
	int fd = path_make(sysctls, name, path, sizeof(path)) ? open(path, O_WRONLY | O_CLOEXEC | O_TRUNC) : -1;
	ssize_t written = fd < 0 ? -1 : write(fd, value, strlen(value));
	int error = errno;

	if (fd >= 0)
		close(fd);
	if (written == (ssize_t)strlen(value))
		return 0;
	return conf_report_add(report, "cannot set %s = %s: %s; run it as root, with a writable /proc/sys",
			       kernel_sysctl_print(name, text), value, strerror(error));
}

/* The list of the memory; an empty one when there is none or none that we understand. NULL: out of memory. */
static json_t *memory_read(const struct kernel_sysctls *sysctls)
{
	int fd = conf_file_open(sysctls->memory, O_RDONLY);
	json_auto_t *document = fd >= 0 ? json_loadfd(fd, 0, NULL) : NULL;
	json_t *list = json_object_get(document, "sysctls");

	if (fd >= 0)
		close(fd);

	if (conf_json_number(document, "version") != MEMORY_VERSION || !json_is_array(list))
		list = json_array();
	else
		json_incref(list);
	return list;
}

static int memory_write(const struct kernel_sysctls *sysctls, json_t *list, struct conf_report *report)
{
	json_auto_t *document = json_pack("{s:i, s:O}", "version", MEMORY_VERSION, "sysctls", list);
	char *text = document ? json_dumps(document, JSON_INDENT(1)) : NULL;
	int result = -1;

	if (text)
		result = conf_file_put(sysctls->memory, text, strlen(text), 0644, NULL, report);
	else
		conf_report_add(report, "out of memory");
	free(text);
	return result;
}

static bool memory_holds(const json_t *list, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		const char *known = json_string_value(json_object_get(entry, "name"));

		if (known && !strcmp(known, name))
			return true;
	}
	return false;
}

/* Add an entry unless the name is known. set may be NULL. */
static int memory_add(const struct kernel_sysctls *sysctls, const char *name, const char *set, struct conf_report *report)
{
	char before[KERNEL_SYSCTL_VALUE], text[KERNEL_SYSCTL_NAME];
	json_auto_t *list = memory_read(sysctls);
	int result = 0;

	if (kernel_sysctl_read(sysctls, name, before) < 0) {
		conf_report_add(report, "cannot read %s: %s", kernel_sysctl_print(name, text), strerror(errno));
		result = -1;
	} else if (!memory_holds(list, name)) {
		json_t *entry = json_pack("{s:s, s:s, s:s*}", "name", name, "before", before, "set", set);

		if (!entry || json_array_append_new(list, entry) < 0) {
			conf_report_add(report, "out of memory");
			result = -1;
		} else {
			result = memory_write(sysctls, list, report);
		}
	}
	return result;
}

int kernel_sysctl_claim(const struct kernel_sysctls *sysctls, const char *name, const char *value, struct conf_report *report)
{
	return memory_add(sysctls, name, value, report);
}

int kernel_sysctl_remember(const struct kernel_sysctls *sysctls, const char *name, struct conf_report *report)
{
	return memory_add(sysctls, name, NULL, report);
}

/* What we ever set: below net/ipv4, net/ipv6 and net/netfilter, and no way out of there. */
static bool name_is_network(const char *name)
{
	return (strncmp(name, "net/ipv4/", 9) == 0 || strncmp(name, "net/ipv6/", 9) == 0 ||
		strncmp(name, "net/netfilter/", 14) == 0) &&
	       !strstr(name, "..");
}

/* Put one value back. 1 done, 0 nothing to do, -1. */
static int entry_restore(const struct kernel_sysctls *sysctls, const json_t *entry, struct conf_report *report)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	const char *before = json_string_value(json_object_get(entry, "before"));
	const char *set = json_string_value(json_object_get(entry, "set"));
	char present[KERNEL_SYSCTL_VALUE];

	if (!name || !before || !name_is_network(name) || kernel_sysctl_read(sysctls, name, present) < 0)
		return 0; /* the interface is gone */
	if (!strcmp(present, before) || (set && strcmp(present, set)))
		return 0;
	return kernel_sysctl_write(sysctls, name, before, report) < 0 ? -1 : 1;
}

int kernel_sysctl_restore(const struct kernel_sysctls *sysctls, kernel_sysctl_observer *observer, void *context,
			  struct conf_report *report)
{
	char text[KERNEL_SYSCTL_NAME], what[KERNEL_SYSCTL_NAME + KERNEL_SYSCTL_VALUE + 4];
	json_auto_t *list = memory_read(sysctls);
	const json_t *entry;
	int result = 0;
	size_t i;

	json_array_foreach(list, i, entry) {
		int done = entry_restore(sysctls, entry, report);

		if (done < 0)
			result = -1;
		if (done <= 0 || !observer)
			continue;
		snprintf(what, sizeof(what), "%s = %s",
			 kernel_sysctl_print(json_string_value(json_object_get(entry, "name")), text),
			 json_string_value(json_object_get(entry, "before")));
		observer(context, what);
	}
	if (result == 0 && unlink(sysctls->memory) < 0 && errno != ENOENT) {
		conf_report_add(report, "cannot remove %s: %s", sysctls->memory, strerror(errno));
		result = -1;
	}
	return result;
}

#define REDIRECTS "net/ipv4/conf/all/accept_redirects"

/* Interfaces of the family that forward already, though the whole does not. */
static int interfaces_remember(const struct kernel_sysctls *sysctls, const char *family, const char *device,
			       struct conf_report *report)
{
	char path[4096], name[KERNEL_SYSCTL_NAME];
	const struct dirent *entry;
	DIR *directory;
	int result = 0;

	snprintf(path, sizeof(path), "%s/net/%s/conf", sysctls->root, family);
	directory = opendir(path);
	while (directory && result == 0 && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "all") || !strcmp(entry->d_name, device))
			continue;
		snprintf(name, sizeof(name), "net/%s/conf/%.32s/forwarding", family, entry->d_name);
		if (kernel_sysctl_is(sysctls, name, "1"))
			result = kernel_sysctl_remember(sysctls, name, report);
	}
	if (directory)
		closedir(directory);
	return result;
}

int kernel_forwarding_set(const struct kernel_sysctls *sysctls, const char *name, const char *device,
			  struct conf_report *report)
{
	const char *family = strstr(name, "ipv6") ? "ipv6" : "ipv4";

	if (kernel_sysctl_claim(sysctls, name, "1", report) < 0 || interfaces_remember(sysctls, family, device, report) < 0)
		return -1;
	if (!strcmp(family, "ipv4") && kernel_sysctl_is(sysctls, REDIRECTS, "0") &&
	    kernel_sysctl_remember(sysctls, REDIRECTS, report) < 0)
		return -1;
	return kernel_sysctl_write(sysctls, name, "1", report);
}
