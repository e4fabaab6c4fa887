# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is done inside of the machine of test_packages.py: the packages in /opt/test/debs are installed, upgraded under traffic, removed and purged.
# Each step begins with a line "== NAME", and its output follows.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
exec </dev/null
debs=/opt/test/debs

states() { systemctl is-active nat64-relay nat64d nat64-relay-unbound | paste -sd' '; }

settle() {
	for _ in $(seq 120); do
		[ "$(states)" = "active active active" ] && dig +short +tries=1 +time=1 @100.64.0.1 AAAA my-vps.9929 >/dev/null && break
		sleep 0.5
	done
	states
}

# Everything that a package may leave: files that the machine had not, users, what is in the kernel. apt's and dpkg's own books, and backups of the
# users' files, are theirs.
inventory() {
	(cd /opt/test/upper && find etc usr var \( -path var/lib/dpkg -o -path var/lib/apt -o -path var/lib/PackageKit -o -path var/cache -o -path var/log \) -prune -o -print) |
		grep -v -e '-$' -e '\.pwd\.lock$' | sort | while read -r name; do
		[ -e "/opt/test/lower/$name" ] || printf '%s\n' "$name"
	done
	find /run -xdev \( -path /run/systemd -o -path /run/udev -o -path /run/log \) -prune -o -print | sort
	getent passwd
	getent group
	ip -o link | sed 's/^[0-9]*: //' | cut -d' ' -f1
	ip rule; ip -6 rule; ip -4 route show table all; ip -6 route show table all | grep -v fe80:
	nft list ruleset
	grep -rs . /proc/sys/net/ipv{4,6}/conf/*/{forwarding,rp_filter,accept_ra} /proc/sys/net/ipv4/ip_forward
	systemctl list-unit-files --no-legend 'nat64*'
}

pids() { systemctl show -P MainPID nat64d nat64-relay-unbound | paste -sd' '; }

echo "== boot"
rm -f /usr/sbin/policy-rc.d # an image for containers has one, which keeps every service from being stopped
ip link set lo up
ip netns add mesh
ip link add tailscale0 type veth peer name peer0 netns mesh
ip link set tailscale0 up
ip address add 100.64.0.1/10 dev tailscale0
ip address add fd7a:115c:a1e0::1/64 dev tailscale0 nodad
mesh() { nsenter --net=/run/netns/mesh "$@"; }
mesh ip link set lo up
mesh ip link set peer0 up
mesh ip address add 100.64.0.3/10 dev peer0
mesh ip address add fd7a:115c:a1e0::9/64 dev peer0 nodad
mesh ip route add fd00::/8 via fd7a:115c:a1e0::1
ldns-testns -p 5300 /opt/test/zone >/dev/null 2>&1 &
inventory >/opt/test/before

echo "== install"
apt-get -qq -y -o Dpkg::Use-Pty=0 install "$debs"/earlier/*.deb "$debs"/nat64-relay-unbound_*.deb 2>&1
echo "== installed"
states
systemctl is-enabled nat64-relay
getent passwd nat64-relay | cut -d: -f1

echo "== up"
nat64-relay init --no-tailscale --split-domain 9929 --real-suffix real.test --edge-address 100.64.0.1 \
	--overlay-interface tailscale0 --upstream-dns 127.0.0.1@5300
systemctl enable --now nat64-relay
settle

echo "== upgrade"
before=$(pids)
mesh /usr/bin/python3 /opt/test/user.py "$(sed -n 's|^prefix \(.*\)/96.*|\1|p' /etc/nat64-relay/relay.conf)" /opt/test/enough >/opt/test/seen 2>&1 &
sleep 2
apt-get -qq -y -o Dpkg::Use-Pty=0 install "$debs"/nat64-relay_*.deb 2>&1
sleep 2
touch /opt/test/enough
wait $!
echo "== upgraded"
settle
after=$(pids)
[ "${before% *}" != "${after% *}" ] && [ "${before#* }" != "${after#* }" ] && echo "new processes"
readlink /proc/"$(systemctl show -P MainPID nat64-relay)"/exe | grep deleted # a watch of the old version
ls /run/nat64-relay/bridge.conf /run/systemd/system/nat64-relay-bridge.service
echo "== seen"
cat /opt/test/seen
echo "== removed"
apt-get -qq -y -o Dpkg::Use-Pty=0 remove nat64-relay 2>&1
states
ip -o link show nat64
nft list tables
ls -d /run/nat64-relay
ls /etc/nat64-relay /var/lib/nat64-relay
echo "== purged"
apt-get -qq -y -o Dpkg::Use-Pty=0 purge nat64-relay nat64-relay-unbound 2>&1
echo "== left"
inventory | diff /opt/test/before - | grep '^[<>]'
echo "== end"
journalctl --no-pager -q -u nat64-relay -u nat64d -u nat64-relay-unbound -u nat64-relay-bridge
systemctl poweroff --force --force
