/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands of nat64-relay: what main's table holds. */
#ifndef RELAY_COMMAND_H
#define RELAY_COMMAND_H

#include "relay/cli/command.h"

struct conf_report;
struct conf_settings;

int relay_init(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_up(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_reload(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_diff(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_down(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_run(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_watch(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_status(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_metrics(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_unbound_lines(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_check(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_trace(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_clients(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_maps(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_counters(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_flush(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_clat(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_client_rules(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_compare(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_detect(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_tailnet(const struct relay_command *command, const char *config, int argc, char **argv);

/* What diff asks of reload: add a message for each directive that differs and takes a restart. 0, or -1. */
int relay_reload_check(const struct conf_settings *old, const struct conf_settings *settings, struct conf_report *report);

#endif
