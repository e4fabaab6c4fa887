/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tailscale/ against a recorded tailscaled: what real ones (1.102.3) answered, and what something else on the socket might. */
#include "tailscale/localapi.h"
#include "tailscale/prefs.h"
#include "tailscale/routes.h"
#include "tailscale/status.h"

#include "conf/report.h"
#include "tests/unit/tailscale/tailscaled.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* --- status --- */

static void test_status_of_a_relay(void **state)
{
	struct tailscaled *server = tailscaled_start("status-running.json", NULL);
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	struct tailscale_status status;
	struct in6_addr own;
	(void)state;

	assert_int_equal(tailscale_status_read(server->path, &status, &report), 0);
	assert_quiet(&report);
	assert_string_equal(status.backend_state, "Running");
	assert_string_equal(status.version, "1.102.3-ERR-BuildInfo");
	assert_string_equal(status.id, "1");
	assert_string_equal(status.dns_name, "rel.ts.test");
	assert_string_equal(status.magic_dns_suffix, "ts.test");
	assert_true(status.magic_dns_enabled);
	assert_true(status.online);
	assert_int_equal(status.address_count, 2);
	assert_int_equal(status.addresses[0].family, AF_INET);
	assert_int_equal(status.addresses[0].v4.s_addr, htonl(0x64400001));
	assert_int_equal(status.addresses[1].family, AF_INET6);
	inet_pton(AF_INET6, "fd7a:115c:a1e0::1", &own);
	assert_memory_equal(&status.addresses[1].v6, &own, sizeof(own));
	assert_int_equal(status.allowed_ips.count, 3);
	assert_int_equal(status.health.count, 0);
	assert_true(tailscale_status_is_approved(&status, &ours));
	assert_true(tailscale_status_is_primary(&status, &ours));
	assert_int_equal(tailscale_status_is_up(&status, &report), 0);
	tailscale_status_clear(&status);
	tailscaled_stop(server);
}

static void test_status_with_a_route_nobody_approved(void **state)
{
	struct tailscaled *server = tailscaled_start("status-unapproved.json", NULL);
	struct conf_prefix waiting = prefix("fd64:9930::/96"), inside = prefix("fd64:9929::/112");
	struct conf_report report = {0};
	struct tailscale_status status;
	(void)state;

	assert_int_equal(tailscale_status_read(server->path, &status, &report), 0);
	assert_false(tailscale_status_is_approved(&status, &waiting));
	assert_false(tailscale_status_is_primary(&status, &waiting));
	assert_false(tailscale_status_is_approved(&status, &inside));
	tailscale_status_clear(&status);
	tailscaled_stop(server);
}

static void test_status_of_a_stopped_node(void **state)
{
	struct tailscaled *server = tailscaled_start("status-stopped.json", NULL);
	struct conf_report report = {0};
	struct tailscale_status status;
	(void)state;

	assert_int_equal(tailscale_status_read(server->path, &status, &report), 0);
	assert_string_equal(status.backend_state, "Stopped");
	assert_int_equal(status.health.count, 1);
	assert_string_equal(status.health.items[0], "Tailscale is stopped.");
	assert_int_equal(tailscale_status_is_up(&status, &report), -1);
	assert_reported(&report, "tailscaled is stopped: run tailscale up");
	tailscale_status_clear(&status);
	tailscaled_stop(server);
}

static void test_status_of_a_logged_out_node(void **state)
{
	struct tailscaled *server = tailscaled_start("status-logged-out.json", NULL);
	struct conf_report report = {0};
	struct tailscale_status status;
	(void)state;

	assert_int_equal(tailscale_status_read(server->path, &status, &report), 0);
	assert_string_equal(status.backend_state, "NeedsLogin");
	assert_string_equal(status.magic_dns_suffix, "");
	assert_string_equal(status.dns_name, "");
	assert_false(status.magic_dns_enabled);
	assert_int_equal(status.address_count, 0);
	assert_int_equal(tailscale_status_is_up(&status, &report), -1);
	assert_reported(&report, "logged out");
	tailscale_status_clear(&status);
	tailscaled_stop(server);
}

/* --- preferences --- */

