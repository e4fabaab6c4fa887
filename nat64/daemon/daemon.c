/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64d between its start and its end.
 *
 * Start: lock the runtime folder, read the leases, attach to the device, open the control socket; then give up every
 * right, and only then start the workers. From there on the workers translate, and the main thread does everything else in
 * one loop: signals, the file of leases, the control socket, and every TICK seconds a look at device and leases.
 *
 * Nothing that comes in ends the daemon: not packets, not questions, not a file of leases, not a full disk. It ends by a
 * signal, or when the device is gone.
 */
#include "nat64/daemon/daemon.h"

#include "conf/clock.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/systemd.h"
#include "nat64/daemon/answer.h"
#include "nat64/daemon/device.h"
#include "nat64/daemon/fastpath.h"
#include "nat64/daemon/fastpath_start.h"
#include "nat64/pool/lock.h"
#include "nat64/pool/lease_writer.h"
#include "nat64/tayga/launch.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "conf/log.h"
#include "nat64/tayga/options.h"
#include "nat64/daemon/packetlog.h"
#include "nat64/pool/pool.h"
#include "nat64/daemon/pool_watch.h"
#include "nat64/daemon/reload.h"
#include "nat64/daemon/privileges.h"
#include "nat64/daemon/server.h"
#include "nat64/daemon/state.h"
#include "nat64/daemon/watchdog.h"
#include "nat64/daemon/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define TICK_SECONDS      10
#define QUEUES_BY_DEFAULT 8 /* a queue costs memory, and this is past what one relay's line carries */

struct daemon {
	char *file;             /* of the settings, absolute: it is read again by a reload */
	struct options options; /* config is file */
	const struct log *log;
	struct nat64d_privileges privileges;
	int runtime_folder, sockets_folder, data_folder, lock;
	struct device device;
	struct nat64_lease_writer writer;
	struct worker_shared shared;
	struct packetlog packetlog;
	struct watchdog watchdog;
	struct worker *workers[DEVICE_QUEUES_MAX];
	struct answer_source source;
	struct server *server; /* NULL without a runtime folder */
	int signals, tick;
	struct pool_watch pool_watch;
};

#define say(daemon, ...)                   conf_log_print((daemon)->log, LOG_INFO, __VA_ARGS__)
#define event(daemon, priority, name, ...) conf_log_event((daemon)->log, priority, name, NULL, __VA_ARGS__)

/* What is in a report, which is then empty. */
static void report_log(const struct daemon *daemon, struct conf_report *report)
{
	conf_log_report(daemon->log, LOG_NOTICE, report);
}

static const struct conf_settings *settings_of(const struct daemon *daemon)
{
	return daemon->shared.state->settings;
}

/* Before the workers start: the leases, made of the settings and the file. */
static int nat64_leases_open(struct daemon *daemon, struct conf_report *report)
{
	struct state *state = daemon->shared.state;
	struct conf_report notices = {0};
	int count;

	if (!state->settings->translation.has_dynamic_pool)
		return 0;
	state->leases = nat64_pool_make(state->settings);
	if (!state->leases)
		return conf_report_add(report, "out of memory for the dynamic pool");
	if (daemon->data_folder < 0) {
		say(daemon, "leases do not survive a restart: add a data-dir to %s", state->settings->file);
		return 0;
	}
	count = nat64_leasefile_read(daemon->data_folder, state->leases, state->settings, nat64_leasefile_clock_read(),
				     &notices);
	report_log(daemon, &notices);
	if (count > 0)
		say(daemon, "%d leases read from %s/" LEASEFILE_NAME, count, state->settings->node.data_dir);
	return 0;
}

static int runtime_folder_open(struct daemon *daemon, struct conf_report *report)
{
	const struct conf_settings *settings = settings_of(daemon);

	if (!settings->node.runtime_dir)
		return 0;
	daemon->runtime_folder = nat64d_privileges_runtime_open(&daemon->privileges, settings->node.runtime_dir,
								&daemon->sockets_folder, report);
	if (daemon->runtime_folder < 0)
		return -1;
	daemon->lock = nat64_lock_lock(geteuid() == 0 ? daemon->runtime_folder : daemon->sockets_folder,
				       settings->translation.tun_device, report);
	return daemon->lock < 0 ? -1 : 0;
}

static int folders_open(struct daemon *daemon, struct conf_report *report)
{
	const struct conf_settings *settings = settings_of(daemon);

	if (runtime_folder_open(daemon, report))
		return -1;
	if (!settings->node.data_dir)
		return 0;
	daemon->data_folder = nat64d_privileges_data_open(&daemon->privileges, settings->node.data_dir, report);
	if (daemon->options.change_root)
		daemon->privileges.root = daemon->data_folder;
	return daemon->data_folder < 0 ? -1 : 0;
}

