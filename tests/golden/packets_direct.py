# SPDX-License-Identifier: GPL-2.0
"""Mode direct and mapped ports: from a sandbox straight out of the uplink, and back.

The module is a router here: each way takes one from the time to live.
"""
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from golden import EGRESS, FAR, FAR_MAC, NEIGHBOUR, SANDBOX, File, Quote, home, out, pattern, pieces, quote

PORT = 62000    # above net.ipv4.ip_local_port_range, so that it is kept
ON_LINK = "198.18.0.77"


def leaves(l4, dst=FAR, ttl=63, **ip):
    """a frame out of the uplink"""
    return Ether(dst=FAR_MAC, src=EGRESS.mac) / IP(src=EGRESS.ip, dst=dst, ttl=ttl, **ip) / l4


def comes(l4, src=FAR, **ip):
    """a frame from the far end to the uplink's address"""
    return Ether(dst=EGRESS.mac, src=FAR_MAC) / IP(src=src, dst=EGRESS.ip, **ip) / l4


def arrives(l4, ttl=63, **ip):
    return home(l4, ttl=ttl, **ip)


def sends(f, name, l4, *counters, outside=None, **ip):
    f.packet(name).send("sandbox", out(l4, SANDBOX.ip, **ip)).expect("far", leaves(outside or l4, **ip)) \
        .counters("injected", *counters)


def gets(f, name, l4, *counters, inside=None, **ip):
    f.packet(name).send("far", comes(l4, **ip)).expect("sandbox", arrives(inside or l4, **ip)) \
        .counters("delivered", *counters)


def own(kind, code, about, **icmp):
    """what the module says itself about a frame"""
    return ICMP(type=kind, code=code, **icmp) / Quote(bytes(about[IP])[:548])


OWN = {"id": 0, "flags": "DF", "ttl": 64}


def refused(f, name, l4, why, place="sandbox", host=SANDBOX, **ip):
    """a new flow that cannot be had: a reset for TCP, administratively prohibited for the rest"""
    frame = out(l4, host.ip, host, **ip)
    p = f.packet(name).send(place, frame)
    if TCP in frame:
        reset = TCP(sport=l4.dport, dport=l4.sport, flags="RA", seq=0, ack=l4.seq + 1, window=0)
        p.expect(place, home(reset, host=host, **OWN)).counters(why, "rst-sent")
    else:
        p.expect(place, home(own(3, 13, frame), src=EGRESS.ip, host=host, **OWN)).counters(why, "icmp-sent")

# -------- both ways

f = File("direct-udp", "UDP by the uplink, and its answers.", watch=["far"])
sends(f, "direct-udp-opened", UDP(sport=PORT, dport=53) / pattern(4), "session-new")
gets(f, "direct-udp-back", UDP(sport=53, dport=PORT) / pattern(9))
sends(f, "direct-udp-tos", UDP(sport=PORT, dport=53) / pattern(5), tos=0xb8)
sends(f, "direct-udp-no-checksum", UDP(sport=PORT, dport=53, chksum=0) / pattern(5))
gets(f, "direct-udp-back-no-checksum", UDP(sport=53, dport=PORT, chksum=0) / pattern(5))

f = File("direct-tcp", "TCP by the uplink, and its answers.", watch=["far"])
sends(f, "direct-tcp-opened", TCP(sport=PORT, dport=80, flags="S", seq=1000), "session-new", flags="DF")
gets(f, "direct-tcp-syn-ack", TCP(sport=80, dport=PORT, flags="SA", seq=5000, ack=1001))
sends(f, "direct-tcp-data", TCP(sport=PORT, dport=80, flags="PA", seq=1001, ack=5001) / pattern(11))
gets(f, "direct-tcp-reset", TCP(sport=80, dport=PORT, flags="R", seq=5001))

