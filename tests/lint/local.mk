# SPDX-License-Identifier: GPL-2.0-or-later
# What reads the sources and the documents; runs by pytest and needs no root: python3 -m pytest tests/lint
EXTRA_DIST += \
	tests/lint/arrows.py \
	tests/lint/cppcheck.cfg \
	tests/lint/test_arrows.py \
	tests/lint/test_lint.py \
	tests/lint/test_manual.py \
	tests/lint/test_pool.py \
	tests/lint/test_tests.py \
	tests/lint/test_words.py
