// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel module, by way of libkmod. Called where its family is missing and a command needs it.
 */
#include <errno.h>
#include <libkmod.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <unistd.h>

#include "array.h"
#include "module.h"
#include "netns.h"

#define MODULE "cube_router"
#define SYMBOLS "/proc/kallsyms"	/* "ADDRESS TYPE NAME", and the module behind a tab */
#define REMEDY "install its headers, then: dkms autoinstall, or in the source: make dkms-install"

/*
 * What module_load() has brought, in the order of its coming: others that the module needs, and the
 * module. They have sysctls of their own, so that they cannot just be left behind.
 */
static struct kmod_module *brought[8];
static size_t brought_count;

/* Whether a file of the kernel's begins with one of these characters. */
static bool begins_with(const char *path, const char *which)
{
	FILE *f = fopen(path, "re");
	int c = EOF;

	if (f) {
		c = fgetc(f);
		fclose(f);
	}
	return c != EOF && strchr(which, c);
}

/* Of a user, of root in a container, and of root of another user namespace. */
static bool may_not(struct why *why)
{
	return why_not(why,
		       "module %s is not loaded, and only root of the host, with CAP_SYS_MODULE, may load it: modprobe %s",
		       MODULE, MODULE);
}

static bool is_disabled(void)
{
	return begins_with("/proc/sys/kernel/modules_disabled", "1");
}

/* Not even root may load a module everywhere. */
static bool explain_refusal(struct why *why)
{
	if (is_disabled())
		return why_not(why,
			       "module %s cannot be loaded: kernel.modules_disabled is 1, until the next boot",
			       MODULE);
	/* "none [integrity] confidentiality" */
	if (begins_with("/sys/kernel/security/lockdown", "n"))
		return why_not(why,
			       "module %s is not signed, and the kernel is locked down: sign it, as for Secure Boot",
			       MODULE);
	return may_not(why);
}

static bool explain(int err, struct why *why)
{
	struct utsname kernel = { 0 };

	/* A container lacks the files, too, but installing them would not help. */
	if (!netns_may(CAP_SYS_MODULE))
		return may_not(why);
	uname(&kernel);
	switch (err) {
	case ENOENT:
		return why_not(why, "module %s is not installed for kernel %s: %s",
			       MODULE, kernel.release, REMEDY);
	case ENOEXEC:
		return why_not(why, "module %s was not built for kernel %s: %s",
			       MODULE, kernel.release, REMEDY);
	case ENOKEY:
	case EKEYREJECTED:
		return why_not(why,
			       "the kernel does not know who signed module %s: mokutil --import KEY",
			       MODULE);
	case EPERM:
		return explain_refusal(why);
	default:
		return why_not(why, "module %s cannot be loaded: %s", MODULE, strerror(err));
	}
}

/* Remembers a module that is about to come, unless it is there already. */
static void remember(struct kmod_module *mod)
{
	if (kmod_module_get_initstate(mod) < 0 && brought_count < ARRAY_SIZE(brought))
		brought[brought_count++] = kmod_module_ref(mod);
}

/* What goes wrong is told by us, and in one line. */
static struct kmod_ctx *silent(void)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);

	if (ctx)
		kmod_set_log_priority(ctx, LOG_EMERG);
	return ctx;
}

static int insert(struct kmod_module *mod)
{
	struct kmod_list *needed = kmod_module_get_dependencies(mod), *entry;
	struct kmod_module *other;

	kmod_list_foreach(entry, needed) {
		other = kmod_module_get_module(entry);
		remember(other);
		kmod_module_unref(other);
	}
	kmod_module_unref_list(needed);
	remember(mod);
	return kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
}

/* Finds the module's file, and loads nothing. Returns 0 or a negative errno. */
static int look_up(struct kmod_ctx *ctx, struct kmod_list **list)
{
	int err = kmod_module_new_from_lookup(ctx, MODULE, list);

	return err || *list ? err : -ENOENT;
}

