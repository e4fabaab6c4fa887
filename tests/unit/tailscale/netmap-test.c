/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netmap, against what a real tailscaled (1.102.3) wrote to its bus, and against what it might; and free text of others. */
#include "tailscale/netmap.h"
#include "tailscale/status.h"

#include "conf/report.h"
#include "conf/value.h"
#include "tests/unit/tailscale/tailscaled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct conf_address address(const char *text)
{
	struct conf_address address;

	assert_int_equal(conf_address_parse(text, &address), 0);
	return address;
}

static void the_first_line_of_the_bus_is_read_and_the_rest_not_waited_for(void **state)
{
	struct tailscaled *server = tailscaled_start(NULL, NULL);
	struct conf_address client = address("100.64.0.4"), target = address("100.64.0.3"),
			    stranger = address("100.64.0.99");
	struct conf_prefix own = prefix("100.64.0.1/32"), nat64 = prefix("fd64:9929::/96"),
			   inside = prefix("fd64:9929::6440:3/128");
	struct conf_report report = {0};
	struct tailscale_netmap netmap;
	const struct tailscale_zone *zone;
	(void)state;

	server->bus = "bus-netmap.json";
	assert_int_equal(tailscale_netmap_read(server->path, &netmap, &report), 0);
	assert_quiet(&report);
	assert_string_equal(netmap.self.name, "relay.ts.test");
	assert_int_equal(netmap.peer_count, 2);
	assert_true(netmap.magic_dns);
	assert_string_equal(netmap.self.tags.items[0], "tag:relay");
	assert_true(tailscale_netmap_node(&netmap, &target) == &netmap.peers[0]);
	assert_string_equal(netmap.peers[0].name, "my-vps.ts.test");
	assert_true(netmap.peers[0].created > 1700000000);
	assert_int_equal(netmap.peers[0].key_expiry, 0);
	assert_null(tailscale_netmap_node(&netmap, &stranger));
	zone = tailscale_netmap_zone(&netmap, "my-vps.9929");
	assert_non_null(zone);
	assert_int_equal(zone->resolver_count, 2);
	assert_int_equal(zone->resolvers[0].v4.s_addr, address("100.64.0.1").v4.s_addr);
	assert_null(tailscale_netmap_zone(&netmap, "example.net"));
	assert_null(tailscale_netmap_zone(&netmap, "9.9929x"));
	assert_true(tailscale_match_permits(&netmap.matches[0], &client, &own, IPPROTO_UDP, 53));
	assert_false(tailscale_match_permits(&netmap.matches[0], &client, &own, IPPROTO_TCP, 53));
	assert_false(tailscale_match_permits(&netmap.matches[0], &client, &own, IPPROTO_UDP, 54));
	assert_false(tailscale_match_permits(&netmap.matches[0], &target, &own, IPPROTO_UDP, 53));
	assert_true(tailscale_match_permits(&netmap.matches[2], &client, &nat64, IPPROTO_ICMPV6, 0));
	assert_true(tailscale_match_permits(&netmap.matches[2], &client, &inside, IPPROTO_TCP, 443));
	assert_true(netmap.has_health);
	assert_int_equal(netmap.warning_count, 1);
	assert_string_equal(netmap.warnings[0].severity, "high");
	assert_string_equal(netmap.warnings[0].text, "CHAIN_ADD failed (Operation not permitted): chain OUTPUT");
	tailscale_netmap_clear(&netmap);
	tailscaled_stop(server);
}

/* What a node says of itself (tailcfg.Hostinfo), as headscale passes it on. */
static void what_a_node_says_of_itself_is_read(void **state)
{
	json_t *notify = json_loads(
		"{\"NetMap\":{\"SelfNode\":{},\"Peers\":[{\"Hostinfo\":{\"RoutableIPs\":[\"fd64:9929::/96\"],\"ShieldsUp\":true}},{}]}}",
		0, NULL);
	struct conf_prefix nat64 = prefix("fd64:9929::/96");
	struct tailscale_netmap netmap;
	(void)state;

	assert_int_equal(tailscale_netmap_parse(notify, &netmap), 0);
	assert_true(tailscale_prefixes_cover(&netmap.peers[0].advertised, &nat64));
	assert_true(netmap.peers[0].shields_up);
	assert_false(tailscale_prefixes_cover(&netmap.peers[1].advertised, &nat64));
	assert_false(netmap.peers[1].shields_up);
	tailscale_netmap_clear(&netmap);
	json_decref(notify);
}

/* Types as dnsConfigForNetmap of tailscaled takes them; a node's name is answered too. */
static void what_tailscaled_answers_by_itself_is_found(void **state)
{
	json_t *notify = json_loads(
		"{\"NetMap\":{\"SelfNode\":{\"Name\":\"Relay.ts.test.\"},\"Peers\":[{},{\"Name\":\"my-vps.ts.test.\"}],\"DNS\":{"
		"\"ExtraRecords\":[7,{\"Name\":\"text.9929\",\"Type\":\"TXT\",\"Value\":\"x\"},{\"Name\":\"My-VPS.9929.\",\"Value\":"
		"\"203.0.113.4\"},{\"Name\":\"six.9929\",\"Type\":\"AAAA\",\"Value\":\"2001:db8::4\"}]}}}",
		0, NULL);
	struct tailscale_netmap netmap;
	(void)state;

	assert_int_equal(tailscale_netmap_parse(notify, &netmap), 0);
	json_decref(notify);
	assert_string_equal(tailscale_netmap_record(&netmap, "my-vps.9929")->value, "203.0.113.4");
	assert_string_equal(tailscale_netmap_record(&netmap, "SIX.9929")->value, "2001:db8::4");
	assert_null(tailscale_netmap_record(&netmap, "text.9929"));
	assert_null(tailscale_netmap_record(&netmap, "my-vps.ts.test"));
	assert_true(tailscale_netmap_named(&netmap, "my-vps.ts.test") == &netmap.peers[1]);
	assert_true(tailscale_netmap_named(&netmap, "relay.ts.test") == &netmap.self);
	assert_null(tailscale_netmap_named(&netmap, "my-vps.9929"));
	tailscale_netmap_clear(&netmap);
}

