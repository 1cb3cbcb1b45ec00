// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel module, by way of libkmod. Called where its family is missing and a command needs it.
 */
#include <errno.h>
#include <libkmod.h>
#include <string.h>
#include <sys/utsname.h>

#include "module.h"

#define MODULE "cube_router"

static bool explain(int err, struct why *why)
{
	struct utsname kernel = { 0 };

	uname(&kernel);
	switch (err) {
	case ENOENT:
		return why_not(why, "module %s is not installed for kernel %s: make dkms-install",
			       MODULE, kernel.release);
	case ENOEXEC:
		return why_not(why, "module %s was not built for kernel %s: make dkms-install",
			       MODULE, kernel.release);
	case ENOKEY:
	case EKEYREJECTED:
		return why_not(why,
			       "the kernel does not know who signed module %s: mokutil --import KEY",
			       MODULE);
	default:
		return why_not(why, "module %s cannot be loaded: %s", MODULE, strerror(err));
	}
}

/* Returns 0 or an errno. */
static int load(struct kmod_ctx *ctx)
{
	struct kmod_list *list = NULL, *entry;
	struct kmod_module *mod;
	int err;

	err = kmod_module_new_from_lookup(ctx, MODULE, &list);
	if (!err && !list)
		err = -ENOENT;
	kmod_list_foreach(entry, list) {
		mod = kmod_module_get_module(entry);
		if (err >= 0)
			err = kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	return err < 0 ? -err : 0;
}

/**
 * module_load() - loads the module
 * @why: why it cannot be loaded
 *
 * Return: whether it is loaded now.
 */
bool module_load(struct why *why)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	int err = ctx ? load(ctx) : ENOMEM;

	kmod_unref(ctx);
	return !err || explain(err, why);
}

/**
 * module_unload() - takes module_load() back
 *
 * A module that is in use again already stays.
 */
void module_unload(void)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_module *mod;

	if (ctx && !kmod_module_new_from_name(ctx, MODULE, &mod)) {
		kmod_module_remove_module(mod, KMOD_REMOVE_NOWAIT);
		kmod_module_unref(mod);
	}
	kmod_unref(ctx);
}
