/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who listens on a port of this machine. */
#ifndef KERNEL_LISTENERS_H
#define KERNEL_LISTENERS_H

#include "conf/settings.h"

#include <sys/types.h>

struct kernel_listener {
	bool tcp;                    /* else UDP */
	struct conf_address address; /* as bound: 0.0.0.0 and :: hold every address */
	unsigned port;
	unsigned long inode;
	pid_t pid;        /* 0: not known (a process of another user or namespace) */
	char program[64]; /* "systemd-resolve", or "" */
};

/*
 * Does a socket hold this address and port, so that another cannot bind it? TCP before UDP; a wildcard socket counts,
 * an IPv6 one for IPv4 too unless proven otherwise. 1 and the first such listener, 0 free, -1.
 */
int kernel_listener_find(const struct conf_address *address, unsigned port, struct kernel_listener *listener,
			 struct conf_report *report);

/*
 * Does a process of this program, as the kernel keeps its name, listen there by TCP? Reads the descriptors of such processes alone: those of all others, which
 * kernel_listener_find reads, may be many.
 */
bool kernel_listener_is_of(const struct conf_address *address, unsigned port, const char *program);

/* The reader of one line of /proc/net/{tcp,udp}{,6}. 1 filled in (pid and program not), 0 not a listener, -1 malformed. */
int kernel_listener_parse(const char *line, int family, bool tcp, struct kernel_listener *listener);

#endif
