// SPDX-License-Identifier: GPL-2.0
/*
 * Follows one packet of a sandbox through the host: the module sends an echo request in the stead
 * of the first port's sandbox, and a packet socket on all devices knows it, and its answer, by the
 * token that they carry. Inside an encrypted tunnel it cannot be known. Why the module has stopped
 * it at the port, the sandbox's counters tell. Called by `verify`.
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

#include "array.h"
#include "output.h"
#include "prefixes.h"
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
 * @genl: socket to the module
 * @socket: sees all that passes
 * @token: by which it is known
 * @port: whose sandbox it is from
 * @before: what that had counted before the probe
 * @seen: where it was seen, in order
 * @count: how often
 * @left: it has left the host
 * @answered: its answer has reached the port
 * @error: the ICMP error that has reached the port instead, or NULL
 * @refusal: &enum counter in which the module's refusal was counted, or -1
 */
struct trace {
	struct genl genl;
	int socket;
	uint8_t token[TOKEN];
	const struct port *port;
	struct counters before;
	struct sighting seen[SIGHTINGS_MAX];
	size_t count;
	bool left;
	bool answered;
	const struct sighting *error;
	int refusal;
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
	const struct sock_fprog filter = { ARRAY_SIZE(code), code };
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

static bool send_probe(struct trace *t, uint32_t addr, struct why *why)
{
	struct nl_msg *msg = genl_request(&t->genl, CUBE_ROUTER_CMD_SANDBOX_PROBE, 0);

	if (msg) {
		nla_put_string(msg, CUBE_ROUTER_A_SANDBOX_PORT, t->port->name);
		nla_put_u32(msg, CUBE_ROUTER_A_SANDBOX_PROBE_DST, htonl(addr));
		nla_put(msg, CUBE_ROUTER_A_SANDBOX_PROBE_TOKEN, TOKEN, t->token);
	}
	return !ports_talk(&t->genl, msg, NULL, NULL, why);
}

/* Socket and counters first, so that nothing is missed. */
static bool begin(struct trace *t, uint32_t addr, struct why *why)
{
	struct port port;

	if (getrandom(t->token, TOKEN, 0) != TOKEN)
		return why_not(why, "no random numbers: %s", strerror(errno));
	t->socket = open_socket(why);
	if (t->socket < 0 || ports_find(&port, &t->genl, t->port->name, why))
		return false;
	t->before = port.counters;
	return send_probe(t, addr, why);
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
	if (!s->out || s->link->index == scene->device.index)
		return;
	if (s->link->index != (int)t->port->index)
		t->left = true;
	else if (s->type == ICMP_ECHOREPLY && !s->carrier)
		t->answered = true;
	else
		t->error = s;
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void watch(struct trace *t, struct scene *scene)
{
	/* What waits is read when the time is over, too: a busy host may have kept us from it. */
	const long end = now() + PATIENCE, last = end + PATIENCE;
	struct pollfd poll_for = { .fd = t->socket, .events = POLLIN };
	struct sockaddr_ll from;
	uint8_t data[LONGEST];
	socklen_t size;
	ssize_t len;
	long left;

	while (!t->answered && !t->error && now() < last) {
		size = sizeof(from);
		len = recvfrom(t->socket, data, sizeof(data), 0, (struct sockaddr *)&from, &size);
		if (len > 0) {
			note(t, scene, &from, data, (size_t)len);
			continue;
		}
		left = end - now();
		if (left <= 0 || poll(&poll_for, 1, (int)left) < 0)
			break;
	}
}

/* The module refuses a packet before any other device sees it. */
static bool stayed(const struct trace *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->seen[i].link->index != (int)t->port->index)
			return false;
	return true;
}

/* What a probe cannot be counted as: it is a proper frame with IPv4. Others may be, at any time. */
static bool is_noise(int counter)
{
	return counter == COUNTER_NOT_IPV4 || counter == COUNTER_NOT_FOR_US ||
	       counter == COUNTER_ARP_BAD;
}

/* A sandbox that is at work may have been refused other packets meanwhile: then nothing is said. */
static void note_refusal(struct trace *t)
{
	struct port port;
	struct why why;
	int i, risen = 0;

	if (t->answered || !stayed(t) || ports_find(&port, &t->genl, t->port->name, &why))
		return;
	for (i = 0; i < COUNTERS; i++) {
		if (port.counters.value[i] == t->before.value[i] || !counter_is_drop(i) ||
		    strcmp(counter_way(i), "out") || is_noise(i))
			continue;
		t->refusal = i;
		risen++;
	}
	if (risen != 1)
		t->refusal = -1;
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

/* What the module has refused, it has refused for a reason, and some of them have a remedy. */
static void tell_refusal(const struct trace *t, const char *dst, struct findings *f)
{
	const struct port *port = t->port;
	char quoted[QUOTED_DEVICE];

	if (t->refusal == COUNTER_DST_DENIED)
		finding_add(f, LEVEL_FAIL, "trace",
			    "trace %s: the policy of %s (%s, entries: %u) refuses it", dst,
			    port->name, policy_name(port->policy), port->policy_entries);
	else
		finding_add(f, LEVEL_FAIL, "trace", "trace %s: stopped at %s: %s", dst, port->name,
			    counter_infos[t->refusal].help);
	if (t->refusal == COUNTER_DST_DENIED || t->refusal == COUNTER_DST_HOST)
		remedy_add(f, "cube-router-genl policy add %s allow %s/32",
			   shell_quote(port->name, quoted), dst);
	else if (t->refusal == COUNTER_DST_SANDBOX)
		remedy_add(f, "cube-router-genl config set lateral allow");
	else
		remedy_add(f, "cube-router-genl stats");
}

static void tell(const struct trace *t, const char *dst, struct findings *f)
{
	char from[CIDR_TEXT], to[CIDR_TEXT], kind[32], quoted[QUOTED_DEVICE];
	const struct sighting *s;
	size_t i;

	for (i = 0; i < t->count; i++) {
		s = &t->seen[i];
		finding_add(f, LEVEL_OK, "trace", "trace %s: %-3s %s, %s > %s, %s", dst,
			    s->out ? "out" : "in", s->link->name, addr_text(s->from, from),
			    addr_text(s->to, to), kind_of(s, kind));
	}
	if (t->answered) {
		finding_add(f, LEVEL_OK, "trace", "trace %s: there and back", dst);
	} else if (t->refusal >= 0) {
		tell_refusal(t, dst, f);
	} else if (t->error) {
		finding_add(f, LEVEL_FAIL, "trace", "trace %s: answered by %s with %s", dst,
			    addr_text(t->error->from, from), kind_of(t->error, kind));
		remedy_add(f, "tcpdump -ni any icmp");
	} else if (t->left) {
		finding_add(f, LEVEL_WARN, "trace",
			    "trace %s: it left the host, and no answer came within %u s", dst,
			    PATIENCE / 1000);
		remedy_add(f, "tcpdump -ni %s icmp",
			   shell_quote(t->seen[t->count - 1].link->name, quoted));
	} else {
		finding_add(f, LEVEL_FAIL, "trace",
			    "trace %s: it did not leave the host, and was last seen on %s", dst,
			    t->count ? t->seen[t->count - 1].link->name : "no device");
		remedy_add(f, "cube-router-genl stats");
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
	return json_pack("{s:s, s:o, s:b, s:b, s:o, s:o}", "destination", dst, "port",
			 t->port ? json_text(t->port->name) : json_null(), "left", t->left,
			 "answered", t->answered, "refused",
			 t->refusal < 0 ? json_null() :
					  json_string(counter_infos[t->refusal].name),
			 "seen", seen);
}

static void follow(struct trace *t, struct scene *scene, uint32_t addr, struct findings *f)
{
	char dst[CIDR_TEXT];
	struct why why;

	addr_text(addr, dst);
	if (begin(t, addr, &why)) {
		watch(t, scene);
		note_refusal(t);
		tell(t, dst, f);
	} else {
		finding_add(f, LEVEL_FAIL, "trace", "trace %s: %s: %s", dst, t->port->name,
			    why.text);
		remedy_add(f, "cube-router-genl status");
	}
	if (t->socket >= 0)
		close(t->socket);
}

/**
 * check_trace() - sends one packet to a destination and tells where it was seen
 * @scene: the host
 * @addr: the destination, host byte order
 * @findings: what is found is added to it
 * @list: gets an object: destination; port, whose sandbox the packet was from, null without;
 *	left, whether it left the host; answered; refused, the counter of `stats` with the reason
 *	why the module has stopped it, null if it has not or is not known to have; and seen, a list
 *	of device, direction ("in" or "out"), source and destination of the outermost header, and
 *	what it was
 */
void check_trace(struct scene *scene, uint32_t addr, struct findings *findings, json_t *list)
{
	struct trace t = { .socket = -1, .refusal = -1 };
	char dst[CIDR_TEXT];
	struct why why;

	addr_text(addr, dst);
	if (scene->ports.count)
		t.port = &scene->ports.list[0];
	if (!t.port) {
		finding_add(findings, LEVEL_FAIL, "trace", "trace %s: no port is registered", dst);
		remedy_register(scene, "", findings);
	} else if (genl_open_family(&t.genl, CUBE_ROUTER_GENL_NAME, &why)) {
		finding_add(findings, LEVEL_FAIL, "trace", "trace %s: %s", dst, why.text);
		remedy_add(findings, "cube-router-genl status");
	} else {
		follow(&t, scene, addr, findings);
		genl_close(&t.genl);
	}
	json_array_append_new(list, trace_json(&t, dst));
}
