/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses are this machine's own at this moment: the kernel is asked. */
#ifndef MODULE_LOCAL_ADDRESS_H
#define MODULE_LOCAL_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

/* A conversation with the kernel: begun by the first question, ended by splitdns_local_address_close(). For one thread. */
struct local_address {
	int fd; /* -1: not begun */
};

#define LOCAL_ADDRESS_NEW                                                                                              \
	{                                                                                                              \
		-1                                                                                                     \
	}

/* Would a packet to the address be taken by this machine itself, or go to everybody on a link: an interface's own address, a directed
 * broadcast, a multicast group? False where the kernel cannot be asked. Takes some microseconds, and never waits. */
bool splitdns_local_address_has(struct local_address *local, struct in_addr address);
bool local_address_has6(struct local_address *local, const struct in6_addr *address);

void splitdns_local_address_close(struct local_address *local);

/* Close what is kept between conversations. No other thread is in one. */
void splitdns_local_address_forget(void);

#endif
