/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one line of relay.conf holds, where it is more than a word: the entries of the settings' lists, by topic. */
#ifndef CONF_ENTRIES_H
#define CONF_ENTRIES_H

#include "conf/entries_dns.h"
#include "conf/entries_translation.h"
#include "conf/prefix.h"

/* What tailscaled says of this node, which "auto" stands for. */
enum { CONF_TAILNET_ADDRESSES = 8 };
struct conf_tailnet {
	struct conf_address addresses[CONF_TAILNET_ADDRESSES];
	unsigned address_count; /* 0: not known */
	char suffix[256];       /* MagicDNS', without dots at its ends; "": not known */
};

/* http-listen ADDRESS[:PORT] [anywhere] */
struct conf_http_listener {
	struct conf_address address; /* not with is_auto, which stands for every edge-address */
	unsigned port;
	unsigned line;
	bool is_auto;
	bool anywhere; /* loopback and overlay are not asked for */
};

/* A word of probe HOST|ADDRESS... */
struct conf_probe {
	char *text; /* a name in lower case, or the address */
	struct conf_address address;
	unsigned line;
	bool is_address;
};

#endif
