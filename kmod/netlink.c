// SPDX-License-Identifier: GPL-2.0
/*
 * The generic-netlink family: its operations, and how requests are answered, refused and listed.
 * What is said of each kind of object is in netlink_*.c. Nothing calls in here but the kernel's
 * netlink, and those files.
 *
 * Generic netlink runs one operation of a family at a time, dumps included, and changes of mode
 * only come from here, so that the session table stays while one runs. What is configured is
 * guarded by RTNL, which every operation that writes takes itself.
 */
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "netlink.h"
#include "netlink_ops.h"

static struct genl_family family;

/* -------- messages -------- */

static int begin(struct cr_message *m, u32 portid, u32 seq, u8 cmd, size_t size)
{
	m->skb = genlmsg_new(size, GFP_ATOMIC);
	if (!m->skb)
		return -ENOMEM;
	m->hdr = genlmsg_put(m->skb, portid, seq, &family, 0, cmd);
	return 0;
}

/**
 * cr_nl_begin_answer() - begins the answer to a request
 * @m: the message
 * @info: the request
 * @size: how long it may get
 *
 * Return: 0, and then cr_nl_answer() ends it; or -ENOMEM.
 */
int cr_nl_begin_answer(struct cr_message *m, const struct genl_info *info, size_t size)
{
	return begin(m, info->snd_portid, info->snd_seq, info->genlhdr->cmd, size);
}

/**
 * cr_nl_answer() - sends the answer to a request
 * @info: the request
 * @m: the message
 * @err: what filling it returned
 *
 * Return: what the operation shall return.
 */
int cr_nl_answer(struct genl_info *info, struct cr_message *m, int err)
{
	if (err) {
		nlmsg_free(m->skb);
		return err;
	}
	genlmsg_end(m->skb, m->hdr);
	return genlmsg_reply(m->skb, info);
}

/* Who listens is told that there was something, as the kernel does where a receiver is full. */
static void tell_loss(struct net *net)
{
	genl_set_err(&family, net, 0, 0, -ENOBUFS);
}

/**
 * cr_nl_begin_event() - begins a message to all that listen
 * @m: the message
 * @net: where
 * @cmd: what has happened
 *
 * Return: 0, and then cr_nl_tell() ends it; -ESRCH if nobody listens; -ENOMEM, and they know that
 * they have missed it.
 */
int cr_nl_begin_event(struct cr_message *m, struct net *net, u8 cmd)
{
	int err;

	if (!genl_has_listeners(&family, net, 0))
		return -ESRCH;
	err = begin(m, 0, 0, cmd, GENLMSG_DEFAULT_SIZE);
	if (err)
		tell_loss(net);
	return err;
}

/**
 * cr_nl_tell() - sends a message to all that listen
 * @m: the message
 * @net: where
 * @err: what filling it returned; after an error they are told that they have missed it
 */
void cr_nl_tell(struct cr_message *m, struct net *net, int err)
{
	if (err) {
		nlmsg_free(m->skb);
		tell_loss(net);
		return;
	}
	genlmsg_end(m->skb, m->hdr);
	genlmsg_multicast_netns(&family, net, m->skb, 0, 0, GFP_ATOMIC);
}

/* -------- dumps -------- */

/**
 * cr_nl_dump_one() - adds an object to a dump
 * @skb: the dump's buffer
 * @cb: the dump; its @seq stands for the state of what is listed, or is 0
 * @cmd: of the message
 * @fill: fills it
 * @object: with this
 *
 * Return: 0; -EMSGSIZE if the buffer is full; or, from @fill, why this object is left out.
 */
int cr_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, cr_nl_fill fill,
		   const void *object)
{
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			  NLM_F_MULTI, cmd);
	if (!hdr)
		return -EMSGSIZE;
	err = fill(skb, object);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	/* It marks the first message after a change, and that has to be one that is sent. */
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * cr_nl_dump_all() - lists all objects of one kind, from the index in @cb->args[0] on
 * @skb: as in cr_nl_dump_one(), like the rest
 * @cb: ...
 * @cmd: ...
 * @fill: ...
 * @objects: where they are, which changes with the sandboxes and their mapped ports
 *
 * Return: what the dump shall return.
 */
int cr_nl_dump_all(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, cr_nl_fill fill,
		   struct xarray *objects)
{
	const struct cr_net *crn = cr_net(sock_net(skb->sk));
	unsigned long index;
	void *object;

	rcu_read_lock();
	/* Never 0, which would say that nothing is known of changes. */
	cb->seq = READ_ONCE(crn->port_changes) + 1;
	xa_for_each_start(objects, index, object, cb->args[0]) {
		if (cr_nl_dump_one(skb, cb, cmd, fill, object) == -EMSGSIZE)
			break;
		cb->args[0] = index + 1;
	}
	rcu_read_unlock();
	return skb->len;
}

