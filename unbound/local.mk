# SPDX-License-Identifier: GPL-2.0-or-later
# What the command knows of Unbound; no file here includes a header of Unbound's.
noinst_LIBRARIES += libunboundconf.a
libunboundconf_a_SOURCES = \
	module/built_for.h \
	module/counter_file.c module/counter_file.h \
	unbound/age.c unbound/age.h \
	unbound/conf.c unbound/conf.h \
	unbound/control.c unbound/control.h \
	unbound/debian.c unbound/debian.h \
	unbound/dns64.c \
	unbound/dry_run.c unbound/dry_run.h \
	unbound/forward.c \
	unbound/module.c \
	unbound/own_data.c unbound/own_data.h \
	unbound/own_judge.c \
	unbound/own_lines.c unbound/own_lines.h \
	unbound/parts.h \
	unbound/reverse.c \
	unbound/stats.c unbound/stats.h \
	unbound/timeouts.c unbound/timeouts.h
