# SPDX-License-Identifier: GPL-2.0
"""Golden packets: how they are put together with scapy, and how they are written down.

A frame is made twice, as it goes in and as it has to come out, each time from its fields, so that
scapy computes every length and checksum anew. Nothing here knows how the module does it.
"""
import socket
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw


class Host:
    def __init__(self, ip, mac, port_mac=None):
        self.ip, self.mac, self.port_mac = ip, mac, port_mac


# The guest part of the run (tests/golden/guest) gives the devices these addresses.
SANDBOX = Host("192.168.0.11", "02:00:00:00:00:11", "02:00:00:00:01:11")
NEIGHBOUR = Host("192.168.0.12", "02:00:00:00:00:12", "02:00:00:00:01:12")
TAP = Host("192.168.0.20", "02:00:00:00:00:20", "02:00:00:00:01:20")
GUEST = Host("192.168.0.13", "02:00:00:00:00:13", "02:00:00:00:01:13")
INSIDE = Host("169.254.68.6", GUEST.mac, GUEST.port_mac)    # the same one under its own address
ROUTER = Host("192.168.63.253", "02:00:00:00:01:fd")
INTERNAL = "192.168.63.254"
EGRESS = Host("198.18.0.2", "02:00:00:00:01:01")
FAR_MAC = "02:00:00:00:00:01"   # of the gateway, behind which is everything
FAR = "1.1.1.1"
GATEWAY = "169.254.68.5"


def pattern(n, first=0):
    """n bytes that are all different from their neighbours"""
    return bytes((first + i) % 256 for i in range(n))


# -------- checksums, where they cannot be left to scapy

def ones_sum(data):
    """the ones' complement sum of 16-bit words"""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total


