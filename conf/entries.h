/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one line of relay.conf holds, where it is more than a word: the entries of the settings' lists, by topic. */
#ifndef CONF_ENTRIES_H
#define CONF_ENTRIES_H

#include "conf/entries_dns.h"
#include "conf/entries_translation.h"

#include <netinet/in.h>

/* An address of either family. */
struct conf_address {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

#endif
