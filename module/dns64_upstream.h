/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An upstream that is a DNS64 itself: its addresses do not count. */
#ifndef MODULE_DNS64_UPSTREAM_H
#define MODULE_DNS64_UPSTREAM_H

#include <stdbool.h>
#include <time.h>

struct conf_settings;
struct dns_msg;
struct dns64_upstream;
struct module_qstate;
struct question;

/* What is known of the upstream: nothing yet. All threads share it. The settings outlive it. NULL without memory. */
struct dns64_upstream *splitdns_dns64_upstream_new(const struct conf_settings *settings);
void splitdns_dns64_upstream_free(struct dns64_upstream *upstream);

/*
 * Has the question, which is going to dns64, to wait until the upstream has been asked for its prefixes? True when the look-up is under way; once that
 * has ended, splitdns_dns64_upstream_asked() is to be called. After a second at most the question goes on by itself.
 */
bool splitdns_dns64_upstream_ask(struct dns64_upstream *upstream, struct module_qstate *qstate, struct question *question);
/* The question waits no longer, or is over. NULL: nothing. */
void splitdns_dns64_upstream_wait_end(struct question *question);
void splitdns_dns64_upstream_asked(struct dns64_upstream *upstream, time_t now);

/* Is it about the name that is asked for? Such a question waits for nothing. */
bool splitdns_dns64_upstream_question_is_ours(const struct module_qstate *qstate);

/*
 * An answer to AAAA that has just come in, and lies in no cache yet: take the prefixes out of that to the look-up, and the records inside of them out of all
 * others.
 */
void splitdns_dns64_upstream_examine(struct dns64_upstream *upstream, const struct module_qstate *qstate,
				     struct dns_msg *response);

#endif
