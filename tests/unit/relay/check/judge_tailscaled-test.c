/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds in tailscaled. */
#include "tests/unit/relay/check/judge-lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void tailscaled_is_down(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.up = false;
	tailscale_netmap_clear(&lab.evidence.tailnet.netmap);
	lab.evidence.tailnet.has_netmap = false;
	assert_found(&lab, "tailscaled-down");
}

static void a_key_that_expired(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.status.expired = true;
	assert_found(&lab, "tailscaled-key-expired");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.self.key_expiry = lab.evidence.tailnet.now + 3600;
	assert_found(&lab, "tailscaled-key-expires");
}

static void a_clock_that_is_wrong(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.now = lab.evidence.tailnet.netmap.peers[0].created - 3600;
	assert_found(&lab, "clock-wrong");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.self.key_expiry = lab.evidence.tailnet.now - 3600;
	assert_found(&lab, "clock-wrong");
}

/* headscale says of a node that it is offline a while after it has come: tailscaled's own complaint counts. */
static void a_control_plane_that_does_not_hear_us(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.status.online = false;
	assert_found(&lab, "");
	lab_make(&lab, "");
	strcpy(lab.evidence.tailnet.netmap.warnings[0].severity, "medium");
	strcpy(lab.evidence.tailnet.netmap.warnings[0].code, "not-in-map-poll");
	assert_found(&lab, "tailscaled-offline");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.has_health = lab.evidence.tailnet.status.online = false;
	assert_found(&lab, "tailscaled-offline");
}

static void settings_of_tailscaled(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.prefs.shields_up = true;
	assert_found(&lab, "shields-up");
	lab_make(&lab, "");
	lab.evidence.tailnet.prefs.stateful_filtering = true;
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){1, 0, 1, 0, 0};
	lab.evidence.traffic.took = -1;
	assert_found(&lab, "stateful-filtering");
}

static void a_complaint_of_tailscaled(void **state)
{
	GOOD(lab, "");
	strcpy(lab.evidence.tailnet.netmap.warnings[0].severity, "high");
	assert_found(&lab, "tailscaled-health");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.has_health = false; /* an older tailscaled, which tells by its status alone */
	list_set(&lab.evidence.tailnet.status.health, "Some peers are advertising routes but --accept-routes is false");
	assert_found(&lab, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tailscaled_is_down),     cmocka_unit_test(a_key_that_expired),
		cmocka_unit_test(a_clock_that_is_wrong),  cmocka_unit_test(a_control_plane_that_does_not_hear_us),
		cmocka_unit_test(settings_of_tailscaled), cmocka_unit_test(a_complaint_of_tailscaled),
	};

	return cmocka_run_group_tests_name("judge_tailscaled", tests, NULL, NULL);
}
