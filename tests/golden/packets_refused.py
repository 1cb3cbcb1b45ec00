# SPDX-License-Identifier: GPL-2.0
"""Packets that are dropped or refused, one at least for each reason, and what is answered."""
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from golden import (EGRESS, FAR, FAR_MAC, GATEWAY, INTERNAL, NEIGHBOUR, ROUTER, SANDBOX, TAP, File, Quote, back,
                    ends, home, out, parts_of, partial, passes_back, passes_out, pattern, pieces, quote, virtio)

UDP_TO_DNS = UDP(sport=40000, dport=53) / pattern(4)
SYN = TCP(sport=40000, dport=80, flags="S", seq=1000)


def sent(l4=UDP_TO_DNS, **ip):
    return out(l4, ip.pop("src", SANDBOX.ip), **ip)


def answer(l4, src, host=SANDBOX):
    """what the module says itself: no id, may not be cut, a time to live of 64"""
    return home(l4, src=src, host=host, id=0, flags="DF", ttl=64)


def told(frame, kind, code, host=SANDBOX):
    """an ICMP error that quotes as much of a frame's packet as fits into 576 bytes"""
    return answer(ICMP(type=kind, code=code) / Quote(bytes(frame[IP])[:548]), ROUTER.ip, host)


def refused(f, name, frame, why, note="", place="sandbox", injected=None):
    """
    a new flow that cannot be had: a reset for TCP, administratively prohibited for the rest; injected is the
    frame on cube-router where the host has to be asked
    """
    p = f.packet(name, note).send(place, frame)
    if injected:
        p.expect("cube-router", injected)
    asked = ["session-new", "session-flushed"] if injected else []
    if TCP in frame:
        reset = TCP(sport=frame[TCP].dport, dport=frame[TCP].sport, flags="RA", seq=0, ack=frame[TCP].seq + 1,
                    window=0)
        p.expect(place, answer(reset, FAR)).counters(why, "rst-sent", *asked)
    else:
        p.expect(place, told(frame, 3, 13)).counters(why, "icmp-sent", *asked)


# -------- what is not IPv4 for us

f = File("refused-frames", "Frames that are no IPv4, or for somebody else.")
arp = ARP(op=1, hwsrc=SANDBOX.mac, psrc=SANDBOX.ip, hwdst="00:00:00:00:00:00", pdst=GATEWAY)
f.packet("arp", "It is the host's to answer.") \
    .send("sandbox", Ether(dst="ff:ff:ff:ff:ff:ff", src=SANDBOX.mac, type=0x0806) / arp) \
    .expect("sandbox", Ether(dst=SANDBOX.mac, src=SANDBOX.port_mac, type=0x0806) /
            ARP(op=2, hwsrc=SANDBOX.port_mac, psrc=GATEWAY, hwdst=SANDBOX.mac, pdst=SANDBOX.ip)) \
    .counters("passed-arp")
f.packet("arp-probe", "In nobody's name: whether an address is taken.") \
    .send("sandbox", Ether(dst="ff:ff:ff:ff:ff:ff", src=SANDBOX.mac, type=0x0806) /
          ARP(op=1, hwsrc=SANDBOX.mac, psrc="0.0.0.0", hwdst="00:00:00:00:00:00", pdst=GATEWAY)) \
    .expect("sandbox", Ether(dst=SANDBOX.mac, src=SANDBOX.port_mac, type=0x0806) /
            ARP(op=2, hwsrc=SANDBOX.port_mac, psrc=GATEWAY, hwdst=SANDBOX.mac, pdst="0.0.0.0")) \
    .counters("passed-arp")
for name, words in {
    "arp-of-neighbour": {"psrc": NEIGHBOUR.ip},
    "arp-of-host": {"psrc": GATEWAY},
    "arp-reply-of-neighbour": {"op": 2, "psrc": NEIGHBOUR.ip, "hwdst": SANDBOX.port_mac},
    "arp-of-appletalk": {"ptype": 0x809b},
    "arp-long-mac": {"hwlen": 8, "hwsrc": "02:00:00:00:00:0b", "hwdst": "00:00:00:00:00:00"},
    "arp-no-address": {"plen": 0},
}.items():
    layer = arp.copy()
    for word, value in words.items():
        setattr(layer, word, value)
    ends(f, name, Ether(dst="ff:ff:ff:ff:ff:ff", src=SANDBOX.mac, type=0x0806) / layer, "arp-bad")