/* An index may name a file that has gone since. Returns 0 or a negative errno. */
static int find_file(const struct kmod_list *list)
{
	struct kmod_module *mod = kmod_module_get_module(list);
	const char *path = kmod_module_get_path(mod);
	int err = path && !access(path, F_OK) ? 0 : -ENOENT;

	kmod_module_unref(mod);
	return err;
}

/**
 * module_installed() - whether the module could be loaded, as far as it can be known before
 * @why: why not
 *
 * Return: whether there is one for this kernel.
 */
bool module_installed(struct why *why)
{
	struct kmod_list *list = NULL;
	struct kmod_ctx *ctx;
	int err = -ENOMEM;

	if (!netns_may(CAP_SYS_MODULE) || is_disabled())
		return explain(EPERM, why);
	ctx = silent();
	if (ctx)
		err = look_up(ctx, &list);
	if (err >= 0)
		err = find_file(list);
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return err >= 0 || explain(-err, why);
}

/* Returns 0 or an errno. */
static int load(struct kmod_ctx *ctx)
{
	struct kmod_list *list = NULL, *entry;
	struct kmod_module *mod;
	int err;

	err = look_up(ctx, &list);
	kmod_list_foreach(entry, list) {
		mod = kmod_module_get_module(entry);
		if (err >= 0)
			err = insert(mod);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	return err < 0 ? -err : 0;
}

/**
 * module_load() - loads the module
 * @why: why it cannot be loaded
 *
 * Return: whether it is loaded now; if not, nothing is that was not before.
 */
bool module_load(struct why *why)
{
	struct kmod_ctx *ctx = silent();
	int err = ENOMEM;

	if (ctx)
		err = load(ctx);
	kmod_unref(ctx);
	if (!err)
		return true;
	module_unload();
	return explain(err, why);
}

/**
 * module_connect() - opens a socket to the module, which is loaded if need be
 * @genl: it; to be closed if it was opened
 * @loaded: whether the module had to be loaded
 * @why: why not
 *
 * Return: whether it is open.
 */
bool module_connect(struct genl *genl, bool *loaded, struct why *why)
{
	int err = genl_open(genl, why);

	*loaded = false;
	if (err != -ENOENT)
		return !err;
	*loaded = module_load(why);
	return *loaded && !genl_open(genl, why);
}

/**
 * module_present() - whether the kernel has a module, loaded or built in
 * @name: its name
 *
 * Return: whether it has, without being made to load it.
 */
bool module_present(const char *name)
{
	struct kmod_ctx *ctx = silent();
	struct kmod_module *mod;
	bool present;

	if (!ctx)
		return false;
	present = !kmod_module_new_from_name(ctx, name, &mod);
	if (present) {
		present = kmod_module_get_initstate(mod) >= 0;
		kmod_module_unref(mod);
	}
	kmod_unref(ctx);
	return present;
}

/* Whether a module that belongs to the running kernel brings a function for other modules. */
static bool is_indexed(const char *name)
{
	struct kmod_ctx *ctx = silent();
	struct kmod_list *list = NULL;
	char alias[80];
	bool found;

	if (!ctx)
		return false;
	snprintf(alias, sizeof(alias), "symbol:%s", name);
	found = !kmod_module_new_from_lookup(ctx, alias, &list) && list;
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return found;
}

/**
 * module_lacks() - whether the kernel is known not to have a function for modules
 * @name: its name
 *
 * The kernel's own list of all symbols is long: where an index tells, it is not read.
 *
 * Return: whether it is known; false where nothing can be known.
 */
bool module_lacks(const char *name)
{
	char line[256], found[128];
	bool known = false, has = false;
	FILE *f;

	if (is_indexed(name))
		return false;
	f = fopen(SYMBOLS, "re");
	while (f && !has && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %127s", found) != 1)
			continue;
		known = true;
		has = !strcmp(found, name);
	}
	if (f)
		fclose(f);
	return known && !has;
}

/**
 * module_unload() - takes module_load() back
 *
 * What is in use again already stays.
 */
void module_unload(void)
{
	while (brought_count) {
		kmod_module_remove_module(brought[--brought_count], KMOD_REMOVE_NOWAIT);
		kmod_module_unref(brought[brought_count]);
	}
}
