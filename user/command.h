/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands. Each gets the words behind its own, and returns &enum done.
 */
#ifndef CUBE_COMMAND_H
#define CUBE_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

struct live;
struct why;

int cmd_enable(int argc, char **argv);
int cmd_disable(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_apply(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_sandbox_add(int argc, char **argv);
int cmd_sandbox_set(int argc, char **argv);
int cmd_sandbox_del(int argc, char **argv);
int cmd_sandbox_list(int argc, char **argv);
int cmd_portmap_add(int argc, char **argv);
int cmd_portmap_del(int argc, char **argv);
int cmd_portmap_list(int argc, char **argv);
int cmd_policy_add(int argc, char **argv);
int cmd_policy_del(int argc, char **argv);
int cmd_policy_list(int argc, char **argv);
int cmd_session_list(int argc, char **argv);
int cmd_session_count(int argc, char **argv);
int cmd_session_flush(int argc, char **argv);
int cmd_config_show(int argc, char **argv);
int cmd_config_set(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_save(int argc, char **argv);
int cmd_restore(int argc, char **argv);

/* For `save` and `restore`: whether words make sense, and how they are written. */
bool config_understood(int argc, char **argv, struct why *why);
void config_write(FILE *f, const struct live *live);
bool sandbox_add_understood(int argc, char **argv, struct why *why);
bool sandbox_set_understood(int argc, char **argv, struct why *why);
bool disable_understood(int argc, char **argv, struct why *why);
bool portmap_add_understood(int argc, char **argv, struct why *why);
int disable_quietly(int argc, char **argv);
int portmap_restore(int argc, char **argv);

#endif