ends(f, "arp-truncated", Ether(dst="ff:ff:ff:ff:ff:ff", src=SANDBOX.mac, type=0x0806) / bytes(arp)[:27], "arp-bad")
ends(f, "ipv6", Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac) /
     IPv6(src="fe80::11", dst="2001:db8::1") / UDP(sport=40000, dport=53), "not-ipv4")
ends(f, "vlan", Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac) / Dot1Q(vlan=5) /
     IP(src=SANDBOX.ip, dst=FAR) / UDP_TO_DNS, "not-ipv4")
ends(f, "vlan-0", Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac) / Dot1Q(vlan=0) /
     IP(src=SANDBOX.ip, dst=FAR) / UDP_TO_DNS, "not-ipv4")
ends(f, "arp-in-vlan", Ether(dst="ff:ff:ff:ff:ff:ff", src=SANDBOX.mac) / Dot1Q(vlan=5, type=0x0806) / arp, "not-ipv4")
ends(f, "other-ethertype", Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac, type=0x88b5) / pattern(46), "not-ipv4")
other = sent()
other.dst = "02:00:00:00:09:99"
ends(f, "for-another-mac", other, "not-for-us")
broadcast = sent()
broadcast.dst = "ff:ff:ff:ff:ff:ff"
ends(f, "for-every-mac", broadcast, "not-for-us")

# -------- malformed

f = File("refused-malformed", "Headers that are malformed, truncated, or do not fit together.")


def raw(frame, change=None, cut=None):
    """a frame with its bytes changed behind scapy's back: `change` gets those of the IP packet"""
    data = bytearray(bytes(frame)[14:])
    if change:
        change(data)
    return Ether(dst=frame.dst, src=frame.src, type=0x0800) / Raw(bytes(data[:cut]))


def set_byte(at, value):
    def change(data):
        data[at] = value
        return data
    return change


def header_sum_right(change):
    """the change, and a right checksum of the header as it then is"""
    def both(data):
        change(data)
        size = min((data[0] & 15) * 4, len(data)) or 20
        data[10:12] = b"\0\0"
        words = bytes(data[:size - size % 2])
        total = sum(struct.unpack(f"!{len(words) // 2}H", words))
        while total > 0xffff:
            total = (total & 0xffff) + (total >> 16)
        data[10:12] = struct.pack("!H", ~total & 0xffff)
    return both


ends(f, "bad-header-version-6", raw(sent(), header_sum_right(set_byte(0, 0x65))), "bad-header")
ends(f, "bad-header-shorter-than-20", raw(sent(), header_sum_right(set_byte(0, 0x44))), "bad-header")
ends(f, "bad-header-longer-than-the-packet", raw(sent(), header_sum_right(set_byte(0, 0x4f))), "bad-header")
ends(f, "bad-header-truncated", raw(sent(), cut=19), "bad-header")
ends(f, "bad-header-no-ip-at-all", raw(sent(), cut=1), "bad-header")
ends(f, "bad-header-longer-than-the-frame", raw(sent(), header_sum_right(set_byte(3, 200))), "bad-header")
ends(f, "bad-header-length-below-the-header", raw(sent(), header_sum_right(set_byte(3, 19))), "bad-header")
ends(f, "bad-header-length-0", raw(sent(), header_sum_right(set_byte(3, 0))), "bad-header")
ends(f, "bad-header-checksum", raw(sent(), set_byte(10, 0)), "bad-header")
ends(f, "bad-header-checksum-over-options", raw(sent(options=[Raw(b"\1\1\1\0")]), set_byte(20, 0)), "bad-header")
for name, options in (("length-0", b"\x07\x00\x04\0"), ("length-1", b"\x07\x01\x04\0"),
                      ("overrun", b"\x07\x09\x04\0"), ("no-length", b"\1\1\1\x07"),
                      ("loose-source-route", b"\x83\x07\x04" + bytes([1, 2, 3, 4]) + b"\0"),
                      ("strict-source-route", b"\x89\x07\x04" + bytes([1, 2, 3, 4]) + b"\0"),
                      ("source-route-behind-nop", b"\1\x83\x07\x04" + bytes([1, 2, 3, 4]))):
    ends(f, f"bad-options-{name}", sent(options=[Raw(options)]), "bad-options")