/* One queue a processor that we may run on, up to a bound, unless the settings say how many. */
static unsigned queue_count(const struct conf_settings *settings)
{
	cpu_set_t processors;
	unsigned count = settings->translation.workers;

	if (!count && !sched_getaffinity(0, sizeof(processors), &processors))
		count = (unsigned)CPU_COUNT(&processors);
	else if (!count)
		count = 1;
	if (!settings->translation.workers && count > QUEUES_BY_DEFAULT)
		count = QUEUES_BY_DEFAULT;
	return count < DEVICE_QUEUES_MAX ? count : DEVICE_QUEUES_MAX;
}

static int device_prepare(struct daemon *daemon, struct conf_report *report)
{
	const struct device_request request = {
		.name = settings_of(daemon)->translation.tun_device,
		.queues = queue_count(settings_of(daemon)),
		.no_offloads = daemon->options.no_offloads,
		.owner = daemon->privileges.user,
		.group = daemon->privileges.group,
	};
	int mtu;

	if (nat64d_device_open(&daemon->device, &request, report) ||
	    nat64d_launch_device_configure(settings_of(daemon), report))
		return -1;
	nat64d_device_settle(&daemon->device);
	if (daemon->device.single && request.queues > 1)
		say(daemon, "device %s has one queue: one worker", daemon->device.name);
	if (daemon->device.created && !settings_of(daemon)->translation.tun.up)
		say(daemon,
		    "created device %s; bring it up and route the prefix and the pool to it, as `nat64-relay up` does",
		    daemon->device.name);
	mtu = nat64d_device_mtu(&daemon->device);
	daemon->shared.mtu = mtu > 0 ? (unsigned)mtu : 1500;
	return 0;
}

