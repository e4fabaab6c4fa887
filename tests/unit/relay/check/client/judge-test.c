/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judges of check --client, fed with evidence: a client for which all is well, and one thing at a time that is not so. */
#include "conf/value.h"
#include "relay/check/client/client.h"
#include "relay/check/client/judge.h"
#include "relay/cli/command.h"
#include "relay/check/finding.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As headscale 0.29.2 and tailscale 1.102.3 have it, less what is not read. */
static const char notify[] =
	"{\"NetMap\": {\"SelfNode\": {\"Name\": \"client.ts.test.\", \"Addresses\": [\"100.64.0.4/32\", \"fd7a:115c:a1e0::4/128\"], \"Online\": true},"
	"\"Peers\": [{\"Name\": \"relay.ts.test.\", \"Online\": true, \"Addresses\": [\"100.64.0.1/32\"], \"AllowedIPs\": [\"100.64.0.1/32\", \"fd64:9929::/96\"]},"
	" {\"Name\": \"relay2.ts.test.\", \"Online\": true, \"Hostinfo\": {\"ShieldsUp\": true}, \"Addresses\": [\"100.64.0.2/32\"], \"AllowedIPs\": [\"100.64.0.2/32\"]},"
	" {\"Name\": \"my-vps.ts.test.\", \"Online\": true, \"Addresses\": [\"100.64.0.3/32\"], \"AllowedIPs\": [\"100.64.0.3/32\"]}],"
	"\"DNS\": {\"Proxied\": true, \"Routes\": {\"ts.test\": [], \"9929\": [{\"Addr\": \"100.64.0.1\"}],"
	" \"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa\": [{\"Addr\": \"100.64.0.1\"}]}}}}";

struct lab {
	struct relay_client client;
	struct relay_findings findings;
};

static void replied(struct relay_client_reply *reply, const char *code, const char *address)
{
	struct conf_address parsed;

	*reply = (struct relay_client_reply){.asked = true, .answered = true};
	snprintf(reply->code, sizeof(reply->code), "%s", code);
	if (address) {
		assert_int_equal(conf_address_parse(address, &parsed), 0);
		relay_client_reply_add(reply, &parsed);
	}
}

static void silent(struct relay_client_server *server, int error)
{
	server->udp = server->tcp = (struct relay_client_reply){.asked = true};
	server->udp_error = server->tcp_error = error;
	server->echo = -1;
}

static struct relay_client *well(struct lab *lab, const char *given)
{
	struct relay_client *client = &lab->client;
	json_t *parsed = json_loads(notify, 0, NULL);

	*lab = (struct lab){
		.client = {.has_status = true, .up = true, .has_prefs = true, .has_netmap = true, .now = 1796000000}};
	assert_int_equal(tailscale_netmap_parse(parsed, &client->netmap), 0);
	json_decref(parsed);
	client->status.backend_state = strdup("Running");
	client->status.magic_dns_suffix = strdup("ts.test");
	client->status.online = client->status.magic_dns_enabled = client->prefs.route_all = client->prefs.corp_dns = true;
	client->status.addresses = calloc(1, sizeof(*client->status.addresses));
	client->status.address_count = 1;
	assert_int_equal(conf_address_parse("100.64.0.4", &client->status.addresses[0]), 0);
	snprintf(client->given, sizeof(client->given), "%s", given);
	relay_client_choose(client);
	for (size_t i = 0; i < client->server_count; i++) {
		replied(&client->servers[i].udp, "NOERROR", "fd64:9929::6440:3");
		client->servers[i].tcp = client->servers[i].udp;
	}
	replied(&client->magic, "NOERROR", "fd64:9929::6440:3");
	replied(&client->magic_plain, "NOERROR", "100.64.0.3");
	client->system.name = client->system.absolute = client->magic;
	client->system.plain = client->magic_plain;
	client->way = (struct relay_client_way){.has_target = true,
						.overlay = "tailscale0",
						.overlay_mtu = 1280,
						.overlay_has_ipv6 = true,
						.device = "tailscale0",
						.echo = 3,
						.large = 4};
	client->way.target = client->magic.addresses[0];
	return client;
}

