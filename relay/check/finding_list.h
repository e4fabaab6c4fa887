/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The findings: id, word, kind, what it is without particulars, and the causes that explain it, the likeliest first; FINDING_NONE: none. A word is for
 * ever: scripts and guides name it. What is found at several places and has one cause is one finding to a person: it is shown below the first of its causes
 * that was found. A file that includes this list defines FINDING first.
 */
FINDING(FINDING_NOT_RUNNING, "not-running", FAILURE, "the relay is not running", FINDING_NONE)
FINDING(FINDING_SETTINGS_BROKEN, "settings-broken", FAILURE,
	"relay.conf has a mistake: the former settings are in force", FINDING_NONE)
FINDING(FINDING_SETTINGS_EDITED, "settings-edited", WARNING, "relay.conf was edited, and not reloaded", FINDING_NONE)
FINDING(FINDING_NOT_EXAMINED, "not-examined", UNKNOWN, "not examined, because an earlier step failed",
	FINDING_NAME_ABSENT, FINDING_NAME_UNANSWERED, FINDING_TARGET_DENIED, FINDING_NAME_OUTSIDE_PREFIX,
	FINDING_EDGE_ADDRESS_FOREIGN, FINDING_RESOLVER_SILENT, FINDING_UPSTREAM_SILENT, FINDING_TAILSCALED_DOWN,
	FINDING_GRANT_TARGETS_MISSING, FINDING_CLIENT_REFUSED, FINDING_TRANSLATOR_SILENT)
FINDING(FINDING_EDGE_ADDRESS_FOREIGN, "edge-address-foreign", FAILURE,
	"an edge-address is not an address of tailscaled", FINDING_TAILSCALED_DOWN)
FINDING(FINDING_EDGE_ADDRESS_MISSING, "edge-address-missing", UNKNOWN, "no edge-address: this relay has no resolver",
	FINDING_NONE)
FINDING(FINDING_RESOLVER_SILENT, "resolver-silent", FAILURE, "the resolver does not answer", FINDING_MTU_SMALL,
	FINDING_EDGE_ADDRESS_FOREIGN, FINDING_RESOLVER_OTHER, FINDING_DISK_FULL, FINDING_DISK_READ_ONLY,
	FINDING_IPV6_OFF, FINDING_FIREWALL_DROPS, FINDING_TAILSCALED_DOWN)
FINDING(FINDING_UDP_53_DROPPED, "udp-53-dropped", FAILURE, "port 53 answers over TCP, but not over UDP",
	FINDING_FIREWALL_DROPS)
FINDING(FINDING_TCP_53_DROPPED, "tcp-53-dropped", FAILURE, "port 53 answers over UDP, but not over TCP",
	FINDING_FIREWALL_DROPS)
FINDING(FINDING_CLIENT_REFUSED, "client-refused", FAILURE, "dns-client refuses nodes of the tailnet", FINDING_NONE)
FINDING(FINDING_CLIENTS_RESTRICTED, "clients-restricted", WARNING,
	"dns-client refuses some nodes of the tailnet that the policy lets ask", FINDING_NONE)
FINDING(FINDING_NAME_ABSENT, "name-absent", FAILURE, "the real name has no IPv4 address", FINDING_GRANT_TARGETS_MISSING,
	FINDING_UPSTREAM_SILENT, FINDING_MAGIC_DNS_OFF, FINDING_ACCEPT_DNS_OFF, FINDING_TAILSCALED_DOWN,
	FINDING_TAILSCALED_OFFLINE, FINDING_TAILSCALED_KEY_EXPIRED)
FINDING(FINDING_NAME_UNANSWERED, "name-unanswered", FAILURE, "the name gets no answer", FINDING_EDGE_ADDRESS_FOREIGN,
	FINDING_RESOLVER_SILENT, FINDING_UPSTREAM_SILENT, FINDING_GRANT_TARGETS_MISSING, FINDING_MAGIC_DNS_OFF,
	FINDING_ACCEPT_DNS_OFF, FINDING_TAILSCALED_DOWN)