ends(f, "bad-transport-tcp-19-bytes", sent(Raw(bytes(SYN)[:19]), proto=6), "bad-transport")
ends(f, "bad-transport-tcp-offset-4", sent(TCP(sport=40000, dport=80, flags="S", dataofs=4)), "bad-transport")
ends(f, "bad-transport-tcp-offset-15", sent(TCP(sport=40000, dport=80, flags="S", dataofs=15)), "bad-transport")
for flags in ("SF", "SR", "SFRPAU", "RF", "F", "P", "U", "FPU"):
    ends(f, f"bad-transport-tcp-flags-{flags.lower()}", sent(TCP(sport=40000, dport=80, flags=flags)), "bad-transport")
ends(f, "bad-transport-tcp-no-flags", sent(TCP(sport=40000, dport=80, flags=0)), "bad-transport")
ends(f, "bad-transport-udp-7-bytes", sent(Raw(bytes(UDP_TO_DNS)[:7]), proto=17), "bad-transport")
ends(f, "bad-transport-udp-length-7", sent(UDP(sport=40000, dport=53, len=7) / pattern(4)), "bad-transport")
ends(f, "bad-transport-udp-length-0", sent(UDP(sport=40000, dport=53, len=0) / pattern(4)), "bad-transport")
ends(f, "bad-transport-udp-longer-than-ip", sent(UDP(sport=40000, dport=53, len=13) / pattern(4)), "bad-transport")
ends(f, "bad-transport-icmp-7-bytes", sent(Raw(b"\x08\0\xf7\xff\0\0\0"), proto=1), "bad-transport")

# -------- offload

f = File("refused-offload", "Virtio headers that ask for what does not fit the packet.")


def asks(name, l4, header, **ip):
    l4 = partial(l4, TAP.ip, FAR, len(bytes(l4))) if isinstance(l4, (TCP, UDP)) else l4
    f.packet(name).send("tap", out(l4, TAP.ip, TAP, **ip), header).counters("bad-offload")


syn = TCP(sport=40000, dport=80, flags="S") / pattern(20)
asks("bad-offload-checksum-in-the-ip-header", syn, virtio(start=14, offset=10))
asks("bad-offload-checksum-behind-the-tcp-header", syn, virtio(start=38, offset=16))
asks("bad-offload-checksum-of-udp-in-tcp", syn, virtio(offset=6))
asks("bad-offload-checksum-of-tcp-in-udp", UDP_TO_DNS / pattern(20), virtio(offset=16))
asks("bad-offload-checksum-of-icmp", ICMP(type=8) / pattern(8), virtio(offset=2))
asks("bad-offload-udp-segments-of-tcp", syn / (b"n" * 2000), virtio(3, 54, 1000))
asks("bad-offload-checksum-of-a-fragment", syn, virtio(), flags="MF")
f.packet("bad-offload-checksum-in-the-padding") \
    .send("tap", parts_of(out(UDP_TO_DNS, TAP.ip, TAP)) + [("padding", b"\xaa" * 20, "")], virtio(start=50, offset=6)) \
    .counters("bad-offload")

# -------- addresses

f = File("refused-addresses", "Where a sandbox may not send, and as whom.")
ends(f, "spoofed-neighbour", sent(src=NEIGHBOUR.ip), "spoofed")
ends(f, "spoofed-internal", sent(src=INTERNAL), "spoofed")
ends(f, "spoofed-host", sent(src=EGRESS.ip), "spoofed")
ends(f, "spoofed-0", sent(src="0.0.0.0"), "spoofed")
ends(f, "spoofed-fragment", sent(src=NEIGHBOUR.ip, flags="MF"), "spoofed")
for name, dst, counter in (("loopback", "127.0.0.1", "dst-loopback"),
                           ("zero", "0.0.0.0", "dst-loopback"),
                           ("zero-net", "0.255.1.1", "dst-loopback"),
                           ("all-ones", "255.255.255.255", "dst-broadcast"),
                           ("broadcast-of-a-host-network", "198.18.0.255", "dst-broadcast"),
                           ("multicast", "224.0.0.1", "dst-multicast"),
                           ("multicast-high", "239.255.255.255", "dst-multicast"),
                           ("reserved", "240.0.0.1", "dst-multicast"),
                           ("reserved-high", "255.255.255.254", "dst-multicast"),
                           ("internal", INTERNAL, "dst-internal"),
                           ("neighbour", NEIGHBOUR.ip, "dst-sandbox"),
                           ("no-sandbox-yet", "192.168.5.5", "dst-sandbox"),
                           ("itself", SANDBOX.ip, "dst-sandbox"),
                           ("egress-address", EGRESS.ip, "dst-host"),
                           ("gateway", GATEWAY, "dst-host"),
                           ("cube-router", ROUTER.ip, "dst-host")):
    ends(f, f"to-{name}", sent(dst=dst), counter)
