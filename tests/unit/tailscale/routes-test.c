/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tailscale/routes.c against a recorded tailscaled: ours come and go, everybody else's stay as they are. */
#include "tailscale/routes.h"

#include "conf/prefix.h"
#include "conf/report.h"
#include "tests/unit/tailscale/tailscaled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The advertised routes are these, in this order, separated by spaces. */
static void assert_routes(const struct tailscaled *server, const char *expected)
{
	const json_t *routes = json_object_get(server->prefs, "AdvertiseRoutes");
	char text[512] = "";

	for (size_t i = 0; i < json_array_size(routes); i++) {
		strcat(text, i ? " " : "");
		strcat(text, json_string_value(json_array_get(routes, i)));
	}
	assert_string_equal(text, expected);
}

static void test_advertise_keeps_what_is_there(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-exit.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), 1);
	assert_quiet(&report);
	assert_routes(server, "0.0.0.0/0 ::/0 192.0.2.0/24 fd64:9929::/96");
	assert_int_equal(server->patches, 1);
	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), 0);
	assert_int_equal(server->patches, 1);
	tailscaled_stop(server);
}

static void test_advertise_adds_only_what_is_missing(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-running.json");
	struct conf_prefix ours[] = {prefix("fd64:9930::/96"), prefix("fd64:9929::/96"), prefix("fd64:9930::/96")};
	struct conf_report report = {0};
	(void)state;

	assert_int_equal(tailscale_routes_advertise(server->path, ours, 3, &report), 1);
	assert_routes(server, "fd64:9929::/96 fd64:9930::/96");
	tailscaled_stop(server);
}

static void test_advertise_as_the_first(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-null.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), 1);
	assert_routes(server, "fd64:9929::/96");
	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), 1);
	assert_routes(server, "");
	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), 0);
	tailscaled_stop(server);
}

static void test_withdraw_takes_ours_alone(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-foreign.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), 1);
	assert_quiet(&report);
	assert_routes(server, "0.0.0.0/0 ::/0 192.0.2.0/24 fd64:9930::/96");
	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), 0);
	assert_int_equal(server->patches, 1);
	tailscaled_stop(server);
}

static void test_foreign_routes_keep_their_text(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-null.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	json_object_set_new(server->prefs, "AdvertiseRoutes",
			    json_pack("[s,s,s]", "FD64:9929::/97", "a route of 2030", "fd64:9929:0:0::/96"));
	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), 0);
	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), 1);
	assert_routes(server, "FD64:9929::/97 a route of 2030");
	tailscaled_stop(server);
}

static void test_another_writer_is_overcome(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-exit.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	server->intrusions = 2;
	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), 1);
	assert_int_equal(server->patches, 3);
	assert_routes(server, "0.0.0.0/0 ::/0 192.0.2.0/24 fd64:9929::/96");
	assert_quiet(&report);

	server->intrusions = 1000;
	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), -1);
	assert_reported(&report, "another program keeps changing the routes");
	assert_in_range(server->patches, 4, 10);
	tailscaled_stop(server);
}

static void test_advertise_on_a_logged_out_node(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-logged-out.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), -1);
	assert_reported(&report, "logged out");
	assert_int_equal(server->patches, 0);
	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), 0);
	tailscaled_stop(server);
}

static void test_routes_on_a_stopped_node(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-foreign.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	json_object_set_new(server->prefs, "WantRunning", json_false());
	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), -1);
	assert_reported(&report, "stopped");
	assert_int_equal(tailscale_routes_withdraw(server->path, &ours, 1, &report), 1);
	tailscaled_stop(server);
}

static void test_a_refused_write(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, "prefs-exit.json");
	struct conf_prefix ours = prefix("fd64:9929::/96");
	struct conf_report report = {0};
	(void)state;

	server->refusal = "refused-403.txt";
	server->refusal_status = 403;
	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), -1);
	assert_reported(&report, "tailscaled refuses: prefs write access denied: run this command as root");
	server->refusal = "refused-host-bits.txt";
	server->refusal_status = 400;
	assert_int_equal(tailscale_routes_advertise(server->path, &ours, 1, &report), -1);
	assert_reported(&report, "HTTP status 400: route fd64:9929::1/96 has non-address bits set");
	assert_routes(server, "0.0.0.0/0 ::/0 192.0.2.0/24");
	tailscaled_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advertise_keeps_what_is_there),
		cmocka_unit_test(test_advertise_adds_only_what_is_missing),
		cmocka_unit_test(test_advertise_as_the_first),
		cmocka_unit_test(test_withdraw_takes_ours_alone),
		cmocka_unit_test(test_foreign_routes_keep_their_text),
		cmocka_unit_test(test_another_writer_is_overcome),
		cmocka_unit_test(test_advertise_on_a_logged_out_node),
		cmocka_unit_test(test_routes_on_a_stopped_node),
		cmocka_unit_test(test_a_refused_write),
	};

	return cmocka_run_group_tests_name("tailscale-routes", tests, NULL, NULL);
}