FINDING(FINDING_NAME_OUTSIDE_PREFIX, "name-outside-prefix", FAILURE, "the name's address is outside the prefix",
	FINDING_DNS_PREFIX_DIFFERS)
FINDING(FINDING_NAME_LEAKED, "name-leaked", FAILURE, "an answer shows the real suffix", FINDING_NONE)
FINDING(FINDING_TARGET_DENIED, "target-denied", FAILURE, "the relay may forward to none of the name's addresses",
	FINDING_NONE)
FINDING(FINDING_TARGET_OFFLINE, "target-offline", FAILURE, "the target is offline", FINDING_NONE)
FINDING(FINDING_REAL_NAME_SYNTHESIZED, "real-name-synthesized", FAILURE,
	"the real name also has an address inside the prefix", FINDING_NONE)
FINDING(FINDING_UPSTREAM_SILENT, "upstream-silent", FAILURE, "the upstream DNS server does not answer",
	FINDING_TAILSCALED_DOWN, FINDING_MAGIC_DNS_OFF, FINDING_LAN_ROUTE_TAKEN)
FINDING(FINDING_DNS_PREFIX_DIFFERS, "dns-prefix-differs", FAILURE, "resolver and translator use different prefixes",
	FINDING_NONE)
FINDING(FINDING_MAGIC_DNS_OFF, "magic-dns-off", FAILURE, "MagicDNS is off in the tailnet", FINDING_NONE)
FINDING(FINDING_ACCEPT_DNS_OFF, "accept-dns-off", FAILURE,
	"tailscaled does not accept the tailnet's DNS, and the real name needs it", FINDING_NONE)
FINDING(FINDING_SPLIT_DNS_MISSING, "split-dns-missing", FAILURE, "split DNS hands the domain to no server", FINDING_NONE)
FINDING(FINDING_SPLIT_DNS_ELSEWHERE, "split-dns-elsewhere", FAILURE, "split DNS hands the domain to another node",
	FINDING_NONE)
FINDING(FINDING_SPLIT_DNS_STRAY, "split-dns-stray", FAILURE,
	"split DNS hands the domain to a relay and to an address where no relay answers", FINDING_NONE)
FINDING(FINDING_SPLIT_DNS_PARTIAL, "split-dns-partial", WARNING,
	"split DNS hands the domain to another relay, but not to this one", FINDING_NONE)
FINDING(FINDING_SPLIT_DNS_REVERSE_MISSING, "split-dns-reverse-missing", WARNING,
	"split DNS does not hand the prefix's reverse zone to a relay", FINDING_SPLIT_DNS_MISSING,
	FINDING_SPLIT_DNS_ELSEWHERE, FINDING_SPLIT_DNS_STRAY, FINDING_SPLIT_DNS_PARTIAL)
FINDING(FINDING_SPLIT_DNS_UNSEEN, "split-dns-unseen", UNKNOWN, "this machine cannot see the resolver of split DNS",
	FINDING_TAILSCALED_DOWN)
FINDING(FINDING_ROUTE_NOT_ADVERTISED, "route-not-advertised", FAILURE, "the prefix is not advertised",
	FINDING_ROUTE_WITHDRAWN, FINDING_TAILSCALED_DOWN)
FINDING(FINDING_ROUTE_NOT_APPROVED, "route-not-approved", FAILURE, "the route is not approved",
	FINDING_ADVERTISE_PREFIX_FOREIGN)
FINDING(FINDING_ROUTE_OTHER_PRIMARY, "route-other-primary", FAILURE, "another node is primary for the prefix", FINDING_NONE)
FINDING(FINDING_ROUTE_STANDBY, "route-standby", NOTE, "another relay is primary for the prefix, and this one stands by",
	FINDING_NONE)
