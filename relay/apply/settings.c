/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay.conf, read to be put in force: what its lines that say "auto" stand for (relay/apply/resolved_auto.c) is asked of tailscaled. */
#include "relay/apply/settings.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "relay/apply/active.h"
#include "relay/ask/tailnet.h"

#include <sys/stat.h>
#include <unistd.h>

/* What counted last. False: nothing is in force, or by other settings. */
static bool copy_ask(const struct conf_settings *settings, struct conf_tailnet *node)
{
	struct conf_settings *active = relay_active_read(settings->node.runtime_dir);

	if (active)
		*node = active->node.tailnet;
	conf_settings_free(active);
	return active;
}

/* Does it say all that the lines want to know? */
static bool is_enough(const struct conf_settings *settings, const struct conf_tailnet *node)
{
	struct conf_settings known = *settings; /* to look at: nothing of it is freed */

	known.node.tailnet = *node;
	return conf_tailnet_unknown(&known) == 0;
}

/* 0, or -1 with one message that names the line. */
static int node_find(const struct conf_settings *settings, bool patient, struct conf_tailnet *node,
		     struct conf_report *report)
{
	struct conf_report why = {0};
	struct conf_tailnet last;
	bool copied = copy_ask(settings, &last) && is_enough(settings, &last);
	int result = relay_tailnet_ask(settings->node.tailscale_socket, patient && !copied, node, &why);

	if (result == 0 && !is_enough(settings, node)) {
		conf_report_add(&why,
				"it does not know this node's addresses or MagicDNS suffix yet, see tailscale status");
		result = -1;
	}
	if (result != 0 && copied) {
		*node = last;
		result = 0;
	}
	if (result != 0)
		conf_report_add_at(report, settings->file, conf_tailnet_unknown(settings),
				   "\"" CONF_AUTO
				   "\" needs a value from tailscaled, but: %s; or write the value itself instead of \"" CONF_AUTO
				   "\"",
				   why.count > 0 && why.lines[0] ? why.lines[0] : "out of memory");
	conf_report_clear(&why);
	return result;
}

/* Who may write to the file has root run a program of theirs with the next reload. */
static struct conf_settings *writers_note(struct conf_settings *settings)
{
	struct stat status;

	if (settings && geteuid() == 0 && stat(settings->file, &status) == 0 && S_ISREG(status.st_mode) &&
	    (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0))
		conf_report_add(&settings->notices,
				"%s: users other than root may write to this file, which names programs that root runs: %s %s",
				settings->file, status.st_uid != 0 ? "chown root" : "chmod go-w", settings->file);
	return settings;
}

struct conf_settings *relay_settings_read(const char *path, bool patient, struct conf_report *report)
{
	struct conf_settings *settings = conf_settings_read(path, report), *known = NULL;
	struct conf_tailnet node;

	if (!settings || conf_tailnet_unknown(settings) == 0)
		return writers_note(settings);
	if (node_find(settings, patient, &node, report) == 0)
		known = conf_settings_read_as(path, &node, report);
	conf_settings_free(settings);
	return writers_note(known);
}
