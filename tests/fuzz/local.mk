# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzing. `make check` runs each target over mutated inputs of its own making; `make fuzz` gives them to libFuzzer for
# FUZZ_SECONDS each, where there is a clang. What it finds stays in fuzz/.
check_PROGRAMS += tests/fuzz/translate-random
tests_fuzz_translate_random_SOURCES = tests/fuzz/translate-random.c tests/fuzz/translate-fuzz.c \
	tests/unit/packet-check.c tests/unit/packet-check.h
tests_fuzz_translate_random_LDADD = libnat64core.a libconf.a

FUZZ_CLANG = clang
FUZZ_SECONDS = 300
FUZZ_CFLAGS = -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

fuzz: tests/fuzz/translate-random
	@command -v $(FUZZ_CLANG) >/dev/null || { echo "no $(FUZZ_CLANG): apt-get install clang" >&2; exit 1; }
	$(MKDIR_P) fuzz/translate
	tests/fuzz/translate-random --corpus fuzz/translate
	cd $(srcdir) && $(FUZZ_CLANG) $(FUZZ_CFLAGS) $(DEFS) -D_GNU_SOURCE $(PATH_CPPFLAGS) -I. -I$(abs_builddir) \
		-o $(abs_builddir)/fuzz/translate-fuzz tests/fuzz/translate-fuzz.c tests/unit/packet-check.c \
		$(filter %.c,$(libnat64core_a_SOURCES) $(libconf_a_SOURCES))
	cd fuzz && ./translate-fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -print_final_stats=1 translate

fuzz-clean:
	rm -rf fuzz

clean-local: fuzz-clean
.PHONY: fuzz fuzz-clean
