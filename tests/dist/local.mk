# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of what is handed out: built and installed into a folder, without sanitizers. They run by pytest, see runtests.
EXTRA_DIST += tests/dist/conftest.py tests/dist/handed_out.py tests/dist/test_hardening.py tests/dist/test_reproducible.py tests/dist/test_sbom.py
