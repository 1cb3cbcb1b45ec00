# SPDX-License-Identifier: GPL-2.0
"""Packets of sandboxes that arrive on cube-router."""
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from golden import (ANY_HEADER_LENGTH, FAR, INTERNAL, SANDBOX, TAP, File, keep_error, out,
                    parts_of, partial, passes_back, passes_out, pattern, pieces, solved, transport_sum,
                    virtio)

# -------- TCP

f = File("out-tcp", "TCP from a sandbox: flags, options, payloads, and checksums at their edges.")
syn = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (12345, 0)), ("NOP", None), ("WScale", 7)]
passes_out(f, "tcp-syn", TCP(sport=40000, dport=80, flags="S", seq=1000, options=syn), new=True)
passes_out(f, "tcp-syn-again-with-ecn",
           TCP(sport=40000, dport=80, flags="SEC", seq=1000, options=syn), tos=2)
passes_out(f, "tcp-ack", TCP(sport=40000, dport=80, flags="A", seq=1001, ack=5001))
passes_out(f, "tcp-odd-payload",
           TCP(sport=40000, dport=80, flags="PA", seq=1001, ack=5001) / pattern(7))
passes_out(f, "tcp-urgent",
           TCP(sport=40000, dport=80, flags="PAU", seq=1008, ack=5001, urgptr=3) / pattern(8))
passes_out(f, "tcp-sack-and-timestamp",
           TCP(sport=40000, dport=80, flags="A", seq=1016, ack=5001,
               options=[("NOP", None), ("NOP", None), ("Timestamp", (12346, 777)),
                        ("NOP", None), ("NOP", None), ("SAck", (6001, 7001, 8001, 9001))]))
passes_out(f, "tcp-unknown-option",
           TCP(sport=40000, dport=80, flags="A", seq=1016, ack=5001, options=[(253, b"\x12\x34\x56")]))
passes_out(f, "tcp-sixty-byte-header",
           TCP(sport=40000, dport=80, flags="A", seq=1016, ack=5001, options=[("NOP", None)] * 40))
passes_out(f, "tcp-as-large-as-can-be",
           TCP(sport=40000, dport=80, flags="A", seq=1016, ack=5001) / (pattern(16) + b"a" * 1444))
passes_out(f, "tcp-window-zero", TCP(sport=40000, dport=80, flags="A", seq=2476, ack=5001, window=0))
passes_out(f, "tcp-all-flags-of-congestion",
           TCP(sport=40000, dport=80, flags="AECN", seq=2476, ack=5001), tos=3)
passes_out(f, "tcp-fin", TCP(sport=40000, dport=80, flags="FA", seq=2476, ack=5001))
passes_out(f, "tcp-reset", TCP(sport=40000, dport=80, flags="R", seq=2477))
passes_out(f, "tcp-syn-with-data", TCP(sport=40001, dport=80, flags="S", seq=1) / pattern(5), new=True)


def tcp_with(word):
    return TCP(sport=40001, dport=80, flags="PA", seq=2, ack=9) / struct.pack("!H", word)


def solved_for(source, want, l4):
    return solved(lambda word: IP(src=source, dst=FAR) / l4(word), want).payload


passes_out(f, "tcp-checksum-comes-out-0", solved_for(INTERNAL, 0, tcp_with),
           note="Zero is a checksum like any other in TCP.")
passes_out(f, "tcp-checksum-was-0", solved_for(SANDBOX.ip, 0, tcp_with))


def wrong_checksum(l4):
    """a packet with a damaged checksum, and what is left of the damage with another source"""
    good_in, good_out = (transport_sum(IP(src=s, dst=FAR) / l4) for s in (SANDBOX.ip, INTERNAL))
    bad, kept = l4.copy(), l4.copy()
    bad.chksum = good_in ^ 0x0101
    kept.chksum = keep_error(good_in, bad.chksum, good_out)
    return bad, kept


passes_out(f, "tcp-wrong-checksum-stays-wrong", *wrong_checksum(tcp_with(7)),
           note="It is the far end's to find the damage: a checksum made anew would hide it.")

# -------- UDP