/* What is of another shape is left out; only no netmap at all is none. */
static void another_shape_is_left_out(void **state)
{
	static const struct {
		const char *text;
		int result;
		size_t peers, matches, zones;
	} shapes[] = {
		{"{}", 1, 0, 0, 0},
		{"{\"NetMap\":null}", 1, 0, 0, 0},
		{"{\"NetMap\":{\"SelfNode\":7}}", 1, 0, 0, 0},
		{"{\"NetMap\":{\"SelfNode\":{}}}", 0, 0, 0, 0},
		{"{\"NetMap\":{\"SelfNode\":{},\"Peers\":{},\"DNS\":[],\"PacketFilter\":\"x\"},\"Health\":[]}", 0, 0, 0, 0},
		{"{\"NetMap\":{\"SelfNode\":{\"Addresses\":[1,\"no\",\"100.64.0.1/32\"]},\"Peers\":[null,{\"Name\":3,\"Tags\":\"x\"}],"
		 "\"DNS\":{\"Routes\":{\"9929\":null,\"a\":[1,{\"Addr\":2},{\"Addr\":\"https://x\"}]}},"
		 "\"PacketFilter\":[{\"IPProto\":[-1,999,\"6\"],\"Dsts\":[{\"Net\":9}]}]}}",
		 0, 2, 1, 2},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		json_t *notify = json_loads(shapes[i].text, 0, NULL);
		struct tailscale_netmap netmap;

		assert_non_null(notify);
		assert_int_equal(tailscale_netmap_parse(notify, &netmap), shapes[i].result);
		json_decref(notify);
		assert_int_equal(netmap.peer_count, shapes[i].peers);
		assert_int_equal(netmap.match_count, shapes[i].matches);
		assert_int_equal(netmap.zone_count, shapes[i].zones);
		tailscale_netmap_clear(&netmap);
	}
}

static void free_text_is_printed_on_one_line(void **state)
{
	static const struct {
		const char *text, *quoted;
	} texts[] = {
		{NULL, ""},
		{"all is well", "all is well"},
		{"chain OUTPUT\n", "chain OUTPUT"},
		{"first\nsecond\r", "first; second\\x0d"},
		{"\x1b[2Jgone\x7f", "\\x1b[2Jgone\\x7f"},
		{"\xc2\x9b"
		 "2J \xc3\xbc\xe2\x82\xac",
		 "\\x9b2J \xc3\xbc\xe2\x82\xac"},
		{"no\xe2\x80\xaegnirts \xf3\xa0\x81\x81\xe4\xb8\xad", "no???gnirts ????\xe4\xb8\xad"},
	};
	char longer[1000], *quoted;
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		quoted = tailscale_value_quote(texts[i].text);
		assert_string_equal(quoted, texts[i].quoted);
		free(quoted);
	}
	memset(longer, 'x', sizeof(longer));
	for (size_t i = 1; i < sizeof(longer) - 1; i += 2)
		memcpy(longer + i, "\xc3\xbc", 2);
	longer[sizeof(longer) - 1] = '\0';
	quoted = tailscale_value_quote(longer);
	assert_in_range(strlen(quoted), TAILSCALE_QUOTE_LENGTH - 2, TAILSCALE_QUOTE_LENGTH);
	assert_int_equal((unsigned char)quoted[strlen(quoted) - 1], 0xbc);
	free(quoted);
}

/* tailscaled's own complaint was no status at all, and stopped watch. */
static void a_complaint_of_two_lines_is_no_reason_to_refuse(void **state)
{
	static const char raw[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"BackendState\":\"Running\",\"Self\":{},"
				  "\"Health\":[\"CHAIN_ADD failed\\nchain OUTPUT\\n\",7,\"\\u001b[2J\"]}";
	struct tailscaled *server = tailscaled_start(NULL, NULL);
	struct conf_report report = {0};
	struct tailscale_status status;
	(void)state;

	server->raw = raw;
	server->raw_length = strlen(raw);
	assert_int_equal(tailscale_status_read(server->path, &status, &report), 0);
	assert_int_equal(status.health.count, 2);
	assert_string_equal(status.health.items[0], "CHAIN_ADD failed; chain OUTPUT");
	assert_string_equal(status.health.items[1], "\\x1b[2J");
	tailscale_status_clear(&status);
	tailscaled_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_of_the_bus_is_read_and_the_rest_not_waited_for),
		cmocka_unit_test(what_a_node_says_of_itself_is_read),
		cmocka_unit_test(what_tailscaled_answers_by_itself_is_found),
		cmocka_unit_test(another_shape_is_left_out),
		cmocka_unit_test(free_text_is_printed_on_one_line),
		cmocka_unit_test(a_complaint_of_two_lines_is_no_reason_to_refuse),
	};

	return cmocka_run_group_tests_name("netmap", tests, NULL, NULL);
}
