# SPDX-License-Identifier: GPL-2.0
"""Packets from the far end that arrive at a sandbox."""
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from golden import (ANY_HEADER_LENGTH, EGRESS, FAR, FAR_MAC, INTERNAL, NEIGHBOUR, ROUTER, SANDBOX, TAP, File,
                    back, ends, home, keep_error, out, partial, passes_back, passes_out, pattern, pieces,
                    quote, solved, transport_sum, virtio)

# -------- TCP

f = File("back-tcp", "TCP back to a sandbox, as the host hands it to cube-router.")
passes_out(f, "back-tcp-opened", TCP(sport=40000, dport=80, flags="S", seq=1000), new=True)


def tcp(flags, payload=b"", **words):
    return TCP(sport=80, dport=40000, flags=flags, **words) / payload


passes_back(f, "back-tcp-syn-ack", tcp("SA", seq=5000, ack=1001, options=[
    ("MSS", 1460), ("SAckOK", b""), ("Timestamp", (777, 12345)), ("NOP", None), ("WScale", 7)]))
passes_back(f, "back-tcp-ack", tcp("A", seq=5001, ack=1001))
passes_back(f, "back-tcp-odd-payload", tcp("PA", pattern(11), seq=5001, ack=1001))
passes_back(f, "back-tcp-ecn-echo", tcp("AE", seq=5012, ack=1001), tos=1)
passes_back(f, "back-tcp-as-large-as-can-be", tcp("A", pattern(16) + b"f" * 1444, seq=5012, ack=1001))


def tcp_with(word):
    return TCP(sport=80, dport=40000, flags="PA", seq=5012, ack=1001) / struct.pack("!H", word)


def solved_for(destination, want, l4):
    return solved(lambda word: IP(src=FAR, dst=destination) / l4(word), want).payload


def wrong_checksum(l4):
    good_in, good_out = (transport_sum(IP(src=FAR, dst=d) / l4) for d in (INTERNAL, SANDBOX.ip))
    bad, kept = l4.copy(), l4.copy()
    bad.chksum = good_in ^ 0x8001
    kept.chksum = keep_error(good_in, bad.chksum, good_out)
    return bad, kept


passes_back(f, "back-tcp-checksum-comes-out-0", solved_for(SANDBOX.ip, 0, tcp_with))
passes_back(f, "back-tcp-checksum-was-0", solved_for(INTERNAL, 0, tcp_with))
passes_back(f, "back-tcp-wrong-checksum-stays-wrong", *wrong_checksum(tcp_with(9)))
passes_back(f, "back-tcp-fin", tcp("FA", seq=5012, ack=1001))
passes_back(f, "back-tcp-reset", tcp("R", seq=5013))
passes_back(f, "back-tcp-reset-with-ack", tcp("RA", seq=5013, ack=1001))

# -------- UDP

f = File("back-udp", "UDP back to a sandbox.")
passes_out(f, "back-udp-opened", UDP(sport=40000, dport=53) / pattern(4), new=True)


def udp(payload=b"", **words):
    return UDP(sport=53, dport=40000, **words) / payload


def udp_with(word):
    return udp(struct.pack("!H", word))


passes_back(f, "back-udp", udp(pattern(30)))
passes_back(f, "back-udp-empty", udp())
passes_back(f, "back-udp-odd", udp(pattern(5)))
passes_back(f, "back-udp-without-checksum", udp(pattern(5), chksum=0))
passes_back(f, "back-udp-checksum-comes-out-ffff", solved_for(SANDBOX.ip, 0xffff, udp_with))
passes_back(f, "back-udp-checksum-was-ffff", solved_for(INTERNAL, 0xffff, udp_with))
passes_back(f, "back-udp-wrong-checksum-stays-wrong", *wrong_checksum(udp_with(9)))
passes_back(f, "back-udp-as-large-as-can-be", udp(pattern(16) + b"g" * 1456))
passes_back(f, "back-ip-id-and-tos", udp(pattern(2)), id=0xcafe, tos=0xb9)
passes_back(f, "back-ip-dont-fragment", udp(pattern(2)), flags="DF")
passes_back(f, "back-ip-ttl-1", udp(pattern(2)), ttl=1,
            note="The host has taken its one from it before.")
