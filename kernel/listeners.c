/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a port is free is tried, by binding it; who holds it is read, in /proc/net and then in the descriptors of every
 * process. Binding settles what the list does not show: whether a socket on :: serves IPv6 alone.
 */
#include "kernel/listeners.h"

#include "conf/report.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The states of /proc/net (the kernel's include/net/tcp_states.h): a listening TCP socket, an unconnected UDP socket. */
#define STATE_LISTEN 0x0a
#define STATE_CLOSE  0x07

/* The kernel prints addresses as 32-bit words of its own byte order. */
static int address_parse(const char *text, int family, struct conf_address *address)
{
	uint32_t words[4] = {0};
	size_t count = family == AF_INET ? 1 : 4;

	if (strlen(text) != count * 8)
		return -1;
	for (size_t i = 0; i < count; i++) {
		char word[9] = "";

		memcpy(word, text + i * 8, 8);
		words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	memset(address, 0, sizeof(*address));
	address->family = family;
	memcpy(&address->v4, words, count * sizeof(words[0]));
	return 0;
}

int kernel_listener_parse(const char *line, int family, bool tcp, struct kernel_listener *listener)
{
	char local[33];
	unsigned port, peer_port, state;
	unsigned long inode;

	memset(listener, 0, sizeof(*listener));
	/* sl local:port peer:port state queues timer retransmits uid timeout inode */
	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%x %x %*s %*s %*s %*s %*s %lu", local, &port,
		   &peer_port, &state, &inode) != 5)
		return -1;
	if (address_parse(local, family, &listener->address) < 0)
		return -1;
	listener->tcp = tcp;
	listener->port = port;
	listener->inode = inode;
	return state == (tcp ? STATE_LISTEN : STATE_CLOSE) && peer_port == 0;
}

static bool is_any(const struct conf_address *address)
{
	return address->family == AF_INET ? address->v4.s_addr == INADDR_ANY : IN6_IS_ADDR_UNSPECIFIED(&address->v6);
}

/* Does a socket on `bound` hold `wanted`? */
static bool covers(const struct conf_address *bound, const struct conf_address *wanted)
{
	if (bound->family == wanted->family)
		return is_any(bound) || is_any(wanted) ||
		       (wanted->family == AF_INET ? bound->v4.s_addr == wanted->v4.s_addr :
						    IN6_ARE_ADDR_EQUAL(&bound->v6, &wanted->v6));
	if (bound->family == AF_INET6 && wanted->family == AF_INET)
		return is_any(bound) || (IN6_IS_ADDR_V4MAPPED(&bound->v6) &&
					 !memcmp(&bound->v6.s6_addr[12], &wanted->v4, sizeof(wanted->v4)));
	return false;
}

static int file_search(const char *path, int family, bool tcp, const struct conf_address *address, unsigned port,
		       struct kernel_listener *found)
{
	char line[512];
	FILE *file = fopen(path, "re");
	int result = 0;

	while (file && !result && fgets(line, sizeof(line), file)) {
		result = kernel_listener_parse(line, family, tcp, found) == 1 && found->port == port &&
			 covers(&found->address, address);
	}
	if (file)
		fclose(file);
	return result;
}

static bool descriptor_is(const char *path, unsigned long inode)
{
	char wanted[64], target[64];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return false;
	target[length] = '\0';
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	return !strcmp(target, wanted);
}

static bool process_holds(const char *pid, unsigned long inode)
{
	char path[64], link[128];
	const struct dirent *entry;
	bool found = false;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	directory = opendir(path);
	while (directory && !found && (entry = readdir(directory))) {
		snprintf(link, sizeof(link), "%s/%.20s", path, entry->d_name);
		found = descriptor_is(link, inode);
	}
	if (directory)
		closedir(directory);
	return found;
}

static void program_read(pid_t pid, char *program, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (!file || !fgets(program, (int)size, file))
		program[0] = '\0';
	program[strcspn(program, "\n")] = '\0';
	if (file)
		fclose(file);
}

static bool process_is(const char *pid, const char *program)
{
	char name[64];

	program_read((pid_t)strtol(pid, NULL, 10), name, sizeof(name));
	return !strcmp(name, program);
}

/* Which process has the socket, of this program or, NULL, of any? Left 0 when none that we may look into. */
static void process_find(struct kernel_listener *listener, const char *program)
{
	const struct dirent *entry;
	DIR *directory = opendir("/proc");

	while (directory && !listener->pid && (entry = readdir(directory))) {
		if (isdigit((unsigned char)entry->d_name[0]) && (!program || process_is(entry->d_name, program)) &&
		    process_holds(entry->d_name, listener->inode))
			listener->pid = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	if (directory)
		closedir(directory);
	if (listener->pid)
		program_read(listener->pid, listener->program, sizeof(listener->program));
}

/* 1 free, 0 taken, -1 cannot tell. IP_FREEBIND: an address that the machine does not have yet is tried all the same. */
static int bind_try(const struct conf_address *address, unsigned port, int type)
{
	struct sockaddr_storage storage = {.ss_family = (sa_family_t)address->family};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;
	int on = 1, result, fd = socket(address->family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (address->family == AF_INET) {
		v4->sin_addr = address->v4;
		v4->sin_port = htons((uint16_t)port);
	} else {
		v6->sin6_addr = address->v6;
		v6->sin6_port = htons((uint16_t)port);
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (type == SOCK_STREAM) /* connections that linger do not matter */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	result = bind(fd, (const struct sockaddr *)&storage, address->family == AF_INET ? sizeof(*v4) : sizeof(*v6)) == 0 ?
			 1 :
		 errno == EADDRINUSE ? 0 :
				       -1;
	close(fd);
	return result;
}

static bool files_search(const struct conf_address *address, unsigned port, bool tcp, struct kernel_listener *listener)
{
	return file_search(tcp ? "/proc/net/tcp" : "/proc/net/udp", AF_INET, tcp, address, port, listener) ||
	       file_search(tcp ? "/proc/net/tcp6" : "/proc/net/udp6", AF_INET6, tcp, address, port, listener);
}

/* Search both families' files of one protocol: 1 and the listener, 0 free. Held by what the files do not show: 1, inode 0. */
static int protocol_search(const struct conf_address *address, unsigned port, bool tcp, struct kernel_listener *listener)
{
	int unused = bind_try(address, port, tcp ? SOCK_STREAM : SOCK_DGRAM);

	if (unused == 1)
		return 0;
	if (files_search(address, port, tcp, listener)) {
		process_find(listener, NULL);
		return 1;
	}
	*listener = (struct kernel_listener){.tcp = tcp, .address = *address, .port = port};
	return unused == 0;
}

int kernel_listener_find(const struct conf_address *address, unsigned port, struct kernel_listener *listener,
			 struct conf_report *report)
{
	if (access("/proc/net/udp", R_OK) < 0)
		return conf_report_add(report, "cannot read /proc/net/udp: %s; is /proc mounted?", strerror(errno));
	return protocol_search(address, port, true, listener) || protocol_search(address, port, false, listener);
}

bool kernel_listener_is_of(const struct conf_address *address, unsigned port, const char *program)
{
	struct kernel_listener listener;

	if (!files_search(address, port, true, &listener))
		return false;
	process_find(&listener, program);
	return listener.pid != 0;
}
