#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Why does a name not work on this client of a relay? The most important checks of `nat64-relay check --client`, for clients without that program:
#
#     sh check-client.sh my-vps.9929
#
# For Linux and macOS, without root; it changes nothing. It needs ping, and most of: tailscale, dig, getent (macOS: dscacheutil), ip (macOS: route).
# The words in brackets are those of FINDINGS in nat64-relay(8). Exit status 0: the name works; 1: it does not; 2: wrong usage.
# TAILSCALE: the command tailscale, with its options.
set -u
magic=100.100.100.100
name=${1-}
name=${name%.}
domain=${name#*.}
host=${name%%.*}
tailscale=${TAILSCALE:-tailscale}
failed=0 verdict='' first=''

case $name in
?*.?*) ;;
*)
	echo 'usage: check-client.sh NAME, as in: sh check-client.sh my-vps.9929' >&2
	exit 2
	;;
esac

has() { command -v "$1" >/dev/null 2>&1; }
table=''
row() { table=$table$1'
'; }
ok() { row "ok         $1"; }
note() { row "not known  $1"; }

# fail STEP ID TEXT ADVICE: later failures follow from the first.
fail() {
	if [ -n "$first" ]; then
		row "FAIL       $1: see $first"
		return
	fi
	failed=1 first=$2 verdict=$3
	row "FAIL       $1: $3 [$2]"
	row "           what to do: $4"
}

# ask TRANSPORT SERVER NAME TYPE: addresses, a line each, in $answer; the RCODE in $code, empty without an answer.
ask() {
	answer='' code=''
	has dig || return 1
	option=+notcp
	[ "$1" = tcp ] && option=+tcp
	reply=$(dig +noall +comments +answer +time=2 +tries=2 "$option" "@$2" "$3" "$4" 2>/dev/null)
	code=$(printf '%s\n' "$reply" | sed -n 's/.*status: \([A-Z]*\).*/\1/p' | head -n 1)
	answer=$(printf '%s\n' "$reply" | awk -v type="$4" '$4 == type { print $5 }')
	[ -n "$code" ]
}

# The addresses that programs of this client get for a name: IPv6, then IPv4.
look_up() {
	if has getent; then
		{ getent ahostsv6 "$1"; getent ahostsv4 "$1"; } 2>/dev/null | awk '$1 !~ /^::ffff:/ { print $1 }' | sort -u
	elif has dscacheutil; then
		dscacheutil -q host -a name "$1" | awk '/address:/ { print $2 }' | sort -u
	fi
}

# The device through which packets to an address leave.
device_of() {
	if has ip; then
		ip route get "$1" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1
	elif has route; then
		case $1 in *:*) route -n get -inet6 "$1" ;; *) route -n get "$1" ;; esac 2>/dev/null | awk '/interface:/ { print $2 }'
	fi
}

# One echo request with this many octets of data.
echoes() {
	case $1 in
	*:*) if has ping6; then command=ping6; else command='ping -6'; fi ;;
	*) command=ping ;;
	esac
	if [ "$(uname)" = Darwin ]; then
		$command -c 2 -i 1 -s "$2" "$1" >/dev/null 2>&1
	else
		$command -n -c 2 -i 1 -W 2 -s "$2" "$1" >/dev/null 2>&1
	fi
}

step='1. tailscaled of this client is up, and accepts DNS and routes'
asked='' own='' accepts='' takes_dns=''
if has "${tailscale%% *}"; then
	asked=$($tailscale status --json --peers=false 2>/dev/null)
	own=$($tailscale ip -4 2>/dev/null | head -n 1)
	prefs=$($tailscale debug prefs 2>/dev/null)
	accepts=$(printf '%s\n' "$prefs" | sed -n 's/.*"RouteAll": *\([a-z]*\).*/\1/p')
	takes_dns=$(printf '%s\n' "$prefs" | sed -n 's/.*"CorpDNS": *\([a-z]*\).*/\1/p')
fi
state=$(printf '%s\n' "$asked" | sed -n 's/.*"BackendState": *"\([A-Za-z]*\)".*/\1/p' | head -n 1)
suffix=$(printf '%s\n' "$asked" | sed -n 's/.*"MagicDNSSuffix": *"\([^"]*\)".*/\1/p' | head -n 1)
case $state in
Running) ok "$step" ;;
'') note "$step: tailscale cannot be asked; judged by DNS and routes alone" ;;
*) fail "$step" tailscaled-down "tailscaled is not up: its state is \"$state\"" 'sudo tailscale up' ;;
esac

