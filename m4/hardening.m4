# SPDX-License-Identifier: GPL-2.0-or-later
# Flags that make an error in the code harder to use. Every flag is asked of this compiler and linker together with the user's own flags, so that a
# package's flags go before ours and an old compiler does without what it has not.

# HARDENING_COMPILE(VARIABLE, FLAGS, [FLAGS...]): adds to VARIABLE the first of the flags that compile without a word.
AC_DEFUN([HARDENING_COMPILE], [
	hardening_found=no
	m4_foreach([one], m4_dquote(m4_shift($@)), [
		AS_IF([test $hardening_found = no], [
			AC_MSG_CHECKING([whether $CC takes one])
			hardening_saved=$CFLAGS
			CFLAGS="one -Werror $CFLAGS"
			AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[char text[8]; strcpy(text, "a"); return text[0];]])],
				[hardening_found=yes; $1="$$1 one"])
			CFLAGS=$hardening_saved
			AC_MSG_RESULT([$hardening_found])])])])

# HARDENING_LINK(VARIABLE, FLAGS): adds to VARIABLE flags that link.
AC_DEFUN([HARDENING_LINK], [
	AC_MSG_CHECKING([whether $CC links with $2])
	hardening_cflags=$CFLAGS hardening_ldflags=$LDFLAGS
	CFLAGS="$HARDENING_CFLAGS $CFLAGS" LDFLAGS="$2 $LDFLAGS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])], [hardening_found=yes; $1="$$1 $2"], [hardening_found=no])
	CFLAGS=$hardening_cflags LDFLAGS=$hardening_ldflags
	AC_MSG_RESULT([$hardening_found])])

# HARDENING: sets HARDENING_CFLAGS and HARDENING_LDFLAGS. A sanitizer looks into the calls of the C library on its own: _FORTIFY_SOURCE would
# hide them from it. The module's -fPIC and -shared come later on the line than -fPIE and -pie, and win.
AC_DEFUN([HARDENING], [
	HARDENING_CFLAGS= HARDENING_LDFLAGS=
	HARDENING_COMPILE([HARDENING_CFLAGS], [-fPIE])
	HARDENING_COMPILE([HARDENING_CFLAGS], [-fstack-protector-strong])
	HARDENING_COMPILE([HARDENING_CFLAGS], [-fstack-clash-protection])
	HARDENING_COMPILE([HARDENING_CFLAGS], [-fcf-protection], [-mbranch-protection=standard])
	AS_IF([test "$enable_sanitizers" != yes],
		[HARDENING_COMPILE([HARDENING_CFLAGS], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2])])
	HARDENING_LINK([HARDENING_LDFLAGS], [-pie])
	HARDENING_LINK([HARDENING_LDFLAGS], [-Wl,-z,relro -Wl,-z,now])
	HARDENING_LINK([HARDENING_LDFLAGS], [-Wl,-z,noexecstack])
	HARDENING_LINK([HARDENING_LDFLAGS], [-Wl,--as-needed])
	AC_SUBST([HARDENING_CFLAGS])
	AC_SUBST([HARDENING_LDFLAGS])])