/* -------- requests -------- */

/**
 * cr_nl_with_rtnl() - does under RTNL what a request asks for
 * @info: the request
 * @work: does it
 *
 * Return: what @work returned.
 */
int cr_nl_with_rtnl(struct genl_info *info, int (*work)(struct genl_info *info))
{
	int err;

	rtnl_lock();
	err = work(info);
	rtnl_unlock();
	return err;
}

/**
 * cr_nl_refuse_attr() - says why a request is refused
 * @info: the request
 * @attr: the attribute to blame
 * @err: the error
 * @why: a message that stays
 *
 * Return: @err.
 */
int cr_nl_refuse_attr(struct genl_info *info, const struct nlattr *attr, int err, const char *why)
{
	info->extack->_msg = why;
	NL_SET_BAD_ATTR(info->extack, attr);
	return err;
}

/**
 * cr_nl_read_mark() - a mark with its mask, from two attributes of which the mask may be missing
 * @info: the request
 * @mark_attr: number of the mark's attribute
 * @mask_attr: of the mask's
 * @mark: filled if it is given
 *
 * Return: 0, or -EINVAL if they do not go together.
 */
int cr_nl_read_mark(struct genl_info *info, int mark_attr, int mask_attr, u64 *mark)
{
	const struct nlattr *given = info->attrs[mark_attr];
	u32 bits, mask = U32_MAX;

	if (!given) {
		if (info->attrs[mask_attr])
			return cr_nl_refuse(info, mask_attr, -EINVAL, "a mask without a mark");
		return 0;
	}
	bits = nla_get_u32(given);
	cr_nl_read_u32(&mask, info->attrs, mask_attr);
	if (bits & ~mask)
		return cr_nl_refuse(info, mark_attr, -EINVAL, "mark has bits outside its mask");
	*mark = cr_mark(bits, mask);
	return 0;
}

/* -------- the family -------- */

#define OP(command, name, object, ...) {				\
	.cmd = CUBE_ROUTER_CMD_##command,				\
	.policy = cr_nl_##object##_policy,				\
	.maxattr = ARRAY_SIZE(cr_nl_##object##_policy) - 1,		\
	.flags = GENL_UNS_ADMIN_PERM,					\
	.doit = name,							\
	__VA_ARGS__							\
}

static const struct genl_ops ops[] = {
	OP(CONFIG_GET, cr_nl_config_get, config),
	OP(CONFIG_SET, cr_nl_config_set, config),
	OP(SANDBOX_NEW, cr_nl_sandbox_new, sandbox),
	OP(SANDBOX_SET, cr_nl_sandbox_set, sandbox),
	OP(SANDBOX_DEL, cr_nl_sandbox_del, sandbox),
	OP(SANDBOX_GET, cr_nl_sandbox_get, sandbox, .dumpit = cr_nl_sandbox_dump),
	OP(SANDBOX_PROBE, cr_nl_sandbox_probe, sandbox),
	OP(SESSION_GET, cr_nl_session_count, session, .dumpit = cr_nl_session_dump),
	OP(SESSION_FLUSH, cr_nl_session_flush, session),
	OP(STATS_GET, cr_nl_stats_get, stats),
	OP(PORTMAP_NEW, cr_nl_portmap_new, portmap),
	OP(PORTMAP_DEL, cr_nl_portmap_del, portmap),
	OP(PORTMAP_GET, NULL, portmap, .dumpit = cr_nl_portmap_dump),
	OP(POLICY_ADD, cr_nl_policy_change, sandbox),
	OP(POLICY_DEL, cr_nl_policy_change, sandbox),
	OP(POLICY_GET, NULL, sandbox, .dumpit = cr_nl_policy_dump),
};

static const struct genl_multicast_group groups[] = {
	{ .name = CUBE_ROUTER_GENL_MCGRP_EVENTS, CR_MCGRP_NET_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name = CUBE_ROUTER_GENL_NAME,
	.version = CUBE_ROUTER_GENL_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/* cr_netlink_init() - lets requests in, and events out. Return: 0 or an error. */
int __init cr_netlink_init(void)
{
	int err;

	err = genl_register_family(&family);
	if (err)
		return err;
	err = cr_nl_events_init();
	if (err)
		genl_unregister_family(&family);
	return err;
}

/* cr_netlink_exit() - ends that; no request is under way afterwards */
void cr_netlink_exit(void)
{
	cr_nl_events_exit();
	genl_unregister_family(&family);
}

MODULE_ALIAS_GENL_FAMILY(CUBE_ROUTER_GENL_NAME);