ends(f, "tcp-to-loopback", sent(SYN, dst="127.0.0.1"), "dst-loopback", note="It is not answered.")
ends(f, "fragment-to-loopback-waits", sent(dst="127.0.0.1", flags="MF", id=1), "fragment-queued",
     note="Destinations are judged when the packet is whole.")

# -------- answered

f = File("refused-and-told", "What is answered: time exceeded, and TCP that belongs to no connection.")
for ttl in (1, 0):
    frame = sent(ttl=ttl, id=5)
    f.packet(f"ttl-{ttl}").send("sandbox", frame).expect("sandbox", told(frame, 11, 0)) \
        .counters("ttl-exceeded", "icmp-sent")
frame = sent(UDP(sport=40000, dport=53) / (pattern(16) + b"o" * 1400), ttl=1)
f.packet("ttl-1-long", "548 bytes of it are quoted.").send("sandbox", frame) \
    .expect("sandbox", told(frame, 11, 0)).counters("ttl-exceeded", "icmp-sent")
frame = sent(UDP(sport=40000, dport=53) / pattern(3), ttl=1)
f.packet("ttl-1-padded", "What is padding is not quoted.") \
    .send("sandbox", parts_of(frame) + [("padding", b"\xaa" * 15, "")]) \
    .expect("sandbox", told(frame, 11, 0)).counters("ttl-exceeded", "icmp-sent")
frame = sent(SYN, ttl=1, options=[Raw(b"\1\1\1\0")])
f.packet("ttl-1-with-options").send("sandbox", frame).expect("sandbox", told(frame, 11, 0)) \
    .counters("ttl-exceeded", "icmp-sent")
frame = sent(ICMP(type=8, id=3, seq=1), ttl=1)
f.packet("ttl-1-ping").send("sandbox", frame).expect("sandbox", told(frame, 11, 0)) \
    .counters("ttl-exceeded", "icmp-sent")


def no_connection(name, segment, reset=None):
    p = f.packet(name).send("sandbox", sent(segment))
    if reset:
        p.expect("sandbox", answer(TCP(sport=80, dport=40000, window=0, **reset), FAR))
    p.counters("no-connection", *["rst-sent"] * bool(reset))


def segment(flags, payload=b"", **words):
    return TCP(sport=40000, dport=80, flags=flags, **words) / payload


no_connection("no-connection-ack", segment("A", seq=7, ack=9000), {"flags": "R", "seq": 9000})
no_connection("no-connection-data", segment("PA", pattern(9), seq=7, ack=9000), {"flags": "R", "seq": 9000})
no_connection("no-connection-fin", segment("FA", seq=7, ack=9001), {"flags": "R", "seq": 9001})
no_connection("no-connection-syn-ack", segment("SA", seq=7, ack=9002), {"flags": "R", "seq": 9002})
no_connection("no-connection-options", segment("A", seq=7, ack=9003, options=[("Timestamp", (1, 2)), ("NOP", None)]),
              {"flags": "R", "seq": 9003})
no_connection("no-connection-reset", segment("R", seq=7))
no_connection("no-connection-reset-ack", segment("RA", seq=7, ack=9000))
ends(f, "icmp-error-with-ttl-1", sent(ICMP(type=3, code=3) / quote(UDP(sport=53, dport=40000), FAR, SANDBOX.ip), ttl=1),
     "icmp-stray", note="About no session: it is never answered.")

# -------- limits

f = File("refused-limit-sandbox", "At the limit of one sandbox's sessions.")
f.run(f"cube-router-genl sandbox set z{SANDBOX.ip} max-sessions 1 >/dev/null",
      f"cube-router-genl sandbox set z{SANDBOX.ip} max-sessions 0 >/dev/null")
passes_out(f, "limit-sandbox-reached", UDP(sport=40000, dport=53), new=True)
refused(f, "limit-sandbox-tcp", sent(SYN), "limit-sandbox")
refused(f, "limit-sandbox-udp", sent(UDP(sport=40001, dport=53) / pattern(10)), "limit-sandbox")
refused(f, "limit-sandbox-ping", sent(ICMP(type=8, id=1, seq=1) / pattern(10)), "limit-sandbox")
refused(f, "limit-sandbox-other", sent(Raw(pattern(10)), proto=99), "limit-sandbox")
syn_data = TCP(sport=40000, dport=80, flags="S", seq=0xfffffffe) / pattern(5)
f.packet("limit-sandbox-tcp-with-data", "Data counts, and sequence numbers wrap.").send("sandbox", sent(syn_data)) \
    .expect("sandbox", answer(TCP(sport=80, dport=40000, flags="RA", seq=0, ack=4, window=0), FAR)) \
    .counters("limit-sandbox", "rst-sent")