passes_back(f, "back-ip-options", udp(pattern(2)), options=[Raw(b"\1\x07\x07\x08" + b"\1\2\3\4")])
passes_back(f, "back-padding-is-cut-off", udp(pattern(1)), padding=b"\xbb" * 17)

# -------- ICMP

f = File("back-icmp", "Answers to queries.")
passes_out(f, "back-ping-opened", ICMP(type=8, id=0x1234, seq=1) / pattern(8), new=True)
passes_back(f, "back-ping", ICMP(type=0, id=0x1234, seq=1) / pattern(8))
passes_back(f, "back-ping-odd", ICMP(type=0, id=0x1234, seq=2) / pattern(7))
passes_back(f, "back-ping-empty", ICMP(type=0, id=0x1234, seq=3))
passes_out(f, "back-timestamp-opened", ICMP(type=13, id=0x1235, seq=1, ts_ori=1, ts_rx=0, ts_tx=0), new=True)
passes_back(f, "back-timestamp", ICMP(type=14, id=0x1235, seq=1, ts_ori=1, ts_rx=2, ts_tx=3))

# -------- fragments

f = File("back-fragments", """
Fragments on their way back go one by one: the first has the ports, the others follow it by their
addresses, protocol and id.
""")
passes_out(f, "back-fragments-opened", UDP(sport=40000, dport=53) / pattern(4), new=True)
passes_out(f, "back-fragments-ping-opened", ICMP(type=8, id=9, seq=1), new=True)


def in_pieces(name, l4, *cuts, note="", **ip):
    given = pieces(back(l4, **ip).payload, *cuts)
    wanted = pieces(home(l4, **ip).payload, *cuts)
    for n, (piece, translated) in enumerate(zip(given, wanted), 1):
        f.packet(f"{name}-{n}", note) \
            .send("cube-router", Ether(dst=ROUTER.mac, src=FAR_MAC) / piece) \
            .expect("sandbox", Ether(dst=SANDBOX.mac, src=SANDBOX.port_mac) / translated) \
            .counters("delivered")


in_pieces("back-fragments-udp", udp(pattern(100)), 48, 96, id=200)
in_pieces("back-fragments-udp-without-checksum", udp(pattern(100), chksum=0), 64, id=201)
in_pieces("back-fragments-ping", ICMP(type=0, id=9, seq=1) / pattern(100), 64, id=202)
in_pieces("back-fragments-large", udp(pattern(16) + b"h" * 2984), 1480, 2960, id=203)

# -------- offload

f = File("back-offload", "What is left to a virtual machine: the sum of a checksum, and segments.")
passes_out(f, "back-offload-opened", TCP(sport=40000, dport=80, flags="S", seq=0), new=True, host=TAP)
passes_out(f, "back-offload-udp-opened", UDP(sport=40000, dport=53), new=True, host=TAP)


def offload_back(name, l4, header, **ip):
    given = len(bytes(l4))
    f.packet(name) \
        .send("cube-router", back(partial(l4, FAR, INTERNAL, given), **ip), header) \
        .expect("tap", home(partial(l4, FAR, TAP.ip, given), host=TAP, **ip), header,
                ANY_HEADER_LENGTH if header[1] else {}) \
        .counters("delivered")


offload_back("back-offload-tcp", tcp("PA", pattern(21), seq=1, ack=1), virtio())
offload_back("back-offload-tcp-segmentation", tcp("A", pattern(16) + b"i" * 2984, seq=22, ack=1),
             virtio(1, 54, 1000))