f = File("out-udp", "UDP from a sandbox: lengths, and all that is special about its checksum.")
passes_out(f, "udp", UDP(sport=40000, dport=53) / pattern(20), new=True)
passes_out(f, "udp-empty", UDP(sport=40000, dport=53))
passes_out(f, "udp-odd", UDP(sport=40000, dport=53) / pattern(3))
passes_out(f, "udp-as-large-as-can-be", UDP(sport=40000, dport=53) / (pattern(16) + b"a" * 1456))
passes_out(f, "udp-without-checksum", UDP(sport=40000, dport=53, chksum=0) / pattern(9),
           note="Zero says that there is none, and there is none afterwards.")


def udp_with(word):
    return UDP(sport=40000, dport=53) / struct.pack("!H", word)


passes_out(f, "udp-checksum-comes-out-ffff", solved_for(INTERNAL, 0xffff, udp_with),
           note="The sum is zero, which would say that there is none: it is written as ffff.")
passes_out(f, "udp-checksum-was-ffff", solved_for(SANDBOX.ip, 0xffff, udp_with))
passes_out(f, "udp-checksum-comes-out-1", solved_for(INTERNAL, 1, udp_with))
passes_out(f, "udp-checksum-comes-out-fffe", solved_for(INTERNAL, 0xfffe, udp_with))
passes_out(f, "udp-wrong-checksum-stays-wrong", *wrong_checksum(udp_with(7)))
passes_out(f, "udp-shorter-than-its-packet",
           UDP(sport=40000, dport=53, len=12, chksum=0) / pattern(20),
           note="Its length may be less than IP's; what is behind it goes along.")
passes_out(f, "udp-to-another-port", UDP(sport=40000, dport=54) / pattern(4), new=True)
passes_out(f, "udp-from-another-port", UDP(sport=65535, dport=53) / pattern(4), new=True)
passes_out(f, "udp-from-the-lowest-port-that-is-kept", UDP(sport=30000, dport=53), new=True)

# -------- ICMP

f = File("out-icmp", "Queries: the identifier is kept, low ones too.")
passes_out(f, "ping", ICMP(type=8, id=0x1234, seq=1) / pattern(56), new=True)
passes_out(f, "ping-next", ICMP(type=8, id=0x1234, seq=2) / pattern(56))
passes_out(f, "ping-empty", ICMP(type=8, id=0x1234, seq=3))
passes_out(f, "ping-odd", ICMP(type=8, id=0x1234, seq=4) / pattern(1))
passes_out(f, "ping-id-1", ICMP(type=8, id=1, seq=1) / pattern(8), new=True)
passes_out(f, "ping-id-0", ICMP(type=8, id=0, seq=1) / pattern(8), new=True)
passes_out(f, "ping-id-ffff", ICMP(type=8, id=0xffff, seq=1) / pattern(8), new=True)
passes_out(f, "timestamp-request", ICMP(type=13, id=0x1235, seq=1, ts_ori=1, ts_rx=0, ts_tx=0), new=True)
passes_out(f, "information-request", ICMP(type=15, id=0x1236, seq=1), new=True)
passes_out(f, "address-mask-request", ICMP(type=17, id=0x1237, seq=1, addr_mask="0.0.0.0"), new=True)
passes_out(f, "ping-as-large-as-can-be", ICMP(type=8, id=0x1234, seq=6) / (pattern(16) + b"a" * 1456))

# -------- the IP header

f = File("out-ip", "What the IP header carries goes through, but for the source and the checksum.")
udp = UDP(sport=40000, dport=53) / pattern(4)
passes_out(f, "ip-id-is-kept", udp, new=True, id=0xbeef)
passes_out(f, "ip-id-0", udp, id=0)
passes_out(f, "ip-dont-fragment", udp, flags="DF")
passes_out(f, "ip-reserved-flag", udp, flags="evil")
passes_out(f, "ip-dscp-ef", udp, tos=46 << 2)
passes_out(f, "ip-ect-1", udp, tos=1)
passes_out(f, "ip-ce", udp, tos=3)
passes_out(f, "ip-tos-ff", udp, tos=0xff)
passes_out(f, "ip-ttl-255", udp, ttl=255)
passes_out(f, "ip-ttl-2", udp, ttl=2, note="The host takes one from it behind cube-router, not we.")
for name, options in (("end", b"\0\0\0\0"),
                      ("nop", b"\1\1\1\0"),
                      ("record-route", b"\x07\x0b\x04" + bytes(8) + b"\0"),
                      ("timestamp", b"\x44\x0c\x05\x00" + bytes(8)),
                      ("router-alert", b"\x94\x04\0\0"),
                      ("unknown", b"\xde\x06abcd\1\0"),
                      ("forty-bytes", b"\1" * 39 + b"\0")):
    passes_out(f, f"ip-option-{name}", udp, options=[Raw(options)])