passes_out(f, "limit-sandbox-hinders-no-neighbour", UDP(sport=40002, dport=53), new=True, host=NEIGHBOUR)

# -------- policy

f = File("refused-policy", "Where the policy of a sandbox does not let it: TCP is reset, the rest only dropped.")
f.run(f"cube-router-genl sandbox set z{SANDBOX.ip} policy deny-all allow 198.51.100.0/24 >/dev/null",
      f"cube-router-genl sandbox set z{SANDBOX.ip} policy none >/dev/null")
refused_dst = "203.0.113.9"
f.packet("policy-tcp").send("sandbox", sent(SYN, dst=refused_dst)) \
    .expect("sandbox", answer(TCP(sport=80, dport=40000, flags="RA", seq=0, ack=1001, window=0), refused_dst)) \
    .counters("dst-denied", "rst-sent")
f.packet("policy-tcp-of-no-connection").send("sandbox", sent(segment("A", seq=7, ack=9000), dst=refused_dst)) \
    .expect("sandbox", answer(TCP(sport=80, dport=40000, flags="R", seq=9000, window=0), refused_dst)) \
    .counters("dst-denied", "rst-sent")
ends(f, "policy-tcp-reset", sent(segment("R", seq=7), dst=refused_dst), "dst-denied")
ends(f, "policy-udp", sent(dst=refused_dst), "dst-denied")
ends(f, "policy-ping", sent(ICMP(type=8, id=1, seq=1) / pattern(10), dst=refused_dst), "dst-denied")
ends(f, "policy-other", sent(Raw(pattern(10)), proto=99, dst=refused_dst), "dst-denied")
ends(f, "policy-sanity-first", sent(dst="127.0.0.1"), "dst-loopback")

f = File("refused-limit-total", "At the limit of all sessions, of which a sandbox has a quarter at most.")
for n in range(4):
    passes_out(f, f"limit-total-filled-{n + 1}", UDP(sport=40000 + n, dport=53), new=True, host=NEIGHBOUR)
f.config("max-sessions 4", "max-sessions 1048576")
refused(f, "limit-total-tcp", sent(SYN), "limit-total")
refused(f, "limit-total-udp", sent(), "limit-total")
passes_out(f, "limit-total-does-not-end-what-lives", UDP(sport=40000, dport=53), host=NEIGHBOUR)

f = File("refused-conntrack-full", "The host's conntrack has as many entries as it may.")
passes_out(f, "conntrack-full-of-the-neighbour", UDP(sport=40000, dport=53), new=True, host=NEIGHBOUR)
# What has been answered conntrack does not end to make room; and the limits, which follow its maximum, leave some.
f.run("conntrack -F >/dev/null 2>&1; for p in $(seq 16); do conntrack -I -p udp -s 9.9.9.9 -d 9.9.9.8"
      " --sport $p --dport 2 -t 600 -u SEEN_REPLY,ASSURED >/dev/null 2>&1; done",
      "conntrack -D -s 9.9.9.9 >/dev/null 2>&1")
f.run("sysctl -qw net.netfilter.nf_conntrack_max=16", "sysctl -qw net.netfilter.nf_conntrack_max=65536")
refused(f, "conntrack-full-tcp", sent(SYN), "conntrack-full", injected=out(SYN, INTERNAL))
other_port = UDP(sport=40003, dport=53) / pattern(4)
refused(f, "conntrack-full-udp", sent(other_port), "conntrack-full", injected=sent(other_port, src=INTERNAL))
passes_out(f, "conntrack-full-does-not-end-what-lives", UDP(sport=40000, dport=53), host=NEIGHBOUR)

FILL = ("for p in $(seq 65000 65535); do echo eth {port_mac} {mac} ip {ip} {far} {l4}; done |"
        " ip netns exec sb2 rawsend eth0 -f - >/dev/null")


def exhausted(proto, l4):
    """a file that begins with all ports taken; of one protocol, for with more the neighbour leaves some"""
    file = File(f"refused-ports-exhausted-{proto}", """
No port is left towards a far end, for the neighbour has them all. The range has 536 here, the fewest
that can be configured.
""")
    file.few_ports()
    file.run(FILL.format(port_mac=NEIGHBOUR.port_mac, mac=NEIGHBOUR.mac, ip=NEIGHBOUR.ip, far=FAR, l4=l4))
    return file