f = File("direct-icmp", "Pings by the uplink, and errors about its packets.", watch=["far"])
sends(f, "direct-ping-opened", ICMP(type=8, id=7, seq=1) / pattern(8), "session-new")
gets(f, "direct-ping-back", ICMP(type=0, id=7, seq=1) / pattern(8))
ASKED = UDP(sport=PORT, dport=53) / pattern(4)
sends(f, "direct-icmp-udp-opened", ASKED, "session-new")
gets(f, "direct-icmp-unreachable", ICMP(type=3, code=3) / Quote(bytes(IP(src=EGRESS.ip, dst=FAR, ttl=62) / ASKED)),
     "icmp-back", inside=ICMP(type=3, code=3) / Quote(bytes(IP(src=SANDBOX.ip, dst=FAR, ttl=62) / ASKED)))

ON_THE_WAY = "198.51.100.9"    # a router that has something to say


def error_back(f, name, head, l4, src=ON_THE_WAY, **words):
    """somebody could not deliver what the sandbox sent"""
    gets(f, name, head / quote(l4, EGRESS.ip, FAR, **words), "icmp-back",
         inside=head / quote(l4, SANDBOX.ip, FAR, **words), src=src)


def error_out(f, name, head, l4, **words):
    """the sandbox could not do with what came"""
    sends(f, name, head / quote(l4, FAR, SANDBOX.ip, **words), "icmp-out",
          outside=head / quote(l4, FAR, EGRESS.ip, **words))


GRE, SCTP = Raw(struct.pack("!HH", 0, 0x0800) + pattern(20)), Raw(bytes.fromhex("f2301b58") + pattern(20))
f = File("direct-errors", "ICMP errors both ways, about flows of all kinds.", watch=["far"])
FLOWS = {
    "udp": (UDP(sport=PORT, dport=53) / pattern(40), UDP(sport=53, dport=PORT) / pattern(30), {}),
    "tcp": (TCP(sport=PORT, dport=80, flags="S", seq=1000), TCP(sport=80, dport=PORT, flags="SA", seq=5, ack=1001), {}),
    "ping": (ICMP(type=8, id=77, seq=1) / pattern(40), ICMP(type=0, id=77, seq=1) / pattern(40), {}),
    "gre": (GRE, GRE, {"proto": 47}),
}
for name, (asked, answered, ip) in FLOWS.items():
    sends(f, f"direct-error-{name}-opened", asked, "session-new", **ip)
    error_back(f, f"direct-error-back-{name}", ICMP(type=3, code=1), asked, ttl=1, **ip)
    error_back(f, f"direct-error-back-{name}-8-bytes", ICMP(type=11, code=0), asked, cut=28, **ip)
    error_out(f, f"direct-error-out-{name}", ICMP(type=3, code=2), answered, ttl=63, **ip)
    error_out(f, f"direct-error-out-{name}-8-bytes", ICMP(type=3, code=10), answered, cut=28, **ip)
asked, answered, _ = FLOWS["udp"]
for kind, code, words in ((3, 4, {"nexthopmtu": 1300}), (3, 13, {}), (4, 0, {}), (11, 1, {}), (12, 0, {"ptr": 9})):
    error_back(f, f"direct-error-back-{kind}-{code}", ICMP(type=kind, code=code, **words), asked)
    error_out(f, f"direct-error-out-{kind}-{code}", ICMP(type=kind, code=code, **words), answered)
f.packet("direct-error-back-of-another-port", "About no flow of a sandbox: it is the host's.") \
    .send("far", comes(ICMP(type=3, code=3) / quote(UDP(sport=PORT + 1, dport=53), EGRESS.ip, FAR))).counters()
f.packet("direct-error-out-about-another") \
    .send("sandbox", out(ICMP(type=3, code=3) / quote(UDP(sport=54, dport=PORT), FAR, SANDBOX.ip), SANDBOX.ip)) \
    .counters("icmp-stray")

f = File("direct-protocols", "Protocols without ports, which only one sandbox can speak with a far end.", watch=["far"])
for name, proto, payload in (("gre", 47, GRE), ("ipip", 4, IP(src="10.0.0.1", dst="10.0.0.2") / UDP() / pattern(4)),
                             ("esp", 50, Raw(pattern(40))), ("ah", 51, Raw(pattern(24))), ("sctp", 132, SCTP)):
    sends(f, f"direct-{name}-opened", payload, "session-new", proto=proto)
    gets(f, f"direct-{name}-back", payload, proto=proto)
    refused(f, f"direct-{name}-busy", payload, "proto-busy", "neighbour", NEIGHBOUR, proto=proto)
