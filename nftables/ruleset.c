/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table `inet nat64-relay`: every chain and every rule.
 *
 * The way of a packet, with the hooks it meets:
 *
 *   client  -IPv6-> overlay -> arrival, forward: to-translator, clients, client-sources -> marks -> device
 *   device  -IPv4-> arrival, forward: from-translator, to-targets, destinations, by-overlay -> source-nat -> overlay
 *   target  -IPv4-> overlay -> arrival, (conntrack undoes the masquerade), forward: to-translator, answers -> device
 *   device  -IPv6-> arrival, forward: from-translator, to-clients, by-overlay -> overlay -> client
 *   relay's own programs and the kernel's ICMP errors: output: from-relay -> device -> ... and back by input
 *
 *   client  -IPv4-> overlay -> arrival, target-nat (the twin's address becomes the real one), forward: by-twin, twin-sources,
 *                              destinations, by-overlay -> source-nat -> overlay
 *   target  -IPv4-> overlay -> arrival, (conntrack undoes the masquerade), forward: by-twin, by-overlay -> (conntrack puts the
 *                              twin's address back) -> overlay
 *   relay's own programs: own-target-nat -> source-nat -> overlay ... and back by input
 *
 *   client  -IPv6 to the twin6-> the same way: target-nat, by-twin6, twin6-sources, destinations6, by-overlay
 *
 * What came by a twin is known by its connection's original destination, both ways, whichever other program does DNAT here.
 *
 * The translator's own ICMP errors need no rule of their own. Towards targets they carry its IPv4 address and quote a packet
 * of a tracked connection, so conntrack calls them related and masquerades them with it; towards clients they come out of
 * the prefix. The kernel's own errors about packets to or from the device (too big for the overlay, 1280) go into the
 * translator from an address of the relay that is no client's: output lets ICMP errors pass whatever their source. By type, so
 * that it does not matter whether this kernel ties its error to the connection that caused it (6.18 does, seen). The translator
 * believes the errors of few (nat64/core/sender.c), and does not know all addresses of this machine. So the kernel's ICMPv6 errors get
 * the translator's address as their source, and nobody else has that: `arrival` drops it. IPv4 errors come from the device's own
 * address, which lies in the pool. In forward an error about a connection passes from any address; the translator judges it.
 *
 * What went out by the overlay comes back by it. `arrival` drops whatever claims an address of the tailnet and comes from elsewhere, before conntrack sees
 * it; reverse-path filtering would not (it is off, or loose, which asks for any route at all). An error of elsewhere about a connection to the tailnet has
 * a source of its own, and ends in `answers` and `by-twin`.
 *
 * Priorities. A verdict of accept in our base chains ends our chain only; every other table still decides for itself, so a
 * packet passes when all accept (tailscaled's ts-forward accepts what it marked, and what leaves by the overlay).
 *   arrival     before raw (-450): before the kernel collects fragments and before conntrack, so that forged sources and what is
 *               beyond a client's limits leave no state behind, and cost next to nothing.
 *   guard       filter - 10: after conntrack and everybody's mangling and DNAT, before everybody's filter: nobody counts,
 *               logs or rejects what we drop, and our counters show it all.
 *   target-nat  dstnat - 10: the first nat chain that takes a connection wins; both nat chains are ours first, so that their
 *               counters are right.
 *   marks       mangle (-150) in postrouting: after the routing decision that the mark may serve, before tailscaled's
 *               `mark 0x40000 masquerade` at srcnat, which would hide the clients behind the relay's address.
 *   source-nat  srcnat - 10.
 *
 * Choices.
 *   No `fully-random`: clients already pick their ports at random (RFC 6056). A port that stays what it was makes UDP mappings
 *   independent of the endpoint (RFC 4787) as long as it is free, and lets an operator match the logs of both sides.
 *   No MSS clamp: both sides learn the path MTU by ICMP, which passes here.
 *   `ct state invalid` is dropped for IPv4 from the device alone: conntrack does not masquerade such packets, they would leave
 *   with a pool address. On the IPv6 side nothing is rewritten, and addresses decide.
 *   100.64.0.0/10 leaves by the overlay alone: with the overlay down it must not go to a carrier's network.
 *   While the device or its route is missing, the default route of the node is that of all that the translator stands for: what clients send, targets
 *   answer and the relay's own programs send would leave by the uplink. A mapped host's IPv6 address is its own: IPv6 hosts reach it past the translator.
 *   Nothing in forward has a destination in the twin any more. What has is no connection that conntrack could move, or came from
 *   elsewhere, and is dropped. The relay itself may use the twin, as it may reach the
 *   targets without; but nobody reaches the relay by it.
 *   What a client may do at most is counted in sets that packets fill (libnftnl's dynset): a silent client leaves them. New connections
 *   have a rate as well as a number, since `ct count` walks through all that a client has for each of them. A set that is full lets everybody pass: to fill one takes 65,535 addresses of the overlay.
 *   The page of http-listen is the one service of the node that clients reach through the translator and by the twin, so that a browser can see whether it
 *   does. The order matters: the page's port is accepted, the rest of the node is not.
 *   A lan-interface is that of a site: other sites may have the very same network behind other nodes, and tailscaled, or a default route, may lead there. So
 *   what lies in it is reached by this interface alone, and answers from nowhere else; the relay's own questions to the name server too.
 *   Without one whatever else the settings open leaves where the routes lead. An established connection skips the list of sources.
 */
#include "nftables/ruleset.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <sys/socket.h>

enum {
	ARRIVING = NF_IP_PRI_RAW_BEFORE_DEFRAG,
	GUARD = NF_IP_PRI_FILTER - 10,
	MOVING = NF_IP_PRI_NAT_DST - 10,
	MASQUERADING = NF_IP_PRI_NAT_SRC - 10
};

const struct nftables_chain nftables_chains[] = {
	{"arrival", "filter", NF_INET_PRE_ROUTING, ARRIVING},
	{"target-nat", "nat", NF_INET_PRE_ROUTING, MOVING},
	{"own-target-nat", "nat", NF_INET_LOCAL_OUT, MOVING},
	{"forward", "filter", NF_INET_FORWARD, GUARD},
	{"to-translator", NULL, 0, 0},
	{"answers", NULL, 0, 0},
	{"clients", NULL, 0, 0},
	{"client-sources", NULL, 0, 0},
	{"from-translator", NULL, 0, 0},
	{"to-targets", NULL, 0, 0},
	{"destinations", NULL, 0, 0},
	{"to-clients", NULL, 0, 0},
	{"by-twin", NULL, 0, 0},
	{"twin-sources", NULL, 0, 0},
	{"by-twin6", NULL, 0, 0},
	{"twin6-sources", NULL, 0, 0},
	{"destinations6", NULL, 0, 0},
	{"by-overlay", NULL, 0, 0},
	{"input", "filter", NF_INET_LOCAL_IN, GUARD},
	{"output", "filter", NF_INET_LOCAL_OUT, GUARD},
	{"from-relay", NULL, 0, 0},
	{"marks", "filter", NF_INET_POST_ROUTING, NF_IP_PRI_MANGLE},
	{"source-nat", "nat", NF_INET_POST_ROUTING, MASQUERADING},
};
const size_t nftables_chain_count = sizeof(nftables_chains) / sizeof(nftables_chains[0]);

/* No length is a multiple of four: see names.c. */
const struct nftables_meter nftables_meters[NFTABLES_METERS] = {
	{"packets", OVER_PACKETS, AF_INET6, 20},
	{"fragments", OVER_FRAGMENTS, AF_INET6, 4}, /* the largest datagram comes in some fifty */
	{"connections", OVER_CONNECTIONS, AF_INET6, 0},
	{"connections-ip4", OVER_CONNECTIONS4, AF_INET, 0},
	{"new-connections", OVER_FRESH, AF_INET6, 1},
	{"new-connections-ip4", OVER_FRESH4, AF_INET, 1},
};

#define ACCEPTED         ACCEPT, 0, NULL
#define DROPPED(counter) DROP, NFTABLES_DROP_##counter, NULL
#define MOVED            MOVE_FROM_TWIN, NFTABLES_TWIN_MOVED, NULL
#define MOVED6           MOVE_FROM_TWIN6, NFTABLES_TWIN6_MOVED, NULL
#define GOES(chain)      GOTO, 0, chain

const struct nftables_rule nftables_rules[] = {
	{"arrival", {FROM_DEVICE}, ACCEPTED, "the translator speaks for prefix and pool"},
	{"arrival", {FROM_LOOPBACK}, ACCEPTED, "the relay to itself"},
	{"arrival", {SOURCE_IN_PREFIX}, DROPPED(FORGED), "nobody else has a source in the prefix"},
	{"arrival", {SOURCE_IN_POOL}, DROPPED(FORGED), "nobody else has a source in the pool"},
	{"arrival", {SOURCE_IN_TWIN}, DROPPED(FORGED), "nobody has a source in the twin"},
	{"arrival", {SOURCE_IN_TWIN6}, DROPPED(FORGED), "nobody has a source in the twin6"},
	{"arrival", {NOT_FROM_OVERLAY, SOURCE_IN_OVERLAY}, DROPPED(ELSEWHERE), "the tailnet's addresses come by the overlay alone"},
	{"arrival", {NOT_FROM_OVERLAY, SOURCE_IN_OVERLAY6}, DROPPED(ELSEWHERE), "the tailnet's addresses come by the overlay alone"},
	{"arrival", {FROM_OVERLAY, DESTINATION_IN_TWIN6, FRAGMENT6, OVER_FRAGMENTS}, DROPPED(FRAGMENTS), "client-limit fragments"},
	{"arrival",
	 {FROM_OVERLAY, DESTINATION_OF_TRANSLATOR6, FRAGMENT6, OVER_FRAGMENTS},
	 DROPPED(FRAGMENTS),
	 "client-limit fragments"},
	{"arrival", {FROM_OVERLAY, DESTINATION_OF_TRANSLATOR6, OVER_PACKETS}, DROPPED(PACKETS), "client-limit packets"},

	{"target-nat", {FROM_OVERLAY, DESTINATION_IN_TWIN}, MOVED, "the twin stands for the targets"},
	{"target-nat", {FROM_OVERLAY, DESTINATION_IN_TWIN6}, MOVED6, "the twin6 stands for the targets"},
	{"own-target-nat", {DESTINATION_IN_TWIN}, MOVED, "the relay as its own client"},
	{"own-target-nat", {DESTINATION_IN_TWIN6}, MOVED6, "the relay as its own client"},

	{"forward", {WAS_TO_TWIN}, GOES("by-twin"), "by the twin, both ways"},
	{"forward", {DESTINATION_IN_TWIN}, DROPPED(UNTRACKED), "nothing has moved it"},
	{"forward", {WAS_TO_TWIN6}, GOES("by-twin6"), "by the twin6, both ways"},
	{"forward", {DESTINATION_IN_TWIN6}, DROPPED(UNTRACKED), "nothing has moved it"},
	{"forward", {TO_DEVICE}, GOES("to-translator"), "into the translator"},
	{"forward", {FROM_DEVICE}, GOES("from-translator"), "out of the translator"},
	{"forward", {DESTINATION_IN_PREFIX}, DROPPED(EXIT), "never past the translator"},
	{"forward", {DESTINATION_OF_TRANSLATOR4}, DROPPED(EXIT), "never past the translator"},

	{"to-translator", {FROM_DEVICE}, DROPPED(LOOP), "never out and in again"},
	{"to-translator", {IPV4}, GOES("answers"), "IPv4 comes to clients"},
	{"to-translator", {SOURCE_MAPPED6, ESTABLISHED_OR_RELATED}, ACCEPTED, "a mapped host answers"},
	{"to-translator", {NOT_FROM_OVERLAY}, DROPPED(ENTRY), "clients come by the overlay alone"},
	{"to-translator", {ESTABLISHED_OR_RELATED}, ACCEPTED, "of a connection that was let in, or an error about it"},
	{"to-translator", {ALWAYS}, GOES("clients"), "a client's packet"},

	{"answers",
	 {NOT_FROM_OVERLAY, REPLY_DIRECTION, WAS_TO_OVERLAY},
	 DROPPED(ELSEWHERE),
	 "what went out by the overlay is answered by it"},
	{"answers",
	 {NOT_FROM_LAN, REPLY_DIRECTION, WAS_TO_ANYWHERE},
	 DROPPED(ELSEWHERE),
	 "what went out by the LAN is answered by it"},
	{"answers", {ESTABLISHED_OR_RELATED}, ACCEPTED, "answers and errors to what a client sent"},
	{"answers", {DESTINATION_MAPPED4}, ACCEPTED, "a static map is open to all"},
	{"answers", {ALWAYS}, DROPPED(UNINVITED), "nobody reaches a client unasked"},

	{"clients", {DESTINATION_OF_TRANSLATOR6}, GOES("client-sources"), "to be translated"},
	{"clients", {ALWAYS}, DROPPED(NOT_PREFIX), "only the prefix is translated"},
	{"client-sources", {SOURCE_ALLOWED, OVER_FRESH}, DROPPED(CONNECTIONS), "client-limit new-connections"},
	{"client-sources", {SOURCE_ALLOWED, OVER_CONNECTIONS}, DROPPED(CONNECTIONS), "client-limit connections"},
	{"client-sources", {SOURCE_ALLOWED}, ACCEPTED, "allow-source"},
	{"client-sources", {WHEN_ANY_SOURCE, OVER_FRESH}, DROPPED(CONNECTIONS), "client-limit new-connections"},
	{"client-sources", {WHEN_ANY_SOURCE, OVER_CONNECTIONS}, DROPPED(CONNECTIONS), "client-limit connections"},
	{"client-sources", {WHEN_ANY_SOURCE}, ACCEPTED, "no allow-source: any client"},
	{"client-sources", {ALWAYS}, DROPPED(SOURCE), "no allowed source"},

	{"from-translator", {IPV4}, GOES("to-targets"), "IPv4 goes to targets"},
	{"from-translator", {SOURCE_OF_TRANSLATOR6}, GOES("to-clients"), "IPv6 goes to clients"},
	{"from-translator", {ALWAYS}, DROPPED(STRAY), "not an address of the translator"},

	{"to-targets", {INVALID}, DROPPED(UNTRACKED), "would leave without masquerade"},
	{"to-targets", {DESTINATION_OWN}, DROPPED(DENIED), "the node's own, and clients'"},
	{"to-targets", {DESTINATION_MARTIAN}, DROPPED(DENIED), "no host has such an address"},
	{"to-targets", {DESTINATION_DENIED}, DROPPED(DENIED), "deny-destination"},
	{"to-targets", {SOURCE_OF_TRANSLATOR4}, GOES("destinations"), "from the translator's addresses"},
	{"to-targets", {ALWAYS}, DROPPED(STRAY), "not an address of the translator"},
	{"destinations", {REPLY_DIRECTION, WHEN_MAPS}, ACCEPTED, "a mapped host answers"},
	{"destinations", {DESTINATION_BY_OVERLAY}, GOES("by-overlay"), "allow-destination of the overlay"},
	{"destinations", {DESTINATION_ANYWHERE, NOT_TO_LAN}, DROPPED(EXIT), "never past the LAN"},
	{"destinations", {DESTINATION_ANYWHERE}, ACCEPTED, "allow-destination"},
	{"destinations", {WHEN_ANY_DESTINATION}, ACCEPTED, "no allow-destination: any target"},
	{"destinations", {ALWAYS}, DROPPED(TARGET), "no allowed destination"},

	{"to-clients", {DESTINATION_MAPPED6}, ACCEPTED, "to a mapped host"},
	{"to-clients", {DESTINATION_CLIENT}, GOES("by-overlay"), "to a client"},
	{"to-clients", {WHEN_ANY_SOURCE}, GOES("by-overlay"), "no allow-source: any client"},
	{"to-clients", {ALWAYS}, DROPPED(NOT_CLIENT), "no client"},

	{"by-twin",
	 {NOT_FROM_OVERLAY, REPLY_DIRECTION, WAS_TO_OVERLAY},
	 DROPPED(ELSEWHERE),
	 "what went out by the overlay is answered by it"},
	{"by-twin",
	 {NOT_FROM_LAN, REPLY_DIRECTION, WAS_TO_TWIN_BEYOND},
	 DROPPED(ELSEWHERE),
	 "what went out by the LAN is answered by it"},
	{"by-twin", {REPLY_DIRECTION}, GOES("by-overlay"), "a target answers"},
	{"by-twin", {DESTINATION_OWN}, DROPPED(DENIED), "the node's own, and clients'"},
	{"by-twin", {DESTINATION_MARTIAN}, DROPPED(DENIED), "no host has such an address"},
	{"by-twin", {DESTINATION_DENIED}, DROPPED(DENIED), "deny-destination"},
	{"by-twin", {NOT_FROM_OVERLAY}, DROPPED(ENTRY), "clients come by the overlay alone"},
	{"by-twin", {ESTABLISHED_OR_RELATED}, GOES("destinations"), "of a connection that was let in, or an error about it"},
	{"by-twin", {ALWAYS}, GOES("twin-sources"), "a client's packet"},
	{"twin-sources", {SOURCE_ALLOWED4, OVER_FRESH4}, DROPPED(CONNECTIONS), "client-limit new-connections"},
	{"twin-sources", {SOURCE_ALLOWED4, OVER_CONNECTIONS4}, DROPPED(CONNECTIONS), "client-limit connections"},
	{"twin-sources", {SOURCE_ALLOWED4}, GOES("destinations"), "allow-source"},
	{"twin-sources", {WHEN_ANY_SOURCE4, OVER_FRESH4}, DROPPED(CONNECTIONS), "client-limit new-connections"},
	{"twin-sources", {WHEN_ANY_SOURCE4, OVER_CONNECTIONS4}, DROPPED(CONNECTIONS), "client-limit connections"},
	{"twin-sources", {WHEN_ANY_SOURCE4}, GOES("destinations"), "no allow-source: any client"},
	{"twin-sources", {ALWAYS}, DROPPED(SOURCE), "no allowed source"},

	{"by-twin6",
	 {NOT_FROM_OVERLAY, REPLY_DIRECTION, WAS_TO_OVERLAY6},
	 DROPPED(ELSEWHERE),
	 "what went out by the overlay is answered by it"},
	{"by-twin6",
	 {NOT_FROM_LAN, REPLY_DIRECTION, WAS_TO_TWIN6_BEYOND},
	 DROPPED(ELSEWHERE),
	 "what went out by the LAN is answered by it"},
	{"by-twin6", {REPLY_DIRECTION}, GOES("by-overlay"), "a target answers"},
	{"by-twin6", {NOT_FROM_OVERLAY}, DROPPED(ENTRY), "clients come by the overlay alone"},
	{"by-twin6", {DESTINATION_OWN6}, DROPPED(DENIED), "the node's own, and what stands for others"},
	{"by-twin6", {DESTINATION_DENIED6}, DROPPED(DENIED), "deny-destination"},
	{"by-twin6", {ESTABLISHED_OR_RELATED}, GOES("destinations6"), "of a connection that was let in, or an error about it"},
	{"by-twin6", {ALWAYS}, GOES("twin6-sources"), "a client's packet"},
	{"twin6-sources", {SOURCE_ALLOWED, OVER_FRESH}, DROPPED(CONNECTIONS), "client-limit new-connections"},
	{"twin6-sources", {SOURCE_ALLOWED, OVER_CONNECTIONS}, DROPPED(CONNECTIONS), "client-limit connections"},
	{"twin6-sources", {SOURCE_ALLOWED}, GOES("destinations6"), "allow-source"},
	{"twin6-sources", {ALWAYS}, DROPPED(SOURCE), "no allowed source"},
	{"destinations6", {DESTINATION_BY_OVERLAY6}, GOES("by-overlay"), "allow-destination of the overlay"},
	{"destinations6", {DESTINATION_ANYWHERE6, NOT_TO_LAN}, DROPPED(EXIT), "never past the LAN"},
	{"destinations6", {DESTINATION_ANYWHERE6}, ACCEPTED, "allow-destination"},
	{"destinations6", {ALWAYS}, DROPPED(TARGET), "no allowed destination"},

	{"by-overlay", {TO_OVERLAY}, ACCEPTED, "leaves by the overlay"},
	{"by-overlay", {ALWAYS}, DROPPED(EXIT), "never past the overlay"},

	{"input", {WAS_TO_TWIN, REPLY_DIRECTION}, ACCEPTED, "answers to the relay's own programs"},
	{"input", {WAS_TO_TWIN, FROM_OVERLAY, DESTINATION_HTTP, TCP_HTTP}, ACCEPTED, "the page, by the twin"},
	{"input", {WAS_TO_TWIN}, DROPPED(TO_RELAY), "never to the relay itself"},
	{"input", {WAS_TO_TWIN6, REPLY_DIRECTION}, ACCEPTED, "answers to the relay's own programs"},
	{"input", {WAS_TO_TWIN6}, DROPPED(TO_RELAY), "never to the relay itself"},
	{"input", {FROM_DEVICE, ESTABLISHED_OR_RELATED}, ACCEPTED, "answers to the relay's own programs"},
	{"input", {FROM_DEVICE, DESTINATION_MAPPED6}, ACCEPTED, "the relay is a mapped host"},
	{"input", {FROM_DEVICE, DESTINATION_HTTP, TCP_HTTP}, ACCEPTED, "the page, through the translator"},
	{"input", {FROM_DEVICE}, DROPPED(TO_RELAY), "never to the relay itself"},

	{"output", {WAS_TO_TWIN}, ACCEPTED, "moved: it leaves elsewhere than it was routed at first"},
	{"output", {WAS_TO_TWIN6}, ACCEPTED, "moved: it leaves elsewhere than it was routed at first"},
	{"output",
	 {DESTINATION_ANYWHERE, NOT_TO_LAN, NOT_TO_LOOPBACK},
	 DROPPED(EXIT),
	 "the relay asks the name server of its own site"},
	{"output",
	 {DESTINATION_ANYWHERE6, NOT_TO_LAN, NOT_TO_LOOPBACK},
	 DROPPED(EXIT),
	 "the relay asks the name server of its own site"},
	{"output", {DESTINATION_IN_TWIN}, DROPPED(UNTRACKED), "nothing has moved it"},
	{"output", {DESTINATION_IN_TWIN6}, DROPPED(UNTRACKED), "nothing has moved it"},
	{"output", {TO_DEVICE}, GOES("from-relay"), "the relay's own packets into the translator"},
	{"output", {DESTINATION_IN_PREFIX, NOT_TO_LOOPBACK}, DROPPED(EXIT), "never past the translator"},
	{"output", {DESTINATION_OF_TRANSLATOR4, NOT_TO_LOOPBACK}, DROPPED(EXIT), "never past the translator"},
	{"from-relay",
	 {ERROR_ICMPV6, WHEN_ERRORS_ARE_VETTED},
	 SPEAK_FOR_TRANSLATOR,
	 0,
	 NULL,
	 "the kernel's ICMPv6 errors come from the translator's address"},
	{"from-relay", {ESTABLISHED_OR_RELATED}, ACCEPTED, "of a connection that was let in, or an error about it"},
	{"from-relay", {ERROR_UNREACHABLE}, ACCEPTED, "the kernel's ICMP errors"},
	{"from-relay", {ERROR_TIME_EXCEEDED}, ACCEPTED, "the kernel's ICMP errors"},
	{"from-relay", {ERROR_PARAMETER}, ACCEPTED, "the kernel's ICMP errors"},
	{"from-relay", {ERROR_ICMPV6}, ACCEPTED, "the kernel's ICMPv6 errors"},
	{"from-relay", {DESTINATION_MAPPED4}, ACCEPTED, "a static map is open to all"},
	{"from-relay", {IPV4}, DROPPED(FROM_RELAY), "clients are reached by nobody, the relay included"},
	{"from-relay", {DESTINATION_MULTICAST6}, DROPPED(MULTICAST), "no listener reports to the translator"},
	{"from-relay", {ALWAYS}, GOES("clients"), "the relay as its own client"},

	{"marks", {TO_DEVICE, MARKED}, CLEAR_MARK, NFTABLES_MARKS_CLEARED, NULL, "a client keeps its own address"},

	{"source-nat", {WAS_TO_TWIN, NOT_TO_DEVICE}, MASQUERADE, NFTABLES_MASQUERADED, NULL, "targets see the relay"},
	{"source-nat", {WAS_TO_TWIN6, NOT_TO_DEVICE}, MASQUERADE, NFTABLES_MASQUERADED, NULL, "targets see the relay"},
	{"source-nat", {SOURCE_IN_POOL, TO_OVERLAY, WHEN_OVERLAY_ONLY}, MASQUERADE, NFTABLES_MASQUERADED, NULL, "targets see the relay"},
	{"source-nat",
	 {SOURCE_IN_POOL, NOT_TO_DEVICE, WHEN_NOT_OVERLAY_ONLY},
	 MASQUERADE,
	 NFTABLES_MASQUERADED,
	 NULL,
	 "targets see the relay"},
};
const size_t nftables_rule_count = sizeof(nftables_rules) / sizeof(nftables_rules[0]);

const struct nftables_chain nftables_hold_chains[] = {
	{"forgotten", "filter", NF_INET_LOCAL_IN, GUARD},
	{"of-nobody", NULL, 0, 0},
};
const size_t nftables_hold_chain_count = sizeof(nftables_hold_chains) / sizeof(nftables_hold_chains[0]);

const struct nftables_rule nftables_hold_rules[] = {
	{"forgotten",
	 {FROM_OVERLAY, IPV4, TCP_UNDERWAY, UNKNOWN_TO_CONNTRACK},
	 GOES("of-nobody"),
	 "of a connection that conntrack does not know"},
	{"of-nobody", {OF_A_SOCKET}, ACCEPTED, "the relay's own programs"},
	{"of-nobody", {ALWAYS}, COUNT_DROP, 0, NULL, "a reset would end what a client's next packet goes on with"},
};
const size_t nftables_hold_rule_count = sizeof(nftables_hold_rules) / sizeof(nftables_hold_rules[0]);
