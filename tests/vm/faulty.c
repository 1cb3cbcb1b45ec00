// SPDX-License-Identifier: GPL-2.0
/*
 * Makes mistakes that the debug kernel watches for, on purpose. tests/vm/selftest-debug builds it
 * and loads it in a guest, to see that the guest's runner tells of each.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

static char *fault = "none";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "what to do wrong: leak, freed or locks");

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);

/* Several, for a pointer to the last may still lie on a stack. */
static void leak(void)
{
	int i;

	for (i = 0; i < 8; i++)
		if (!kmalloc(100, GFP_KERNEL))
			return;
}

static void use_freed(void)
{
	char *text = kstrdup("freed", GFP_KERNEL);

	kfree(text);
	if (text)
		pr_info("%c\n", READ_ONCE(*text));
}

static void lock_both_ways(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);

	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static int __init faulty_init(void)
{
	if (!strcmp(fault, "leak"))
		leak();
	else if (!strcmp(fault, "freed"))
		use_freed();
	else if (!strcmp(fault, "locks"))
		lock_both_ways();
	else
		return -EINVAL;
	return 0;
}

static void __exit faulty_exit(void)
{
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_DESCRIPTION("mistakes on purpose");
MODULE_LICENSE("GPL");
