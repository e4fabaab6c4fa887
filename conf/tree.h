/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remove whatever stands in the place of a file of ours. */
#ifndef CONF_TREE_H
#define CONF_TREE_H

/*
 * Remove NAME in an open folder, whatever it is: a file, a link itself and not what it leads to, or a folder with all that is in it.
 * aside: an open folder in the same file system that nobody else may write to, may be the same one. 0, also when there is none; or -1 with
 * errno.
 */
int conf_tree_remove(int folder, const char *name, int aside);

#endif
