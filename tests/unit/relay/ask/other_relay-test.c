/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another relay answers, and which node of a netmap is one. What it sends is a stranger's. */
#include "relay/ask/other_relay.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "tailscale/netmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\n"

static void answers_are_read(void **state)
{
	static const struct {
		const char *text;
		struct relay_other_health expected;
	} rows[] = {
		{OK "NAT64-Reach: good; age=1200\r\n\r\nThe relay works.\n", {true, true, true, true, 1200}},
		{OK "Vary: x\r\nnat64-reach: bad; age=7\r\nA: b\r\n\r\n", {true, true, true, false, 7}},
		{"HTTP/1.1 503 Service Unavailable\r\nNAT64-Reach: good; age=1\r\n\r\n", {true, false, true, true, 1}},
		{OK "\r\nNAT64-Reach: good; age=1\r\n\r\n", {.answered = true, .works = true}}, /* in the body */
		{OK "NAT64-Reach: good\r\n\r\n", {.answered = true, .works = true}},
		{OK "NAT64-Reach: good; age=-1\r\n\r\n", {.answered = true, .works = true, .age = UINT64_MAX}},
		{OK "NAT64-Reach: good; age=1x\r\n\r\n", {.answered = true, .works = true, .age = 1}},
		{OK "NAT64-Reach: goodness; age=1\r\n\r\n", {.answered = true, .works = true}},
		{OK "NAT64-Reach: good; age=1", {.answered = true, .works = true}}, /* cut off */
		{"HTTP/1.1 200", {.answered = true, .works = true}},
		{"HTTP/1.1 2", {.answered = false}},
		{"SSH-2.0-OpenSSH_9.2\r\n", {.answered = false}},
		{"", {.answered = false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct relay_other_health health;

		assert_int_equal(relay_other_parse(rows[i].text, strlen(rows[i].text), &health), rows[i].expected.answered);
		assert_int_equal(health.works, rows[i].expected.works);
		assert_int_equal(health.says, rows[i].expected.says);
		assert_int_equal(health.reaches, rows[i].expected.reaches);
		if (health.says)
			assert_int_equal(health.age, rows[i].expected.age);
	}
}

static void a_long_answer_is_cut(void **state)
{
	struct relay_other_health health;
	char *text = malloc(1 << 20);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 1 << 20);
	memcpy(text, OK "A: ", sizeof(OK "A: ") - 1);
	assert_true(relay_other_parse(text, 1 << 20, &health));
	assert_true(health.works && !health.says);
	free(text);
}

static struct conf_settings *settings_make(void)
{
	static const char text[] = "split-domain 9929 tail1234.ts.net\nedge-address 100.64.0.1\nprefix fd64:9929::/96\n"
				   "dynamic-pool 192.168.240.0/20\n";
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, sizeof(text) - 1, &report);

	assert_non_null(settings);
	return settings;
}

static size_t found(const char *peers, struct relay_other others[RELAY_OTHERS_MAX])
{
	struct conf_settings *settings = settings_make();
	struct tailscale_netmap netmap;
	json_t *notify = json_pack("{s:{s:{}, s:o}}", "NetMap", "SelfNode", "Peers", json_loads(peers, 0, NULL));
	size_t count;

	assert_int_equal(tailscale_netmap_parse(notify, &netmap), 0);
	count = relay_others_find(settings, &netmap, others);
	tailscale_netmap_clear(&netmap);
	json_decref(notify);
	conf_settings_free(settings);
	return count;
}

#define NODE(name, online, offered, primary)                                                                           \
	"{\"Name\":\"" name ".ts.test.\",\"Online\":" online                                                           \
	",\"Addresses\":[\"100.64.0.2/32\",\"fd7a:115c:a1e0::2/128\"],"                                                \
	"\"PrimaryRoutes\":[" primary "],\"Hostinfo\":{\"RoutableIPs\":[" offered "]}}"

static void a_relay_is_who_offers_the_same(void **state)
{
	struct relay_other others[RELAY_OTHERS_MAX];

	(void)state;
	assert_int_equal(found("[" NODE("relay2", "true", "\"fd64:9929::/96\",\"10.0.0.0/8\"", "") "]", others), 1);
	assert_string_equal(others[0].name, "relay2");
	assert_int_equal(others[0].address_count, 2);
	assert_false(others[0].primary);
	assert_int_equal(found("[" NODE("relay2", "true", "", "\"fd64:9929::/96\"") "]", others), 1);
	assert_true(others[0].primary);
	assert_int_equal(found("[" NODE("exit", "true", "\"0.0.0.0/0\",\"::/0\"", "") "]", others), 0);
	assert_int_equal(found("[" NODE("gone", "false", "\"fd64:9929::/96\"", "") "]", others), 0);
	assert_int_equal(found("[" NODE("other", "true", "\"fd64:9930::/96\"", "") "]", others), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read),
		cmocka_unit_test(a_long_answer_is_cut),
		cmocka_unit_test(a_relay_is_who_offers_the_same),
	};

	return cmocka_run_group_tests_name("other_relay", tests, NULL, NULL);
}