f = exhausted("udp", "udp $p 53")
refused(f, "ports-exhausted-udp", sent(UDP(sport=40001, dport=53)), "ports-exhausted")
refused(f, "ports-exhausted-udp-from-a-port-in-the-range", sent(UDP(sport=65001, dport=53)), "ports-exhausted")
passes_out(f, "ports-exhausted-not-towards-another", UDP(sport=65001, dport=54), new=True)

f = exhausted("tcp", "tcp $p 80 S")
refused(f, "ports-exhausted-tcp", sent(TCP(sport=65001, dport=80, flags="S", seq=1)), "ports-exhausted")

f = File("refused-protocols", "Protocols that cannot be had, or not now.")
gre = Raw(struct.pack("!HH", 0, 0x0800) + pattern(20))
passes_out(f, "proto-busy-by-the-neighbour", gre, new=True, host=NEIGHBOUR, proto=47)
refused(f, "proto-busy", sent(gre, proto=47), "proto-busy")
refused(f, "proto-unsupported-udplite", sent(UDP_TO_DNS, proto=136), "proto-unsupported")
refused(f, "proto-unsupported-dccp", sent(Raw(bytes(16)), proto=33), "proto-unsupported")

# -------- ICMP

f = File("refused-icmp", "ICMP that is neither a query nor an error about a session.")
passes_out(f, "icmp-flow", UDP(sport=40000, dport=53) / pattern(4), new=True)
for kind, name in ((5, "redirect"), (9, "router-advertisement"), (10, "router-solicitation"), (42, "extended-echo")):
    body = quote(UDP(sport=53, dport=40000), FAR, SANDBOX.ip) if kind == 5 else Raw(bytes(12))
    ends(f, f"icmp-unsupported-{name}", sent(ICMP(type=kind) / body), "icmp-unsupported")
ends(f, "icmp-unsupported-ping-code-not-0", sent(ICMP(type=8, code=3, id=0x1234, seq=5)), "icmp-unsupported")
REPLY = UDP(sport=53, dport=40000) / pattern(4)


def error(l4=REPLY, src=FAR, dst=SANDBOX.ip, **words):
    return ICMP(type=3, code=3) / quote(l4, src, dst, **words)


ends(f, "icmp-stray-echo-reply", sent(ICMP(type=0, id=5, seq=1)), "icmp-stray")
ends(f, "icmp-stray-timestamp-reply", sent(ICMP(type=14, id=5, seq=1, ts_ori=1, ts_rx=2, ts_tx=3)), "icmp-stray")
ends(f, "icmp-stray-no-session", sent(error(UDP(sport=54, dport=40000))), "icmp-stray")
ends(f, "icmp-stray-to-somebody-else", sent(error(), dst="1.1.1.2"), "icmp-stray")
ends(f, "icmp-stray-about-a-neighbours", sent(error(dst=NEIGHBOUR.ip)), "icmp-stray")
ends(f, "icmp-stray-in-the-wrong-direction", sent(error(UDP(sport=40000, dport=53), SANDBOX.ip, FAR)), "icmp-stray")
ends(f, "icmp-bad-quote-27-bytes", sent(error(cut=27)), "icmp-bad")
ends(f, "icmp-bad-quote-19-bytes", sent(error(cut=19)), "icmp-bad")
ends(f, "icmp-bad-no-quote", sent(ICMP(type=11)), "icmp-bad")
ends(f, "icmp-bad-quote-version-6", sent(error(damage=set_byte(0, 0x65))), "icmp-bad")
ends(f, "icmp-bad-quote-header-length-4", sent(error(damage=set_byte(0, 0x44))), "icmp-bad")
ends(f, "icmp-bad-quote-header-too-long", sent(error(damage=set_byte(0, 0x4f))), "icmp-bad")
ends(f, "icmp-bad-quote-later-fragment", sent(error(frag=8)), "icmp-bad")
ends(f, "icmp-bad-about-an-error", sent(error(ICMP(type=3, code=1) / pattern(28))), "icmp-bad")
ends(f, "icmp-bad-checksum", sent(ICMP(type=3, code=3, chksum=0x1234) / quote(REPLY, FAR, SANDBOX.ip)), "icmp-bad",
     note="What a router made wrong must not become right by our computing it anew.")
ends(f, "icmp-error-of-a-session-with-ttl-1", sent(error(), ttl=1), "ttl-exceeded", note="An error is not answered.")

# -------- fragments

