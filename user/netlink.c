// SPDX-License-Identifier: GPL-2.0
/*
 * A netlink socket: one request, all of its answer, the values of attributes in it, and what the
 * kernel says if it refuses. Called by genl.c, and by everything that speaks rtnetlink.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"

#define RECEIVE_BUFFER	(1024 * 1024)	/* bytes */
#define SEND_BUFFER	(256 * 1024)	/* bytes: a policy with all its prefixes is one message */
#define DUMP_TRIES	5

/* Finds the type of the attribute at an offset into a genl request; in a nested one the outer's. */
static uint16_t attribute_at(struct nlmsghdr *request, uint32_t offset)
{
	struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, request, GENL_HDRLEN, rest) {
		if (offset < (uint32_t)((char *)attr - (char *)request) + NLA_ALIGN(attr->nla_len))
			return (uint16_t)nla_type(attr);
	}
	return 0;
}

/* Reads what an error message says beyond its number. */
static void read_extack(struct netlink *nl, struct nlattr *attrs, int len)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	if (nla_parse(tb, NLMSGERR_ATTR_MAX, attrs, len, NULL) < 0)
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		nla_strlcpy(nl->text, tb[NLMSGERR_ATTR_MSG], sizeof(nl->text));
	if (nl->protocol == NETLINK_GENERIC && tb[NLMSGERR_ATTR_OFFS] &&
	    nla_len(tb[NLMSGERR_ATTR_OFFS]) >= 4)
		nl->attribute = attribute_at(nl->request, nla_get_u32(tb[NLMSGERR_ATTR_OFFS]));
}

static int on_error(struct sockaddr_nl *who, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	struct netlink *nl = arg;
	size_t skip = sizeof(*err);

	(void)who;
	nl->error = -err->error;
	nl->done = true;
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - NLMSG_HDRLEN;
	skip = NLMSG_ALIGN(skip);
	if (NLMSG_HDRLEN + skip < hdr->nlmsg_len)
		read_extack(nl, (struct nlattr *)((char *)err + skip),
			    (int)(hdr->nlmsg_len - NLMSG_HDRLEN - skip));
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct netlink *nl = arg;

	(void)msg;
	nl->done = true;
	return NL_STOP;
}

/* The end of a dump carries the error that ended it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct netlink *nl = arg;
	int len = nlmsg_datalen(hdr);

	nl->done = true;
	if (len < (int)sizeof(int))
		return NL_STOP;
	nl->error = -*(int *)nlmsg_data(hdr);
	if (nl->error && (hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		read_extack(nl, (struct nlattr *)((char *)nlmsg_data(hdr) + sizeof(int)),
			    len - (int)sizeof(int));
	return NL_STOP;
}

/*
 * A list that the kernel could not begin for want of memory was refused, and comes nevertheless, in
 * front of the answer to the next request (net/netlink/af_netlink.c, netlink_dump).
 */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct netlink *nl = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == nl->request->nlmsg_seq ? NL_OK : NL_SKIP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct netlink *nl = arg;

	if (nl->each)
		nl->each(msg, nl->arg);
	return NL_OK;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct netlink *nl = arg;

	(void)msg;
	nl->interrupted = true;
	return NL_OK;
}

/**
 * netlink_open() - opens a socket
 * @nl: it; to be closed if it was opened
 * @protocol: NETLINK_*
 * @why: why not
 *
 * Return: 0 or a negative errno.
 */
