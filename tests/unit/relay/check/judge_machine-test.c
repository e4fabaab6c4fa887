/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds on the machine itself. */
#include "tests/unit/relay/check/judge-lab.h"

#include "conf/settings.h"
#include "relay/check/finding.h"
#include "relay/check/grant.h"
#include "relay/check/judge.h"
#include "relay/check/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void one_cause_for_what_the_machine_lost(void **state)
{
	static const struct {
		const char *what, *found;
	} items[] = {
		{"net.ipv4.ip_forward = 1", "forwarding-off"},
		{"net.ipv4.conf.nat64.rp_filter = 2", "rp-filter"},
		{"route 192.168.240.0/20 dev nat64", "state-changed"},
	};
	struct lab lab;
	char verdict[1000];
	(void)state;

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		lab_make(&lab, "");
		list_set(&lab.evidence.machine.missing, items[i].what);
		lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 1, 0, 0};
		assert_found(&lab, items[i].found);
	}
	lab_make(&lab, "");
	lab.evidence.machine.rules_differ = lab.evidence.machine.masquerade_missing = true;
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 0, 0, 0};
	assert_found(&lab, "masquerade-missing");
	lab_make(&lab, "");
	lab.evidence.machine.rules_differ = true;
	lab.evidence.machine.has_table = lab.evidence.traffic.counters = false;
	assert_found(&lab, "rules-missing");
	lab_make(&lab, "");
	lab.evidence.machine.rules_differ = lab.evidence.machine.masquerade_missing = lab.evidence.machine.rules_held = true;
	relay_judge_all(&lab.evidence, &lab.findings);
	relay_verdict_write(&lab.findings, "my-vps.9929", verdict, sizeof(verdict));
	assert_string_equal(verdict, "my-vps.9929: works");
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "rules-held");
}

static void routes_of_others_and_disks(void **state)
{
	GOOD(lab, "");
	snprintf(lab.evidence.machine.pool_device, sizeof(lab.evidence.machine.pool_device), "eth0");
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 1, 0, 0};
	assert_found(&lab, "pool-route-taken");
	lab_make(&lab, "");
	snprintf(lab.evidence.machine.prefix_device, sizeof(lab.evidence.machine.prefix_device), "tailscale0");
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "prefix-route-taken");
	lab_make(&lab, "allow-destination 10.0.0.0/24\nlan-interface eth1\n");
	snprintf(lab.evidence.machine.lan_device, sizeof(lab.evidence.machine.lan_device), "tailscale0");
	assert_found(&lab, "lan-route-taken");
	lab_make(&lab, "allow-destination 10.0.0.0/24\nlan-interface eth1\n");
	snprintf(lab.evidence.machine.lan_device, sizeof(lab.evidence.machine.lan_device), "nowhere");
	assert_found(&lab, "lan-route-taken");
	lab_make(&lab, "");
	lab.evidence.machine.disks[0] = (struct relay_disk_evidence){"/var/lib/nat64-relay", false, true};
	lab.evidence.machine.disk_count = 1;
	assert_found(&lab, "disk-full");
	lab_make(&lab, "");
	lab.evidence.machine.disks[0] = (struct relay_disk_evidence){"/var/lib/nat64-relay", true, true};
	lab.evidence.machine.disk_count = 1;
	assert_found(&lab, "disk-read-only");
	lab_make(&lab, "");
	lab.evidence.machine.overlay_mtu = 1200;
	assert_found(&lab, "mtu-small");
}

static void a_relay_that_closed_itself(void **state)
{
	GOOD(lab, "");
	snprintf(lab.evidence.machine.guard, sizeof(lab.evidence.machine.guard), "its table is taken away");
	list_set(&lab.evidence.machine.missing, "nat64 up, MTU 65535");
	lab.evidence.machine.rules_differ = lab.evidence.machine.withdrawn = true;
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "guard-closed");
}

static void the_next_boot(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.unit_enabled = false;
	assert_found(&lab, "boot-off");
	lab_make(&lab, "");
	lab.evidence.broken = "relay.conf line 3: unknown directive \"nonsense\"";
	assert_found(&lab, "settings-broken");
	lab_make(&lab, "");
	lab.evidence.machine.edited = true;
	assert_found(&lab, "settings-edited");
}

/* What up, status and check print is what examples/policy.json has. */
static void the_grants_are_those_of_the_example(void **state)
{
	struct conf_settings *settings = settings_parse("http-listen auto\n");
	const char *top = getenv("srcdir");
	char path[512], text[1000];
	json_t *policy;
	(void)state;

	snprintf(path, sizeof(path), "%s/examples/policy.json", top ? top : ".");
	policy = json_load_file(path, 0, NULL);
	assert_non_null(policy);
	for (enum relay_grant grant = RELAY_GRANT_DNS; grant < RELAY_GRANTS; grant++) {
		json_t *printed = json_loads(relay_grant_print(grant, settings, NULL, text, sizeof(text)), 0, NULL);

		assert_non_null(printed);
		if (!json_equal(printed, json_array_get(json_object_get(policy, "grants"), grant)))
			fail_msg("examples/policy.json has another grant than %s", text);
		json_decref(printed);
	}
	json_decref(policy);
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cause_for_what_the_machine_lost), cmocka_unit_test(routes_of_others_and_disks),
		cmocka_unit_test(a_relay_that_closed_itself),          cmocka_unit_test(the_next_boot),
		cmocka_unit_test(the_grants_are_those_of_the_example),
	};

	return cmocka_run_group_tests_name("judge_machine", tests, NULL, NULL);
}
