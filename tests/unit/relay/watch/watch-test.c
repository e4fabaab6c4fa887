/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of watch that need no machine: the back-off, health, jobs, and which netlink events concern us. */
#include "conf/reader.h"
#include "conf/settings.h"
#include "kernel/monitor.h"
#include "kernel/netlink.h"
#include "kernel/route.h"
#include "nftables/monitor.h"
#include "nftables/nftables.h"
#include "relay/watch/backoff.h"
#include "relay/host/clock.h"
#include "relay/host/job.h"
#include "relay/host/loop.h"
#include "relay/watch/health.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUTE "route fd64::/96 dev nat64"

/* --- back-off --- */

/* It goes at once, and is put back as soon as that is allowed: when? */
static uint64_t conflict_round(struct relay_backoff *backoff, uint64_t now, unsigned expected)
{
	if (!relay_backoff_permits(backoff, ROUTE, now)) {
		now = relay_backoff_next(backoff, now);
		assert_true(relay_backoff_permits(backoff, ROUTE, now));
	}
	assert_int_equal(relay_backoff_note(backoff, ROUTE, now), expected);
	return now;
}

static void a_conflict_is_repaired_ever_more_rarely(void **state)
{
	struct relay_backoff backoff = {0};
	uint64_t now = 1000, last = now;
	unsigned count = 0;

	(void)state;
	while (count < RELAY_BACKOFF_FREE)
		assert_int_equal(conflict_round(&backoff, now, ++count), now); /* at once */
	assert_int_equal(relay_backoff_conflicts(&backoff, now), 0);
	assert_int_equal(conflict_round(&backoff, now, ++count), now);
	assert_int_equal(relay_backoff_conflicts(&backoff, now), 1);
	for (uint64_t delay = RELAY_BACKOFF_FIRST_MS; delay < RELAY_BACKOFF_MAX_MS; delay *= 2) {
		last = now;
		now = conflict_round(&backoff, now, ++count);
		assert_int_equal(now - last, delay);
	}
	for (int i = 0; i < 3; i++) {
		last = now;
		now = conflict_round(&backoff, now, ++count);
		assert_int_equal(now - last, RELAY_BACKOFF_MAX_MS);
	}
	relay_backoff_clear(&backoff);
}

static void peace_is_forgotten(void **state)
{
	struct relay_backoff backoff = {0};
	uint64_t now = 1000;

	(void)state;
	for (unsigned count = 1; count <= RELAY_BACKOFF_FREE + 4; count++)
		now = conflict_round(&backoff, now, count);
	now += RELAY_BACKOFF_QUIET_MS - 1;
	assert_int_equal(conflict_round(&backoff, now, RELAY_BACKOFF_FREE + 5), now); /* the delay is over, the conflict is not */
	now += RELAY_BACKOFF_QUIET_MS;
	assert_int_equal(relay_backoff_conflicts(&backoff, now), 0);
	assert_int_equal(conflict_round(&backoff, now, 1), now);
	relay_backoff_clear(&backoff);
}

/* Missing for long, because nobody may put it back yet, is no peace. */
static void waiting_is_no_peace(void **state)
{
	struct relay_backoff backoff = {0};
	uint64_t now = 1000;

	(void)state;
	for (unsigned count = 1; count <= RELAY_BACKOFF_FREE + 9; count++)
		now = conflict_round(&backoff, now, count);
	assert_false(relay_backoff_permits(&backoff, ROUTE, now + 1));
	now += RELAY_BACKOFF_QUIET_MS * 4;
	assert_false(relay_backoff_permits(&backoff, ROUTE, now - RELAY_BACKOFF_QUIET_MS));
	assert_int_equal(relay_backoff_conflicts(&backoff, now), 1);
	relay_backoff_clear(&backoff);
}

static void each_thing_has_its_own_count(void **state)
{
	struct relay_backoff backoff = {0};
	uint64_t now = 1000;

	(void)state;
	assert_int_equal(relay_backoff_next(&backoff, now), UINT64_MAX);
	for (unsigned count = 1; count <= RELAY_BACKOFF_FREE + 1; count++)
		conflict_round(&backoff, now, count);
	assert_false(relay_backoff_permits(&backoff, ROUTE, now));
	assert_true(relay_backoff_permits(&backoff, "another", now));
	assert_int_equal(relay_backoff_note(&backoff, "another", now), 1);
	assert_int_equal(relay_backoff_next(&backoff, now), now + RELAY_BACKOFF_FIRST_MS);
	relay_backoff_clear(&backoff);
}

/* --- health --- */

/* So many looks of a kind, a second apart, until the state changes; how many it took, 0 when it did not. */
static unsigned looks(struct relay_health *health, bool well, unsigned count, uint64_t *now)
{
	for (unsigned i = 1; i <= count; i++, *now += 1000)
		if (relay_health_note(health, well, *now))
			return i;
	return 0;
}

