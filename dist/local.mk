# SPDX-License-Identifier: GPL-2.0-or-later

# The private Unbound: dist/unbound/build makes it outside of this tree, `make install` puts its programs beside ours.
relaylibexec_SCRIPTS = $(UNBOUND_SOURCE)/unbound $(UNBOUND_SOURCE)/unbound-checkconf $(UNBOUND_SOURCE)/unbound-control
EXTRA_DIST += dist/unbound/build dist/sbom dist/Containerfile .dockerignore

# What is in it: every file, every library behind it with its package, as SPDX 2.3: make sbom >nat64-relay.spdx.json
sbom:
	@rm -rf sbom.tree && $(MAKE) -s install DESTDIR='$(abs_builddir)/sbom.tree' >&2 && $(srcdir)/dist/sbom sbom.tree; status=$$?; rm -rf sbom.tree; exit $$status
.PHONY: sbom

# Recipes of other systems' packages, of nat64d alone.
EXTRA_DIST += dist/alpine dist/openwrt

# The Debian packages: each folder below dist/debian is the debian/ of one.
EXTRA_DIST += GNUmakefile dist/deb dist/debian
deb:
	$(top_srcdir)/dist/deb/build --output "$$(test '$(srcdir)' = . && echo build/deb || echo deb)"
.PHONY: deb

# systemd: the units and the daemons' user, with the paths of this build.
relay_units = \
	dist/systemd/nat64-relay.service \
	dist/systemd/nat64d.service \
	dist/systemd/nat64-relay-unbound.service \
	dist/systemd/nat64-relay-clat.service \
	dist/systemd/nat64-relay-http.service
relay_sysusers = dist/sysusers.d/nat64-relay.conf
relay_unbound_conf = dist/unbound/unbound.conf
relay_apparmor = dist/apparmor/nat64-relay dist/apparmor/nat64d dist/apparmor/nat64-relay-unbound dist/apparmor/nat64-relay-http
apparmordir = $(sysconfdir)/apparmor.d
sysusersdir = $(prefix)/lib/sysusers.d
# What has a running relay go on with a new version.
relay_renew = dist/systemd/renew
nodist_systemdsystemunit_DATA = $(relay_units)
nodist_sysusers_DATA = $(relay_sysusers)
nodist_relaylibexec_DATA = $(relay_unbound_conf)
nodist_relaylibexec_SCRIPTS = $(relay_renew)
nodist_apparmor_DATA = $(relay_apparmor)
relay_made = $(relay_units) $(relay_sysusers) $(relay_unbound_conf) $(relay_renew) $(relay_apparmor)
CLEANFILES += $(relay_made)
EXTRA_DIST += $(relay_made:=.in)

$(relay_made): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) \
		-e 's|@RELAY_CONF_PATH[@]|$(relaysysconfdir)/relay.conf|g' \
		-e 's|@RELAY_CONF_DIR[@]|$(relaysysconfdir)|g' \
		-e 's|@RELAY_RUNTIME_DIR[@]|$(runstatedir)/nat64-relay|g' \
		-e 's|@RELAY_DATA_DIR[@]|$(localstatedir)/lib/nat64-relay|g' \
		-e 's|@RELAY_USER[@]|$(RELAY_USER)|g' \
		-e 's|@relaylibdir[@]|$(relaylibdir)|g' \
		-e 's|@relaylibexecdir[@]|$(relaylibexecdir)|g' \
		-e 's|@sbindir[@]|$(sbindir)|g' \
		$(srcdir)/$@.in > $@.new && mv $@.new $@

# Who manages networks leaves our device alone.
networkddir = $(prefix)/lib/systemd/network
dist_networkd_DATA = dist/network/10-nat64-relay.network
networkmanagerdir = $(prefix)/lib/NetworkManager/conf.d
dist_networkmanager_DATA = dist/NetworkManager/nat64-relay.conf

# On the machine itself (prefix /usr or /usr/local, and not into a package's tree) the user is made, the folder for own Unbound lines too, and systemd
# is told of the units, AppArmor of the profiles, so that `nat64-relay init` and `systemctl enable --now nat64-relay` are all that is left.
install-data-hook: install-relay-user
install-relay-user:
	$(MKDIR_P) '$(DESTDIR)$(relaysysconfdir)/unbound.conf.d'
	@case '$(DESTDIR)$(prefix)' in /usr|/usr/local) \
		test "`id -u`" = 0 || exit 0; \
		getent passwd '$(RELAY_USER)' >/dev/null || \
		systemd-sysusers '$(sysusersdir)/nat64-relay.conf' 2>/dev/null || \
		useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin '$(RELAY_USER)'; \
		test -d /run/systemd/system || exit 0; \
		systemctl daemon-reload; \
		if test -d /sys/kernel/security/apparmor && command -v apparmor_parser >/dev/null; then \
			cd '$(apparmordir)' && apparmor_parser -r $(notdir $(relay_apparmor)); \
		fi;; \
	esac
.PHONY: install-relay-user