passes_out(f, "ip-options-before-tcp", TCP(sport=40000, dport=80, flags="S", seq=1), new=True,
           options=[Raw(b"\1\1\1\0")])
base = IP(bytes(IP(src=INTERNAL, dst=FAR, id=0) / udp)).chksum
passes_out(f, "ip-checksum-comes-out-0", udp, id=base)
base = IP(bytes(IP(src=SANDBOX.ip, dst=FAR, id=0) / udp)).chksum
passes_out(f, "ip-checksum-was-0", udp, id=base)
passes_out(f, "padding-is-cut-off", UDP(sport=40000, dport=53) / pattern(1), padding=b"\xaa" * 17,
           note="A short frame is padded to 60 bytes; what the padding says is nobody's business.")
passes_out(f, "odd-padding-is-cut-off", UDP(sport=40000, dport=53) / pattern(2), padding=b"\xaa" * 7)

# -------- by address alone

f = File("out-and-back-other", """
Protocols without ports that we know: the addresses change in the IP header, and nothing else,
whatever their bytes look like. One sandbox for each remote address and protocol.
""")
inner = bytes(IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2) / pattern(4))
sctp = struct.pack("!HHII", 40000, 80, 0, 0x12345678) + struct.pack("!BBHIIHHI", 1, 0, 20, 1, 9000, 1, 1, 1)
for proto, name, payload in ((47, "gre", struct.pack("!HH", 0, 0x0800) + inner),
                             (50, "esp", struct.pack("!II", 0x1001, 1) + pattern(24)),
                             (51, "ah", struct.pack("!BBHIII", 17, 2, 0, 0x1002, 1, 7) + pattern(9)),
                             (132, "sctp", sctp),
                             (4, "ipip", inner),
                             (99, "proto-99", pattern(6)),
                             (253, "proto-without-payload", b"")):
    passes_out(f, f"{name}-out", Raw(payload), new=True, proto=proto)
    passes_back(f, f"{name}-back", Raw(payload[::-1]), proto=proto)

# -------- another port

CHANGED = "A source port outside the range is changed. Which one it becomes, cannot be foretold."


def changed(name, l4):
    """a flow whose port the module changes, out and back"""
    f = File(f"out-and-back-port-changed-{name}", CHANGED)

    def far_side(port):
        there = l4.copy()
        there.sport = port
        return there

    def answer(port):
        return type(l4)(sport=l4.dport, dport=port, **words) / pattern(6)
    words = {"flags": "SA", "seq": 9, "ack": 2} if isinstance(l4, TCP) else {"chksum": l4.chksum}
    passes_out(f, f"changed-{name}-out", l4, far_side, new=True)
    passes_back(f, f"changed-{name}-back", answer, answer(l4.sport))
    passes_out(f, f"changed-{name}-out-again", l4, far_side)


changed("tcp", TCP(sport=1234, dport=80, flags="S", seq=1))
changed("udp", UDP(sport=1234, dport=53) / pattern(5))
changed("udp-without-checksum", UDP(sport=1234, dport=53, chksum=0) / pattern(5))
changed("from-port-0", UDP(sport=0, dport=55) / pattern(5))
changed("from-29999", UDP(sport=29999, dport=55) / pattern(5))

# -------- fragments

f = File("out-fragments", """
Fragments of a sandbox are put together before they are translated. What arrives on cube-router is
the whole packet; the host cuts it again for the way that it takes.
""")


