/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands of nat64-relay: what main's table holds. */
#ifndef RELAY_COMMAND_H
#define RELAY_COMMAND_H

/* Exit codes of every subcommand; check gives REFUSED a wider meaning (nat64-relay(8)). */
enum relay_exit {
	RELAY_EXIT_OK = 0,
	RELAY_EXIT_FAILED = 1,  /* begun, and went wrong on the way */
	RELAY_EXIT_REFUSED = 2, /* bad input: nothing was changed */
};

struct relay_command {
	const char *name;
	const char *arguments; /* as the manual writes them */
	const char *help;
	/* argv[0] is the subcommand's name; config is the settings file named before it. Returns an enum relay_exit. */
	int (*run)(const struct relay_command *command, const char *config, int argc, char **argv);
};

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
int relay_clients(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_maps(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_counters(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_flush(const struct relay_command *command, const char *config, int argc, char **argv);
int relay_detect(const struct relay_command *command, const char *config, int argc, char **argv);

#endif
