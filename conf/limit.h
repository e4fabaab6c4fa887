/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one client may do: client-limit, and the default of dns-rate-limit. */
#ifndef CONF_LIMIT_H
#define CONF_LIMIT_H

#include "conf/complete.h"
#include "conf/store.h"

conf_store conf_store_client_limit;

/* The defaults of a relay, where the file says nothing else. A plain translator has no limits, as TAYGA has none. */
conf_complete conf_complete_client_limit, conf_complete_dns_rate_limit;

#endif