int netlink_open(struct netlink *nl, int protocol, struct why *why)
{
	int on = 1, err, fd;

	*nl = (struct netlink){
		.sk = nl_socket_alloc(), .cb = nl_cb_alloc(NL_CB_DEFAULT), .protocol = protocol,
	};
	if (!nl->sk || !nl->cb) {
		netlink_close(nl);
		why_not(why, "netlink: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	err = nl_connect(nl->sk, protocol);
	if (err < 0) {
		why_not(why, "netlink: %s", nl_geterror(err));
		netlink_close(nl);
		return -EPROTO;
	}
	/* What the kernel does not grant is no reason to stop. */
	nl_socket_set_buffer_size(nl->sk, RECEIVE_BUFFER, SEND_BUFFER);
	fd = nl_socket_get_fd(nl->sk);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	nl_cb_err(nl->cb, NL_CB_CUSTOM, on_error, nl);
	nl_cb_set(nl->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, nl);
	nl_cb_set(nl->cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, nl);
	nl_cb_set(nl->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, nl);
	nl_cb_set(nl->cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, nl);
	nl_cb_set(nl->cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, nl);
	return 0;
}

/**
 * netlink_close() - closes a socket
 * @nl: it
 */
void netlink_close(struct netlink *nl)
{
	nl_cb_put(nl->cb);
	nl_socket_free(nl->sk);
	*nl = (struct netlink){ 0 };
}

static const char *error_text(const struct netlink *nl)
{
	if (nl->text[0])
		return nl->text;
	return nl->error == EPERM ? WHY_NOT_PERMITTED : strerror(nl->error);
}

/**
 * netlink_talk() - sends a request and takes its answer
 * @nl: socket
 * @msg: request; freed. NULL is taken as one for which there was no memory.
 * @each: called with each message of the answer, or NULL
 * @arg: for @each
 * @why: the kernel's message where it has one, else the text of the errno
 *
 * Return: 0 or a negative errno.
 */
int netlink_talk(struct netlink *nl, struct nl_msg *msg,
		 void (*each)(struct nl_msg *msg, void *arg), void *arg, struct why *why)
{
	bool sent;
	int err;

	if (!msg) {
		why_not(why, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	nl->each = each;
	nl->arg = arg;
	nl->request = nlmsg_hdr(msg);
	nl->done = false;
	nl->interrupted = false;
	nl->error = 0;
	nl->attribute = 0;
	nl->text[0] = '\0';

	err = nl_send_auto(nl->sk, msg);
	sent = err >= 0;
	while (err >= 0 && !nl->done)
		err = nl_recvmsgs(nl->sk, nl->cb);
	nl->request = NULL;
	nlmsg_free(msg);
	if (err < 0 && !nl->done) {
		/* The kernel had no memory for an answer, or there is no room for it. */
		why_not(why, "netlink: %s%s", nl_geterror(err),
			sent && err == -NLE_NOMEM ? ": whether this was done is not known" : "");
		return -EPROTO;
	}
	if (nl->error)
		why_not(why, "%s", error_text(nl));
	return -nl->error;
}

/**
 * netlink_again() - whether a list was disturbed by changes, and is to be asked for anew
 * @nl: socket
 * @err: how it was answered: 0 or a negative errno
 * @times: how often that was said; 0 at first
 *
 * Return: whether it is; after a few times the list has to do.
 */
bool netlink_again(const struct netlink *nl, int err, unsigned int *times)
{
	return !err && nl->interrupted && ++*times < DUMP_TRIES;
}

/**
 * netlink_dump() - asks rtnetlink for all IPv4 objects of a kind
 * @nl: rtnetlink socket
 * @type: RTM_GET*
 * @each: called with each message of the answer
 * @arg: for @each
 * @count: number of objects that @each has noted; set to 0 whenever the answer begins anew
 * @why: why there is no answer
 *
 * An answer that was disturbed by changes is asked for anew: see netlink_again().
 *
 * Return: 0 or a negative errno.
 */
int netlink_dump(struct netlink *nl, int type, void (*each)(struct nl_msg *msg, void *arg),
		 void *arg, size_t *count, struct why *why)
{
	struct rtgenmsg family = { .rtgen_family = AF_INET };
	unsigned int times = 0;
	struct nl_msg *msg;
	int err;

	do {
		*count = 0;
		msg = nlmsg_alloc_simple(type, NLM_F_DUMP);
		if (msg)
			nlmsg_append(msg, &family, sizeof(family), NLMSG_ALIGNTO);
		err = netlink_talk(nl, msg, each, arg, why);
	} while (netlink_again(nl, err, &times));
	return err;
}

/* attr_u8() - a number of 8 bits */
uint8_t attr_u8(const struct nlattr *attr)
{
	return attr ? nla_get_u8(attr) : 0;
}

/* attr_u16() - a number of 16 bits */
uint16_t attr_u16(const struct nlattr *attr)
{
	return attr ? nla_get_u16(attr) : 0;
}

/* attr_u32() - a number of 32 bits */
uint32_t attr_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/* attr_u64() - a number of 64 bits */
uint64_t attr_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

/* attr_addr() - an IPv4 address, then in host byte order */
uint32_t attr_addr(const struct nlattr *attr)
{
	return ntohl(attr_u32(attr));
}

/* attr_port() - a port, then in host byte order */
uint16_t attr_port(const struct nlattr *attr)
{
	return ntohs(attr_u16(attr));
}