FINDING(FINDING_ROUTE_WITHDRAWN, "route-withdrawn", FAILURE, "the relay has withdrawn its routes", FINDING_GUARD_CLOSED,
	FINDING_RESOLVER_SILENT, FINDING_EDGE_ADDRESS_FOREIGN, FINDING_TRANSLATOR_SILENT, FINDING_UDP_53_DROPPED,
	FINDING_MASQUERADE_MISSING, FINDING_RULES_MISSING, FINDING_STATE_CHANGED, FINDING_TAILSCALED_DOWN)
FINDING(FINDING_ROUTE_UNSEEN, "route-unseen", UNKNOWN, "this machine cannot see whether the route is approved",
	FINDING_TAILSCALED_DOWN)
FINDING(FINDING_PREFIX_UNREACHABLE, "prefix-unreachable", FAILURE,
	"nobody may use the prefix: its route is not approved, or no grant names it", FINDING_ADVERTISE_PREFIX_FOREIGN)
FINDING(FINDING_ADVERTISE_PREFIX_FOREIGN, "advertise-prefix-foreign", FAILURE,
	"advertise-prefix does not name the prefixes of relay.conf", FINDING_NONE)
FINDING(FINDING_CLIENT_UNSEEN, "client-unseen", UNKNOWN, "no client was seen", FINDING_GUARD_CLOSED,
	FINDING_ROUTE_STANDBY, FINDING_CLIENT_REFUSED, FINDING_SPLIT_DNS_MISSING, FINDING_SPLIT_DNS_ELSEWHERE,
	FINDING_EDGE_ADDRESS_FOREIGN, FINDING_GRANT_DNS_MISSING, FINDING_PREFIX_UNREACHABLE, FINDING_GRANT_PREFIX_MISSING,
	FINDING_ROUTE_NOT_APPROVED, FINDING_ROUTE_NOT_ADVERTISED, FINDING_ROUTE_OTHER_PRIMARY, FINDING_UDP_53_DROPPED,
	FINDING_RESOLVER_SILENT, FINDING_FIREWALL_DROPS, FINDING_TAILSCALED_DOWN, FINDING_SHIELDS_UP,
	FINDING_TRANSLATOR_SILENT, FINDING_STATEFUL_FILTERING, FINDING_NAME_ABSENT, FINDING_PACKET_NOT_TRANSLATED)
FINDING(FINDING_GRANT_PREFIX_MISSING, "grant-prefix-missing", FAILURE, "the policy lets nobody reach the prefix",
	FINDING_NONE)
FINDING(FINDING_GRANT_DNS_MISSING, "grant-dns-missing", FAILURE, "the policy lets nobody ask port 53 of the relay",
	FINDING_NONE)
FINDING(FINDING_GRANT_TARGETS_MISSING, "grant-targets-missing", FAILURE,
	"the policy does not let the relay reach the target", FINDING_NONE)
FINDING(FINDING_GRANT_PAGE_MISSING, "grant-page-missing", WARNING,
	"the policy does not let clients, or another relay, reach the port of http-listen", FINDING_NONE)
FINDING(FINDING_POLICY_UNSEEN, "policy-unseen", UNKNOWN, "this machine cannot see the policy", FINDING_TAILSCALED_DOWN)
FINDING(FINDING_TAILSCALED_DOWN, "tailscaled-down", FAILURE, "tailscaled is not up", FINDING_TAILSCALED_KEY_EXPIRED)
FINDING(FINDING_TAILSCALED_OFFLINE, "tailscaled-offline", FAILURE, "the control plane has lost this node", FINDING_NONE)
FINDING(FINDING_TAILSCALED_KEY_EXPIRED, "tailscaled-key-expired", FAILURE, "the node key has expired", FINDING_CLOCK_WRONG)
FINDING(FINDING_TAILSCALED_KEY_EXPIRES, "tailscaled-key-expires", WARNING, "the node key expires soon", FINDING_NONE)
FINDING(FINDING_TAILSCALED_HEALTH, "tailscaled-health", WARNING, "tailscaled complains", FINDING_TAILSCALED_OFFLINE,
	FINDING_TAILSCALED_DOWN, FINDING_TAILSCALED_KEY_EXPIRED, FINDING_MAGIC_DNS_OFF)