static void test_prefs_of_a_relay(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-exit.json");
	struct conf_report report = {0};
	struct tailscale_prefs prefs;
	(void)state;

	assert_int_equal(tailscale_prefs_read(server->path, &prefs, &report), 0);
	assert_quiet(&report);
	assert_int_equal(prefs.advertise_routes.count, 3);
	assert_string_equal(prefs.advertise_routes.items[1], "::/0");
	assert_string_equal(prefs.control_url, "http://10.99.0.1:8080");
	assert_string_equal(prefs.operator, "");
	assert_string_equal(prefs.hostname, "rel");
	assert_true(prefs.corp_dns && prefs.want_running);
	assert_false(prefs.route_all || prefs.logged_out || prefs.shields_up || prefs.no_snat || prefs.stateful_filtering);
	tailscale_prefs_clear(&prefs);
	tailscaled_stop(server);
}

static void test_prefs_switches_are_told_apart(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-running.json");
	struct conf_report report = {0};
	struct tailscale_prefs prefs;
	(void)state;

	json_object_set_new(server->prefs, "RouteAll", json_true());
	json_object_set_new(server->prefs, "NoStatefulFiltering", json_false());
	json_object_set_new(server->prefs, "ShieldsUp", json_true());
	json_object_set_new(server->prefs, "OperatorUser", json_string("alice"));
	assert_int_equal(tailscale_prefs_read(server->path, &prefs, &report), 0);
	assert_true(prefs.route_all && prefs.stateful_filtering && prefs.shields_up);
	assert_string_equal(prefs.operator, "alice");
	tailscale_prefs_clear(&prefs);

	json_object_set_new(server->prefs, "NoStatefulFiltering", json_null());
	assert_int_equal(tailscale_prefs_read(server->path, &prefs, &report), 0);
	assert_false(prefs.stateful_filtering);
	tailscale_prefs_clear(&prefs);
	tailscaled_stop(server);
}

static void test_prefs_of_another_shape_are_refused(void **state)
{
	static const struct {
		const char *member, *value;
	} shapes[] = {
		{"AdvertiseRoutes", "\"fd64:9929::/96\""},
		{"AdvertiseRoutes", "[1]"},
		{"RouteAll", "\"true\""},
		{"ControlURL", "7"},
		{"Hostname", "\"\\u001b[2Jgone\""},
	};
	struct conf_report report = {0};
	struct tailscale_prefs prefs;
	(void)state;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct tailscaled *server = tailscaled_start(NULL, "prefs-running.json");
		json_object_set_new(server->prefs, shapes[i].member, json_loads(shapes[i].value, JSON_DECODE_ANY, NULL));
		assert_int_equal(tailscale_prefs_read(server->path, &prefs, &report), -1);
		assert_reported(&report, "does not contain the preferences of a tailscaled");
		tailscaled_stop(server);
	}
}

/* --- nobody, or somebody else, on the socket --- */

static void test_no_tailscaled(void **state)
{
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	struct tailscale_status status;
	struct tailscale_prefs prefs;
	(void)state;

	assert_int_equal(tailscale_status_read("/nowhere/tailscaled.sock", &status, &report), -1);
	assert_reported(&report, "/nowhere/tailscaled.sock: tailscaled is not running");
	assert_int_equal(tailscale_prefs_read("/nowhere/tailscaled.sock", &prefs, &report), -1);
	assert_reported(&report, "tailscaled is not running");
	assert_int_equal(tailscale_routes_advertise("/nowhere/tailscaled.sock", &ours, 1, &report), -1);
	assert_reported(&report, "tailscaled is not running");
}

