# SPDX-License-Identifier: GPL-2.0-or-later
# In the place of OpenWrt's rules.mk, which wants OpenWrt's whole tree and its own compiler: the variables that a recipe may count on, for musl-gcc.
# test_recipes.py gives BUILD_DIR, PKG_INSTALL_DIR, CPPFLAGS, LDFLAGS, and PKG_CONFIG_* in the environment.
INCLUDE_DIR := $(TOPDIR)
INSTALL_DIR := install -d -m0755
INSTALL_BIN := install -m0755
INSTALL_CONF := install -m0600
INSTALL_DATA := install -m0644
