// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions as messages: counted, listed and ended by a filter. The table stays while an operation
 * runs (see netlink.c); its sessions are looked at under RCU. Called by generic netlink.
 */
#include <net/sock.h>

#include "compat.h"
#include "event.h"
#include "netlink_ops.h"

const struct nla_policy cr_nl_session_policy[CUBE_ROUTER_A_SESSION_MAX + 1] = {
	[CUBE_ROUTER_A_SESSION_PORT] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[CUBE_ROUTER_A_SESSION_PROTO] = { .type = NLA_U8 },
	[CUBE_ROUTER_A_SESSION_DST] = { .type = NLA_U32 },
	[CUBE_ROUTER_A_SESSION_DST_PORT] = { .type = NLA_U16 },
	[CUBE_ROUTER_A_SESSION_NAT_PORT] = { .type = NLA_U16 },
};

/**
 * struct filter - which sessions are meant
 * @ifindex: of the sandbox's port, 0 for all
 * @by_proto: whether @proto counts
 * @proto: IP protocol
 * @by_dst: whether @dst counts
 * @dst: the far end
 * @by_dst_port: whether @dst_port counts
 * @dst_port: of the far end
 * @by_nat_port: whether @nat_port counts
 * @nat_port: at the internal address
 */
struct filter {
	u32 ifindex;
	bool by_proto;
	u8 proto;
	bool by_dst;
	__be32 dst;
	bool by_dst_port;
	__be16 dst_port;
	bool by_nat_port;
	__be16 nat_port;
};

static int read_filter(struct filter *f, struct net *net, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *name = attrs[CUBE_ROUTER_A_SESSION_PORT];
	const struct cr_sandbox *sbx;

	*f = (struct filter){};
	if (name) {
		rcu_read_lock();
		sbx = cr_nl_sandbox_rcu(net, name, extack);
		if (sbx)
			f->ifindex = sbx->owner.id;
		rcu_read_unlock();
		if (!sbx)
			return -ENOENT;
	}
	f->by_proto = attrs[CUBE_ROUTER_A_SESSION_PROTO];
	if (f->by_proto)
		f->proto = nla_get_u8(attrs[CUBE_ROUTER_A_SESSION_PROTO]);
	f->by_dst = attrs[CUBE_ROUTER_A_SESSION_DST];
	if (f->by_dst)
		f->dst = nla_get_in_addr(attrs[CUBE_ROUTER_A_SESSION_DST]);
	f->by_dst_port = attrs[CUBE_ROUTER_A_SESSION_DST_PORT];
	if (f->by_dst_port)
		f->dst_port = nla_get_be16(attrs[CUBE_ROUTER_A_SESSION_DST_PORT]);
	f->by_nat_port = attrs[CUBE_ROUTER_A_SESSION_NAT_PORT];
	if (f->by_nat_port)
		f->nat_port = nla_get_be16(attrs[CUBE_ROUTER_A_SESSION_NAT_PORT]);
	return 0;
}

static bool matches(const struct cr_session *s, const void *arg)
{
	const struct filter *f = arg;

	return (!f->ifindex || s->owner->id == f->ifindex) &&
	       (!f->by_proto || s->tuple.proto == f->proto) &&
	       (!f->by_dst || s->tuple.daddr == f->dst) &&
	       (!f->by_dst_port || s->tuple.dport == f->dst_port) &&
	       (!f->by_nat_port || s->nat_port == f->nat_port);
}

static int fill_session(struct sk_buff *skb, const void *session)
{
	const struct cr_session *s = session;
	const struct cr_sandbox *sbx = cr_owner_sandbox(s->owner);
	const struct net_device *port = rcu_dereference(sbx->port);
	const u32 now = cr_now();

	if ((port && nla_put_string(skb, CUBE_ROUTER_A_SESSION_PORT, port->name)) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_SESSION_PROTO, s->tuple.proto) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SESSION_SRC, s->tuple.saddr) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_SESSION_SRC_PORT, s->tuple.sport) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SESSION_DST, s->tuple.daddr) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_SESSION_DST_PORT, s->tuple.dport) ||
	    nla_put_in_addr(skb, CUBE_ROUTER_A_SESSION_NAT, s->nat_addr) ||
	    nla_put_be16(skb, CUBE_ROUTER_A_SESSION_NAT_PORT, s->nat_port) ||
	    nla_put_u8(skb, CUBE_ROUTER_A_SESSION_STATE, READ_ONCE(s->state)) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SESSION_IDLE, cr_session_idle(s, now) / HZ) ||
	    nla_put_u32(skb, CUBE_ROUTER_A_SESSION_EXPIRES,
			DIV_ROUND_UP(cr_session_left(&sbx->crn->table, s, now), HZ)))
		return -EMSGSIZE;
	return 0;
}

