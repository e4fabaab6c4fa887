/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judges of check together: what a good relay looks like, and what is the one cause. */
#include "tests/unit/relay/check/judge-lab.h"

#include "relay/check/finding.h"
#include "relay/check/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_good_relay_has_no_finding(void **state)
{
	GOOD(lab, "");
	assert_found(&lab, "");
}

/* The recorded status tells the node of its own approval, as Tailscale's own control plane does. */
static void a_good_relay_of_tailscales_own_control_plane_has_no_finding(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.headscale = false;
	assert_int_equal(lab.evidence.tailnet.status.primary_routes.count, 1);
	assert_found(&lab, "");
}

/* up refuses where a watch is at work. */
static void what_puts_rules_back_can_be_typed(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.rules_differ = lab.evidence.machine.masquerade_missing = true;
	relay_judge_machine(&lab.evidence, &lab.findings);
	assert_string_equal(lab.findings.items[0].advice, "nat64-relay up");
	relay_findings_clear(&lab.findings);
	lab.evidence.machine.watched = true;
	relay_judge_machine(&lab.evidence, &lab.findings);
	assert_string_equal(lab.findings.items[0].advice, "nat64-relay reload");
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "masquerade-missing");
}

static void an_unbound_older_than_the_distributions_is_found(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.unbound = (struct unboundconf_age){
		.version = "1.26.0-1", .newer = "1.26.1-1", .built = "2026-08-01", .days = 120};
	assert_found(&lab, "unbound-outdated");
}

static void before_up_there_is_one_finding(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.running = false;
	assert_found(&lab, "not-running");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_relay_has_no_finding),
		cmocka_unit_test(a_good_relay_of_tailscales_own_control_plane_has_no_finding),
		cmocka_unit_test(what_puts_rules_back_can_be_typed),
		cmocka_unit_test(before_up_there_is_one_finding),
		cmocka_unit_test(an_unbound_older_than_the_distributions_is_found),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
