/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no single line can tell: the settings as a whole. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

struct conf_report;
struct conf_settings;

/* Refuse completed settings, at the line of a directive. */
#define CONF_CONTRADICTION(keyword, ...)                                                                               \
	conf_report_add_at(report, settings->file, conf_settings_line(settings, keyword), __VA_ARGS__)

/* Look at completed settings for what contradicts itself. 0, or -1 with every contradiction in the report. */
int conf_check(const struct conf_settings *settings, struct conf_report *report);

/* Its parts, one a file: what a twin and who may use it, the icmp-pool, a probe, a gateway and an http-listen contradict. */
void conf_twin_check(const struct conf_settings *settings, struct conf_report *report);
void conf_twin6_check(const struct conf_settings *settings, struct conf_report *report);
void conf_icmp_check(const struct conf_settings *settings, struct conf_report *report);
/* A host is a name that clients ask for: it lies below a split domain, or the relay is a gateway for every name. */
void conf_probe_check(const struct conf_settings *settings, struct conf_report *report);
void conf_gateway_check(const struct conf_settings *settings, struct conf_report *report);
/* Every http-listen is loopback, an edge-address or an address of the tailnet, or says anywhere. */
void conf_http_check(const struct conf_settings *settings, struct conf_report *report);

/* What TAYGA takes and cannot work becomes a notice. */
void conf_tayga_check(struct conf_settings *settings);

#endif