FINDING(FINDING_SHIELDS_UP, "shields-up", FAILURE, "tailscaled blocks incoming connections", FINDING_NONE)
FINDING(FINDING_STATEFUL_FILTERING, "stateful-filtering", FAILURE,
	"tailscaled's stateful filtering drops relayed packets", FINDING_NONE)
FINDING(FINDING_CLOCK_WRONG, "clock-wrong", FAILURE, "the clock of this machine is wrong", FINDING_NONE)
FINDING(FINDING_TRANSLATOR_SILENT, "translator-silent", FAILURE, "the translator does not answer", FINDING_DISK_FULL,
	FINDING_DISK_READ_ONLY)
FINDING(FINDING_TRANSLATOR_UNSEEN, "translator-unseen", UNKNOWN, "the translator could not be asked", FINDING_NONE)
FINDING(FINDING_PACKET_NOT_TRANSLATED, "packet-not-translated", FAILURE, "a packet did not reach the translator",
	FINDING_GUARD_CLOSED, FINDING_STATEFUL_FILTERING, FINDING_TRANSLATOR_SILENT, FINDING_RULES_MISSING,
	FINDING_MASQUERADE_MISSING, FINDING_FORWARDING_OFF, FINDING_STATE_CHANGED, FINDING_IPV6_OFF,
	FINDING_PREFIX_ROUTE_TAKEN, FINDING_RP_FILTER, FINDING_FIREWALL_DROPS, FINDING_DNS_PREFIX_DIFFERS)
FINDING(FINDING_PACKET_NOT_MASQUERADED, "packet-not-masqueraded", FAILURE, "a translated packet was not masqueraded",
	FINDING_STATEFUL_FILTERING, FINDING_RULES_MISSING, FINDING_MASQUERADE_MISSING, FINDING_FORWARDING_OFF,
	FINDING_RP_FILTER, FINDING_STATE_CHANGED, FINDING_FIREWALL_DROPS, FINDING_POOL_ROUTE_TAKEN, FINDING_LAN_ROUTE_TAKEN)
FINDING(FINDING_ANSWER_MISSING, "answer-missing", FAILURE, "the target's answer did not come back",
	FINDING_TARGET_OFFLINE, FINDING_GRANT_TARGETS_MISSING, FINDING_RULES_MISSING, FINDING_MASQUERADE_MISSING,
	FINDING_STATEFUL_FILTERING, FINDING_RP_FILTER, FINDING_RP_FILTER_MARK, FINDING_FORWARDING_OFF,
	FINDING_STATE_CHANGED, FINDING_FIREWALL_DROPS, FINDING_POOL_ROUTE_TAKEN, FINDING_LAN_ROUTE_TAKEN,
	FINDING_TAILSCALED_DOWN, FINDING_TAILSCALED_KEY_EXPIRED, FINDING_TAILSCALED_OFFLINE)
FINDING(FINDING_ECHO_UNSENT, "echo-unsent", UNKNOWN, "no echo request could be sent from here", FINDING_GUARD_CLOSED,
	FINDING_MTU_SMALL, FINDING_IPV6_OFF, FINDING_TRANSLATOR_SILENT, FINDING_RESOLVER_SILENT)
FINDING(FINDING_MASQUERADE_MISSING, "masquerade-missing", FAILURE, "the masquerade is gone", FINDING_GUARD_CLOSED)
FINDING(FINDING_RULES_MISSING, "rules-missing", FAILURE, "rules of the relay's table are gone", FINDING_GUARD_CLOSED)
FINDING(FINDING_RULES_HELD, "rules-held", WARNING,
	"rules of the relay's table are gone, and the second table replaces them", FINDING_NONE)
FINDING(FINDING_GUARD_CLOSED, "guard-closed", FAILURE,
	"the relay has closed itself, because another program removes its rules", FINDING_NONE)
