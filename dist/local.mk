# SPDX-License-Identifier: GPL-2.0-or-later

# The private Unbound: dist/unbound/build makes it outside of this tree, `make install` puts its program beside ours.
relaylibexec_SCRIPTS = $(UNBOUND_SOURCE)/unbound
EXTRA_DIST += dist/unbound/build