f = File("refused-fragments", "Fragments that fit no packet, or are too many.")
whole = UDP(sport=40000, dport=53) / pattern(100)


def fragment(offset, data, more=True, ident=1, **ip):
    return sent(Raw(data), proto=17, frag=offset // 8, flags="MF" if more else 0, id=ident, **ip)


first = bytes(out(whole, SANDBOX.ip)[UDP])
ends(f, "fragment-bad-first", fragment(0, first[:64], ident=1), "fragment-queued")
ends(f, "fragment-bad-overlap", fragment(56, first[56:104], ident=1), "fragment-bad")
ends(f, "fragment-bad-ends-twice-last", fragment(64, first[64:], more=False, ident=2), "fragment-queued")
ends(f, "fragment-bad-ends-twice", fragment(40, first[40:60], more=False, ident=2), "fragment-bad")
ends(f, "fragment-bad-empty", fragment(64, b"", ident=3), "fragment-bad")
ends(f, "fragment-bad-beyond-65535-last", fragment(65528, pattern(24), more=False, ident=4), "fragment-queued")
f.run("sysctl -qw net.ipv4.ipfrag_low_thresh=1600 net.ipv4.ipfrag_high_thresh=2000",
      "sysctl -qw net.ipv4.ipfrag_high_thresh=4194304 net.ipv4.ipfrag_low_thresh=3145728")
ends(f, "fragment-budget", fragment(0, first[:64], ident=6), "fragment-budget",
     note="An eighth of what the host has for fragments is less than this one takes.")
f = File("refused-fragments-whole", "Fragments that make a whole which is wrong.")
p = f.packet("fragments-with-a-short-udp-header", "What it is shows only when it is whole.")
for piece in pieces(sent(Raw(bytes(whole)[:4]), proto=17).payload):
    p.send("sandbox", Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac) / piece)
p.counters("bad-transport")
p = f.packet("fragments-to-loopback")
for piece in pieces(sent(whole, dst="127.0.0.1", id=9).payload, 64):
    p.send("sandbox", Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac) / piece)
p.counters("fragment-queued", "reassembled", "dst-loopback")

# -------- held

f = File("refused-held", "Held: cube-router has no address, so that nothing passes in either direction.")
passes_out(f, "held-opened", UDP(sport=40000, dport=53), new=True)
f.run("ip address flush dev cube-router", "cube-router-genl enable >/dev/null")
ends(f, "held", sent(), "held")
ends(f, "held-new-tcp", sent(SYN), "held")
f.packet("held-arp").send("sandbox", Ether(dst="ff:ff:ff:ff:ff:ff", src=SANDBOX.mac, type=0x0806) / arp) \
    .expect("sandbox", Ether(dst=SANDBOX.mac, src=SANDBOX.port_mac, type=0x0806) /
            ARP(op=2, hwsrc=SANDBOX.port_mac, psrc=GATEWAY, hwdst=SANDBOX.mac, pdst=SANDBOX.ip)).counters("passed-arp")
ends(f, "held-back", back(UDP(sport=53, dport=40000)), "back-held", place="cube-router")

# -------- answers to connections opened to the sandbox

f = File("passed-reply", """
An answer to a connection that somebody opened to the sandbox is the host's: it leaves as it is, by
the host's own forwarding.
""", watch=["far"])
CALLER = "198.18.0.9"
f.run(f"conntrack -I -p udp -s {CALLER} -d {SANDBOX.ip} --sport 5000 --dport 9000 -t 60 >/dev/null 2>&1")
reply = UDP(sport=9000, dport=5000) / pattern(8)
f.packet("passed-reply").send("sandbox", sent(reply, dst=CALLER)) \
    .expect("far", Ether(dst=FAR_MAC, src=EGRESS.mac) / IP(src=SANDBOX.ip, dst=CALLER, ttl=63) / reply) \
    .counters("passed-reply")

# -------- the way back

f = File("refused-back", "What the host routes to the internal address and belongs to nobody.")
passes_out(f, "back-flow", UDP(sport=40000, dport=53) / pattern(4), new=True)
passes_out(f, "back-flow-ping", ICMP(type=8, id=5, seq=1), new=True)


def lost(name, frame, *counters, note=""):
    ends(f, name, frame, *counters, place="cube-router", note=note)