def in_pieces(name, l4, cuts, order=None, new=False, tos=None, note="", expect=None, padding=b"", **ip):
    def frames(source):
        return out(l4, source, **ip)
    given = list(pieces(frames(SANDBOX.ip).payload, *cuts))
    for piece, value in zip(given, tos or []):
        piece.tos = value
    p = f.packet(name, note)
    for i in order or range(len(given)):
        frame = parts_of(Ether(dst=SANDBOX.port_mac, src=SANDBOX.mac) / given[i])
        p.send("sandbox", frame + ([("padding", padding, "")] if padding and i == len(cuts) else []))
    p.expect("cube-router", out(l4, INTERNAL, **{**ip, **(expect or {})}))
    p.counters(*["fragment-queued"] * len(cuts), "injected", "reassembled", *["session-new"] * new)


udp = UDP(sport=40000, dport=53) / pattern(100)
in_pieces("fragments-udp", udp, [64], new=True, id=100)
in_pieces("fragments-last-first", udp, [64], order=[1, 0], id=101)
in_pieces("fragments-three", udp, [32, 72], order=[1, 2, 0], id=102)
in_pieces("fragments-padded", udp, [96], id=103, padding=b"\xaa" * 14)
in_pieces("fragments-that-may-not-be-cut", udp, [64], id=104, flags="DF",
          note="All of them say so, and so does the whole.")
in_pieces("fragments-congestion-experienced", udp, [32, 64], id=105, tos=[2, 3, 2], expect={"tos": 3},
          note="One of them met congestion, so the whole did (RFC 3168, section 5.3).")
in_pieces("fragments-ping", ICMP(type=8, id=7, seq=1) / pattern(120), [64], new=True, id=106)
in_pieces("fragments-tcp", TCP(sport=40000, dport=80, flags="S", seq=1) / pattern(40), [24], new=True, id=107)
in_pieces("fragments-gre", Raw(struct.pack("!HH", 0, 0x0800) + pattern(60)), [32], new=True, id=108, proto=47)
in_pieces("fragments-udp-without-checksum", UDP(sport=40000, dport=53, chksum=0) / pattern(90), [48], id=109)
in_pieces("fragments-larger-than-the-mtu", UDP(sport=40000, dport=53) / (pattern(16) + b"b" * 2984),
          [1480, 2960], id=110)

# -------- offload


f = File("out-offload", """
A virtual machine leaves checksums and segmentation to the host: its frames come with a virtio
header (here the first line of a frame) and the sum of the pseudo header alone. Both are kept, with
that sum for the new address.
""")


def offload_out(name, l4, header, new=False, sport=None, **ip):
    given = len(bytes(l4))
    translated = l4.copy()
    masks = ANY_HEADER_LENGTH if header[1] else {}
    f.packet(name) \
        .send("tap", out(partial(l4, TAP.ip, FAR, given), TAP.ip, TAP, **ip), header) \
        .expect("cube-router", out(partial(translated, INTERNAL, FAR, given), INTERNAL, TAP, **ip),
                header, masks) \
        .counters("injected", *["session-new"] * new)


big = TCP(sport=40000, dport=80, flags="A", seq=1, ack=1) / (pattern(16) + b"c" * 2984)
whole = TCP(sport=40000, dport=80, flags="PA", seq=3001, ack=1) / (pattern(16) + b"d" * (65535 - 40 - 16))
offload_out("offload-tcp-syn", TCP(sport=40000, dport=80, flags="S", seq=0), virtio(), new=True)
offload_out("offload-tcp-data", TCP(sport=40000, dport=80, flags="PA", seq=1, ack=1) / pattern(33), virtio())
offload_out("offload-tcp-segmentation", big, virtio(1, 54, 1000))
offload_out("offload-tcp-segmentation-64k", whole, virtio(1, 54, 1460))
offload_out("offload-tcp-segmentation-with-ecn",
            TCP(sport=40000, dport=80, flags="AC", seq=1, ack=1) / (b"e" * 2000), virtio(0x81, 54, 1000), tos=2)
offload_out("offload-udp", UDP(sport=40000, dport=53) / pattern(33), virtio(offset=6), new=True)
passes_out(f, "offload-none-needed", UDP(sport=40000, dport=53) / pattern(34), host=TAP)