step='2. split DNS hands the names to a relay'
relays=''
[ "$state" = Running ] && relays=$($tailscale dns status 2>/dev/null | awk -v zone="$domain" '
	{ for (i = 1; i < NF; i++) { split_zone = $i; sub(/[.]$/, "", split_zone)
	  if (split_zone == zone && $(i + 1) == "->") { address = $(i + 2); print address } } }')
if [ -n "$relays" ]; then
	ok "$step: $domain is handed to $(echo "$relays" | paste -s -d , -)"
elif [ "$state" = Running ] && $tailscale dns status >/dev/null 2>&1; then
	fail "$step" split-dns-missing "split DNS hands $domain to nobody" \
		"hand $domain to the relay's tailnet address: login.tailscale.com, DNS, Add nameserver; or dns.nameservers.split of headscale"
else
	note "$step: tailscale cannot be asked"
fi

step="3. the relay's resolver answers this client, over UDP and TCP"
expected=''
for relay in $relays; do
	has dig || break
	ask udp "$relay" "$name" AAAA && udp=$code || udp=''
	[ -n "$answer" ] && expected=$answer
	ask tcp "$relay" "$name" AAAA && tcp=$code || tcp=''
	[ -n "$answer" ] && expected=$answer
	case $udp/$tcp in
	REFUSED/* | */REFUSED)
		fail "$step" client-refused "the relay $relay refuses this client, $own" "on the relay, write \"dns-client $own\" in relay.conf, then: sudo nat64-relay reload" ;;
	/)
		if echoes "$relay" 56; then
			fail "$step" relay-unreached "$relay answers pings, and its port 53 answers neither over UDP nor over TCP" 'on the relay: sudo nat64-relay check'
		else
			fail "$step" grant-dns-missing "$relay answers nothing, no ping either: the policy does not let this client ask port 53, or the relay is offline or has its shields up" \
				"grant it: {\"src\": [\"autogroup:member\"], \"dst\": [\"tag:relay\"], \"ip\": [\"udp:53\", \"tcp:53\"]}; tailscale status tells whether it is online"
		fi ;;
	/*) fail "$step" udp-53-dropped "port 53 of $relay answers over TCP, and not over UDP" 'on the relay: sudo nat64-relay check' ;;
	*/) fail "$step" tcp-53-dropped "port 53 of $relay answers over UDP, and not over TCP" 'on the relay: sudo nat64-relay check' ;;
	*)
		if [ -n "$expected" ]; then
			ok "$step: $relay answers"
		elif [ -n "$suffix" ] && ask udp $magic "$host.$suffix" A && [ -n "$answer" ]; then
			fail "$step" grant-targets-missing "the relay $relay does not know $host.$suffix ($udp), which is $answer for this client" \
				"grant it: {\"src\": [\"tag:relay\"], \"dst\": [\"$answer\"], \"ip\": [\"*\"]}"
		else
			fail "$step" name-absent "there is no $name ($udp)" 'see how the host is called: tailscale status'
		fi ;;
	esac
done
if ! has dig; then note "$step: there is no dig here"; elif [ -z "$relays" ]; then note "$step: no relay is known"; fi

step='4. the name leads into the prefix'
got=$(look_up "$name")
dot=$(look_up "$name.")
line=$(awk -v name="$name" '{ sub(/#.*/, ""); for (i = 2; i <= NF; i++) if (tolower($i) == name) { print; exit } }' /etc/hosts 2>/dev/null)
ask udp $magic "$name" AAAA
magic_answer=$answer
ask udp $magic "$name" A && magic_answer="$magic_answer $answer"
[ -z "$expected" ] && expected=$(printf '%s\n' "$magic_answer" "$got" | tr ' ' '\n' | grep : | head -n 1)
other=$(printf '%s\n' "$got" | while read -r one; do
	[ -n "$one" ] && { printf '%s\n' "$expected" | grep -qxF "$one" || echo "$one"; }
done)
shown=$(echo "${got:-no address}" | paste -s -d , -)
if [ -n "$got" ] && [ -z "$other" ]; then
	ok "$step: $name is $shown"
