/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no single line can tell: the settings as a whole, completed and checked. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/* Refuse completed settings, at the line of a directive. */
#define CONF_CONTRADICTION(keyword, ...)                                                                               \
	conf_report_add_at(report, settings->file, conf_settings_line(settings, keyword), __VA_ARGS__)

/* Look at completed settings for what contradicts itself. 0, or -1 with every contradiction in the report. */
int conf_check(const struct conf_settings *settings, struct conf_report *report);

/* Its parts, one a file: what a twin and who may use it, a probe, a gateway and an http-listen contradict. */
void conf_twin_check(const struct conf_settings *settings, struct conf_report *report);
void conf_twin6_check(const struct conf_settings *settings, struct conf_report *report);
/* A host is a name that clients ask for: it lies below a split domain, or the relay is a gateway for every name. */
void conf_probe_check(const struct conf_settings *settings, struct conf_report *report);
void conf_gateway_check(const struct conf_settings *settings, struct conf_report *report);
/* Every http-listen is loopback, an edge-address or an address of the tailnet, or says anywhere. */
void conf_http_check(const struct conf_settings *settings, struct conf_report *report);

/* A route of advertise-prefix that is none of ours may be on purpose. It becomes a notice: clients would send what nobody translates. */
void conf_advertised_note(struct conf_settings *settings);

/*
 * Choose ipv4-addr, device-address and ipv6-addr where the file has none. All maps are there already. An address that cannot be chosen
 * stays zero. False when out of memory.
 */
bool conf_own_complete(struct conf_settings *settings);

/* Is there an address in the dynamic-pool that can be lent? */
bool conf_own_leaves_some(const struct conf_settings *settings);

/* What TAYGA takes and cannot work becomes a notice. */
void conf_tayga_check(struct conf_settings *settings);

#endif
