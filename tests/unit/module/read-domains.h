/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's view of settings, for tests. */
#ifndef TESTS_READ_DOMAINS_H
#define TESTS_READ_DOMAINS_H

struct split_domains;

/* What splitdns_split_domains_new makes of the text of a relay.conf; the test fails with the first message when it is refused. */
struct split_domains *read_domains(const char *text);

#endif