FINDING(FINDING_RP_FILTER, "rp-filter", FAILURE, "reverse-path filtering drops answers", FINDING_NONE)
FINDING(FINDING_FORWARDING_OFF, "forwarding-off", FAILURE, "forwarding is off", FINDING_MTU_SMALL, FINDING_IPV6_OFF)
FINDING(FINDING_STATE_CHANGED, "state-changed", FAILURE, "device, routes, policy rules or sysctls were changed",
	FINDING_GUARD_CLOSED)
FINDING(FINDING_POOL_ROUTE_TAKEN, "pool-route-taken", FAILURE, "another route takes the pool", FINDING_GUARD_CLOSED,
	FINDING_STATE_CHANGED)
FINDING(FINDING_PREFIX_ROUTE_TAKEN, "prefix-route-taken", FAILURE, "another route takes the prefix",
	FINDING_GUARD_CLOSED, FINDING_STATE_CHANGED)
FINDING(FINDING_LAN_ROUTE_TAKEN, "lan-route-taken", FAILURE, "the site's network is not reached by lan-interface",
	FINDING_NONE)
FINDING(FINDING_SUBNET_OVERLAPS, "subnet-overlaps", WARNING,
	"a route of the tailnet leads to addresses that the relay uses itself", FINDING_POOL_ROUTE_TAKEN)
FINDING(FINDING_MTU_SMALL, "mtu-small", FAILURE, "the MTU of the overlay's interface is below 1280", FINDING_NONE)
FINDING(FINDING_DISK_FULL, "disk-full", FAILURE, "a disk that the relay writes to is full", FINDING_NONE)
FINDING(FINDING_DISK_READ_ONLY, "disk-read-only", FAILURE, "a disk that the relay writes to is read-only", FINDING_NONE)
FINDING(FINDING_IPV6_OFF, "ipv6-off", FAILURE, "IPv6 is turned off", FINDING_MTU_SMALL)
FINDING(FINDING_FIREWALL_DROPS, "firewall-drops", FAILURE, "a firewall drops packets that the relay needs", FINDING_NONE)
FINDING(FINDING_FIREWALL_MAY_DROP, "firewall-may-drop", WARNING, "a firewall may drop packets that the relay needs",
	FINDING_NONE)
FINDING(FINDING_RP_FILTER_MARK, "rp-filter-mark", WARNING,
	"reverse-path filtering drops packets with another program's mark", FINDING_NONE)
FINDING(FINDING_SYSCTL_FILE, "sysctl-file", WARNING, "a file turns off a sysctl that the relay needs", FINDING_NONE)
FINDING(FINDING_NETWORKD_MANAGES, "networkd-manages", FAILURE,
	"systemd-networkd manages the relay's device, and removes its routes", FINDING_NONE)
FINDING(FINDING_NETWORKD_RULES, "networkd-rules", WARNING,
	"systemd-networkd removes the relay's policy rules when it starts", FINDING_NONE)
FINDING(FINDING_NETWORKMANAGER_MANAGES, "networkmanager-manages", WARNING, "NetworkManager manages the relay's device",
	FINDING_NONE)
FINDING(FINDING_TRANSLATOR_OTHER, "translator-other", WARNING, "another translator is loaded", FINDING_NONE)
FINDING(FINDING_RESOLVER_OTHER, "resolver-other", FAILURE, "another name server uses port 53 of an edge address",
	FINDING_NONE)
FINDING(FINDING_RESOLVER_OWN, "resolver-own", WARNING, "this machine asks its own relay for all names", FINDING_NONE)
FINDING(FINDING_LOCAL_DATA, "local-data", WARNING, "one of your local-data lines does not have its usual effect",
	FINDING_NONE)
FINDING(FINDING_UPSTREAM_DNS64, "upstream-dns64", NOTE,
	"the upstream is a DNS64 itself, and the relay leaves its addresses out", FINDING_NONE)
