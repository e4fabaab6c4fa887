# SPDX-License-Identifier: GPL-2.0-or-later
# Tests that make load, and that attack; they need root and run by pytest, see runtests. attackers and faults measure the same.
EXTRA_DIST += \
	tests/load/attackers tests/load/attacks.py tests/load/client_load.py tests/load/fault_run.py tests/load/fault_table.py tests/load/faults \
	tests/load/flood.py tests/load/mutants.py tests/load/probes.py tests/load/script.py tests/load/test_attackers.py \
	tests/load/test_dns_flood.py tests/load/test_faults.py tests/load/test_leak_mutants.py tests/load/test_memory_of_dns.py

# Floods of questions: who asks and searches, and who answers.
noinst_PROGRAMS += tests/load/dns-load tests/load/dns-upstream
tests_load_dns_load_SOURCES = tests/load/dns-load.c tests/load/dns-question.c tests/load/dns-question.h tests/fuzz/choices.h \
	$(fuzz_inspect)
tests_load_dns_load_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS)
tests_load_dns_load_LDFLAGS =
tests_load_dns_load_LDADD =
tests_load_dns_upstream_SOURCES = tests/load/dns-upstream.c tests/fuzz/choices.h $(fuzz_forge)
tests_load_dns_upstream_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS)
tests_load_dns_upstream_LDFLAGS =
tests_load_dns_upstream_LDADD =

# An attacker on the tailnet.
noinst_PROGRAMS += tests/load/packet-flood
tests_load_packet_flood_SOURCES = tests/load/packet-flood.c
tests_load_packet_flood_CFLAGS = -std=gnu11 -O2 $(WARNING_CFLAGS)
tests_load_packet_flood_LDFLAGS =
tests_load_packet_flood_LDADD =
