# SPDX-License-Identifier: GPL-2.0-or-later
# Completions: bash looks for a file by the name of the command, zsh for the #compdef of a file. Debian's zsh reads vendor-completions of /usr.
bashcompletiondir = $(datadir)/bash-completion/completions
zshfunctionsdir = $(datadir)/zsh/$(ZSH_FOLDER)
relay_bash = dist/completions/bash/nat64-relay dist/completions/bash/nat64d
relay_zsh = dist/completions/zsh/_nat64-relay
nodist_bashcompletion_DATA = $(relay_bash)
nodist_zshfunctions_DATA = $(relay_zsh)
CLEANFILES += $(relay_bash) $(relay_zsh)
EXTRA_DIST += dist/completions/nat64-relay.bash.in dist/completions/nat64-relay.zsh.in
completion_make = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) -e 's|@RELAY_CONF_PATH[@]|$(relaysysconfdir)/relay.conf|g'

$(relay_bash): dist/completions/nat64-relay.bash.in Makefile
	$(completion_make) $(srcdir)/dist/completions/nat64-relay.bash.in >$@
$(relay_zsh): dist/completions/nat64-relay.zsh.in Makefile
	$(completion_make) $(srcdir)/dist/completions/nat64-relay.zsh.in >$@
