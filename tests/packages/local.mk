# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the Debian packages; they need root and run by pytest, see runtests.
EXTRA_DIST += \
	tests/packages/engine-room \
	tests/packages/engine.py \
	tests/packages/test_image.py \
	tests/packages/test_packages.py \
	tests/packages/user.py \
	tests/packages/world.sh
