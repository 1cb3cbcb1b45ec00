# SPDX-License-Identifier: GPL-2.0
"""Mode direct and mapped ports: from a sandbox straight out of the uplink, and back.

The module is a router here: each way takes one from the time to live.
"""
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether

from golden import EGRESS, FAR, FAR_MAC, SANDBOX, File, Quote, home, out, pattern, pieces

PORT = 62000    # above net.ipv4.ip_local_port_range, so that it is kept
ON_LINK = "198.18.0.77"


def leaves(l4, dst=FAR, ttl=63, **ip):
    """a frame out of the uplink"""
    return Ether(dst=FAR_MAC, src=EGRESS.mac) / IP(src=EGRESS.ip, dst=dst, ttl=ttl, **ip) / l4


def comes(l4, **ip):
    """a frame from the far end to the uplink's address"""
    return Ether(dst=EGRESS.mac, src=FAR_MAC) / IP(src=FAR, dst=EGRESS.ip, **ip) / l4


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
