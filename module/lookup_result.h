/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the look-up of a real name found. */
#ifndef MODULE_LOOKUP_RESULT_H
#define MODULE_LOOKUP_RESULT_H

#include "module/counters.h"
#include "module/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct record;
struct wire_name;

/* The result, allocated in the region of the question that waits for it. */
struct lookup {
	int rcode;          /* NOERROR, NXDOMAIN, or SERVFAIL for everything that is no answer */
	time_t ttl;         /* the smallest of the whole chain, in seconds */
	enum reason reason; /* of SERVFAIL, and of a bogus answer */
	bool bogus;         /* DNSSEC validation failed: only for those who asked with CD */
	bool private;       /* must not be stored in the cache */
	struct wire_name *again; /* the name, when it has to be looked for again, by way of the validator; NULL: it is done */
	size_t count;
	struct record *records; /* of the type that was asked, at the end of the chain; addresses have their right length */
	size_t kept[COUNTERS_KEPT]; /* how many records of the look-up no client gets to see, to be counted */
};

#endif
