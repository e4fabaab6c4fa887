/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 twin in the names: addresses moved into it, and the names of such addresses. */
#ifndef MODULE_TWIN_H
#define MODULE_TWIN_H

#include "module/reverse.h"

struct conf_settings;
struct conf_twin;
struct reverse_zone;
struct split_domains;

/* Make the zones of the twin's addresses, 1 to 128 of them; none without a twin. 0, or -1 without memory. */
int splitdns_twin_zones_make(struct split_domains *domains, const struct conf_settings *settings);

/* The zone that a name under in-addr.arpa lies in, and at which octet of the name it begins; NULL when there is none. */
const struct reverse_zone *splitdns_twin_find_zone(const struct split_domains *domains, const uint8_t *name,
						   size_t length, size_t *offset);

/* As reverse_read: offset octets of labels stand before the zone. address becomes the real one, moved back. */
enum reverse_kind splitdns_twin_reverse_read(const struct conf_twin *twin, const uint8_t *name, size_t offset,
					     struct in_addr *address);

#endif