def pseudo_sum(src, dst, proto, length):
    """what stands in the checksum field of a packet whose checksum is still to be computed"""
    return ones_sum(socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!HH", proto, length))


def transport_sum(ip):
    """the transport checksum that scapy computes for a packet"""
    return IP(bytes(ip)).payload.chksum


def solved(make, want):
    """The packet make(word), with the 16-bit word chosen so that its checksum becomes `want`.

    The checksum falls, in ones' complement, by as much as the word rises.
    """
    word = (transport_sum(make(0)) - want) % 0xffff
    packet = make(word)
    got = transport_sum(packet)
    assert got % 0xffff == want % 0xffff, (hex(got), hex(want))
    return packet


def keep_error(good_in, bad_in, good_out):
    """a checksum that is wrong stays wrong, and by as much"""
    return (good_out + bad_in - good_in) % 0xffff


# -------- packets on their way

def out(l4, src, host=SANDBOX, dst=FAR, **ip):
    """a frame from a sandbox: with its own address, or with the internal one as on cube-router"""
    return Ether(dst=host.port_mac, src=host.mac) / IP(src=src, dst=dst, **ip) / l4


def back(l4, src=FAR, dst=INTERNAL, **ip):
    """a frame that the host routes to cube-router"""
    return Ether(dst=ROUTER.mac, src=FAR_MAC) / IP(src=src, dst=dst, **ip) / l4


def home(l4, src=FAR, host=SANDBOX, **ip):
    """the same as the sandbox gets it"""
    return Ether(dst=host.mac, src=host.port_mac) / IP(src=src, dst=host.ip, **ip) / l4


def quote(l4, src, dst, cut=None, damage=None, **ip):
    """An IP packet as an ICMP error quotes it: its first `cut` bytes.

    Its checksums are those of the whole packet, unless `damage` changes its bytes.
    """
    data = bytearray(bytes(IP(src=src, dst=dst, **ip) / l4))
    if damage:
        damage(data)
    return Quote(bytes(data[:cut]))


def pieces(packet, *cuts):
    """the fragments of an IP packet, cut at these offsets into its payload"""
    whole = IP(bytes(packet))
    payload = bytes(packet)[whole.ihl * 4:]
    ends = [*cuts, len(payload)]
    for start, end in zip([0, *cuts], ends):
        head = packet.copy()
        head.remove_payload()
        head.proto, head.frag = whole.proto, start // 8
        head.flags = int(head.flags) | (end < len(payload))
        yield head / Raw(payload[start:end])


# -------- offload: the virtio header in front of a frame

def virtio(gso=0, hdr_len=0, gso_size=0, start=34, offset=16, flags=1):
    return struct.pack("<BBHHHH", flags, gso, hdr_len, gso_size, start, offset)


ANY_HEADER_LENGTH = {"virtio": {2, 3}}

def partial(l4, src, dst, length):
    """the packet's checksum is still to be computed"""
    proto = 6 if isinstance(l4, TCP) else 17
    pending = l4.copy()
    pending.chksum = pseudo_sum(src, dst, proto, length)
    return pending


# -------- frames as parts: (label, bytes, what it is)

class Quote(Raw):
    """what an ICMP error quotes: bytes of an IP packet, maybe cut"""
    name = "quote"


def addresses(data):
    return f"{socket.inet_ntoa(data[12:16])} > {socket.inet_ntoa(data[16:20])}"


def describe_eth(d):
    return f"{d[6:12].hex(':')} > {d[0:6].hex(':')}"


def describe_ip(d):
    length, ident, frag = struct.unpack("!HHH", d[2:8])
    words = [addresses(d), f"proto {d[9]} ttl {d[8]} id {ident} length {length}"]
    if d[1]:
        words.append(f"tos 0x{d[1]:02x}")
    words += [name for bit, name in ((0x8000, "evil"), (0x4000, "DF"), (0x2000, "MF")) if frag & bit]
    if frag & 0x1fff:
        words.append(f"offset {(frag & 0x1fff) * 8}")
    if len(d) > 20:
        words.append(f"{len(d) - 20} bytes of options")
    return ", ".join(words)


def describe_tcp(d):
    sport, dport, seq, ack, _, flags = struct.unpack("!HHIIBB", d[:14])
    letters = "".join(c for i, c in enumerate("FSRPAUEC") if flags >> i & 1) or "no flags"
    return f"{sport} > {dport} {letters} seq {seq} ack {ack}"


def describe_udp(d):
    sport, dport, length, check = struct.unpack("!HHHH", d[:8])
    return f"{sport} > {dport} length {length}" + ("" if check else ", no checksum")


def describe_icmp(d):
    kind, code, _, ident, seq = struct.unpack("!BBHHH", d[:8])
    return f"type {kind} code {code}" + (f" id {ident} seq {seq}" if kind in (0, 8) else "")


DESCRIBE = {"eth": (14, describe_eth), "ip": (20, describe_ip), "tcp": (14, describe_tcp),
            "udp": (8, describe_udp), "icmp": (8, describe_icmp)}
TRANSPORT = {1: "icmp", 6: "tcp", 17: "udp"}
HEADER = {"icmp": 8, "udp": 8}
LABELS = {Ether: "eth", IP: "ip", TCP: "tcp", UDP: "udp", ICMP: "icmp"}


def part(prefix, label, data):
    need, tell = DESCRIBE.get(label, (0, lambda d: ""))
    return (prefix + label, data, tell(data) if len(data) >= need else "")


def quote_parts(data):
    """the parts of a quoted packet, found in its bytes, for it may be cut anywhere"""
    hlen = max(data[0] & 15, 5) * 4 if data else 0
    parts = [part("q-", "ip", data[:hlen])]
    rest = data[hlen:]
    label = TRANSPORT.get(data[9]) if len(data) >= 20 else None
    if label and rest:
        size = HEADER.get(label) or max(20, (rest[12] >> 4) * 4 if len(rest) > 12 else 0)
        parts.append(part("q-", label, rest[:size]))
        rest = rest[size:]
    return parts + ([("q-data", rest, "")] if rest else [])


def parts_of(packet):
    """the layers of a scapy packet as parts"""
    whole, parts, at, layer = bytes(packet), [], 0, packet
    while layer:
        size = len(bytes(layer)) - len(bytes(layer.payload))
        data = whole[at:at + size]
        at += size
        if isinstance(layer, Quote):
            parts += quote_parts(data)
        elif data:
            parts.append(part("", LABELS.get(type(layer), "data"), data))
        layer = layer.payload
    assert at == len(whole), packet.summary()
    return parts


def symbols_of(label, at_0, at_1):
    """Where a part depends on the port that the module chooses, seen with the ports 0 and 1."""
    symbols = {}
    for i in range(0, len(at_0) - 1, 2):
        zero, one = (int.from_bytes(d[i:i + 2], "big") for d in (at_0, at_1))
        if (zero, one) == (0, 1):
            symbols[i] = "port"
        elif zero != one:
            assert (zero - one) % 0xffff == 1, (label, i, hex(zero), hex(one))
            symbols[i] = f"{'u' if label.endswith('udp') else ''}sum{zero:04x}"
    assert len(at_0) % 2 == 0 or at_0[-1:] == at_1[-1:], label
    return symbols


def hex_lines(label, data, masks, note, symbols=None):
    """`LABEL BYTES`, long runs as BYTExCOUNT, wildcards as dots, and the note behind a #"""
    words, i = [], 0
    symbols = symbols or {}
    while i < len(data):
        if i in symbols:
            words.append(symbols[i])
            i += 2
            continue
        n = 1
        while not masks and not symbols and i + n < len(data) and data[i + n] == data[i]:
            n += 1
        if n >= 24:
            words.append(f"{data[i]:02x}x{n}")
            i += n
            continue
        pair = range(i, min(i + 2, len(data)))
        words.append("".join(".." if j in masks else f"{data[j]:02x}" for j in pair))
        i += 2
    lines = [words[j:j + 16] for j in range(0, len(words), 16)]
    text = [f"\t{label:<7} {' '.join(line)}" for line in lines]
    if note:
        text[0] += f"  # {note}"
    return text


# -------- files

class File:
    """A conversation: packets in their order, at a node that nobody else uses."""
    all = []

    def __init__(self, name, about, watch=()):
        self.name, self.lines = name, [
            "# Written by tests/golden/generate, never by hand: see tests/golden/README.md.",
            "#", *[f"# {line}" for line in about.strip().split("\n")]]
        self.lines += [f"watch {place}" for place in watch]
        File.all.append(self)

    def run(self, command, after=None):
        """a command before the packets that follow, and what undoes it at the end"""
        self.lines.append(f"run {command}")
        if after:
            self.lines.append(f"after {after}")

    def config(self, words, restore):
        tool = "cube-router-genl config set"
        self.run(f"{tool} {words} >/dev/null", f"{tool} {restore} >/dev/null")

    def few_ports(self):
        """port mappings up to 64999 leave the range from 65000 on"""
        enable = ("echo CUBE_ROUTER_PORTMAP_RANGE=20000-{} >/tmp/env; "
                  "cube-router-genl enable env-file /tmp/env >/dev/null")
        self.run(enable.format(64999), enable.format(29999))

    def packet(self, name, note=""):
        return Golden(self, name, note)


class Golden:
    """One packet: what is sent, what comes of it, and the counters that tell so."""
    names = set()

    def __init__(self, file, name, note):
        assert name not in Golden.names, name
        Golden.names.add(name)
        self.lines = file.lines
        self.lines += ["", f"packet {name}", *[f"# {line}" for line in note.split("\n") if line]]

    def frame(self, word, place, frame, virtio, masks):
        self.lines.append(f"{word} {place}")
        if virtio:
            self.lines += hex_lines("virtio", virtio, masks.get("virtio", set()), "")
        if callable(frame):
            for (label, data, note), (_, other, _) in zip(parts_of(frame(0)), parts_of(frame(1))):
                symbols = symbols_of(label, data, other)
                self.lines += hex_lines(label, data, set(), "" if symbols else note, symbols)
            return
        for label, data, note in frame if isinstance(frame, list) else parts_of(frame):
            self.lines += hex_lines(label, data, masks.get(label, set()), note)

    def send(self, place, frame, virtio=None):
        self.frame("send", place, frame, virtio, {})
        return self

    def expect(self, place, frame, virtio=None, masks=None):
        self.frame("expect", place, frame, virtio, masks or {})
        return self

    def counters(self, *names):
        """each name once for each time that it rises"""
        once = list(dict.fromkeys(names))
        self.lines.append(" ".join(["counters", *(f"{n} {names.count(n)}" for n in once)]))
        return self


PLACE = {SANDBOX: "sandbox", NEIGHBOUR: "neighbour", TAP: "tap", INSIDE: "guest"}


def with_port(l4, make):
    """the frame make(l4), or where l4 is a function of the port, such a function"""
    return (lambda port: make(l4(port))) if callable(l4) else make(l4)


def passes_out(file, name, l4, translated=None, new=False, host=SANDBOX, padding=b"", note="", **ip):
    """a packet of a sandbox arrives on cube-router with the internal address"""
    sent = parts_of(out(l4, host.ip, host, **ip)) + ([("padding", padding, "")] if padding else [])
    file.packet(name, note) \
        .send(PLACE[host], sent) \
        .expect("cube-router", with_port(translated or l4, lambda p: out(p, INTERNAL, host, **ip))) \
        .counters("injected", *["session-new"] * new)


def passes_back(file, name, l4, translated=None, host=SANDBOX, padding=b"", note="", **ip):
    """a packet for the internal address arrives at the sandbox"""
    sent = with_port(l4, lambda p: back(p, **ip))
    if padding:
        sent = parts_of(sent) + [("padding", padding, "")]
    file.packet(name, note) \
        .send("cube-router", sent) \
        .expect(PLACE[host], home(translated or l4, host=host, **ip)) \
        .counters("delivered")


def ends(file, name, frame, *counters, place="sandbox", note=""):
    """a packet of which nothing is seen any more"""
    file.packet(name, note).send(place, frame).counters(*counters)
