/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine has and does already. Routes and addresses come from kernel/, processes from /proc. */
#include "relay/host/machine.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "kernel/address.h"
#include "kernel/route.h"
#include "relay/host/choose.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct taken_walk {
	const char *device;
	struct relay_taken *taken;
};

bool relay_machine_route_is_ours(const struct conf_settings *settings, const struct kernel_route *route)
{
	return strcmp(route->device, settings->translation.tun_device) == 0 ||
	       strcmp(route->device, settings->node.overlay_interface) == 0;
}

const char *relay_machine_route_print(const struct kernel_route *route, char text[RELAY_ROUTE_TEXT])
{
	char to[CONF_PREFIX_TEXT];

	conf_prefix_print(&route->to, to);
	snprintf(text, RELAY_ROUTE_TEXT, "%s%s%s", to, route->device[0] != '\0' ? " dev " : "", route->device);
	return text;
}

static int route_is_taken(void *context, const struct kernel_route *route)
{
	struct taken_walk *walk = context;
	char by[RELAY_ROUTE_TEXT];

	if (route->to.family != AF_INET || route->type == RTN_BROADCAST || route->type == RTN_MULTICAST)
		return 0;
	if (walk->device && strcmp(route->device, walk->device) == 0)
		return 0;
	return relay_taken_add(walk->taken, &route->to.v4, relay_machine_route_print(route, by)) == 0 ? 0 : 1;
}

int relay_machine_taken(const char *device, struct relay_taken *taken, struct conf_report *report)
{
	struct taken_walk walk = {device, taken};
	const struct conf_prefix4 shared = conf_special_shared_space();

	if (relay_taken_add(taken, &shared, CONF_TAILNET4 " of Tailscale") != 0)
		return -1;
	return kernel_route_walk(route_is_taken, &walk, report) == 0 ? 0 : -1;
}

const char *relay_machine_address_print(const struct conf_address *address, char *text)
{
	return inet_ntop(address->family, &address->v6, text, INET6_ADDRSTRLEN);
}

struct addresses_walk {
	const char *device;
	char *text;
	size_t size;
};

static int address_append(void *context, const struct kernel_address *address)
{
	struct addresses_walk *walk = context;
	size_t length = strlen(walk->text);
	char one[INET6_ADDRSTRLEN];

	if (strcmp(address->device, walk->device) == 0)
		snprintf(walk->text + length, walk->size - length, "%s%s", length > 0 ? " and " : "",
			 relay_machine_address_print(&address->address, one));
	return 0;
}

const char *relay_machine_addresses(const char *device, char *text, size_t size)
{
	struct addresses_walk walk = {device, text, size};

	text[0] = '\0';
	kernel_address_walk(address_append, &walk, CONF_REPORT_DISCARD);
	if (text[0] == '\0')
		snprintf(text, size, "no address");
	return text;
}

const char *relay_machine_process_name(pid_t pid, char *text, size_t size)
{
	char path[32];
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	stream = fopen(path, "re");
	if (!stream || !fgets(text, (int)size, stream))
		snprintf(text, size, "a process");
	if (stream)
		fclose(stream);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* The kernel keeps 15 octets of a program's name. */
static void manager_append(const char *comm, char *text, size_t size)
{
	static const char *const managers[] = {"systemd-networkd", "NetworkManager", "firewalld", "dhcpcd", "connmand",
					       "netplan",          "keepalived",     "bird",      "zebra",  "dockerd"};

	for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++)
		if (strncmp(comm, managers[i], 15) == 0 && !strstr(text, managers[i]))
			snprintf(text + strlen(text), size - strlen(text), "%s%s", *text != '\0' ? ", " : "", managers[i]);
}

const char *relay_machine_managers(char *text, size_t size)
{
	const struct dirent *entry;
	DIR *processes = opendir("/proc");
	char comm[32];

	text[0] = '\0';
	while (processes && (entry = readdir(processes)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			manager_append(
				relay_machine_process_name((pid_t)strtol(entry->d_name, NULL, 10), comm, sizeof(comm)),
				text, size);
	if (processes)
		closedir(processes);
	return text;
}

/* Was it started from the file that lay there before an upgrade put another in its place? The kernel says where the file lay, and that it is gone. */
static bool process_is_older(const char *link, const char *program)
{
	char file[PATH_MAX], older[PATH_MAX + sizeof(" (deleted)")], text[sizeof(older)] = "";

	if (!realpath(program, file) || readlink(link, text, sizeof(text) - 1) < 0)
		return false;
	snprintf(older, sizeof(older), "%s (deleted)", file);
	return strcmp(text, older) == 0;
}

bool relay_machine_process_runs(pid_t pid, const char *program)
{
	struct stat running, file;
	char link[32];

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	if (stat(link, &running) != 0 || stat(program, &file) != 0)
		return false;
	return (running.st_dev == file.st_dev && running.st_ino == file.st_ino) || process_is_older(link, program);
}

bool relay_machine_process_is_of(pid_t pid, const char *unit)
{
	char path[32], line[512];
	bool found = false;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	stream = fopen(path, "re");
	while (stream && !found && fgets(line, sizeof(line), stream)) {
		const char *last = strrchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		found = last && strcmp(last + 1, unit) == 0;
	}
	if (stream)
		fclose(stream);
	return found;
}
