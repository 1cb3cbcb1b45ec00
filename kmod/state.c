// SPDX-License-Identifier: GPL-2.0
/*
 * The states of sessions: what a packet of either direction does to one. No lock: fields are read
 * and written at once, and should two packets race, the next one puts it right. Called under RCU:
 * for each packet by ingress.c and port.c, but for the plain ones, which change no state
 * (fastpath.h); for a new session by session.c, for a RST that came back by device.c and direct.c.
 */
#include <net/tcp.h>

#include "kunit.h"
#include "session.h"

/* cr_session_first_state() - the state of a flow that has just begun */
u8 cr_session_first_state(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return CUBE_ROUTER_SESSION_TCP_SYN;
	case IPPROTO_UDP:
		return CUBE_ROUTER_SESSION_UDP_UNREPLIED;
	case IPPROTO_ICMP:
		return CUBE_ROUTER_SESSION_ICMP;
	default:
		return CUBE_ROUTER_SESSION_OTHER;
	}
}

static void set_state(struct cr_session *s, u8 state, u8 flags)
{
	if (READ_ONCE(s->state) != state)
		WRITE_ONCE(s->state, state);
	if (READ_ONCE(s->flags) != flags)
		WRITE_ONCE(s->flags, flags);
}

/* Whether a packet, of the sandbox if @out, comes from the side that began the flow. */
static bool by_beginner(u8 flags, bool out)
{
	return out == !(flags & CR_SESSION_INBOUND);
}

/* A packet of one side is an answer if the other one began the flow. */
static void note_reply(struct cr_session *s, bool out)
{
	const u8 flags = READ_ONCE(s->flags);

	if (flags & CR_SESSION_REPLIED || by_beginner(flags, out))
		return;
	WRITE_ONCE(s->flags, flags | CR_SESSION_REPLIED);
	if (READ_ONCE(s->state) == CUBE_ROUTER_SESSION_UDP_UNREPLIED)
		WRITE_ONCE(s->state, CUBE_ROUTER_SESSION_UDP_REPLIED);
}

/*
 * What a TCP segment does to the state. Sequence numbers are conntrack's to judge: it marks what
 * lies outside the window, and the rules drop that before it comes back to us. A RST that one end
 * ignored shows by both sides going on afterwards.
 */
static void seen_tcp(struct cr_session *s, u8 tcp_flags, bool out)
{
	u8 state = READ_ONCE(s->state), flags = READ_ONCE(s->flags);
	const u8 both = CR_SESSION_WENT_ON_OUT | CR_SESSION_WENT_ON_BACK;

	if (tcp_flags & TCPHDR_RST) {
		state = CUBE_ROUTER_SESSION_TCP_RESET;
		flags &= ~both;
	} else if (state == CUBE_ROUTER_SESSION_TCP_RESET) {
		flags |= out ? CR_SESSION_WENT_ON_OUT : CR_SESSION_WENT_ON_BACK;
		if ((flags & both) == both)
			state = tcp_flags & TCPHDR_FIN ? CUBE_ROUTER_SESSION_TCP_CLOSING :
							 CUBE_ROUTER_SESSION_TCP_ESTABLISHED;
	} else if (tcp_flags & TCPHDR_FIN) {
		state = CUBE_ROUTER_SESSION_TCP_CLOSING;
	} else if (state == CUBE_ROUTER_SESSION_TCP_SYN && by_beginner(flags, out) &&
		   tcp_flags & TCPHDR_ACK && flags & CR_SESSION_REPLIED) {
		state = CUBE_ROUTER_SESSION_TCP_ESTABLISHED;
	}
	set_state(s, state, flags);
}

/**
 * cr_session_seen_out() - a packet of the sandbox went out
 * @s: its session
 * @tcp_flags: 0 if it is not TCP
 * @now: cr_now()
 */
void cr_session_seen_out(struct cr_session *s, u8 tcp_flags, u32 now)
{
	cr_session_touch(s, now);
	note_reply(s, true);
	if (s->tuple.proto != IPPROTO_TCP)
		return;
	if (cr_session_begins_anew(s, tcp_flags))
		set_state(s, CUBE_ROUTER_SESSION_TCP_SYN,
			  READ_ONCE(s->flags) & CR_SESSION_KIND);
	else
		seen_tcp(s, tcp_flags, true);
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_seen_out);

/**
 * cr_session_seen_back() - a packet came back from the far end
 * @s: its session
 * @tcp_flags: 0 if it is not TCP
 * @now: cr_now()
 */
void cr_session_seen_back(struct cr_session *s, u8 tcp_flags, u32 now)
{
	cr_session_touch(s, now);
	note_reply(s, false);
	if (s->tuple.proto != IPPROTO_TCP)
		return;
	if (READ_ONCE(s->flags) & CR_SESSION_INBOUND && cr_session_begins_anew(s, tcp_flags))
		set_state(s, CUBE_ROUTER_SESSION_TCP_SYN, READ_ONCE(s->flags) & CR_SESSION_KIND);
	else
		seen_tcp(s, tcp_flags, false);
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_seen_back);

/**
 * cr_session_doubt_reset() - a RST that came back may be forged
 * @s: its session, which has seen it
 *
 * The far end may know nothing of it and stay silent for hours. The sandbox answers if it does not
 * believe it, and that will do for the session to go on.
 */
void cr_session_doubt_reset(struct cr_session *s)
{
	WRITE_ONCE(s->flags, READ_ONCE(s->flags) | CR_SESSION_WENT_ON_BACK);
}
EXPORT_SYMBOL_CR_KUNIT(cr_session_doubt_reset);
