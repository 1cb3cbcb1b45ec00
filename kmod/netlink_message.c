// SPDX-License-Identifier: GPL-2.0
/*
 * What requests, answers, dumps and events have in common, whatever they are about. Owns nothing.
 * Called by the other netlink_*.c, under the locks that they hold; events come in any context.
 */
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "netlink_ops.h"

/* -------- messages -------- */

static int begin(struct cr_message *m, u32 portid, u32 seq, u8 cmd, size_t size)
{
	m->skb = genlmsg_new(size, GFP_ATOMIC);
	if (!m->skb)
		return -ENOMEM;
	m->hdr = genlmsg_put(m->skb, portid, seq, &cr_nl_family, 0, cmd);
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
	genl_set_err(&cr_nl_family, net, 0, 0, -ENOBUFS);
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

	if (!genl_has_listeners(&cr_nl_family, net, 0))
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
	genlmsg_multicast_netns(&cr_nl_family, net, m->skb, 0, 0, GFP_ATOMIC);
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

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &cr_nl_family,
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

/* -------- whom a request names -------- */

/**
 * cr_nl_port_device() - the device that an attribute names
 * @info: the request, told why there is none
 * @name: the attribute, or NULL if it is missing
 *
 * Return: the device, under RTNL; or an error.
 */
struct net_device *cr_nl_port_device(struct genl_info *info, const struct nlattr *name)
{
	struct net_device *port;

	if (!name) {
		NL_SET_ERR_MSG(info->extack, "no port is named");
		return ERR_PTR(-EINVAL);
	}
	port = __dev_get_by_name(genl_info_net(info), nla_data(name));
	/* Older kernels (5.10) find one that has moved away, by another of its names. */
	if (!port || !net_eq(dev_net(port), genl_info_net(info))) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such device");
		return ERR_PTR(-ENODEV);
	}
	return port;
}

/**
 * cr_nl_sandbox_by_name() - the sandbox that an attribute names
 * @info: the request, told why there is none
 * @name: the attribute with its port's name, or NULL if it is missing
 *
 * Return: the sandbox, under RTNL; or an error.
 */
struct cr_sandbox *cr_nl_sandbox_by_name(struct genl_info *info, const struct nlattr *name)
{
	struct net_device *port = cr_nl_port_device(info, name);
	struct cr_sandbox *sbx;

	if (IS_ERR(port))
		return ERR_CAST(port);
	sbx = cr_sandbox_of(cr_net(genl_info_net(info)), port);
	if (!sbx) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "port is not registered");
		return ERR_PTR(-ENOENT);
	}
	return sbx;
}

/**
 * cr_nl_sandbox_rcu() - the sandbox that an attribute names, for who does not hold RTNL
 * @net: where
 * @name: the attribute with its port's name
 * @extack: told if there is none
 *
 * Return: the sandbox, under RCU; or NULL.
 */
struct cr_sandbox *cr_nl_sandbox_rcu(struct net *net, const struct nlattr *name,
				     struct netlink_ext_ack *extack)
{
	const struct net_device *port = dev_get_by_name_rcu(net, nla_data(name));
	struct cr_sandbox *sbx = port ? cr_sandbox_of(cr_net(net), port) : NULL;

	if (!sbx)
		NL_SET_ERR_MSG_ATTR(extack, name, "port is not registered");
	return sbx;
}