/* The descriptors that wake the main loop and the workers. Signals are blocked from here on. */
static int events_open(struct daemon *daemon, struct conf_report *report)
{
	static const int known[] = {SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGHUP, SIGPIPE};
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		sigaddset(&signals, known[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (nat64d_packetlog_open(&daemon->packetlog, report))
		return -1;
	daemon->shared.packetlog = daemon->packetlog.write;
	daemon->signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	daemon->tick = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	daemon->shared.leased = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	daemon->shared.failed = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (daemon->signals >= 0 && daemon->tick >= 0 && daemon->shared.leased >= 0 && daemon->shared.failed >= 0)
		return 0;
	return conf_report_add(report, "cannot open the descriptors of the main loop: %s", strerror(errno));
}

static int workers_make(struct daemon *daemon, struct conf_report *report)
{
	daemon->shared.device = &daemon->device;
	for (unsigned i = 0; i < daemon->device.queue_count; i++) {
		daemon->workers[i] = nat64d_worker_new(&daemon->shared, i, report);
		if (!daemon->workers[i])
			return -1;
		daemon->source.worker_count = i + 1;
	}
	return 0;
}

/* The leases that are written to disk; NULL: none are. */
static struct leases *nat64_leases_kept(const struct daemon *daemon)
{
	return daemon->data_folder < 0 ? NULL : daemon->shared.state->leases;
}

/* Read the settings again, and have everything that is not a worker follow. 0, or -1 with messages: all is as before. */
static int settings_reload(void *context, struct conf_report *report)
{
	struct daemon *daemon = context;
	const struct leases *leases = daemon->shared.state->leases;
	struct conf_settings *settings = nat64d_launch_settings_read(&daemon->options, report);
	int refused;

	if (!settings)
		return -1;
	report_log(daemon, &settings->notices);
	fastpath_pause(daemon->shared.fastpath);
	refused = nat64d_reload(&daemon->shared.state, settings, report);
	fastpath_follow(&daemon->shared);
	if (refused)
		return -1;
	if (daemon->shared.state->leases != leases)
		daemon->pool_watch.refused = 0; /* the new pool counts from the start */
	nat64_lease_writer_change(&daemon->writer, nat64_leases_kept(daemon), settings_of(daemon));
	event(daemon, LOG_NOTICE, "RELOAD", "translating with the new settings of %s", daemon->file);
	fastpath_room_check(&daemon->shared, daemon->log);
	return 0;
}

static int server_prepare(struct daemon *daemon, struct conf_report *report)
{
	daemon->source.state = &daemon->shared.state;
	daemon->source.shared = &daemon->shared;
	daemon->source.device = &daemon->device;
	daemon->source.workers = daemon->workers;
	daemon->source.reload = settings_reload;
	daemon->source.context = daemon;
	daemon->source.started = nat64_leasefile_clock_read().steady;
	if (!settings_of(daemon)->node.runtime_dir)
		return 0;
	daemon->server = nat64d_server_open(settings_of(daemon)->node.runtime_dir, &daemon->privileges,
					    nat64d_answer_make, &daemon->source, report);
	if (daemon->server && nat64d_server_descriptor(daemon->server) < 0)
		say(daemon, "this nat64d is built without a control socket (jansson): only signals reach it");
	return daemon->server ? 0 : -1;
}

/* What is needed from here on is open, or lies in these folders. */
static int rights_give_up(struct daemon *daemon, struct conf_report *report)
{
	struct conf_report notices = {0};
	int failed;

	daemon->privileges.data = daemon->data_folder;
	daemon->privileges.sockets = daemon->sockets_folder;
	daemon->privileges.settings = daemon->file;
	daemon->privileges.map_file = settings_of(daemon)->translation.map_file;
	failed = nat64d_privileges_drop(&daemon->privileges, &notices, report);
	report_log(daemon, &notices);
	return failed;
}

static int daemon_prepare(struct daemon *daemon, struct conf_report *report)
{
	if (nat64d_privileges_find(&daemon->privileges, settings_of(daemon)->node.user, daemon->options.group, report) ||
	    folders_open(daemon, report) || nat64_leases_open(daemon, report) || device_prepare(daemon, report) ||
	    events_open(daemon, report))
		return -1;
	if (fastpath_start(&daemon->shared, daemon->device.name, report) || workers_make(daemon, report) ||
	    server_prepare(daemon, report) || rights_give_up(daemon, report))
		return -1;
	fastpath_begin(&daemon->shared, daemon->log);
	nat64_lease_writer_init(&daemon->writer, daemon->data_folder, nat64_leases_kept(daemon), settings_of(daemon),
				conf_clock_ms(CLOCK_BOOTTIME));
	return 0;
}

/* From any working folder the same. A link is followed anew by each reload: the relay's leads to the settings that are active then. */
static char *absolute_path(const char *path)
{
	char *folder = *path != '/' ? getcwd(NULL, 0) : strdup(""), *whole;

	if (!folder || asprintf(&whole, "%s%s%s", folder, *folder ? "/" : "", path) < 0)
		whole = NULL;
	free(folder);
	return whole;
}

struct daemon *nat64d_daemon_open(struct conf_settings *settings, const struct options *options, const struct log *log,
				  struct conf_report *report)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	struct state *state = daemon ? nat64d_state_new(settings, NULL, report) : NULL;

	if (!state) {
		conf_report_add(report, "cannot start: out of memory");
		conf_settings_free(settings);
		free(daemon);
		return NULL;
	}
	daemon->shared.state = state;
	daemon->log = log;
	daemon->options = *options;
	daemon->file = absolute_path(settings->file);
	if (daemon->file)
		daemon->options.config = daemon->file;
	daemon->runtime_folder = daemon->sockets_folder = daemon->data_folder = daemon->lock = daemon->signals =
		daemon->tick = -1;
	daemon->packetlog.read = -1;
	daemon->shared.leased = daemon->shared.failed = daemon->device.control = -1;
	if (!daemon_prepare(daemon, report))
		return daemon;
	nat64d_daemon_close(daemon);
	return NULL;
}

static void nat64_leases_store(struct daemon *daemon)
{
	struct conf_report report = {0};

	if (nat64_lease_writer_write(&daemon->writer, conf_clock_ms(CLOCK_BOOTTIME), &report) > 0 && daemon->options.debug)
		say(daemon, "leases written to %s/" LEASEFILE_NAME, settings_of(daemon)->node.data_dir);
	report_log(daemon, &report);
}

/* 0, or -1 when the device is gone. */
static int tick_handle(struct daemon *daemon)
{
	uint64_t ticks;
	int mtu = nat64d_device_mtu(&daemon->device);

	if (read(daemon->tick, &ticks, sizeof(ticks)) < 0)
		return 0;
	nat64d_watchdog_poll(&daemon->watchdog, daemon->workers, daemon->source.worker_count, daemon->log);
	if (daemon->shared.state->leases)
		nat64d_pool_watch_poll(&daemon->pool_watch, daemon->shared.state->leases, daemon->log);
	if (mtu <= 0)
		return -1;
	__atomic_store_n(&daemon->shared.mtu, (unsigned)mtu, __ATOMIC_RELAXED);
	fastpath_mtu_set(daemon->shared.fastpath, (unsigned)mtu);
	return 0;
}

/* systemd is told that, and until when, this takes (sd_notify(3)). */
static void hangup_handle(struct daemon *daemon)
{
	struct conf_report report = {0};
	char reloading[64];

	snprintf(reloading, sizeof(reloading), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		 conf_clock_ns(CLOCK_MONOTONIC) / 1000);
	conf_systemd_notify(reloading);
	nat64_leases_store(daemon);
	if (settings_reload(daemon, &report)) {
		report_log(daemon, &report);
		event(daemon, LOG_ERR, "RELOAD", "the new settings are refused; translating with the old ones");
	}
	conf_systemd_notify("READY=1");
}

/* True when it is time to end. */
static bool signals_handle(struct daemon *daemon)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (!end && read(daemon->signals, &info, sizeof(info)) == sizeof(info)) {
		end = info.ssi_signo != SIGHUP && info.ssi_signo != SIGPIPE;
		if (info.ssi_signo == SIGHUP)
			hangup_handle(daemon);
		if (end)
			event(daemon, LOG_INFO, "STOP", "Exiting on signal %u", info.ssi_signo);
	}
	return end;
}

