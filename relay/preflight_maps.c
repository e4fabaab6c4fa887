// SPDX-License-Identifier: GPL-2.0-or-later
// The check before up that looks at maps and the translator's own address: no IPv4 address of this machine may be one of them.
// The kernel keeps what is sent to its own addresses, so that nothing would ever reach the translator, and takes what the
// translator sends from one for forged. A map of a whole network may hold one: the others work. And the
// map-file must be there to be read for the daemons' user.
#include "relay/preflight.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/address.h"
#include "relay/machine.h"

#include <arpa/inet.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void address_check(const struct conf_settings *settings, unsigned line, const char *keyword, struct in_addr address,
			  struct conf_report *report)
{
	const struct conf_address own = {.family = AF_INET, .v4 = address};
	char device[IF_NAMESIZE], text[INET6_ADDRSTRLEN];

	if (kernel_address_owner(&own, device, report) == 1)
		conf_report_add_at(report, settings->file, line, "%s %s is this machine's own address, on %s, and never comes to the translator: "
				   "take another%s", keyword, relay_machine_address_print(&own, text), device,
				   strcmp(keyword, "map") == 0 ? ", and lead single ports to it by DNAT (nat64d(8), USES)" : "");
}

/* As the daemons' user sees it: neither nat64d nor Unbound would start with settings whose map-file they cannot read. */
static bool file_is_readable(const char *path, const struct passwd *user)
{
	pid_t child;
	int status = 0;

	fflush(NULL);
	child = fork();
	if (child == 0) /* who is not root cannot change, and is told so elsewhere */
		_exit(setgroups(0, NULL) == 0 && setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0 && access(path, R_OK) != 0);
	return child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 0;
}

static void file_check(const struct conf_settings *settings, struct conf_report *report)
{
	const struct passwd *user = settings->map_file != NULL ? getpwnam(settings->user) : NULL;

	if (user != NULL && !file_is_readable(settings->map_file, user))
		conf_report_add_at(report, settings->file, conf_settings_line(settings, "map-file"),
				   "map-file %s cannot be read by user %s, whom the daemons become: chmod a+r, and a+x for the folders above", settings->map_file,
				   settings->user);
}

void relay_preflight_maps(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	file_check(settings, report);
	address_check(settings, conf_settings_line(settings, "ipv4-addr"), "ipv4-addr", settings->ipv4_address, report);
	for (size_t i = 0; i < settings->map_count; i++)
		if (settings->maps[i].v4.length == 32)
			address_check(settings, settings->maps[i].line, "map", settings->maps[i].v4.address, report);
}