/* Exactly one finding that follows from nothing: this one. ids NONE: none. Its text has the word, and there is something to do. */
static void found(struct lab *lab, enum relay_finding_id id, const char *word)
{
	relay_client_judge_all(&lab->client, &lab->findings);
	for (size_t i = 0; i < lab->findings.count; i++) {
		const struct relay_finding *finding = &lab->findings.items[i];

		if (finding->cause != FINDING_NONE)
			continue;
		if (finding->id != id)
			fail_msg("found %s: %s", relay_finding_types[finding->id].name, finding->text);
		assert_non_null(strstr(finding->text, word));
		assert_true(finding->advice[0] != '\0');
	}
	if (id == FINDING_NONE)
		assert_int_equal(lab->findings.count, 0);
	else
		assert_non_null(relay_findings_find(&lab->findings, id));
	relay_findings_clear(&lab->findings);
	relay_client_clear(&lab->client);
}

static void a_client_for_which_all_is_well_has_no_finding(void **state)
{
	struct lab lab;

	(void)state;
	well(&lab, "my-vps.9929");
	found(&lab, FINDING_NONE, "");
}

/* A target of IPv6 alone, by the twin6 prefix of the relay. */
static void a_target_of_ipv6_alone(struct lab *lab)
{
	struct relay_client *client = well(lab, "my-vps.9929");

	replied(&client->servers[0].udp, "NOERROR", "fd99:9929:1::3");
	client->servers[0].tcp = client->magic = client->system.name = client->system.absolute = client->servers[0].udp;
	replied(&client->magic_plain, "NOERROR", "fd7a:115c:a1e0::3");
	client->system.plain = client->magic_plain;
	client->way.target = client->magic.addresses[0];
	assert_int_equal(conf_prefix_parse("fd99:9929:1::/48", &client->netmap.peers[0].allowed.items[1]), 0);
}

static void a_target_of_ipv6_alone_is_judged_as_any_other(void **state)
{
	struct lab lab;

	(void)state;
	a_target_of_ipv6_alone(&lab);
	found(&lab, FINDING_SPLIT_DNS_REVERSE_MISSING, "fd99:9929:1::/48");
	a_target_of_ipv6_alone(&lab);
	lab.client.way.echo = lab.client.way.large = -1;
	relay_client_judge_traffic(&lab.client, &lab.findings);
	assert_int_equal(lab.findings.items[0].id, FINDING_ANSWER_MISSING);
	lab.client.way.connects = true;
	relay_findings_clear(&lab.findings);
	relay_client_judge_traffic(&lab.client, &lab.findings);
	assert_int_equal(lab.findings.count, 0);
	relay_findings_clear(&lab.findings);
	lab.client.netmap.peers[0].allowed.count = 1;
	relay_client_judge_route(&lab.client, &lab.findings);
	assert_int_equal(lab.findings.items[0].id, FINDING_PREFIX_UNREACHABLE);
	relay_findings_clear(&lab.findings);
	relay_client_clear(&lab.client);
	a_target_of_ipv6_alone(&lab);
	assert_int_equal(conf_address_parse("fd7a:115c:a1e0::3", &lab.client.servers[0].udp.addresses[0]), 0);
	relay_client_judge_relay(&lab.client, &lab.findings);
	assert_int_equal(lab.findings.items[0].id, FINDING_BYPASS_AAAA);
	relay_findings_clear(&lab.findings);
	relay_client_clear(&lab.client);
}

static void name_domain_and_relay_come_from_the_tailnet(void **state)
{
	static const char *const given[] = {"", "my-vps", "my-vps.9929", "my-vps.ts.test"};
	struct lab lab;

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		const struct relay_client *client = well(&lab, given[i]);

		assert_string_equal(client->name, i == 0 ? "relay2.9929" :
							   "my-vps.9929"); /* the first that is online, and no resolver */
		assert_string_equal(client->domain, "9929");
		assert_string_equal(client->plain, i == 0 ? "relay2.ts.test" : "my-vps.ts.test");
		assert_int_equal(client->server_count, 1);
		assert_true(client->servers[0].named);
		relay_client_clear(&lab.client);
	}
}

static void a_name_below_no_zone_has_the_domain_behind_its_first_dot(void **state)
{
	struct lab lab;

	(void)state;
	assert_string_equal(well(&lab, "my-vps.cn2")->domain, "cn2");
	assert_null(lab.client.zone);
	found(&lab, FINDING_SPLIT_DNS_MISSING, "cn2 to no server");
}

