// SPDX-License-Identifier: GPL-2.0
/*
 * Follows one packet of a sandbox through the host: the module sends an echo request in the stead
 * of the first port's sandbox, and a packet socket on all devices knows it, and its answer, by the
 * token that they carry. Inside an encrypted tunnel it cannot be known. Called by `verify`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "trace.h"

#define TOKEN		16
#define PATIENCE	2000	/* milliseconds */
#define SIGHTINGS_MAX	64
#define LONGEST		256	/* bytes: the probe with the headers of any tunnel around it */
#define BUFFER		(4 << 20)

/**
 * struct sighting - the probe, its answer or an error about it, as it was seen
 * @link: on which device
 * @out: leaving by it, not arriving
 * @from: source, host byte order; of the outermost header
 * @to: destination
 * @carrier: IP protocol of the tunnel packet around it, 0 without
 * @type: ICMP type, without @carrier
 */
struct sighting {
	const struct link_info *link;
	bool out;
	uint32_t from;
	uint32_t to;
	uint8_t carrier;
	uint8_t type;
};

/**
 * struct trace - one probe
 * @socket: sees all that passes
 * @token: by which it is known
 * @port: whose sandbox it is from
 * @seen: where it was seen, in order
 * @count: how often
 * @left: it has left the host
 * @answered: its answer has reached the port
 */
struct trace {
	int socket;
	uint8_t token[TOKEN];
	const struct port *port;
	struct sighting seen[SIGHTINGS_MAX];
	size_t count;
	bool left;
	bool answered;
};

/* What is longer than a probe can become need not be copied: a node may be busy. */
static int open_socket(struct why *why)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LONGEST, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, LONGEST),
	};
	const struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };
	const int size = BUFFER;
	int fd;

	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	if (fd < 0) {
		why_not(why, "packet socket: %s", strerror(errno));
		return -1;
	}
	/* Without either it still works, unless much is going on. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	return fd;
}

static bool send_probe(const struct trace *t, uint32_t addr, struct why *why)
{
	struct nl_msg *msg;
	struct genl genl;
	int err;

	if (genl_open(&genl, why))
		return false;
	msg = genl_request(&genl, CUBE_ROUTER_CMD_SANDBOX_PROBE, 0);
	if (msg) {
		nla_put_string(msg, CUBE_ROUTER_A_SANDBOX_PORT, t->port->name);
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_PROBE_DST, htonl(addr));
		nla_put(msg, CUBE_ROUTER_A_SANDBOX_PROBE_TOKEN, TOKEN, t->token);
	}
	err = ports_talk(&genl, msg, NULL, NULL, why);
	genl_close(&genl);
	return !err;
}

/* The socket first, so that nothing is missed. */
static bool begin(struct trace *t, uint32_t addr, struct why *why)
{
	if (getrandom(t->token, TOKEN, 0) != TOKEN)
		return why_not(why, "no random numbers: %s", strerror(errno));
	t->socket = open_socket(why);
	return t->socket >= 0 && send_probe(t, addr, why);
}

/* Reads the outermost header of a packet with the token in it. */
static bool understand(struct sighting *s, const uint8_t *data, size_t len)
{
	struct icmphdr icmp;
	struct iphdr ip;
	size_t head;

	if (len < sizeof(ip))
		return false;
	memcpy(&ip, data, sizeof(ip));
	head = (size_t)ip.ihl * 4;
	if (ip.version != 4 || head < sizeof(ip) || len < head + sizeof(icmp))
		return false;
	s->from = ntohl(ip.saddr);
	s->to = ntohl(ip.daddr);
	if (ip.protocol != IPPROTO_ICMP) {
		s->carrier = ip.protocol;
		return true;
	}
	memcpy(&icmp, data + head, sizeof(icmp));
	s->type = icmp.type;
	return true;
}

