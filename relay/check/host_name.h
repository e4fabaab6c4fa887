/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two names of a host behind the relay. */
#ifndef RELAY_CHECK_HOST_NAME_H
#define RELAY_CHECK_HOST_NAME_H

struct conf_settings;
struct conf_split_domain;

enum { RELAY_HOST_NAME_ROOM = 600 };

struct relay_host_name {
	char split[RELAY_HOST_NAME_ROOM], real[RELAY_HOST_NAME_ROOM]; /* "my-vps.9929", "my-vps.tail1234.ts.net" */
	const struct conf_split_domain *domain;
};

/*
 * The names of what a person has typed: either of the two, or the host alone, which is put before the first split domain. given: lower case, without
 * a dot at its end (conf_domain_parse). The settings have a split domain.
 */
void relay_host_name_make(const struct conf_settings *settings, const char *given, struct relay_host_name *host);

#endif
