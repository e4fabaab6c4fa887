/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay-http: started by nat64-relay run, or as nat64-relay-http.service, with the folder of the snapshot and the user to become.
 *
 * It waits for the first snapshot, opens the sockets that it names, and gives up every privilege: from there on it reads that folder and answers on what it
 * accepts, without a way to open a socket of its own. Other addresses want other sockets, and those a new process: it ends, and who keeps it starts it again.
 *
 * nat64d's list of system calls (nat64/daemon/seccomp.c) leaves it its control socket and its leases. The server runs as the same user and has neither: these calls are refused here,
 * by a filter of its own that comes before the other. Each filter that a process has can only take away.
 */
#include "config.h"

#include "conf/report.h"
#include "conf/file.h"
#include "http/listen.h"
#include "http/routes.h"
#include "nat64/daemon/privileges.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

enum { EXIT_BROKEN = 2, WAIT_MS = 500 };

static volatile sig_atomic_t stopping;

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

static const json_t *addresses_of(const struct http_site *site)
{
	return json_object_get(site->snapshot.root, "listen");
}

/* Wait until the relay says where to listen. False: told to end. */
static bool addresses_await(struct http_site *site)
{
	while (!stopping && json_array_size(addresses_of(site)) == 0)
		if (!http_snapshot_read(&site->snapshot))
			poll(NULL, 0, WAIT_MS);
	return !stopping;
}

static const char *const refused_calls[] = {
	"socket",    "socketpair", "connect", "bind",      "listen",   "sendmmsg", "rename",
	"renameat",  "renameat2",  "unlink",  "unlinkat",  "mkdir",    "mkdirat",  "symlink",
	"symlinkat", "link",       "linkat",  "ftruncate", "truncate", "chmod",    "fchmod",
	"fchmodat",  "chown",      "fchown",  "lchown",    "fchownat", "execve",   "execveat",
};

static int filter_fill(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(refused_calls) / sizeof(refused_calls[0]) && !error; i++) {
		int call = seccomp_syscall_resolve_name(refused_calls[i]);

		if (call != __NR_SCMP_ERROR)
			error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 0);
	}
	return error;
}

/* From here on there is no new socket, no connection to anybody, and no change of a file. 0, also where the kernel has no filter of system calls; -1 with a message. */
static int seal(struct conf_report *report)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = filter ? filter_fill(filter) : -ENOMEM;

	if (!error) {
		seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* else all that the kernel says is ECANCELED */
		error = seccomp_load(filter);
	}
	seccomp_release(filter);
	if (!error || error == -EINVAL || error == -ENOSYS) /* nat64d_privileges_drop says so */
		return 0;
	return conf_report_add(report, "cannot restrict the system calls: %s", strerror(-error));
}

static int privileges_drop(const struct http_site *site, const char *user)
{
	struct conf_report notices = {0}, report = {0};
	struct nat64d_privileges privileges;
	int failed = nat64d_privileges_find(&privileges, user, NULL, &report);

	privileges.settings = site->snapshot.path;
	failed = failed || seal(&report) || nat64d_privileges_drop(&privileges, &notices, &report);
	conf_report_print(&notices, "nat64-relay-http", stderr);
	conf_report_print(&report, "nat64-relay-http", stderr);
	conf_report_clear(&notices);
	conf_report_clear(&report);
	return failed ? -1 : 0;
}

/* Until it is told to end, or the addresses are others. */
static void serve(struct http_site *site, struct http_servers *servers)
{
	json_auto_t *addresses = json_deep_copy(addresses_of(site));

	http_history_add(&site->history, site->snapshot.root);

	while (!stopping && json_equal(addresses, addresses_of(site))) {
		http_servers_turn(servers);
		if (http_snapshot_read(&site->snapshot))
			http_history_add(&site->history, site->snapshot.root);
	}
	if (!stopping)
		puts("nat64-relay-http: http-listen has changed: starting again");
}

static int run(struct http_site *site, const char *user)
{
	static struct http_servers servers;
	int failed;

	if (!addresses_await(site))
		return EXIT_SUCCESS;
	site->look = http_reach_request_open(site->snapshot.path);
	failed = http_servers_open(&servers, addresses_of(site), site) > 0 && servers.count == 0;
	if (!failed)
		sd_notify(1, "READY=1");
	if (!failed && privileges_drop(site, user) == 0)
		serve(site, &servers);
	else
		failed = 1;
	http_servers_close(&servers);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct sigaction end = {.sa_handler = stop};
	static struct http_site site;
	int exit_code;

	if (!conf_standard_open())
		return EXIT_FAILURE;
	if (argc != 3 || argv[1][0] != '/') {
		fputs("usage: nat64-relay-http SNAPSHOT USER\n\nServes the page of a relay: nat64-relay starts it, see http-listen in relay.conf(5).\n",
		      stderr);
		return EXIT_BROKEN;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	site.snapshot.path = strdup(argv[1]);
	exit_code = site.snapshot.path ? run(&site, argv[2]) : EXIT_FAILURE;
	http_snapshot_clear(&site.snapshot);
	return exit_code;
}