static void the_first_good_look_is_enough(void **state)
{
	struct relay_health health = {0};
	uint64_t now = 1000;

	(void)state;
	assert_int_equal(looks(&health, false, RELAY_HEALTH_BAD_FIRST - 1, &now), 0);
	assert_int_equal(health.state, RELAY_HEALTH_STARTING);
	assert_int_equal(looks(&health, true, 1, &now), 1);
	assert_int_equal(health.state, RELAY_HEALTH_HEALTHY);
}

static void what_never_starts_is_sick(void **state)
{
	struct relay_health health = {0};
	uint64_t now = 1000;

	(void)state;
	assert_int_equal(looks(&health, false, 100, &now), RELAY_HEALTH_BAD_FIRST);
	assert_int_equal(health.state, RELAY_HEALTH_UNHEALTHY);
	assert_int_equal(looks(&health, true, 100, &now), 1);
}

static void one_bad_look_is_nothing(void **state)
{
	struct relay_health health = {0};
	uint64_t now = 1000;

	(void)state;
	looks(&health, true, 1, &now);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(looks(&health, false, RELAY_HEALTH_BAD - 1, &now), 0);
		assert_int_equal(looks(&health, true, 1, &now), 0);
	}
	assert_int_equal(health.state, RELAY_HEALTH_HEALTHY);
}

static void who_flaps_stays_away_longer(void **state)
{
	struct relay_health health = {0};
	uint64_t now = 1000;

	(void)state;
	looks(&health, true, 1, &now);
	for (unsigned wanted = RELAY_HEALTH_GOOD; wanted <= RELAY_HEALTH_GOOD_MAX; wanted *= 2) {
		assert_int_equal(looks(&health, false, 10, &now), RELAY_HEALTH_BAD);
		assert_int_equal(looks(&health, true, 1, &now), 0);
		assert_int_equal(looks(&health, false, 1, &now), 0); /* begins the row anew */
		assert_int_equal(looks(&health, true, 100, &now), wanted);
	}
	assert_int_equal(looks(&health, false, 10, &now), RELAY_HEALTH_BAD);
	assert_int_equal(looks(&health, true, 100, &now), RELAY_HEALTH_GOOD_MAX);
	now += RELAY_HEALTH_FORGET_MS;
	assert_int_equal(looks(&health, false, 10, &now), RELAY_HEALTH_BAD);
	assert_int_equal(looks(&health, true, 100, &now), RELAY_HEALTH_GOOD);
}

static void what_leaves_no_doubt_needs_one_look(void **state)
{
	struct relay_health health = {0};
	uint64_t now = 1000;

	(void)state;
	assert_false(relay_health_fall(&health, now)); /* it was never healthy */
	looks(&health, true, 1, &now);
	assert_true(relay_health_fall(&health, now));
	assert_int_equal(health.state, RELAY_HEALTH_UNHEALTHY);
	assert_false(relay_health_fall(&health, now));
	assert_int_equal(looks(&health, true, 100, &now), RELAY_HEALTH_GOOD);
	assert_true(relay_health_fall(&health, now));
	assert_int_equal(looks(&health, true, 100, &now), 2 * RELAY_HEALTH_GOOD);
}

/* --- jobs --- */

static void add_one(const void *request, void *result)
{
	*(int *)result = *(const int *)request + 1;
}

static void hang(const void *request, void *result)
{
	(void)request;
	(void)result;
	for (;;)
		pause();
}

static void die(const void *request, void *result)
{
	(void)request;
	(void)result;
	_exit(3);
}

/* Look after it until it is over. */
/* Wait for its end, which is told once. True: it brought a result. */
static bool job_await(sd_event *loop, struct relay_job *job, int *result)
{
	while (!relay_job_is_over(job, result, sizeof(*result)))
		assert_true(relay_loop_wait(loop, UINT64_MAX));
	assert_false(relay_job_is_over(job, result, sizeof(*result)));
	while (job->pid != 0)
		assert_true(relay_loop_wait(loop, UINT64_MAX));
	return !job->has_failed;
}

static void a_job_brings_its_result(void **state)
{
	struct relay_job job = {.pid = 0};
	sd_event *loop = relay_loop_new();
	int request = 41, result = 0;

	(void)state;
	assert_false(relay_job_is_over(&job, &result, sizeof(result)));
	assert_int_equal(relay_job_start(loop, &job, add_one, &request, sizeof(result), 60000), 0);
	assert_int_equal(relay_job_start(loop, &job, add_one, &request, sizeof(result), 60000), -1); /* one at a time */
	assert_int_equal(errno, EBUSY);
	assert_true(job_await(loop, &job, &result));
	assert_int_equal(result, 42);
	sd_event_unref(loop);
}

