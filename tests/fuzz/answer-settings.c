/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four nodes: a relay with a domain for each policy, a twin of each family and two prefixes to choose from; a relay of public names by the well-known prefix,
 * which also has a tailnet to hide; a relay whose prefixes have every length of RFC 6052; and one for names under their own name.
 */
#include "tests/fuzz/answer-settings.h"

#include <stddef.h>

#define NODE    "runtime-dir /nonexistent\nedge-address 100.64.0.1\ndynamic-pool 192.168.240.0/20\n"
#define SECRETS "secret tail1234.ts.net\nsecret lab.example\n"
#define DENIED  "deny 100.100.100.100/32\ndeny 100.64.0.1/32\ndeny 192.168.240.0/20\n"

const struct answer_settings answer_settings[ANSWER_SETTINGS] = {
	{
		NODE "split-domain 9929 tail1234.ts.net\nsplit-domain lab.9929 lab.example\n"
		     "split-domain open.internal tail1234.ts.net\na-policy open.internal real\nnative-aaaa open.internal yes\n"
		     "type-policy open.internal pass TXT SSHFP CAA\n"
		     "split-domain closed.internal tail1234.ts.net\na-policy closed.internal nxdomain\n"
		     "prefix fd64:9929::/96\nprefix fd64:1:2:3::/64 lab.9929\nprefix fd64:1:2::/96 9929\nprefix fd67::/96 9929\n"
		     "twin-prefix 10.65.0.0/16 100.65.0.0/16\na-policy lab.9929 empty\ntwin6-prefix fd99:9929:1::/48\n"
		     "aaaa-policy lab.9929 twin6\n",
		SECRETS DENIED
		"allow 100.64.0.0/10\nzone 9929\nzone lab.9929\nzone open.internal native real passes\n"
		"zone closed.internal\nprefix fd64:9929::/96\nprefix fd64:1:2:3::/64\n"
		"reverse 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa\n"
		"reverse 3.0.0.0.2.0.0.0.1.0.0.0.4.6.d.f.ip6.arpa\nprefix fd64:1:2::/96\nprefix fd67::/96\ntwin 10.65.0.0/16\nreverse 65.10.in-addr.arpa\n"
		"twin6 fd99:9929:1::/48\nclosed6 fd99:9929:1:b1a::/64\nreverse 1.0.0.0.9.2.9.9.9.9.d.f.ip6.arpa\n"
		"reverse 0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.4.6.d.f.ip6.arpa\n"
		"reverse 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.6.d.f.ip6.arpa\n",
	},
	{
		NODE "split-domain 9929 tail1234.ts.net\nsplit-domain lab.9929 lab.example\nsplit-domain open.internal .\n"
		     "type-policy open.internal pass TXT\nnative-aaaa open.internal yes\na-policy open.internal real\n"
		     "prefix 64:ff9b::/96\nprefix fd64:9929::/96 9929 lab.9929\nallow-destination 0.0.0.0/0\n",
		SECRETS DENIED "zone 9929\nzone lab.9929\nzone open.internal native real passes\nprefix 64:ff9b::/96 global\n"
			       "prefix fd64:9929::/96\nreverse 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.0.0.ip6.arpa\n"
			       "reverse 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa\n",
	},
	{
		NODE "split-domain 9929 tail1234.ts.net\nsplit-domain lab.9929 lab.example\nsplit-domain open.internal tail1234.ts.net\n"
		     "split-domain closed.internal lab.example\ntype-policy 9929 pass TXT\na-policy closed.internal real\n"
		     "prefix fd65::/32 9929\nprefix fd64:9929::/40 lab.9929\nprefix fd64:1:2::/48 open.internal\n"
		     "prefix fd66:1:2:300::/56 closed.internal\n",
		SECRETS DENIED
		"allow 100.64.0.0/10\nzone 9929 passes\nzone lab.9929\nzone open.internal\nzone closed.internal real\n"
		"prefix fd65::/32\nprefix fd64:9929::/40\nprefix fd64:1:2::/48\nprefix fd66:1:2:300::/56\n"
		"reverse 0.0.0.0.5.6.d.f.ip6.arpa\nreverse 0.0.9.2.9.9.4.6.d.f.ip6.arpa\n"
		"reverse 2.0.0.0.1.0.0.0.4.6.d.f.ip6.arpa\nreverse 3.0.2.0.0.0.1.0.0.0.6.6.d.f.ip6.arpa\n",
	},
	{
		NODE "split-domain host.9929 host.9929\nsplit-domain open.internal .\nsplit-domain lab.9929 lab.example\n"
		     "native-aaaa host.9929 yes\nprefix fd64:9929::/96\nallow-destination 100.64.0.0/10\nallow-destination 8.8.8.0/24\n"
		     "upstream-dns . 9.9.9.9\n",
		"secret lab.example\n" DENIED
		"allow 100.64.0.0/10\nallow 8.8.8.0/24\nzone host.9929 native\nzone open.internal\nzone lab.9929\n"
		"prefix fd64:9929::/96\nreverse 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa\n",
	},
};

const char *const answer_reals[] = {"tail1234.ts.net", "lab.example", NULL};
const char *const answer_others[] = {
	"9929", "lab.9929", "open.internal", "closed.internal", "elsewhere.invalid", "in-addr.arpa", "host.9929", NULL};

const uint8_t answer_networks[ANSWER_NETWORKS][12] = {
	{0xfd, 0x64, 0x99, 0x29},
	{0xfd, 0x64, 0, 1, 0, 2, 0, 3},
	{0, 0x64, 0xff, 0x9b},
	{0xfd, 0x65},
	{0xfd, 0x64, 0, 1, 0, 2},
	{0xfd, 0x66, 0, 1, 0, 2, 3},
	{0xfd, 0x67},
	{0xfd, 0x99, 0x99, 0x29, 0, 1},
	{0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0},
	{0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0, 0x0b, 0x1a},
};