offload_back("back-offload-tcp-segmentation-65000", tcp("A", pattern(16) + b"j" * (65000 - 56), seq=22, ack=1),
             virtio(1, 54, 1460))
offload_back("back-offload-udp", udp(pattern(21)), virtio(offset=6))
passes_back(f, "back-offload-none-needed", udp(pattern(22)), host=TAP)

# -------- the whole way

f = File("whole-way", """
The whole way, out of the node and back: the host takes one from the time to live, and its
MASQUERADE changes the address alone.
""", watch=["far"])


def at_far(l4, ttl=63, **ip):
    return Ether(dst=FAR_MAC, src=EGRESS.mac) / IP(src=EGRESS.ip, dst=FAR, ttl=ttl, **ip) / l4


def from_far(l4, src=FAR, dst=EGRESS.ip, **ip):
    return Ether(dst=EGRESS.mac, src=FAR_MAC) / IP(src=src, dst=dst, **ip) / l4


def all_the_way(name, l4, new=False, **ip):
    f.packet(name).send("sandbox", out(l4, SANDBOX.ip, **ip)) \
        .expect("cube-router", out(l4, INTERNAL, **ip)) \
        .expect("far", at_far(l4, **ip)) \
        .counters("injected", *["session-new"] * new)


def all_the_way_back(name, l4, ttl=64, **ip):
    f.packet(name).send("far", from_far(l4, ttl=ttl, **ip)) \
        .expect("sandbox", home(l4, ttl=ttl - 1, **ip)).counters("delivered")


all_the_way("whole-way-syn", TCP(sport=40000, dport=80, flags="S", seq=1000, options=[("MSS", 1460)]), new=True)
all_the_way_back("whole-way-syn-ack", tcp("SA", seq=5000, ack=1001, options=[("MSS", 1400)]), ttl=57)
all_the_way("whole-way-ack", TCP(sport=40000, dport=80, flags="A", seq=1001, ack=5001))
all_the_way("whole-way-data", TCP(sport=40000, dport=80, flags="PA", seq=1001, ack=5001) / pattern(9), flags="DF")
all_the_way_back("whole-way-data-back", tcp("PA", pattern(13), seq=5001, ack=1010), flags="DF")
all_the_way("whole-way-udp", UDP(sport=40000, dport=53) / pattern(12), new=True, id=0x1111)
all_the_way_back("whole-way-udp-back", udp(pattern(14)), id=0x2222, tos=0x2e)
all_the_way("whole-way-udp-without-checksum", UDP(sport=40000, dport=53, chksum=0) / pattern(12))
all_the_way_back("whole-way-udp-without-checksum-back", udp(pattern(14), chksum=0))
all_the_way("whole-way-ping", ICMP(type=8, id=77, seq=1) / pattern(16), new=True)
all_the_way_back("whole-way-pong", ICMP(type=0, id=77, seq=1) / pattern(16))


def quoted(l4, src, dst, **ip):
    return ICMP(type=3, code=3) / quote(l4, src, dst, **ip)


sent, got = UDP(sport=40000, dport=53) / pattern(12), udp(pattern(14))
f.packet("whole-way-error-back", "A router on the way cannot deliver the sandbox's packet.") \
    .send("far", from_far(quoted(sent, EGRESS.ip, FAR, ttl=5), src="198.51.100.9")) \
    .expect("sandbox", home(quoted(sent, SANDBOX.ip, FAR, ttl=5), src="198.51.100.9", ttl=63)) \
    .counters("delivered", "icmp-back")
CHECKED = b"\2" + bytes(9)     # conntrack has looked at the checksum on the way
f.packet("whole-way-error-out", "The sandbox has no socket for what came.") \
    .send("sandbox", out(quoted(got, FAR, SANDBOX.ip, ttl=63), SANDBOX.ip)) \
    .expect("cube-router", out(quoted(got, FAR, INTERNAL, ttl=63), INTERNAL)) \
    .expect("far", at_far(quoted(got, FAR, EGRESS.ip, ttl=63)), CHECKED) \
    .counters("injected", "icmp-out")