static void a_job_that_hangs_or_dies_has_failed(void **state)
{
	struct relay_job job = {.pid = 0};
	sd_event *loop = relay_loop_new();
	int result = 7;

	(void)state;
	assert_int_equal(relay_job_start(loop, &job, hang, NULL, sizeof(result), 50), 0);
	assert_false(job_await(loop, &job, &result));
	assert_int_equal(relay_job_start(loop, &job, die, NULL, sizeof(result), 60000), 0);
	assert_false(job_await(loop, &job, &result));
	assert_int_equal(relay_job_start(loop, &job, hang, NULL, sizeof(result), 60000), 0);
	relay_job_stop(&job);
	assert_int_equal(job.pid, 0);
	assert_int_equal(result, 7);
	sd_event_unref(loop);
}

/* A loop that was held meanwhile finds deadline and result at once: the result counts. */
static void a_result_counts_even_after_the_deadline(void **state)
{
	struct relay_job job = {.pid = 0};
	sd_event *loop = relay_loop_new();
	int request = 41, result = 0;
	siginfo_t ended;

	(void)state;
	assert_int_equal(relay_job_start(loop, &job, add_one, &request, sizeof(result), 0), 0);
	assert_int_equal(waitid(P_PID, (id_t)job.pid, &ended, WEXITED | WNOWAIT), 0);
	assert_true(job_await(loop, &job, &result));
	assert_int_equal(result, 42);
	sd_event_unref(loop);
}

/* Told to be over, and not gone yet, as one that the kernel keeps from dying: nothing is due any more, or the loop would spin. */
static void a_job_whose_end_is_awaited_wakes_nobody(void **state)
{
	struct relay_job job = {.pid = 0};
	sd_event *loop = relay_loop_new();
	int result = 0;

	(void)state;
	assert_int_equal(relay_job_start(loop, &job, hang, NULL, sizeof(result), 0), 0);
	assert_true(relay_loop_wait(loop, UINT64_MAX)); /* the deadline */
	job.end = sd_event_source_unref(job.end);
	assert_true(relay_job_is_over(&job, &result, sizeof(result)));
	assert_false(relay_loop_wait(loop, relay_clock_ms() + 50));
	relay_job_stop(&job);
	sd_event_unref(loop);
}

/* --- netlink events --- */

static const char settings_text[] = "split-domain 9929 real.test\nedge-address 100.64.0.1\nprefix fd64:9929::/96\n"
				    "dynamic-pool 192.168.240.0/20\nadvertise-prefix none\nmap 10.1.0.0/24 2001:db8::/120\n";

static bool route_concerns(const struct conf_settings *settings, int type, const char *to, unsigned length, unsigned protocol)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct kernel_route route = {.table = RT_TABLE_MAIN, .type = RTN_UNICAST, .protocol = protocol, .index = 1};

	route.to.family = strchr(to, ':') ? AF_INET6 : AF_INET;
	if (route.to.family == AF_INET6) {
		inet_pton(AF_INET6, to, &route.to.v6.address);
		route.to.v6.length = (uint8_t)length;
	} else {
		inet_pton(AF_INET, to, &route.to.v4.address);
		route.to.v4.length = (uint8_t)length;
	}
	return kernel_monitor_concerns(kernel_route_build(buffer, type, &route), settings);
}

static void routes_of_others_elsewhere_do_not_concern_us(void **state)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("test", settings_text, strlen(settings_text), &report);
	const struct nlmsghdr rule = {.nlmsg_len = sizeof(rule), .nlmsg_type = RTM_DELRULE};

	(void)state;
	conf_report_print(&report, "test", stderr);
	assert_non_null(settings);
	assert_true(route_concerns(settings, RTM_DELROUTE, "fd64:9929::", 96, KERNEL_PROTOCOL));
	assert_true(route_concerns(settings, RTM_DELROUTE, "2001:db8:1::", 48, KERNEL_PROTOCOL)); /* ours, of earlier settings */
	assert_true(route_concerns(settings, RTM_NEWROUTE, "fd64:9929::6440:0", 112, RTPROT_STATIC));
	assert_true(route_concerns(settings, RTM_NEWROUTE, "192.168.241.0", 24, RTPROT_STATIC));
	assert_true(route_concerns(settings, RTM_NEWROUTE, "10.1.0.0", 25, RTPROT_STATIC));
	assert_false(route_concerns(settings, RTM_NEWROUTE, "10.1.1.0", 24, RTPROT_BGP));
	assert_false(route_concerns(settings, RTM_DELROUTE, "2001:db8:1::", 48, RTPROT_BGP));
	assert_false(route_concerns(settings, RTM_NEWROUTE, "0.0.0.0", 0, RTPROT_DHCP));
	assert_true(kernel_monitor_concerns(&rule, settings));
	conf_settings_free(settings);
	conf_report_clear(&report);
}

