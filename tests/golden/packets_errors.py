# SPDX-License-Identifier: GPL-2.0
"""ICMP errors in both directions. The flows of TCP and UDP have ports that the module changes."""
import struct

from scapy.layers.inet import ICMP, TCP, UDP
from scapy.packet import Raw

from golden import FAR, INTERNAL, SANDBOX, File, back, home, out, passes_out, pattern, quote

ON_THE_WAY = "198.51.100.9"    # a router that has something to say
KINDS = [*[(3, code) for code in range(16)], (4, 0), (11, 0), (11, 1), (12, 0), (12, 1), (12, 2)]
WORDS = {(3, 4): {"nexthopmtu": 1400}, (12, 0): {"ptr": 9}}


def icmp(kind):
    return ICMP(type=kind[0], code=kind[1], **WORDS.get(kind, {}))


class Flow:
    """what the sandbox sent and what it got, as the sandbox sees it and as the far side does"""
    def __init__(self, name, sent, got, changes=True, **ip):
        self.name, self.sent, self.got, self.changes, self.ip = name, sent, got, changes, ip

    def far_side(self, l4, word, make):
        """a frame with the port that the module chose, where it chooses one"""
        def with_that(port):
            translated = l4.copy()
            setattr(translated, word, port)
            return make(translated)
        return with_that if self.changes else make(l4)

    def open(self, f):
        far_side = self.far_side(self.sent, "sport", lambda l4: l4)
        passes_out(f, f"{f.name}-opened", self.sent, far_side, new=True, **self.ip)

    def error_back(self, f, name, head, note="", tail=None, **words):
        """somebody on the way, or the far end, could not deliver what the sandbox sent"""
        words = {**self.ip, **words}
        tail = tail or b""

        def given(l4):
            return back(head / quote(l4, INTERNAL, FAR, **words) / tail, src=ON_THE_WAY)
        # An IP checksum that was wrong inside is right afterwards.
        repaired = {**words, "damage": None} if words.get("damage") is damage_ip else words
        wanted = quote(self.sent, SANDBOX.ip, FAR, **repaired)
        f.packet(name, note) \
            .send("cube-router", self.far_side(self.sent, "sport", given)) \
            .expect("sandbox", home(head / wanted / tail, src=ON_THE_WAY)) \
            .counters("delivered", "icmp-back")

    def error_out(self, f, name, head, note="", tail=None, **words):
        """the sandbox could not do with what came"""
        words = {**self.ip, **words}
        inside = quote(self.got, FAR, SANDBOX.ip, **words)
        repaired = {**words, "damage": None} if words.get("damage") is damage_ip else words
        tail = tail or b""

        def wanted(l4):
            return out(head / quote(l4, FAR, INTERNAL, **repaired) / tail, INTERNAL)
        f.packet(name, note) \
            .send("sandbox", out(head / inside / tail, SANDBOX.ip)) \
            .expect("cube-router", self.far_side(self.got, "dport", wanted)) \
            .counters("injected", "icmp-out")


def damage_ip(data):
    data[10] ^= 0x55


UDP_FLOW = Flow("udp", UDP(sport=1234, dport=7000) / pattern(40), UDP(sport=7000, dport=1234) / pattern(40))
TCP_FLOW = Flow("tcp", TCP(sport=1234, dport=80, flags="S", seq=1000, options=[("MSS", 1460)]),
                TCP(sport=80, dport=1234, flags="SA", seq=5000, ack=1001, options=[("MSS", 1460)]))
NO_SUM = Flow("udp-without-checksum", UDP(sport=1235, dport=7001, chksum=0) / pattern(40),
              UDP(sport=7001, dport=1235, chksum=0) / pattern(40))
PING = Flow("ping", ICMP(type=8, id=77, seq=1) / pattern(40), ICMP(type=0, id=77, seq=1) / pattern(40),
            changes=False)
LONG = Flow("long", UDP(sport=1236, dport=7002) / (pattern(16) + b"m" * 1388),
            UDP(sport=7002, dport=1236) / (pattern(16) + b"m" * 1388))
GRE = Flow("gre", Raw(struct.pack("!HH", 0, 0x0800) + pattern(40)), Raw(struct.pack("!HH", 0, 0x0800) + pattern(40)),
           changes=False, proto=47)
# A label that a router on the way saw, behind a quote of 128 bytes (RFC 4884, RFC 4950).
EXTENSION = Raw(bytes.fromhex("2000bdb5" "00080101" "00012140"))

UNREACHABLE, EXCEEDED = icmp((3, 1)), icmp((11, 0))


def family(way, flow, cases):
    about = {"back": "ICMP errors about packets of a sandbox: it sees its own address and port quoted.",
             "out": "ICMP errors of a sandbox: outside and quoted, only the internal address is seen."}
    f = File(f"{way}-errors-{flow.name}", about[way])
    flow.open(f)
    for name, head, words in cases:
        tell = flow.error_back if way == "back" else flow.error_out
        tell(f, f"{way}-error-{name}", head, **words)


for way in ("back", "out"):
    family(way, UDP_FLOW, [(f"{kind}-{code}", icmp((kind, code)), {"ttl": 1}) for kind, code in KINDS] + [
        ("about-udp-8-bytes", UNREACHABLE, {"cut": 28}),
        ("about-udp-odd", UNREACHABLE, {"cut": 41}),
        ("about-ip-options", icmp((12, 0)), {"options": [Raw(b"\x07\x07\x08\1\2\3\4\0")]}),
        ("about-first-fragment", icmp((11, 1)), {"flags": "MF", "id": 7}),
        ("about-wrong-ip-checksum", UNREACHABLE, {
            "damage": damage_ip,
            "note": "What is quoted can be wrong (GRE's own errors are): it is right afterwards."}),
        ("about-congestion", UNREACHABLE, {"tos": 3, "id": 0xbeef})])
    family(way, TCP_FLOW, [
        ("about-tcp-whole", UNREACHABLE, {}),
        ("about-tcp-8-bytes", UNREACHABLE, {"cut": 28, "note": "The checksum of TCP is not among them."}),
        ("about-tcp-up-to-its-checksum", UNREACHABLE, {"cut": 36}),
        ("about-tcp-with-its-checksum", UNREACHABLE, {"cut": 38}),
        ("about-tcp-without-options", EXCEEDED, {"cut": 40}),
        ("frag-needed-about-tcp", icmp((3, 4)), {"flags": "DF"})])
    family(way, NO_SUM, [("about-udp-without-checksum", UNREACHABLE, {})])
    family(way, PING, [
        ("about-ping", EXCEEDED, {"ttl": 0}),
        ("about-ping-8-bytes", UNREACHABLE, {"cut": 28})])
    family(way, GRE, [
        ("about-gre", UNREACHABLE, {}),
        ("about-gre-8-bytes", UNREACHABLE, {"cut": 28})])
    family(way, LONG, [
        ("576-bytes", icmp((3, 3)), {"cut": 548}),
        ("1444-bytes", icmp((3, 3)), {}),
        ("with-extension", ICMP(type=11, code=0, length=32), {"cut": 128, "tail": EXTENSION})])