refused(f, "direct-udplite", UDP(sport=PORT, dport=53) / pattern(4), "proto-unsupported", proto=136)
refused(f, "direct-dccp", Raw(bytes(16)), "proto-unsupported", proto=33)

# -------- no room for another flow

f = File("direct-limits", "What cannot be had is refused, and told so by the uplink's address.", watch=["far"])
frame = out(UDP(sport=PORT, dport=53) / pattern(4), SANDBOX.ip, ttl=1)
f.packet("direct-ttl-exceeded").send("sandbox", frame) \
    .expect("sandbox", home(own(11, 0, frame), src=EGRESS.ip, **OWN)).counters("ttl-exceeded", "icmp-sent")
f.run("cube-router-genl sandbox set z192.168.0.11 max-sessions 1 >/dev/null",
      "cube-router-genl sandbox set z192.168.0.11 max-sessions 0 >/dev/null")
sends(f, "direct-limit-sandbox-reached", UDP(sport=PORT, dport=53) / pattern(4), "session-new")
refused(f, "direct-limit-sandbox-udp", UDP(sport=PORT + 1, dport=53) / pattern(4), "limit-sandbox")
refused(f, "direct-limit-sandbox-tcp", TCP(sport=PORT, dport=80, flags="S", seq=1000), "limit-sandbox")
f.run("cube-router-genl sandbox set z192.168.0.11 max-sessions 0 >/dev/null")
f.run("sysctl -qw net.ipv4.ip_local_port_range='32768 65535'", "sysctl -qw net.ipv4.ip_local_port_range='32768 60999'")
refused(f, "direct-ports-exhausted-udp", UDP(sport=PORT + 1, dport=53) / pattern(4), "ports-exhausted")
refused(f, "direct-ports-exhausted-tcp", TCP(sport=PORT, dport=80, flags="S", seq=1000), "ports-exhausted")
sends(f, "direct-what-lives-goes-on", UDP(sport=PORT, dport=53) / pattern(5))
sends(f, "direct-ping-needs-no-port", ICMP(type=8, id=7, seq=1) / pattern(8), "session-new")

f = File("direct-limit-total", "At the limit of all sessions, of which a sandbox has a quarter at most.", watch=["far"])
for n in range(4):
    flow = UDP(sport=PORT + n, dport=53) / pattern(4)
    f.packet(f"direct-limit-total-filled-{n + 1}").send("neighbour", out(flow, NEIGHBOUR.ip, NEIGHBOUR)) \
        .expect("far", leaves(flow)).counters("injected", "session-new")
f.config("max-sessions 4", "max-sessions 1048576")
refused(f, "direct-limit-total", UDP(sport=PORT + 4, dport=53) / pattern(4), "limit-total")

# -------- in fragments

f = File("direct-fragments", "Put together to find their session, and on in pieces as they came.", watch=["far"])
WHOLE = UDP(sport=PORT, dport=53) / pattern(1600)
p = f.packet("direct-fragments-out")
for piece in pieces(IP(src=SANDBOX.ip, dst=FAR, id=7) / WHOLE, 1200):
    p.send("sandbox", Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac) / piece)
for piece in pieces(IP(src=EGRESS.ip, dst=FAR, id=7, ttl=63) / WHOLE, 1200):
    p.expect("far", Ether(dst=FAR_MAC, src=EGRESS.mac) / piece)
p.counters("fragment-queued", "reassembled", "session-new", "injected")
WHOLE = UDP(sport=53, dport=PORT) / pattern(1500)
p = f.packet("direct-fragments-back")
for piece in pieces(IP(src=FAR, dst=EGRESS.ip, id=8) / WHOLE, 1000):
    p.send("far", Ether(dst=EGRESS.mac, src=FAR_MAC) / piece)
