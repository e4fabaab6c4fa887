# SPDX-License-Identifier: GPL-2.0-or-later
noinst_LIBRARIES += libtailscale.a
libtailscale_a_SOURCES = \
	tailscale/control.c tailscale/control.h \
	tailscale/control_headscale.c \
	tailscale/control_tailscale.c \
	tailscale/http.c tailscale/http.h \
	tailscale/hujson.c tailscale/hujson.h \
	tailscale/key.c tailscale/key.h \
	tailscale/localapi.c tailscale/localapi.h \
	tailscale/netmap.c tailscale/netmap.h \
	tailscale/netmap_parse.c \
	tailscale/node.h \
	tailscale/prefs.c tailscale/prefs.h \
	tailscale/routes.c tailscale/routes.h \
	tailscale/status.c tailscale/status.h \
	tailscale/value.c tailscale/value.h
libtailscale_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS)