lost("back-stray-udp", back(UDP(sport=54, dport=40000)), "back-stray")
lost("back-stray-other-port", back(UDP(sport=53, dport=40001)), "back-stray")
lost("back-stray-other-far-end", back(UDP(sport=53, dport=40000), src="1.1.1.2"), "back-stray")
lost("back-stray-tcp", back(TCP(sport=53, dport=40000, flags="SA")), "back-stray")
lost("back-stray-tcp-syn", back(TCP(sport=53, dport=40000, flags="S")), "back-stray")
lost("back-stray-not-to-the-internal-address", back(UDP(sport=53, dport=40000), dst=SANDBOX.ip), "back-stray")
lost("back-stray-echo-reply", back(ICMP(type=0, id=6, seq=1)), "back-stray")
lost("back-stray-echo-request", back(ICMP(type=8, id=5, seq=1)), "back-stray")
lost("back-stray-timestamp", back(ICMP(type=13, id=5, ts_ori=1, ts_rx=0, ts_tx=0)), "back-stray")
lost("back-stray-other", back(Raw(pattern(8)), proto=47), "back-stray")
lost("back-stray-error", back(error(UDP(sport=40001, dport=53), INTERNAL, FAR)), "back-stray")
lost("back-stray-error-to-another", back(error(UDP(sport=40000, dport=53), "192.168.63.250", FAR)), "back-stray")
lost("back-bad-ipv6", Ether(dst=ROUTER.mac, src=FAR_MAC) / IPv6(src="fe80::1", dst="2001:db8::1") / UDP(), "back-bad")
lost("back-bad-version-5", raw(back(REPLY), header_sum_right(set_byte(0, 0x55))), "back-bad")
lost("back-bad-truncated", raw(back(REPLY), cut=19), "back-bad")
lost("back-bad-checksum", raw(back(REPLY), set_byte(10, 0)), "back-bad")
lost("back-bad-length", raw(back(REPLY), header_sum_right(set_byte(3, 200))), "back-bad")
lost("back-bad-options", back(REPLY, options=[Raw(b"\x07\x00\x04\0")]), "back-bad")
lost("back-bad-udp-length", back(UDP(sport=53, dport=40000, len=99)), "back-bad")
lost("back-bad-tcp-flags", back(TCP(sport=53, dport=40000, flags="SF")), "back-bad")
lost("back-bad-error-27-bytes", back(error(UDP(sport=40000, dport=53) / pattern(4), INTERNAL, FAR, cut=27)), "back-bad")
lost("back-bad-error-about-later-fragment", back(error(UDP(sport=40000, dport=53) / pattern(4), INTERNAL, FAR, frag=8)),
     "back-bad")
lost("back-fragment-without-its-first", back(Raw(pattern(16)), proto=17, frag=8, id=1), "back-fragment")
lost("back-fragment-first-too-short", back(Raw(bytes(REPLY)[:4]), proto=17, flags="MF", id=2), "back-fragment")
lost("back-fragment-of-an-error", back(error(UDP(sport=40000, dport=53) / pattern(4), INTERNAL, FAR), flags="MF", id=3),
     "back-fragment")
lost("back-fragment-of-another-id", back(Raw(pattern(16)), proto=17, frag=8, id=4), "back-fragment")
lost("back-fragment-first-of-no-session", back(UDP(sport=54, dport=40000, len=108) / pattern(56), flags="MF", id=5),
     "back-stray")

f = File("back-neighbour", """
A sandbox of which no MAC address is known gets its packets by the one that the host has for it.
This one has only ever sent frames with a group address as source, of which none is learnt.
""")
f.run(f"cube-router-genl sandbox del z{NEIGHBOUR.ip} >/dev/null")
f.run(f"cube-router-genl sandbox add z{NEIGHBOUR.ip} >/dev/null")
f.run(f"ip neigh replace {NEIGHBOUR.ip} lladdr {NEIGHBOUR.mac} dev z{NEIGHBOUR.ip} nud permanent",
      f"ip neigh del {NEIGHBOUR.ip} dev z{NEIGHBOUR.ip}")
nameless = out(UDP_TO_DNS, NEIGHBOUR.ip, NEIGHBOUR)
nameless.src = "03:00:00:00:00:12"
arrives = out(UDP_TO_DNS, INTERNAL, NEIGHBOUR)
arrives.src = nameless.src
f.packet("back-neighbour-opened").send("neighbour", nameless).expect("cube-router", arrives) \
    .counters("injected", "session-new")
passes_back(f, "back-neighbour-known-to-the-host", REPLY, host=NEIGHBOUR)
passes_out(f, "back-neighbour-its-mac-is-learnt", UDP_TO_DNS, host=NEIGHBOUR)
passes_back(f, "back-neighbour-and-used", REPLY, host=NEIGHBOUR)