for piece in pieces(IP(src=FAR, dst=SANDBOX.ip, id=8, ttl=63) / WHOLE, 1000):
    p.expect("sandbox", Ether(dst=SANDBOX.mac, src=SANDBOX.port_mac) / piece)
p.counters("back-refragmented")

# -------- too large, too old, no way

f = File("direct-mtu", "An uplink that takes 1400 bytes.", watch=["far"])
f.run("ip link set eth0 mtu 1400", "ip link set eth0 mtu 1500")
LARGE = UDP(sport=PORT, dport=53) / pattern(1422)
frame = out(LARGE, SANDBOX.ip, flags="DF")
f.packet("direct-too-big").send("sandbox", frame) \
    .expect("sandbox", home(own(3, 4, frame, nexthopmtu=1400), src=EGRESS.ip, **OWN)) \
    .counters("too-big", "session-new", "icmp-sent")
p = f.packet("direct-cut").send("sandbox", out(LARGE, SANDBOX.ip))
for piece in pieces(IP(src=EGRESS.ip, dst=FAR, ttl=63) / LARGE, 1376):
    p.expect("far", Ether(dst=FAR_MAC, src=EGRESS.mac) / piece)
p.counters("injected")

f = File("direct-next-hop", "A neighbour of the uplink's that does not answer.")
f.run(f"ip neigh replace {ON_LINK} dev eth0 nud failed", f"ip neigh del {ON_LINK} dev eth0")
frame = out(UDP(sport=PORT, dport=53) / pattern(4), SANDBOX.ip, dst=ON_LINK)
f.packet("direct-no-next-hop").send("sandbox", frame) \
    .expect("sandbox", home(own(3, 1, frame), src=EGRESS.ip, **OWN)) \
    .counters("no-next-hop", "session-new", "icmp-sent")

f = File("direct-back-refused", "What comes back and does not get to the sandbox: the far end is told.", watch=["far"])
sends(f, "direct-refused-opened", UDP(sport=PORT, dport=53) / pattern(4), "session-new")
frame = comes(UDP(sport=53, dport=PORT) / pattern(9), ttl=1)
f.packet("direct-back-ttl").send("far", frame) \
    .expect("far", leaves(own(11, 0, frame), **OWN)).counters("back-ttl")
f.run("ip link set z192.168.0.11 mtu 1300", "ip link set z192.168.0.11 mtu 1500")
frame = comes(UDP(sport=53, dport=PORT) / pattern(1400), flags="DF")
f.packet("direct-back-too-big").send("far", frame) \
    .expect("far", leaves(own(3, 4, frame, nexthopmtu=1300), **OWN)).counters("back-too-big")

# -------- mapped ports

f = File("direct-mapped", "Calls to a mapped port.", watch=["far"])
f.run("cube-router-genl portmap add tcp 20007 z192.168.0.11 8080 >/dev/null",
      "cube-router-genl portmap del tcp 20007 >/dev/null")
gets(f, "direct-call", TCP(sport=7777, dport=20007, flags="S", seq=100), "session-new",
     inside=TCP(sport=7777, dport=8080, flags="S", seq=100))
sends(f, "direct-call-answered", TCP(sport=8080, dport=7777, flags="SA", seq=500, ack=101),
      outside=TCP(sport=20007, dport=7777, flags="SA", seq=500, ack=101))
frame = out(TCP(sport=8080, dport=7777, flags="S", seq=900), SANDBOX.ip)
f.packet("direct-calls-back", "By the mapped port nobody calls out.").send("sandbox", frame) \
    .expect("sandbox", home(TCP(sport=7777, dport=8080, flags="RA", seq=0, ack=901, window=0), **OWN)) \
    .counters("no-connection", "rst-sent")
f.run("cube-router-genl sandbox set z192.168.0.11 max-sessions 1 >/dev/null",
      "cube-router-genl sandbox set z192.168.0.11 max-sessions 0 >/dev/null")
f.packet("direct-call-at-the-limit") \
    .send("far", comes(TCP(sport=7778, dport=20007, flags="S", seq=100))).counters("back-refused")