f.packet("unasked", """
Sent to the internal address itself, with the ports of a session. Nobody translated it, so it answers
nothing.
""").send("far", from_far(udp(pattern(14)), dst=INTERNAL)).counters("back-unasked")
f.run("iptables -t nat -F POSTROUTING", "cube-router-genl enable >/dev/null")
f.packet("guard", "Without MASQUERADE nothing leaves.") \
    .send("sandbox", out(UDP(sport=40000, dport=54), SANDBOX.ip)) \
    .expect("cube-router", out(UDP(sport=40000, dport=54), INTERNAL)) \
    .counters("injected", "session-new", "guard")

f = File("guard", "What the guard stops besides.", watch=["far"])
# Others' packets that the host forwards, here to a sandbox.
f.run("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0")
f.packet("guard-foreign", "In the internal address's name, but not by cube-router.") \
    .send("far", from_far(udp(pattern(14)), src=INTERNAL, dst=NEIGHBOUR.ip)).counters("guard-foreign")
f.packet("guard-icmp", "An error that quotes the internal address, for somebody who does not know it.") \
    .send("far", from_far(quoted(sent, INTERNAL, FAR), dst=NEIGHBOUR.ip)).counters("guard-icmp")

f = File("dodged", """
A filter leads what comes in by the port through another device and back: past the hook, to the
host's own addresses and its neighbours.
""", watch=["far"])
f.run("modprobe ifb numifbs=0 && ip link add golden-ifb type ifb && ip link set golden-ifb up", "ip link del golden-ifb")
f.run(f"tc qdisc add dev z{SANDBOX.ip} clsact && tc filter add dev z{SANDBOX.ip} ingress matchall"
      " action mirred egress redirect dev golden-ifb", f"tc qdisc del dev z{SANDBOX.ip} clsact")
ends(f, "dodged-to-the-host", out(udp(pattern(14)), SANDBOX.ip, dst=EGRESS.ip), "guard-dodged")
ends(f, "dodged-to-a-neighbour", out(udp(pattern(14)), SANDBOX.ip, dst=NEIGHBOUR.ip), "guard-dodged")
ends(f, "dodged-to-the-far-end", out(udp(pattern(14)), SANDBOX.ip), "guard-dodged")

# -------- a port that takes less than cube-router

f = File("back-mtu", "A port that takes 1300 bytes, when more comes back.", watch=["far"])
f.run(f"ip link set z{SANDBOX.ip} mtu 1300", f"ip link set z{SANDBOX.ip} mtu 1500")
all_the_way("mtu-udp-opened", UDP(sport=40000, dport=53) / pattern(12), new=True)
all_the_way_back("mtu-just-fits", udp(pattern(16) + b"k" * 1256), flags="DF")
large = udp(pattern(16) + b"l" * 1385)
p = f.packet("back-refragmented", "It may be cut: pieces of 1300 bytes, of which 8 is the unit.")
p.send("far", from_far(large, id=300))
for piece in pieces(home(large, id=300, ttl=63).payload, 1280):
    p.expect("sandbox", Ether(dst=SANDBOX.mac, src=SANDBOX.port_mac) / piece)
p.counters("back-refragmented")
needed = ICMP(type=3, code=4, nexthopmtu=1300) / quote(large, FAR, EGRESS.ip, cut=548, ttl=63, flags="DF", id=301)
f.packet("back-too-big", "It may not: the far end is told. The host chooses the id of what it says.") \
    .send("far", from_far(large, flags="DF", id=301)) \
    .expect("far", Ether(dst=FAR_MAC, src=EGRESS.mac) /
            IP(src=EGRESS.ip, dst=FAR, tos=0xc0, ttl=64) / needed, masks={"ip": {4, 5, 10, 11}}) \
    .counters("back-too-big")
