/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was put back is counted and logged; what is taken away again and again is a conflict. */
#include "relay/watch/repairs.h"

#include "conf/log.h"
#include "relay/cli/print.h"
#include "relay/host/machine.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

enum { RECENT_MS = 500 };

const char *relay_repair_kind_text(enum relay_repair_kind kind)
{
	static const char *const texts[] = {"device", "address", "route", "rule",
					    "sysctl", "table",   "file",  "advertised"};

	return texts[kind];
}

void relay_repair_suspect(struct relay_repair *repair, pid_t pid, const char *name, uint64_t now)
{
	char found[32];

	if (pid > 0 && *name == '\0')
		name = relay_machine_process_name(pid, found, sizeof(found));
	if (pid <= 0 || strcmp(name, "a process") == 0) /* it has ended since */
		return;
	snprintf(repair->by, sizeof(repair->by), "%s", name);
	repair->by_pid = pid;
	repair->by_time = now;
}

/* For the journal: what was taken away, whether it is put back, and by whom it was gone. */
static struct conf_log_fields fields_of(const struct relay_repair *repair, enum relay_repair_kind kind,
					const char *what, const char *repaired, bool known)
{
	struct conf_log_fields fields = {.count = 0};

	conf_log_field(&fields, "NAT64_KIND=%s", relay_repair_kind_text(kind));
	conf_log_field(&fields, "NAT64_ITEM=%s", what);
	conf_log_field(&fields, "NAT64_REPAIRED=%s", repaired);
	if (known) {
		conf_log_field(&fields, "NAT64_BY=%s", repair->by);
		conf_log_field(&fields, "NAT64_BY_PID=%d", (int)repair->by_pid);
	}
	return fields;
}

/* " (pid 4711)" behind a name. */
static const char *pid_print(const struct relay_repair *repair, bool known, char text[24])
{
	text[0] = '\0';
	if (known)
		snprintf(text, 24, " (pid %d)", (int)repair->by_pid);
	return text;
}

static void conflict_print(const struct relay_repair *repair, enum relay_repair_kind kind, const char *what)
{
	bool known = *repair->by != '\0';
	struct conf_log_fields fields = fields_of(repair, kind, what, kind == RELAY_REPAIR_TABLE ? "yes" : "later", known);
	char managers[160], pid[24], often[64];

	relay_machine_managers(managers, sizeof(managers));
	if (kind == RELAY_REPAIR_TABLE)
		snprintf(often, sizeof(often), "at once each time");
	else
		snprintf(often, sizeof(often), "less and less often, finally every %d minutes",
			 RELAY_BACKOFF_MAX_MS / 60000);
	relay_print_event(LOG_WARNING, "CONFLICT", &fields,
			  "another program keeps removing: %s. It is restored %s. Last seen: %s%s%s%s", what, often,
			  known ? repair->by : "nobody by name", pid_print(repair, known, pid),
			  *managers != '\0' ? "; running here: " : "", managers);
}

void relay_repair_log(struct relay_repair *repair, enum relay_repair_kind kind, const char *what, const char *how,
		      uint64_t now)
{
	unsigned times = relay_backoff_note(&repair->backoff, what, now);
	bool known = *repair->by != '\0' && now - repair->by_time < RECENT_MS;
	struct conf_log_fields fields = fields_of(repair, kind, what, "yes", known);
	char pid[24];

	repair->counts[kind]++;
	if (times == RELAY_BACKOFF_FREE + 1)
		conflict_print(repair, kind, what);
	else if (times <= RELAY_BACKOFF_FREE)
		relay_print_event(LOG_NOTICE, "REPAIR", &fields, "put back: %s (%s%s%s%s)", what, how,
				  known ? ", by " : "", known ? repair->by : "", pid_print(repair, known, pid));
}
