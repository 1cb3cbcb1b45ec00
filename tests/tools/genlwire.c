// SPDX-License-Identifier: GPL-2.0
/*
 * Raw generic-netlink messages and the answers to them. The kernel works on a request while it is
 * being sent, so that every answer is there when send() returns. Called by genlabuse.
 */
#include "genlwire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

/* Walks attributes; those that do not fit end the walk. */
#define for_each_attr(a, begin, size, left) \
	for ((a) = (const struct nlattr *)(begin), (left) = (size); \
	     (left) >= (int)sizeof(*(a)) && (a)->nla_len >= sizeof(*(a)) && \
	     (a)->nla_len <= (left); \
	     (left) -= NLA_ALIGN((a)->nla_len), \
	     (a) = (const void *)((const uint8_t *)(a) + NLA_ALIGN((a)->nla_len)))

static const void *attr_data(const struct nlattr *a)
{
	return (const uint8_t *)a + NLA_HDRLEN;
}

/**
 * wire_begin() - begins a request; its nlmsg_type and flags are right
 * @m: the request
 * @wire: to whom
 * @cmd: the operation
 * @flags: beside NLM_F_REQUEST and NLM_F_ACK
 *
 * Return: its generic-netlink header.
 */
struct genlmsghdr *wire_begin(struct wire_message *m, const struct wire *wire, uint8_t cmd,
			      uint16_t flags)
{
	struct genlmsghdr *ghdr = NLMSG_DATA(&m->nlh);

	memset(m, 0, sizeof(*m));
	m->nlh.nlmsg_type = wire->family;
	m->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	ghdr->cmd = cmd;
	ghdr->version = 1;
	m->len = NLMSG_LENGTH(GENL_HDRLEN);
	m->nlh.nlmsg_len = m->len;
	return ghdr;
}

/**
 * wire_bytes() - appends bytes to a request, behind the padding of the last ones
 * @m: the request
 * @data: the bytes
 * @len: how many; those that do not fit are left out
 *
 * Return: where they begin.
 */
size_t wire_bytes(struct wire_message *m, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(m->len);

	if (at > WIRE_MAX)
		at = WIRE_MAX;
	if (len > WIRE_MAX - at)
		len = WIRE_MAX - at;
	memcpy(m->bytes + at, data, len);
	m->len = at + len;
	m->nlh.nlmsg_len = m->len;
	return at;
}

/**
 * wire_put() - appends an attribute to a request
 * @m: the request
 * @type: of the attribute, with flags
 * @data: its payload
 * @len: length of that
 *
 * Return: where it begins.
 */
size_t wire_put(struct wire_message *m, uint16_t type, const void *data, size_t len)
{
	const struct nlattr header = { .nla_len = NLA_HDRLEN + len, .nla_type = type };
	size_t at = wire_bytes(m, &header, sizeof(header));

	wire_bytes(m, data, len);
	return at;
}

/* The words behind an acknowledgment or the end of a dump. */
static void read_words(struct wire_answer *answer, const void *words, int len)
{
	const struct nlattr *a;
	size_t size;
	int left;

	for_each_attr(a, words, len, left) {
		size = a->nla_len - NLA_HDRLEN;
		if (a->nla_type == NLMSGERR_ATTR_MSG && size && size < sizeof(answer->text))
			memcpy(answer->text, attr_data(a), size);
		if (a->nla_type == NLMSGERR_ATTR_OFFS && size == sizeof(answer->offset))
			memcpy(&answer->offset, attr_data(a), size);
	}
}

static void read_message(struct wire_answer *answer, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	const int *done = NLMSG_DATA(nlh);
	size_t head;

	answer->came = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		answer->error = -err->error;
		head = NLMSG_LENGTH(sizeof(*err));
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			head += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
		break;
	case NLMSG_DONE:
		answer->error = -*done;
		head = NLMSG_LENGTH(sizeof(*done));
		break;
	default:
		answer->objects++;
		return;
	}
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && head < nlh->nlmsg_len)
		read_words(answer, (const uint8_t *)nlh + head, nlh->nlmsg_len - head);
}