static void another_node_gets_the_domain(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");
	struct relay_client_server *other = &client->servers[client->server_count++];

	(void)state;
	*other = client->servers[0]; /* the relay, that its route told of */
	other->named = false;
	assert_int_equal(conf_address_parse("100.64.0.2", &client->servers[0].address), 0);
	silent(&client->servers[0], ECONNREFUSED);
	replied(&client->magic, "SERVFAIL", NULL);
	client->system.name = (struct relay_client_reply){.asked = true};
	found(&lab, FINDING_SPLIT_DNS_ELSEWHERE, "100.64.0.2");
}

static void the_relay_refuses(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	replied(&client->servers[0].udp, "REFUSED", NULL);
	client->servers[0].tcp = client->servers[0].udp;
	client->magic = client->servers[0].udp;
	replied(&client->system.name, "", NULL);
	client->way = (struct relay_client_way){.echo = -2};
	found(&lab, FINDING_CLIENT_REFUSED, "100.64.0.4");
}

static void silence_is_told_apart(void **state)
{
	static const struct {
		int error, echo;
		bool online;
		enum relay_finding_id id;
	} cases[] = {
		{ETIMEDOUT, -1, true, FINDING_GRANT_DNS_MISSING}, {ETIMEDOUT, 2, true, FINDING_RELAY_UNREACHED},
		{ETIMEDOUT, -2, true, FINDING_RELAY_UNREACHED},   {ETIMEDOUT, -1, false, FINDING_RELAY_UNREACHED},
		{ECONNREFUSED, 2, true, FINDING_RESOLVER_SILENT}, {EPERM, 2, true, FINDING_FIREWALL_DROPS},
	};
	struct lab lab;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct relay_client *client = well(&lab, "my-vps.9929");

		silent(&client->servers[0], cases[i].error);
		client->servers[0].echo = cases[i].echo;
		client->netmap.peers[0].online = cases[i].online;
		client->magic = (struct relay_client_reply){.asked = true};
		client->system.name = client->system.absolute = client->magic;
		client->way = (struct relay_client_way){.echo = -2};
		found(&lab, cases[i].id, "100.64.0.1");
	}
}

static void a_relay_that_lets_nothing_in_says_so(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	assert_true(client->netmap.peers[1].shields_up && !client->netmap.peers[0].shields_up);
	client->netmap.peers[0].shields_up = true;
	silent(&client->servers[0], ETIMEDOUT);
	client->magic = (struct relay_client_reply){.asked = true};
	client->system.name = client->system.absolute = client->magic;
	client->way = (struct relay_client_way){.echo = -2};
	found(&lab, FINDING_SHIELDS_UP, "100.64.0.1");
}

static void one_way_of_port_53_is_closed(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	client->servers[0].udp = client->magic = client->system.name = (struct relay_client_reply){.asked = true};
	client->servers[0].udp_error = ETIMEDOUT;
	found(&lab, FINDING_UDP_53_DROPPED, "on the way");
	client = well(&lab, "my-vps.9929");
	client->servers[0].tcp = (struct relay_client_reply){.asked = true};
	client->servers[0].tcp_error = EPERM;
	found(&lab, FINDING_TCP_53_DROPPED, "own firewall");
}

static void the_relay_does_not_see_the_target(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	replied(&client->servers[0].udp, "NXDOMAIN", NULL);
	client->servers[0].udp.is_of_zone = true;
	client->servers[0].tcp = client->magic = client->servers[0].udp;
	replied(&client->system.name, "", NULL);
	client->way = (struct relay_client_way){.echo = -2};
	found(&lab, FINDING_GRANT_TARGETS_MISSING, "100.64.0.3");
}

/* The relay knows the name, and gives no address of it. */
static void the_relay_does_not_relay_to_the_target(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	replied(&client->servers[0].udp, "NOERROR", NULL);
	client->servers[0].udp.is_of_zone = true;
	client->servers[0].tcp = client->magic = client->servers[0].udp;
	replied(&client->system.name, "", NULL);
	client->way = (struct relay_client_way){.echo = -2};
	found(&lab, FINDING_TARGET_DENIED, "100.64.0.3");
}

