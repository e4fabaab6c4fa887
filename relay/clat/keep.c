/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of `clat up`: plan, compare, put in place; again when the kernel tells of a link, an address or a route, when a router advertises, when the
 * translator ended, and every ten seconds. Nobody is waited for meanwhile but the resolver, three seconds a question.
 */
#include "relay/clat/keep.h"

#include "relay/clat/clat.h"
#include "relay/clat/place.h"
#include "relay/clat/plan.h"

#include "conf/file.h"
#include "conf/json.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/tree.h"
#include "kernel/monitor.h"
#include "relay/cli/command.h"
#include "relay/cli/print.h"
#include "relay/host/clock.h"
#include "relay/host/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
	POLL_MS = 10000,
	RETRY_MS = 5000,
	SETTLE_MS = 200,
	ADVERT_MS = 600, /* a router answers within half a second (RFC 4861 6.2.6) */
	SOLICIT_MS = 4000,
	SOLICIT_MAX_MS = 3600000,
};

json_t *relay_clat_state(const struct relay_clat *clat)
{
	int fd = conf_file_open(clat->state, O_RDONLY);
	json_t *state = fd >= 0 ? json_loadfd(fd, 0, NULL) : NULL;

	if (fd >= 0)
		close(fd);
	return state;
}

/* For a user that may not read the lock: the process that the state names, while there is one. */
static pid_t keeper_by_state(const struct relay_clat *clat)
{
	json_auto_t *state = relay_clat_state(clat);
	pid_t pid = (pid_t)conf_json_number(state, "pid");

	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

pid_t relay_clat_pid(const struct relay_clat *clat)
{
	int fd = conf_file_open(clat->lock, O_RDONLY);
	pid_t pid = 0;

	if (fd < 0)
		return errno == EACCES ? keeper_by_state(clat) : 0;
	if (flock(fd, LOCK_SH | LOCK_NB) != 0)
		pid = conf_lock_pid(fd);
	close(fd);
	return pid;
}

static int lock_acquire(const struct relay_clat *clat, struct conf_report *report)
{
	int fd;

	if ((conf_file_parents_make(clat->lock, report)) != 0)
		return -1;
	fd = open(clat->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); /* root's alone, so that nobody else can hold it */
	if (fd >= 0 && conf_lock_acquire(fd) == 0)
		return fd;
	conf_report_add(report,
			errno == EWOULDBLOCK ? "the CLAT is up already: nat64-relay clat status" : "cannot lock %s: %s",
			clat->lock, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void state_write(const struct relay_clat *clat, const struct relay_clat_plan *plan)
{
	char prefix[CONF_PREFIX_TEXT], address6[INET6_ADDRSTRLEN], address4[INET_ADDRSTRLEN];
	json_auto_t *state = json_pack("{s:i, s:b, s:s}", "pid", (int)getpid(), "up", clat->plan.wanted, "why", plan->why);
	char *text;

	if (clat->plan.wanted)
		json_object_update_new(
			state,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "prefix",
				  conf_prefix6_print(&clat->plan.prefix, prefix), "source", clat->plan.source,
				  "address6", inet_ntop(AF_INET6, &clat->plan.address6, address6, sizeof(address6)),
				  "address4", inet_ntop(AF_INET, &clat->plan.address4, address4, sizeof(address4)),
				  "uplink", clat->plan.uplink, "mtu", (int)clat->plan.mtu, "metric", (int)clat->metric));
	text = json_dumps(state, JSON_COMPACT);
	if (text)
		conf_file_put(clat->state, text, strlen(text), 0644, NULL, CONF_REPORT_DISCARD);
	free(text);
}

/* Routers answer to all hosts of the link: so they are asked at intervals that double, as the kernel asks them (RFC 7559). */
static void routers_ask(struct relay_clat *clat)
{
	if (clat->adverts < 0 || relay_clock_ms() < clat->solicit_due)
		return;
	relay_pref64_solicit(clat->adverts);
	clat->solicit_delay = clat->solicit_delay == 0                 ? SOLICIT_MS :
			      clat->solicit_delay * 2 < SOLICIT_MAX_MS ? clat->solicit_delay * 2 :
									 SOLICIT_MAX_MS;
	clat->solicit_due = relay_clock_ms() + clat->solicit_delay;
}

/* One round: what should be, and what is to be done for it. */
static void step(struct relay_clat *clat, struct relay_clat_plan *last)
{
	struct relay_clat_plan plan;
	struct conf_report report = {0};
	char prefix[CONF_PREFIX_TEXT];

	relay_clat_plan(clat, &plan);
	if (!relay_clat_plan_equals(&plan, &clat->plan) ||
	    (plan.wanted && (clat->child.pid == 0 || relay_clat_repair(clat, &plan, &report) != 0))) {
		relay_clat_unplace(clat);
		conf_report_clear(&report);
		if (plan.wanted && relay_clat_place(clat, &plan, &report) != 0)
			snprintf(plan.why, sizeof(plan.why), "%.190s",
				 report.count > 0 && report.lines[0] ? report.lines[0] : "out of memory");
		else if (plan.wanted)
			relay_print_event(LOG_NOTICE, "CLAT", NULL, "IPv4 through %s (%s) over %s",
					  conf_prefix6_print(&plan.prefix, prefix), plan.source, plan.uplink);
	}
	if (*plan.why && strcmp(plan.why, last->why) != 0)
		relay_print_event(LOG_NOTICE, "CLAT", NULL, "no IPv4 now: %s", plan.why);
	if (plan.lacks_prefix)
		routers_ask(clat);
	else if (!plan.wanted)
		relay_clat_restore(clat); /* where there is IPv4 already, or no network, the host is no router */
	*last = plan;
	state_write(clat, &plan);
	conf_report_clear(&report);
}

static int end(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct relay_clat *clat = context;

	(void)source;
	(void)info;
	clat->is_ending = true;
	return 0;
}

/* The interfaces without a link, of one datagram of notices. */
static void links_read(struct relay_clat *clat, const char *datagram, size_t length)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)datagram;

	for (int left = (int)length; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);

		if ((message->nlmsg_type == RTM_NEWLINK || message->nlmsg_type == RTM_DELLINK) &&
		    mnl_nlmsg_get_payload_len(message) >= sizeof(*link) && link->ifi_family == AF_UNSPEC &&
		    (message->nlmsg_type == RTM_DELLINK || !(link->ifi_flags & IFF_RUNNING)))
			relay_clat_link_lost(clat, (unsigned)link->ifi_index);
	}
}

