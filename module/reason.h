/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why an answer is not what the client may have hoped for: extended DNS errors (RFC 8914). */
#ifndef MODULE_REASON_H
#define MODULE_REASON_H

enum reason {
	REASON_NONE,
	REASON_NOT_RELAYED, /* the real name has addresses, and the relay forwards to none of them */
	REASON_OUTSIDE_TWIN, /* the relay forwards to addresses of it, and none of these is in the network that the twin stands for */
	REASON_TOO_LONG,         /* the real name would have more than 255 octets */
	REASON_TOO_MANY_LABELS,  /* more than name-labels allows */
	REASON_LOOP,             /* the real name would lie below a split domain again */
	REASON_ALIAS_LOOP,       /* an alias leads to a name that the module answers */
	REASON_ALIAS_TOO_LONG,   /* a DNAME would make a name of more than 255 octets */
	REASON_TOO_MANY_ALIASES, /* more than Unbound follows; they may be a loop */
	REASON_SILENT,           /* no upstream answers */
	REASON_REFUSED,          /* the upstream may not be asked */
	REASON_BROKEN,           /* the upstream says that it failed */
	REASON_GARBLED,          /* the upstream's answer makes no sense */
	REASON_REMEMBERED,       /* it failed a moment ago, and is not tried again yet */
	REASON_BOGUS,            /* DNSSEC validation failed */
	REASON_OTHER,            /* no memory, ... */
	REASONS
};

#endif
