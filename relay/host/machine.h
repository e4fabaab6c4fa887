/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine has and does already: networks in use, processes. */
#ifndef RELAY_HOST_MACHINE_H
#define RELAY_HOST_MACHINE_H

#include "conf/address.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conf_address;
struct conf_report;
struct conf_settings;
struct kernel_route;
struct relay_taken;

/* Gather the IPv4 routes of all tables, but those to `device` (may be NULL), and 100.64.0.0/10. 0, or -1. */
int relay_machine_taken(const char *device, struct relay_taken *taken, struct conf_report *report);

/* The addresses of a link as "100.64.0.1 and fd7a::1", or "no address". Returns text. */
const char *relay_machine_addresses(const char *device, char *text, size_t size);

/* Does the route lead to our device, or into the overlay? */
bool relay_machine_route_is_ours(const struct conf_settings *settings, const struct kernel_route *route);

/* "192.168.240.0/20 dev eth0". Returns text. */
#define RELAY_ROUTE_TEXT (CONF_PREFIX_TEXT + IF_NAMESIZE + 8)
const char *relay_machine_route_print(const struct kernel_route *route, char text[RELAY_ROUTE_TEXT]);

/* The name of a process, "a process" when it cannot be told. Returns text. */
const char *relay_machine_process_name(pid_t pid, char *text, size_t size);

/* Which programs that manage networks or firewalls run here: "systemd-networkd, ufw"; "" none. Returns text. */
const char *relay_machine_managers(char *text, size_t size);

/* Does the process run this program file, or the one that lay there before an upgrade? */
bool relay_machine_process_runs(pid_t pid, const char *program);

/* Does the process belong to this unit of systemd? By its control group. */
bool relay_machine_process_is_of(pid_t pid, const char *unit);

/* An address as text; returns text, of INET6_ADDRSTRLEN octets. */
const char *relay_machine_address_print(const struct conf_address *address, char *text);

#endif