/* Look at the device every TICK_SECONDS, and as often as systemd's watchdog wants to hear of us. */
static void tick_start(struct daemon *daemon)
{
	uint64_t every = nat64d_watchdog_interval(TICK_SECONDS * UINT64_C(1000000));
	struct itimerspec timer;

	timer.it_interval = (struct timespec){(time_t)(every / 1000000), (long)(every % 1000000) * 1000};
	timer.it_value = timer.it_interval;
	timerfd_settime(daemon->tick, 0, &timer, NULL);
}

/* Until the end: 0 by a signal, -1 when the device is gone. */
static int loop_run(struct daemon *daemon)
{
	struct pollfd wait[] = {
		{.fd = daemon->signals, .events = POLLIN},
		{.fd = daemon->tick, .events = POLLIN},
		{.fd = daemon->shared.leased, .events = POLLIN},
		{.fd = daemon->shared.failed, .events = POLLIN},
		{.fd = daemon->server ? nat64d_server_descriptor(daemon->server) : -1, .events = POLLIN},
		{.fd = daemon->packetlog.read, .events = POLLIN},
	};
	eventfd_t ignored;

	for (;;) {
		if (poll(wait, sizeof(wait) / sizeof(*wait),
			 nat64_lease_writer_delay(&daemon->writer, conf_clock_ms(CLOCK_BOOTTIME))) < 0)
			continue;
		if (wait[0].revents && signals_handle(daemon))
			return 0;
		if (wait[3].revents || (wait[1].revents && tick_handle(daemon)))
			return -1;
		if (wait[2].revents)
			eventfd_read(daemon->shared.leased, &ignored);
		if (wait[4].revents)
			nat64d_server_run(daemon->server);
		if (wait[5].revents)
			nat64d_packetlog_print(&daemon->packetlog, daemon->log, conf_clock_ms(CLOCK_BOOTTIME) / 1000);
		if (!nat64_lease_writer_delay(&daemon->writer, conf_clock_ms(CLOCK_BOOTTIME)))
			nat64_leases_store(daemon);
	}
}

int nat64d_daemon_start(struct daemon *daemon, struct conf_report *report)
{
	for (unsigned i = 0; i < daemon->source.worker_count; i++)
		if (nat64d_worker_start(daemon->workers[i], report))
			return -1;
	tick_start(daemon);
	nat64d_announce_start(daemon->log, settings_of(daemon), &daemon->device);
	return 0;
}

int nat64d_daemon_run(struct daemon *daemon, struct conf_report *report)
{
	int result;

	conf_systemd_notify("READY=1");
	result = loop_run(daemon);
	conf_systemd_notify("STOPPING=1");
	if (result)
		conf_report_add(report, "device %s is gone: create it again with `nat64-relay up`", daemon->device.name);
	return result;
}

static void descriptor_close(int descriptor)
{
	if (descriptor >= 0)
		close(descriptor);
}

void nat64d_daemon_close(struct daemon *daemon)
{
	if (!daemon)
		return;
	__atomic_store_n(&daemon->shared.stop, true, __ATOMIC_RELAXED);
	nat64d_device_release(&daemon->device);
	for (unsigned i = 0; i < daemon->source.worker_count; i++)
		nat64d_worker_free(daemon->workers[i]);
	if (daemon->writer.leases)
		nat64_leases_store(daemon);
	fastpath_end(&daemon->shared);
	nat64d_server_close(daemon->server);
	nat64d_packetlog_close(&daemon->packetlog);
	nat64d_device_close(&daemon->device);
	nat64_leases_free(daemon->shared.state->leases);
	nat64d_state_free(daemon->shared.state);
	free(daemon->file);
	descriptor_close(daemon->signals);
	descriptor_close(daemon->tick);
	descriptor_close(daemon->shared.leased);
	descriptor_close(daemon->shared.failed);
	descriptor_close(daemon->data_folder);
	descriptor_close(daemon->lock);
	descriptor_close(daemon->sockets_folder);
	descriptor_close(daemon->runtime_folder);
	free(daemon);
}