static void test_a_socket_that_nobody_serves(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct conf_report report = {0};
	struct tailscale_status status;
	int left = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)state;

	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/nat64-left-%d.sock", getpid());
	assert_int_equal(bind(left, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(tailscale_status_read(address.sun_path, &status, &report), -1);
	assert_reported(&report, "tailscaled is not running");
	close(left);
	unlink(address.sun_path);
}

static void test_a_path_too_long(void **state)
{
	struct conf_report report = {0};
	struct tailscale_status status;
	char path[200];
	(void)state;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(tailscale_status_read(path, &status, &report), -1);
	assert_reported(&report, "too long for a socket");
}

#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

static void test_answers_of_something_else(void **state)
{
	static const struct {
		const char *raw, *message;
	} answers[] = {
		{"", "no tailscaled answers there"},
		{"\x01\x02\xff", "no tailscaled answers there"},
		{"SSH-2.0-OpenSSH_9.2\r\n", "no tailscaled answers there"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"BackendState\":", "no tailscaled answers there"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"BackendState\": ", "is not a JSON object"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "is not a JSON object"},
		{OK "[]", "is not a JSON object"},
		{OK "{}", "does not contain the status of a tailscaled"},
		{OK "{\"BackendState\":1,\"Self\":{}}", "does not contain the status of a tailscaled"},
		{OK "{\"BackendState\":\"Running\",\"Self\":null}", "does not contain the status of a tailscaled"},
		{OK "{\"BackendState\":\"\",\"Self\":{}}", "does not contain the status of a tailscaled"},
		{OK "{\"BackendState\":\"Run\\nning\",\"Self\":{}}", "does not contain the status of a tailscaled"},
		{OK "{\"BackendState\":\"Running\",\"Self\":{\"TailscaleIPs\":[\"100.64.0.1\",\"300.1.2.3\"]}}",
		 "does not contain the status of a tailscaled"},
		{OK "{\"BackendState\":\"Running\",\"Self\":{\"PrimaryRoutes\":{}}}",
		 "does not contain the status of a tailscaled"},
		{OK "{\"BackendState\":\"Running\",\"Self\":{}}", NULL},
		{"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nbro\x1b[2Jken", "HTTP status 500: bro[2Jk"},
		{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP status 404"},
	};
	struct tailscaled *server = tailscaled_start(NULL, NULL);
	struct conf_report report = {0};
	struct tailscale_status status;
	(void)state;

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		server->raw = answers[i].raw;
		server->raw_length = strlen(answers[i].raw);
		int result = tailscale_status_read(server->path, &status, &report);
		assert_int_equal(result, answers[i].message ? -1 : 0);
		if (answers[i].message)
			assert_reported(&report, answers[i].message);
		else
			tailscale_status_clear(&status);
	}
	tailscaled_stop(server);
}

static void test_an_answer_without_end(void **state)
{
	static const char head[] = OK;
	size_t length = TAILSCALE_LOCALAPI_LIMIT + sizeof(head);
	char *raw = malloc(length);
	struct tailscaled *server = tailscaled_start(NULL, NULL);
	struct conf_report report = {0};
	struct tailscale_status status;
	(void)state;

	assert_non_null(raw);
	memset(raw, ' ', length);
	memcpy(raw, head, sizeof(head) - 1);
	server->raw = raw;
	server->raw_length = length;
	assert_int_equal(tailscale_status_read(server->path, &status, &report), -1);
	assert_reported(&report, "is longer than 4194304 bytes");
	tailscaled_stop(server);
	free(raw);
}

/* Of 3,000 nodes the status has more than what any other answer may have: without it the page knows neither names nor admins. */
static void test_a_status_with_the_peers_of_a_large_tailnet(void **state)
{
	static const char head[] = OK;
	size_t length = TAILSCALE_LOCALAPI_LIMIT + sizeof(head);
	char *raw = malloc(length);
	struct tailscaled *server = tailscaled_start(NULL, NULL);
	struct conf_report report = {0};
	json_t *status;
	(void)state;

	assert_non_null(raw);
	memset(raw, ' ', length);
	memcpy(raw, head, sizeof(head) - 1);
	memcpy(raw + length - 2, "{}", 2);
	server->raw = raw;
	server->raw_length = length;
	status = tailscale_localapi_get(server->path, "status", &report);
	assert_quiet(&report);
	assert_true(json_is_object(status));
	json_decref(status);
	tailscaled_stop(server);
	free(raw);
}

static void test_proxies_are_not_asked(void **state)
{
	struct tailscaled *server = tailscaled_start("status-running.json", NULL);
	struct conf_report report = {0};
	struct tailscale_status status;
	(void)state;

	setenv("http_proxy", "http://192.0.2.1:3128", 1);
	setenv("ALL_PROXY", "socks5://192.0.2.1:1080", 1);
	assert_int_equal(tailscale_status_read(server->path, &status, &report), 0);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	tailscale_status_clear(&status);
	tailscaled_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_of_a_relay),
		cmocka_unit_test(test_status_with_a_route_nobody_approved),
		cmocka_unit_test(test_status_of_a_stopped_node),
		cmocka_unit_test(test_status_of_a_logged_out_node),
		cmocka_unit_test(test_prefs_of_a_relay),
		cmocka_unit_test(test_prefs_switches_are_told_apart),
		cmocka_unit_test(test_prefs_of_another_shape_are_refused),
		cmocka_unit_test(test_no_tailscaled),
		cmocka_unit_test(test_a_socket_that_nobody_serves),
		cmocka_unit_test(test_a_path_too_long),
		cmocka_unit_test(test_answers_of_something_else),
		cmocka_unit_test(test_an_answer_without_end),
		cmocka_unit_test(test_a_status_with_the_peers_of_a_large_tailnet),
		cmocka_unit_test(test_proxies_are_not_asked),
	};

	return cmocka_run_group_tests_name("tailscale", tests, NULL, NULL);
}