/* An event of nf_tables: of a table, or of the generation. */
static size_t notice_put(char *buffer, size_t offset, uint16_t type, uint8_t family, const char *table, pid_t pid)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer + offset);
	struct nfgenmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	fixed->nfgen_family = family;
	if (table) {
		mnl_attr_put_strz(message, NFTA_TABLE_NAME, table);
	} else {
		mnl_attr_put_u32(message, NFTA_GEN_ID, htonl(7));
		mnl_attr_put_u32(message, NFTA_GEN_PROC_PID, htonl((uint32_t)pid));
		mnl_attr_put_strz(message, NFTA_GEN_PROC_NAME, "nft");
	}
	return offset + MNL_ALIGN(message->nlmsg_len);
}

static struct nftables_changes transaction(uint8_t family, const char *table, pid_t pid)
{
	struct nftables_changes changes = {.concerns = false};
	_Alignas(8) char buffer[1024];
	size_t length = notice_put(buffer, 0, NFT_MSG_DELTABLE, family, table, 0);

	length = notice_put(buffer, length, NFT_MSG_NEWGEN, NFPROTO_UNSPEC, NULL, pid);
	nftables_monitor_parse(buffer, length, &changes);
	return changes;
}

static void only_our_table_concerns_us_and_not_our_own_change(void **state)
{
	struct nftables_changes changes = transaction(NFPROTO_INET, NFTABLES_TABLE, getpid() + 1);

	(void)state;
	assert_true(changes.concerns);
	assert_int_equal(changes.by, getpid() + 1);
	assert_string_equal(changes.name, "nft");
	assert_false(transaction(NFPROTO_INET, NFTABLES_TABLE, getpid()).concerns);
	assert_false(transaction(NFPROTO_INET, "filter", getpid() + 1).concerns);
	assert_false(transaction(NFPROTO_IPV4, NFTABLES_TABLE, getpid() + 1).concerns);
}

/* What the kernel never sends is read, too: no attribute, no end. */
static void broken_notices_are_skipped(void **state)
{
	struct nftables_changes changes = {.concerns = false};
	_Alignas(8) char buffer[1024];
	size_t length = notice_put(buffer, 0, NFT_MSG_DELTABLE, NFPROTO_INET, NFTABLES_TABLE, 0);

	(void)state;
	for (size_t i = 0; i < length; i++) {
		_Alignas(8) char part[1024];

		memcpy(part, buffer, i);
		((struct nlmsghdr *)part)->nlmsg_len = i >= sizeof(struct nlmsghdr) ? (uint32_t)i : 0;
		nftables_monitor_parse(part, i, &changes);
	}
	nftables_monitor_parse(buffer, length, &changes);
	assert_true(changes.open);
}

/* --- the clocks --- */

static int64_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* However long it is kept waiting between its two clocks: never more than the machine has slept. A millisecond is lost in the division. */
static void sleep_is_never_made_up(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t before = clock_read(CLOCK_MONOTONIC), asleep = relay_clock_asleep_ms();

		assert_true(asleep <= clock_read(CLOCK_BOOTTIME) - before + 1);
		before = clock_read(CLOCK_BOOTTIME);
		asleep = relay_clock_asleep_ms();
		assert_true(asleep >= before - clock_read(CLOCK_MONOTONIC) - 1);
	}
}

/* What lies between the two cannot make it more than it is. */
static void the_wall_clock_is_told_from_that_of_the_boot(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t boot = clock_read(CLOCK_BOOTTIME), ahead = relay_clock_ahead_ms();

		assert_true(ahead <= clock_read(CLOCK_REALTIME) - boot + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conflict_is_repaired_ever_more_rarely),
		cmocka_unit_test(peace_is_forgotten),
		cmocka_unit_test(waiting_is_no_peace),
		cmocka_unit_test(each_thing_has_its_own_count),
		cmocka_unit_test(the_first_good_look_is_enough),
		cmocka_unit_test(what_never_starts_is_sick),
		cmocka_unit_test(one_bad_look_is_nothing),
		cmocka_unit_test(who_flaps_stays_away_longer),
		cmocka_unit_test(what_leaves_no_doubt_needs_one_look),
		cmocka_unit_test(a_job_brings_its_result),
		cmocka_unit_test(a_job_that_hangs_or_dies_has_failed),
		cmocka_unit_test(a_result_counts_even_after_the_deadline),
		cmocka_unit_test(a_job_whose_end_is_awaited_wakes_nobody),
		cmocka_unit_test(the_wall_clock_is_told_from_that_of_the_boot),
		cmocka_unit_test(routes_of_others_elsewhere_do_not_concern_us),
		cmocka_unit_test(only_our_table_concerns_us_and_not_our_own_change),
		cmocka_unit_test(broken_notices_are_skipped),
		cmocka_unit_test(sleep_is_never_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