static void the_name_is_made_by_others(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	replied(&client->system.name, "", "203.0.113.5");
	strcpy(client->system.hosts, "203.0.113.5 my-vps.9929");
	found(&lab, FINDING_BYPASS_HOSTS, "/etc/hosts");
	client = well(&lab, "my-vps.9929");
	replied(&client->system.name, "", "203.0.113.9");
	client->system.absolute = client->system.name;
	strcpy(client->system.servers[0], "10.99.0.1");
	replied(&client->system.replies[0], "NOERROR", "203.0.113.9");
	strcpy(client->system.replies[0].alias, "around.example");
	client->system.server_count = 1;
	found(&lab, FINDING_BYPASS_RESOLVER, "around.example");
	client = well(&lab, "my-vps.9929");
	assert_int_equal(conf_address_parse("203.0.113.7", &client->system.name.addresses[client->system.name.count++]), 0);
	found(&lab, FINDING_BYPASS_SEARCH, "203.0.113.7");
	client = well(&lab, "my-vps.9929");
	replied(&client->magic, "NOERROR", "203.0.113.4");
	client->system.name = client->magic;
	found(&lab, FINDING_BYPASS_RECORD, "203.0.113.4");
}

static void an_address_of_the_target_itself_is_a_way_around(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");
	struct conf_address real;

	(void)state;
	assert_int_equal(conf_address_parse("100.64.0.3", &real), 0);
	relay_client_reply_add(&client->servers[0].udp, &real);
	relay_client_reply_add(&client->magic, &real);
	client->system.name = client->magic;
	found(&lab, FINDING_BYPASS_A_POLICY, "100.64.0.3");
}

static void no_dns_of_the_tailnet(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	client->prefs.corp_dns = false;
	replied(&client->magic, "NXDOMAIN", NULL);
	replied(&client->system.name, "", NULL);
	found(&lab, FINDING_ACCEPT_DNS_OFF, "does not accept");
	client = well(&lab, "my-vps.9929");
	client->status.magic_dns_enabled = false;
	replied(&client->system.name, "", NULL);
	found(&lab, FINDING_MAGIC_DNS_OFF, "MagicDNS is off");
}

static void no_route_has_one_of_five_reasons(void **state)
{
	struct lab lab;
	struct relay_client *client;

	(void)state;
	for (int i = 0; i < 5; i++) {
		static const enum relay_finding_id ids[] = {FINDING_MTU_SMALL, FINDING_IPV6_OFF, FINDING_ACCEPT_ROUTES_OFF,
							    FINDING_PREFIX_UNREACHABLE, FINDING_PREFIX_ROUTE_TAKEN};

		client = well(&lab, "my-vps.9929");
		client->way.device[0] = '\0';
		client->way.echo = -2;
		client->way.overlay_mtu = i == 0 ? 1200 : 1280;
		client->way.overlay_has_ipv6 = i > 1;
		client->prefs.route_all = i != 2;
		client->netmap.peers[0].allowed.count = i == 3 ? 1 : 2;
		found(&lab, ids[i], "");
	}
}

static void packets_get_lost(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	client->way.echo = -1;
	found(&lab, FINDING_ANSWER_MISSING, "fd64:9929::6440:3");
	client = well(&lab, "my-vps.9929");
	client->way.echo = -1;
	client->way.connects = true;
	found(&lab, FINDING_NONE, "");
	client = well(&lab, "my-vps.9929");
	client->way.large = -1;
	found(&lab, FINDING_MTU_SMALL, "1280");
	client = well(&lab, "my-vps.9929");
	client->way.echo = -1;
	client->netmap.peers[2].online = false;
	found(&lab, FINDING_TARGET_OFFLINE, "my-vps.ts.test");
}

/* No step is well that was not examined. */
static void without_an_address_route_and_packets_are_not_examined(void **state)
{
	struct lab lab;

	(void)state;
	well(&lab, "my-vps.9929")->way.has_target = false;
	relay_client_judge_route(&lab.client, &lab.findings);
	relay_client_judge_traffic(&lab.client, &lab.findings);
	assert_int_equal(lab.findings.count, 2);
	assert_int_equal(lab.findings.items[0].id, FINDING_NOT_EXAMINED);
	assert_int_equal(lab.findings.items[0].place, PLACE_CLIENT_ROUTE);
	assert_int_equal(lab.findings.items[1].id, FINDING_NOT_EXAMINED);
	assert_int_equal(lab.findings.items[1].place, PLACE_CLIENT_TRAFFIC);
	assert_string_not_equal(lab.findings.items[0].text,
				lab.findings.items[1].text); /* of two with one text the second is dropped */
	relay_findings_clear(&lab.findings);
	relay_client_clear(&lab.client);
}