static void note(struct trace *t, struct scene *scene, const struct sockaddr_ll *from,
		 const uint8_t *data, size_t len)
{
	struct sighting *s = &t->seen[t->count];

	if (t->count == SIGHTINGS_MAX || !memmem(data, len, t->token, TOKEN))
		return;
	*s = (struct sighting){
		.link = links_find(&scene->links, from->sll_ifindex),
		.out = from->sll_pkttype == PACKET_OUTGOING,
	};
	if (!s->link || !understand(s, data, len))
		return;
	t->count++;
	if (s->out && s->link->index == (int)t->port->index)
		t->answered = true;
	else if (s->out && s->link->index != scene->device.index)
		t->left = true;
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void watch(struct trace *t, struct scene *scene)
{
	const long end = now() + PATIENCE;
	struct pollfd poll_for = { .fd = t->socket, .events = POLLIN };
	struct sockaddr_ll from;
	uint8_t data[LONGEST];
	socklen_t size;
	ssize_t len;

	while (!t->answered && now() < end) {
		size = sizeof(from);
		len = recvfrom(t->socket, data, sizeof(data), 0, (struct sockaddr *)&from, &size);
		if (len > 0)
			note(t, scene, &from, data, (size_t)len);
		else if (poll(&poll_for, 1, (int)(end - now() > 0 ? end - now() : 0)) < 0)
			break;
	}
}

static const char *kind_of(const struct sighting *s, char text[32])
{
	if (s->carrier)
		snprintf(text, 32, "inside protocol %u", s->carrier);
	else if (s->type == ICMP_ECHO)
		snprintf(text, 32, "request");
	else if (s->type == ICMP_ECHOREPLY)
		snprintf(text, 32, "answer");
	else
		snprintf(text, 32, "ICMP error %u", s->type);
	return text;
}

static void tell(const struct trace *t, const char *dst, struct findings *f)
{
	char from[CIDR_TEXT], to[CIDR_TEXT], kind[32];
	const struct sighting *s;
	size_t i;

	for (i = 0; i < t->count; i++) {
		s = &t->seen[i];
		find(f, LEVEL_OK, "trace", "trace %s: %-3s %s, %s > %s, %s", dst,
		     s->out ? "out" : "in", s->link->name, addr_text(s->from, from),
		     addr_text(s->to, to), kind_of(s, kind));
	}
	if (t->answered) {
		find(f, LEVEL_OK, "trace", "trace %s: there and back", dst);
	} else if (t->left) {
		find(f, LEVEL_WARN, "trace",
		     "trace %s: it left the host, and no answer came within %u s", dst,
		     PATIENCE / 1000);
		mend(f, "tcpdump -ni %s icmp", t->seen[t->count - 1].link->name);
	} else {
		find(f, LEVEL_FAIL, "trace",
		     "trace %s: it did not leave the host, and was last seen on %s", dst,
		     t->count ? t->seen[t->count - 1].link->name : "no device");
		mend(f, "cube-router-genl stats");
	}
}

static json_t *trace_json(const struct trace *t, const char *dst)
{
	json_t *seen = json_array();
	const struct sighting *s;
	char kind[32];
	size_t i;

	for (i = 0; i < t->count; i++) {
		s = &t->seen[i];
		json_array_append_new(seen, json_pack("{s:o, s:s, s:o, s:o, s:s}", "device",
						      json_text(s->link->name), "direction",
						      s->out ? "out" : "in", "source",
						      json_addr(s->from), "destination",
						      json_addr(s->to), "what", kind_of(s, kind)));
	}
	return json_pack("{s:s, s:o, s:b, s:b, s:o}", "destination", dst, "port",
			 t->port ? json_text(t->port->name) : json_null(), "left", t->left,
			 "answered", t->answered, "seen", seen);
}

/**
 * check_trace() - sends one packet to a destination and tells where it was seen
 * @scene: the host
 * @addr: the destination, host byte order
 * @findings: what is found is added to it
 * @list: gets an object: destination; port, whose sandbox the packet was from, null without;
 *	left, whether it left the host; answered; and seen, a list of device, direction ("in" or
 *	"out"), source and destination of the outermost header, and what it was
 */
void check_trace(struct scene *scene, uint32_t addr, struct findings *findings, json_t *list)
{
	struct trace t = { .socket = -1 };
	char dst[CIDR_TEXT];
	struct why why;

	addr_text(addr, dst);
	if (scene->ports.count)
		t.port = &scene->ports.list[0];
	if (!t.port) {
		find(findings, LEVEL_FAIL, "trace", "trace %s: no port is registered", dst);
		mend(findings, "cube-router-genl sandbox add PORT");
	} else if (begin(&t, addr, &why)) {
		watch(&t, scene);
		tell(&t, dst, findings);
	} else {
		find(findings, LEVEL_FAIL, "trace", "trace %s: %s: %s", dst, t.port->name,
		     why.text);
	}
	if (t.socket >= 0)
		close(t.socket);
	json_array_append_new(list, trace_json(&t, dst));
}
