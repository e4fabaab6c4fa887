# SPDX-License-Identifier: GPL-2.0-or-later
# In the place of OpenWrt's include/package.mk: what its package-defaults.mk and package-ipkg.mk do for a recipe like ours (23.05), as the goal `all`.
# ROOT: the folder that becomes the package.
CONFIGURE_ARGS = --prefix=/usr --exec-prefix=/usr --bindir=/usr/bin --sbindir=/usr/sbin --libexecdir=/usr/lib --sysconfdir=/etc \
	--datadir=/usr/share --localstatedir=/var --mandir=/usr/man --infodir=/usr/info

define Build/Compile/Default
	+$(MAKE) -s -C $(PKG_BUILD_DIR) $(1)
endef

define Build/Install/Default
	+$(MAKE) -s -C $(PKG_BUILD_DIR) DESTDIR=$(PKG_INSTALL_DIR) $(or $(1),install)
endef

define BuildPackage
all:
	cd $(PKG_BUILD_DIR) && CC=musl-gcc CFLAGS=-Os ./configure -q $$(CONFIGURE_ARGS)
	$$(call Build/Compile)
	$$(call Build/Install)
	$$(call Package/$(1)/install,$(ROOT))
.PHONY: all
endef