FINDING(FINDING_UPSTREAM_DNS64_ZONE, "upstream-dns64-zone", WARNING,
	"an upstream is a DNS64 itself, and clients get its addresses", FINDING_NONE)
FINDING(FINDING_BYPASS_A_POLICY, "bypass-a-policy", WARNING, "IPv4 addresses of the name bypass the relay", FINDING_NONE)
FINDING(FINDING_BYPASS_AAAA, "bypass-aaaa", WARNING, "IPv6 addresses of the name bypass the relay", FINDING_NONE)
FINDING(FINDING_BOOT_OFF, "boot-off", FAILURE, "nothing starts the relay at boot", FINDING_NONE)
FINDING(FINDING_BOOT_BROKEN, "boot-broken", FAILURE, "the resolver would not start again", FINDING_SETTINGS_BROKEN)
FINDING(FINDING_BOOT_UNSEEN, "boot-unseen", UNKNOWN, "this machine cannot tell whether the relay starts at boot",
	FINDING_NONE)
FINDING(FINDING_UNBOUND_OUTDATED, "unbound-outdated", WARNING, "the distribution has a newer Unbound than the relay's",
	FINDING_NONE)
FINDING(FINDING_TWIN_OUTSIDE, "twin-outside", FAILURE, "the name has no IPv4 address in the twin prefix",
	FINDING_EDGE_ADDRESS_FOREIGN, FINDING_NAME_ABSENT, FINDING_NAME_UNANSWERED, FINDING_RESOLVER_SILENT,
	FINDING_UPSTREAM_SILENT, FINDING_DNS_PREFIX_DIFFERS, FINDING_TARGET_DENIED, FINDING_BYPASS_A_POLICY)
FINDING(FINDING_TWIN_NOT_MOVED, "twin-not-moved", FAILURE, "the twin's rule does not move packets",
	FINDING_RULES_MISSING, FINDING_MASQUERADE_MISSING, FINDING_STATE_CHANGED)
FINDING(FINDING_TWIN_ANSWER_MISSING, "twin-answer-missing", FAILURE, "the target does not answer through the twin prefix",
	FINDING_TARGET_OFFLINE, FINDING_GRANT_TARGETS_MISSING, FINDING_RULES_MISSING, FINDING_MASQUERADE_MISSING,
	FINDING_ANSWER_MISSING, FINDING_RP_FILTER, FINDING_RP_FILTER_MARK, FINDING_FIREWALL_DROPS,
	FINDING_FORWARDING_OFF, FINDING_STATEFUL_FILTERING, FINDING_STATE_CHANGED)
FINDING(FINDING_NUMERIC_DOMAIN, "numeric-domain", NOTE, "browsers refuse names whose last label is a number", FINDING_NONE)
FINDING(FINDING_NOTHING_TO_HIDE, "nothing-to-hide", NOTE, "the split domain itself ends in the real suffix", FINDING_NONE)
FINDING(FINDING_ACCEPT_ROUTES_OFF, "accept-routes-off", FAILURE, "this client does not accept routes of the tailnet",
	FINDING_NONE)
FINDING(FINDING_RELAY_UNREACHED, "relay-unreached", FAILURE, "the relay's resolver does not answer this client", FINDING_NONE)
FINDING(FINDING_BYPASS_HOSTS, "bypass-hosts", FAILURE, "/etc/hosts of this client bypasses the relay", FINDING_NONE)
FINDING(FINDING_BYPASS_RESOLVER, "bypass-resolver", FAILURE, "this client asks another resolver than MagicDNS", FINDING_NONE)
FINDING(FINDING_BYPASS_SEARCH, "bypass-search", FAILURE, "a search domain of this client answers instead of the relay",
	FINDING_NONE)
FINDING(FINDING_BYPASS_RECORD, "bypass-record", FAILURE, "the tailnet's DNS has a record of the name", FINDING_NONE)
FINDING(FINDING_TAILSCALED_UNSEEN, "tailscaled-unseen", NOTE, "tailscaled of this client could not be asked", FINDING_NONE)