static void a_tailscaled_that_is_not_up_is_all_there_is_to_say(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "my-vps.9929");

	(void)state;
	client->up = false;
	found(&lab, FINDING_TAILSCALED_DOWN, "Running");
	client = well(&lab, "my-vps.9929");
	client->up = false;
	client->netmap.self.key_expiry = client->now - 1;
	found(&lab, FINDING_TAILSCALED_KEY_EXPIRED, "expired");
}

/* A user who may not open tailscaled's socket: DNS and routes are all there is. */
static struct relay_client *unseen(struct lab *lab)
{
	struct relay_client *client = &lab->client;

	*lab = (struct lab){.client = {.blind = true, .name = "my-vps.9929", .domain = "9929", .trouble = "not permitted"}};
	replied(&client->magic, "NOERROR", "fd64:9929::6440:3");
	client->system.name = client->system.absolute = client->magic;
	client->way = (struct relay_client_way){.has_target = true,
						.overlay = "tailscale0",
						.overlay_mtu = 1280,
						.overlay_has_ipv6 = true,
						.device = "tailscale0",
						.echo = 3,
						.large = 4};
	client->way.target = client->magic.addresses[0];
	return client;
}

static void without_tailscaled_dns_and_routes_are_judged(void **state)
{
	struct lab lab;
	struct relay_client *client = unseen(&lab);

	(void)state;
	relay_client_judge_all(client, &lab.findings);
	assert_int_equal(relay_findings_exit(&lab.findings), RELAY_EXIT_OK);
	found(&lab, FINDING_TAILSCALED_UNSEEN, "not permitted");
	client = unseen(&lab);
	client->way.overlay[0] = '\0';
	strcpy(client->way.device, "eth0");
	found(&lab, FINDING_TAILSCALED_UNSEEN,
	      "not permitted"); /* another node of the network takes the packets into the tailnet */
	client = unseen(&lab);
	client->way = (struct relay_client_way){.echo = -1};
	found(&lab, FINDING_TAILSCALED_DOWN, "not permitted");
	client = unseen(&lab);
	client->hung = true;
	client->blind = false;
	client->socket = "/run/t.sock";
	found(&lab, FINDING_TAILSCALED_DOWN, "/run/t.sock");
}

/* Both domains of split DNS, whose zones are of headscale's netmap. */
static void each_domain_of_split_dns_is_found(void **state)
{
	struct lab lab;
	struct relay_client *client = well(&lab, "");

	(void)state;
	assert_int_equal(relay_client_domains(client), 1);
	free(client->netmap.zones[0].suffix);
	client->netmap.zones[0].suffix = strdup("cn2");
	client->netmap.zones[0].resolvers = calloc(1, sizeof(struct conf_address));
	client->netmap.zones[0].resolver_count = 1;
	assert_int_equal(conf_address_parse("100.64.0.2", &client->netmap.zones[0].resolvers[0]), 0);
	assert_int_equal(relay_client_domains(client), 2);
	client->number = 0;
	relay_client_choose(client);
	assert_string_equal(client->domain, "cn2");
	client->number = 1;
	relay_client_choose(client);
	assert_string_equal(client->domain, "9929");
	relay_client_clear(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_for_which_all_is_well_has_no_finding),
		cmocka_unit_test(a_target_of_ipv6_alone_is_judged_as_any_other),
		cmocka_unit_test(name_domain_and_relay_come_from_the_tailnet),
		cmocka_unit_test(a_name_below_no_zone_has_the_domain_behind_its_first_dot),
		cmocka_unit_test(another_node_gets_the_domain),
		cmocka_unit_test(the_relay_refuses),
		cmocka_unit_test(silence_is_told_apart),
		cmocka_unit_test(a_relay_that_lets_nothing_in_says_so),
		cmocka_unit_test(one_way_of_port_53_is_closed),
		cmocka_unit_test(the_relay_does_not_see_the_target),
		cmocka_unit_test(the_relay_does_not_relay_to_the_target),
		cmocka_unit_test(the_name_is_made_by_others),
		cmocka_unit_test(an_address_of_the_target_itself_is_a_way_around),
		cmocka_unit_test(no_dns_of_the_tailnet),
		cmocka_unit_test(no_route_has_one_of_five_reasons),
		cmocka_unit_test(packets_get_lost),
		cmocka_unit_test(without_tailscaled_dns_and_routes_are_judged),
		cmocka_unit_test(each_domain_of_split_dns_is_found),
		cmocka_unit_test(without_an_address_route_and_packets_are_not_examined),
		cmocka_unit_test(a_tailscaled_that_is_not_up_is_all_there_is_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