elif [ -n "$line" ]; then
	fail "$step" bypass-hosts "$name is $shown here, by /etc/hosts" "take this line out of /etc/hosts: $line"
elif [ -n "$first" ]; then
	fail "$step" "$first" '' ''
elif [ "$takes_dns" = false ]; then
	fail "$step" accept-dns-off "$name is $shown here, for tailscaled does not take the tailnet's DNS" 'sudo tailscale set --accept-dns'
elif printf '%s\n' "$magic_answer" | tr ' ' '\n' | grep -qxF "${expected:-none}"; then
	if [ -n "$dot" ] && [ "$got" != "$dot" ] && [ "$dot" = "$expected" ]; then
		fail "$step" bypass-search "$name is $shown here, and with a dot at its end the relay's: a search domain answers for it" \
			"take the domain with a wildcard out of the search line of /etc/resolv.conf"
	elif [ -n "$other" ]; then
		fail "$step" bypass-resolver "$name is $shown here, not by MagicDNS: $(grep ^nameserver /etc/resolv.conf 2>/dev/null | tr '\n' ' ')" \
			'sudo tailscale set --accept-dns=false && sudo tailscale set --accept-dns'
	else
		fail "$step" name-unanswered "$name has no address here, though MagicDNS answers" 'see the hosts line of /etc/nsswitch.conf: it needs dns'
	fi
elif [ -n "$relays" ] && [ -n "${magic_answer# }" ]; then
	fail "$step" bypass-record "$name is $magic_answer by MagicDNS itself, which does not ask the relay" "take the record of $name out of the tailnet's DNS"
else
	fail "$step" name-unanswered "$name is $shown here" "see what tailscaled makes of it: tailscale dns query $name AAAA"
fi

target=$(printf '%s\n' "$expected" | grep : | head -n 1)
overlay=''
[ -n "$own" ] && overlay=$(if has ip; then ip -o address show; else ifconfig | awk '/^[a-z]/ { d = $1; sub(/:$/, "", d) } / inet / { print 0, d, $1, $2 }'; fi 2>/dev/null |
	awk -v own="$own" '{ split($4, a, "/"); if (a[1] == own) { print $2; exit } }')
if [ -n "$target" ]; then
	step='5. the route to the prefix leads into the tailnet'
	device=$(device_of "$target")
	if [ -z "$overlay" ] || [ "$device" = "$overlay" ]; then
		ok "$step: $target goes by ${device:-no device}"
	elif [ "$accepts" = false ]; then
		fail "$step" accept-routes-off "this client takes no routes of the tailnet, so none leads to $target" 'sudo tailscale set --accept-routes'
	elif [ -n "$device" ] && { ! has ip || ip -6 route show table 52 2>/dev/null | grep -q "dev $overlay" && ip -6 route get "$target" 2>/dev/null | grep -qv 'table 52'; } &&
		ip -6 route show table 52 2>/dev/null | grep -qF "${target%%::*}::"; then
		fail "$step" prefix-route-taken "$target leads to $device, and not to $overlay" "take away the route or rule that is in the way: ip -6 route get $target shows it"
	else
		fail "$step" prefix-unreachable "no node of the tailnet has a route to $target that this client may use" 'on the relay: sudo nat64-relay check'
	fi

	step='6. packets reach the target and come back'
	if echoes "$target" 56; then
		if echoes "$target" 1232; then
			ok "$step: a small packet and one of 1280 octets"
		else
			fail "$step" mtu-small 'a small packet is answered, and one of 1280 octets is not' 'look at the MTU of the devices: here, on the relay and on the target'
		fi
	else
		fail "$step" answer-missing "$target does not answer pings" "on the relay: sudo nat64-relay check $name"
	fi
fi

step='7. the plain name is still direct'
if [ -n "$suffix" ] && ask udp $magic "$host.$suffix" A && [ -n "$answer" ]; then
	ok "$step: $host.$suffix is $answer"
fi
if [ "$failed" = 0 ]; then
	echo "$name: works"
else
	echo "$name: does not work: $verdict"
fi
printf '%s' "$table"
exit "$failed"
