/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines for an unbound.conf of the user's own: all that the module needs, as in the generated file, and nothing that is the
 * user's business, as addresses, who may ask, sizes, whom Unbound becomes and how it is controlled.
 */
#include "unbound/lines.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/dns64.h"
#include "unbound/forward.h"
#include "unbound/module.h"
#include "unbound/reverse.h"

#include <string.h>

/* What no line of an unbound.conf can say. */
static void write_head(const struct conf_settings *settings, const char *file, FILE *stream)
{
	const char *module = settings->node.unbound_module;

	fprintf(stream,
		"# Lines for an unbound.conf of your own, made by nat64-relay from %s.\n"
		"# Put them at its end, and print them again when that file changes. This module-config replaces "
		"yours.\n"
		"#\n"
		"# Not here: interface and access-control. Listen on each edge-address, and allow each dns-client.\n"
		"#\n"
		"# The module reads %s when Unbound starts.",
		file, file);
	if (strcmp(file, RELAY_CONF_PATH) != 0)
		fprintf(stream,
			" The environment names the file, with systemd:\n"
			"#     systemctl edit unbound\n"
			"#     [Service]\n"
			"#     Environment=NAT64_RELAY_CONF=%s",
			file);
	fprintf(stream,
		"\n# The user that Unbound becomes must be able to read it and the module; so must its chroot have both (chroot: \"\" is none).\n"
		"# Where AppArmor confines Unbound, /etc/apparmor.d/local/usr.sbin.unbound needs these lines:\n"
		"#     %s r,\n#     %s mr,\n\n",
		file, module);
}

int unboundconf_lines_write(const struct conf_settings *settings, const char *file, FILE *stream, struct conf_report *report)
{
	if (!conf_settings_is_relay(settings))
		return conf_report_add(report, "%s: no split-domain: the lines serve the names of a split domain",
				       settings->file);
	write_head(settings, file, stream);
	fputs("server:\n", stream);
	unboundconf_module_write_server(settings, stream);
	unboundconf_forward_write_options(settings, stream);
	unboundconf_dns64_write_server(settings, stream);
	unboundconf_module_write_dynlib(settings, stream);
	unboundconf_dns64_write_views(settings, stream);
	unboundconf_forward_write_zones(settings, stream);
	unboundconf_reverse_write_forwarders(settings, stream);
	unboundconf_module_close_zones(settings, stream);
	return 0;
}