/* An address and its routes come one by one. */
static int events_read(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct relay_clat *clat = context;
	_Alignas(struct nlmsghdr) char buffer[8192];
	ssize_t length;

	(void)source;
	(void)events;
	while ((length = recv(fd, buffer, sizeof(buffer), 0)) >= 0 || errno == ENOBUFS)
		links_read(clat, buffer, length > 0 ? (size_t)length : 0);
	relay_timer_hasten(clat->loop, &clat->timer, SETTLE_MS);
	return 0;
}

static int adverts_read(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct relay_pref64 found[RELAY_PREF64_MAX];
	struct relay_clat *clat = context;
	bool changed = false;
	size_t count;

	(void)source;
	(void)events;
	while (relay_pref64_receive(fd, found, &count))
		changed |= relay_clat_advertised(clat, found, count);
	if (changed)
		relay_timer_hasten(clat->loop, &clat->timer, 0);
	return 0;
}

static void sources_open(struct relay_clat *clat)
{
	int events = kernel_monitor_open(NETLINK_ROUTE, kernel_monitor_groups);

	relay_loop_signal(clat->loop, SIGTERM, end, clat);
	relay_loop_signal(clat->loop, SIGINT, end, clat);
	if (events >= 0)
		sd_event_add_io(clat->loop, NULL, events, EPOLLIN, events_read, clat);
	clat->adverts = relay_pref64_open();
	if (clat->adverts < 0)
		return;
	sd_event_add_io(clat->loop, NULL, clat->adverts, EPOLLIN, adverts_read, clat);
	routers_ask(clat);
	relay_loop_wait(clat->loop, relay_clock_ms() + ADVERT_MS);
}

static void loop_run(struct relay_clat *clat)
{
	struct relay_clat_plan last = {0};
	bool ready = false;

	for (; !clat->is_ending; sd_event_run(clat->loop, UINT64_MAX)) {
		if (!relay_timer_is_due(clat->timer) && (!clat->plan.wanted || clat->child.pid != 0))
			continue;
		relay_timer_set(clat->loop, &clat->timer, POLL_MS);
		step(clat, &last);
		if (!clat->plan.wanted)
			relay_timer_hasten(clat->loop, &clat->timer, RETRY_MS);
		if (!ready)
			sd_notify(0, "READY=1");
		ready = true;
	}
}

int relay_clat_keep(struct relay_clat *clat, struct conf_report *report)
{
	int lock;
	char data[RELAY_CLAT_PATH + 8];

	lock = lock_acquire(clat, report);
	if (lock < 0)
		return RELAY_EXIT_REFUSED;
	clat->loop = relay_loop_new();
	if (!clat->loop) {
		conf_report_add(report, "out of memory");
		return RELAY_EXIT_FAILED;
	}
	snprintf(data, sizeof(data), "%s/data", clat->runtime);
	mkdir(data, 0755);
	relay_clat_settle(clat);
	sources_open(clat);
	loop_run(clat);
	sd_notify(0, "STOPPING=1");
	relay_clat_unplace(clat);
	relay_clat_restore(clat);
	unlink(clat->state);
	clat->loop = sd_event_unref(clat->loop);
	return RELAY_EXIT_OK;
}

/* The folder, unless somebody else has a file there: no file goes but a CLAT's, which has no leases in data. */
static void folder_remove(const struct relay_clat *clat)
{
	static const char *const names[] = {"log", CONF_RUNTIME_NAT64D_SOCKET, CONF_RUNTIME_UNBOUND_SOCKET,
					    CONF_RUNTIME_NAT64D_LOCK};
	const char *const written[] = {clat->settings, clat->memory, clat->state};
	int folder = open(clat->runtime, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char begun[RELAY_CLAT_PATH + 8];

	if (folder < 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(folder, names[i], 0);
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		snprintf(begun, sizeof(begun), "%s" CONF_FILE_BEGUN, written[i]);
		unlink(begun);
	}
	unlinkat(folder, "data", AT_REMOVEDIR);
	conf_tree_remove(folder, CONF_RUNTIME_SOCKETS, folder);
	close(folder);
	unlink(clat->lock);
	rmdir(clat->runtime);
}

int relay_clat_clear(struct relay_clat *clat, struct conf_report *report)
{
	int lock;

	if (access(clat->lock, F_OK) != 0) /* a folder without it is another program's */
		return RELAY_EXIT_OK;
	lock = lock_acquire(clat, report);
	if (lock < 0)
		return RELAY_EXIT_FAILED;
	relay_clat_settle(clat);
	relay_clat_restore(clat);
	folder_remove(clat);
	close(lock);
	return RELAY_EXIT_OK;
}