/**
 * struct listing - a dump of sessions, as long as one message buffer
 * @skb: the buffer
 * @cb: the dump
 * @filter: which
 */
struct listing {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct filter filter;
};

static int list_one(struct cr_session *s, void *arg)
{
	struct listing *l = arg;

	if (!matches(s, &l->filter))
		return 0;
	return cr_nl_dump_one(l->skb, l->cb, CUBE_ROUTER_CMD_SESSION_GET, fill_session, s);
}

/*
 * cr_nl_session_dump() - the operation SESSION_GET, of each.
 *
 * A bucket goes into the buffer as a whole or not at all, so that a session that is there all the
 * while is listed exactly once, whatever comes and goes around it. Chains are a few sessions long;
 * one that filled a buffer by itself would end the dump with an error. Between two buffers the mode
 * can change, and with it the whole table: that is told.
 */
int cr_nl_session_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct cr_net *crn = cr_net(net);
	struct cr_table *table = &crn->table;
	struct listing l = { .skb = skb, .cb = cb };
	unsigned int before;
	int err;

	err = read_filter(&l.filter, net, cr_dump_attrs(cb), cb->extack);
	if (err)
		return err;
	/* Never 0, which would say that nothing is known of changes. */
	cb->seq = crn->table_changes + 1;
	if (!table->out)
		return 0;
	for (; cb->args[0] <= table->mask; cb->args[0]++) {
		before = skb->len;
		if (cb->args[0] % 256 == 255)
			cond_resched();
		if (!cr_table_walk(table, cb->args[0], list_one, &l))
			continue;
		if (!before)
			return -EMSGSIZE;
		nlmsg_trim(skb, skb->data + before);
		break;
	}
	return skb->len;
}

struct tally {
	struct filter filter;
	u32 count;
};

static int count_one(struct cr_session *s, void *arg)
{
	struct tally *t = arg;

	t->count += matches(s, &t->filter);
	return 0;
}

static int answer_count(struct genl_info *info, u32 count)
{
	struct cr_message m;
	int err;

	err = cr_nl_begin_answer(&m, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	return cr_nl_answer(info, &m, nla_put_u32(m.skb, CUBE_ROUTER_A_SESSION_COUNT, count));
}

/* cr_nl_session_count() - the operation SESSION_GET, of how many */
int cr_nl_session_count(struct sk_buff *request, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct cr_table *table = &cr_net(net)->table;
	struct tally t = {};
	u32 i;
	int err;

	err = read_filter(&t.filter, net, info->attrs, info->extack);
	if (err)
		return err;
	for (i = 0; table->out && i <= table->mask; i++) {
		cr_table_walk(table, i, count_one, &t);
		cond_resched();
	}
	return answer_count(info, t.count);
}

/*
 * cr_nl_session_flush() - the operation SESSION_FLUSH. Answers when nothing is left of the
 * sessions, in conntrack neither.
 */
int cr_nl_session_flush(struct sk_buff *request, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct cr_event event = { .crn = cr_net(net) };
	struct cr_table *table = &event.crn->table;
	struct filter filter;
	int err;

	err = read_filter(&filter, net, info->attrs, info->extack);
	if (err)
		return err;
	event.flushed = cr_table_flush(table, matches, &filter);
	if (event.flushed)
		cr_table_reap(table);
	atomic_notifier_call_chain(&cr_events, CUBE_ROUTER_CMD_SESSION_FLUSH, &event);
	return answer_count(info, event.flushed);
}
