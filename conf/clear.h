/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is freed of a directive: the clear of its row of the directive table. */
#ifndef CONF_CLEAR_H
#define CONF_CLEAR_H

struct conf_directive;
struct conf_settings;

typedef void conf_clear(const struct conf_directive *directive, struct conf_settings *settings);

/* The allocated pointer at directive->offset. */
conf_clear conf_clear_pointer, conf_clear_networks;

/* Lists whose entries own something, and directives with two lists. */
conf_clear conf_clear_split_domains, conf_clear_upstreams, conf_clear_policies, conf_clear_discoveries;
conf_clear conf_clear_prefixes;

#endif