/**
 * wire_talk() - sends a request and takes all that comes back
 * @wire: to whom
 * @m: the request; NULL only takes what has come
 * @answer: filled
 *
 * Return: 0, or a negative errno if the socket itself failed.
 */
int wire_talk(const struct wire *wire, const struct wire_message *m, struct wire_answer *answer)
{
	static union {
		struct nlmsghdr nlh;
		uint8_t bytes[65536];
	} buffer;
	const struct nlmsghdr *nlh;
	ssize_t got;
	int left;

	*answer = (struct wire_answer){};
	if (m && send(wire->fd, m->bytes, m->len, 0) < 0)
		return -errno;
	for (;;) {
		got = recv(wire->fd, buffer.bytes, sizeof(buffer), MSG_DONTWAIT);
		if (got < 0)
			return errno == EAGAIN ? 0 : -errno;
		left = got;
		for (nlh = &buffer.nlh; NLMSG_OK(nlh, (unsigned int)left);
		     nlh = NLMSG_NEXT(nlh, left))
			read_message(answer, nlh);
	}
}

/* The number of a group among those that the controller lists. */
static uint32_t find_group(const struct nlattr *groups, const char *name)
{
	const struct nlattr *group, *a;
	int left, inner;

	for_each_attr(group, attr_data(groups), groups->nla_len - NLA_HDRLEN, left) {
		const char *found = "";
		uint32_t id = 0;

		for_each_attr(a, attr_data(group), group->nla_len - NLA_HDRLEN, inner) {
			if (a->nla_type == CTRL_ATTR_MCAST_GRP_NAME)
				found = attr_data(a);
			if (a->nla_type == CTRL_ATTR_MCAST_GRP_ID)
				memcpy(&id, attr_data(a), sizeof(id));
		}
		if (!strcmp(found, name))
			return id;
	}
	return 0;
}

static int find_family(struct wire *wire, const char *family, const char *group)
{
	const struct wire controller = { .family = GENL_ID_CTRL };
	struct wire_message m;
	const struct nlattr *a;
	ssize_t got;
	int left;

	wire_begin(&m, &controller, CTRL_CMD_GETFAMILY, 0);
	m.nlh.nlmsg_flags = NLM_F_REQUEST;
	wire_put(&m, CTRL_ATTR_FAMILY_NAME, family, strlen(family) + 1);
	if (send(wire->fd, m.bytes, m.len, 0) < 0)
		return -errno;
	got = recv(wire->fd, m.bytes, sizeof(m.bytes), 0);
	if (got < 0)
		return -errno;
	if (m.nlh.nlmsg_type != GENL_ID_CTRL)
		return -ENOENT;
	for_each_attr(a, m.bytes + NLMSG_LENGTH(GENL_HDRLEN),
		      (int)(got - NLMSG_LENGTH(GENL_HDRLEN)), left) {
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&wire->family, attr_data(a), sizeof(wire->family));
		if (a->nla_type == CTRL_ATTR_MCAST_GROUPS)
			wire->group = find_group(a, group);
	}
	return wire->family ? 0 : -ENOENT;
}

/**
 * wire_open() - opens a socket to a family
 * @wire: filled
 * @family: its name
 * @group: name of a multicast group of it
 *
 * Return: 0 or a negative errno, -ENOENT if there is no such family.
 */
int wire_open(struct wire *wire, const char *family, const char *group)
{
	int on = 1, err;

	*wire = (struct wire){ .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC) };
	if (wire->fd < 0)
		return -errno;
	setsockopt(wire->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(wire->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	err = find_family(wire, family, group);
	if (err)
		wire_close(wire);
	return err;
}

/* wire_close() - closes it */
void wire_close(struct wire *wire)
{
	close(wire->fd);
}

/* wire_join() - joins the multicast group; 0 or a negative errno */
int wire_join(const struct wire *wire)
{
	return setsockopt(wire->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &wire->group,
			  sizeof(wire->group)) ? -errno : 0;
}
