/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up capabilities, by libcap-ng. */
#include "nat64/daemon/capabilities.h"

#include <cap-ng.h>
#include <unistd.h>

bool nat64d_capabilities_are_none(void)
{
	return capng_get_caps_process() == 0 && capng_have_capabilities(CAPNG_SELECT_BOTH) == CAPNG_NONE;
}

int nat64d_capabilities_drop(uid_t user, gid_t group)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (geteuid() == 0 && (user != 0 || group != 0))
		return capng_change_id((int)user, (int)group, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	return capng_apply(geteuid() == 0 ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
}
