# SPDX-License-Identifier: GPL-2.0
"""A guest whose address inside is not the sandbox's, ARP on its port, and what has the bypass mark."""
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from golden import (EGRESS, FAR, FAR_MAC, GATEWAY, GUEST, INSIDE, NEIGHBOUR, SANDBOX, File, Quote, ends, home, out,
                    passes_back, passes_out, pattern, pieces, virtio)

BROADCAST = "ff:ff:ff:ff:ff:ff"
NOBODY = "00:00:00:00:00:00"
CALLER = "198.18.0.9"   # on the egress device's own network


def calls(l4, **ip):
    """a frame from the network to the sandbox's address, which the host forwards"""
    return Ether(dst=EGRESS.mac, src=FAR_MAC) / IP(src=CALLER, dst=GUEST.ip, **ip) / l4


def called(f, name, l4, inside=None, note=""):
    f.packet(name, note).send("far", calls(l4)) \
        .expect("guest", home(inside or l4, src=CALLER, host=INSIDE, ttl=63)).counters()


def answers(f, name, l4, outside=None, counter="passed-reply", **how):
    f.packet(name).send("guest", out(l4, INSIDE.ip, INSIDE, dst=CALLER)) \
        .expect("far", Ether(dst=FAR_MAC, src=EGRESS.mac) / IP(src=GUEST.ip, dst=CALLER, ttl=63) / (outside or l4), **how) \
        .counters(counter)


def about(l4, src, dst, **ip):
    return ICMP(type=3, code=3) / Quote(bytes(IP(src=src, dst=dst, **ip) / l4))


# -------- its own flows

f = File("guest-out", "What the guest sends under its own address, and what comes back for it.")
DNS = UDP(sport=40000, dport=53) / pattern(4)
passes_out(f, "guest-udp-opened", DNS, new=True, host=INSIDE)
passes_back(f, "guest-udp-back", UDP(sport=53, dport=40000) / pattern(9), host=INSIDE)
passes_out(f, "guest-tcp-opened", TCP(sport=40000, dport=80, flags="S", seq=1000), new=True, host=INSIDE)
passes_back(f, "guest-tcp-syn-ack", TCP(sport=80, dport=40000, flags="SA", seq=5000, ack=1001), host=INSIDE)
ends(f, "guest-spoofs-a-neighbour", out(DNS, NEIGHBOUR.ip, INSIDE), "spoofed", place="guest")
ends(f, "guest-spoofs-the-gateway", out(DNS, GATEWAY, INSIDE), "spoofed", place="guest")

# -------- calls to the sandbox's address

f = File("guest-called", """
Who calls the sandbox's address reaches the guest, whose answers have the sandbox's address again.
""", watch=["far"])
called(f, "guest-called-udp", UDP(sport=5000, dport=9000) / pattern(8))
answers(f, "guest-answers-udp", UDP(sport=9000, dport=5000) / pattern(6))
called(f, "guest-called-udp-no-checksum", UDP(sport=5000, dport=9000, chksum=0) / pattern(8))
called(f, "guest-called-tcp", TCP(sport=5000, dport=8080, flags="S", seq=7000))
answers(f, "guest-answers-tcp", TCP(sport=8080, dport=5000, flags="SA", seq=100, ack=7001))
called(f, "guest-called-ping", ICMP(type=8, id=9, seq=1) / pattern(8))
answers(f, "guest-answers-ping", ICMP(type=0, id=9, seq=1) / pattern(8))
CALL, ANSWER = UDP(sport=5000, dport=9000) / pattern(8), UDP(sport=9000, dport=5000) / pattern(6)
called(f, "guest-told-of-its-answer", about(ANSWER, GUEST.ip, CALLER), about(ANSWER, INSIDE.ip, CALLER),
       note="An ICMP error quotes what the guest sent, under the address under which it sent it.")
answers(f, "guest-tells-of-a-call", about(CALL, CALLER, INSIDE.ip), about(CALL, CALLER, GUEST.ip),
        virtio=virtio(flags=0, start=0, offset=0), masks={"virtio": {0}})   # whether conntrack looked at its checksum

LARGE = UDP(sport=5000, dport=9000) / pattern(2000)
p = f.packet("guest-called-in-fragments", "The checksum stands in the first of them only.")
for piece in pieces(IP(src=CALLER, dst=GUEST.ip, id=77) / LARGE, 1480):
    p.send("far", Ether(dst=EGRESS.mac, src=FAR_MAC) / piece)
for piece in pieces(IP(src=CALLER, dst=INSIDE.ip, id=77, ttl=63) / LARGE, 1480):
    p.expect("guest", Ether(dst=INSIDE.mac, src=INSIDE.port_mac) / piece)
p.counters()
ends(f, "guest-called-malformed", calls(TCP(sport=5000, dport=9000, flags="S", dataofs=4)), "guest-lost", place="far",
     note="What cannot be translated does not go to the guest under an address that is not its own.")

# -------- ARP

f = File("guest-arp", """
The module answers the guest's questions in the gateway's stead, and the host's questions for the
sandbox reach the guest as questions for its own address.
""")


def arp(**words):
    fields = {"op": 1, "hwsrc": INSIDE.mac, "psrc": INSIDE.ip, "hwdst": NOBODY, **words}
    return Ether(dst=BROADCAST, src=INSIDE.mac, type=0x0806) / ARP(**fields)


def gateway_says(pdst):
    return Ether(dst=INSIDE.mac, src=INSIDE.port_mac, type=0x0806) / \
        ARP(op=2, hwsrc=INSIDE.port_mac, psrc=pdst, hwdst=INSIDE.mac, pdst=INSIDE.ip)


for name, asked in {"the-gateway": GATEWAY, "anybody": FAR}.items():
    f.packet(f"arp-for-{name}").send("guest", arp(pdst=asked)).expect("guest", gateway_says(asked)) \
        .counters("arp-answered")
ends(f, "arp-probe-of-its-own", arp(psrc="0.0.0.0", pdst=INSIDE.ip), "passed-arp", place="guest",
     note="Whether somebody else has its address: nobody has.")
ends(f, "arp-for-its-own", arp(pdst=INSIDE.ip), "passed-arp", place="guest")
ends(f, "arp-guest-as-neighbour", arp(psrc=NEIGHBOUR.ip, pdst=GATEWAY), "arp-bad", place="guest")
ends(f, "arp-guest-as-gateway", arp(op=2, psrc=GATEWAY, hwdst=INSIDE.port_mac, pdst=GATEWAY), "arp-bad", place="guest")
f.run(f"ip neigh del {GUEST.ip} dev z{GUEST.ip}",
      f"ip neigh replace {GUEST.ip} lladdr {GUEST.mac} dev z{GUEST.ip} nud permanent")
WAITING = UDP(sport=5001, dport=9001) / pattern(8)
f.packet("arp-host-asks", "In the name of the gateway, which the guest knows.") \
    .send("far", calls(WAITING)) \
    .expect("guest", Ether(dst=BROADCAST, src=INSIDE.port_mac, type=0x0806) /
            ARP(op=1, hwsrc=INSIDE.port_mac, psrc=GATEWAY, hwdst=NOBODY, pdst=INSIDE.ip)).counters()
f.packet("arp-host-is-told", "What waited for the answer goes on.") \
    .send("guest", Ether(dst=INSIDE.port_mac, src=INSIDE.mac, type=0x0806) /
          ARP(op=2, hwsrc=INSIDE.mac, psrc=INSIDE.ip, hwdst=INSIDE.port_mac, pdst=GATEWAY)) \
    .expect("guest", home(WAITING, src=CALLER, host=INSIDE, ttl=63)).counters("passed-arp")

# -------- the bypass mark

f = File("bypass", """
What a filter on the port gave the bypass mark is the host's, with the sandbox's address as its
source. Here no proxy takes it; then it does not leave the host, unless it answers a call.
""", watch=["far"])
for port in (SANDBOX, GUEST):
    dev = f"z{port.ip}"
    f.run(f"tc qdisc add dev {dev} clsact && tc filter add dev {dev} ingress matchall action skbedit mark 0xce010000",
          f"tc qdisc del dev {dev} clsact")
    call = f"-p udp -s {CALLER} -d {port.ip} --sport 5000 --dport 9000"
    f.run(f"conntrack -I {call} -t 60 >/dev/null 2>&1", f"conntrack -D {call} >/dev/null 2>&1")
HTTP = TCP(sport=40000, dport=80, flags="S", seq=1000)
ends(f, "bypass-not-forwarded", out(HTTP, SANDBOX.ip), "passed-bypass", "guard-bypass")
ends(f, "bypass-not-forwarded-for-a-guest", out(HTTP, INSIDE.ip, INSIDE), "passed-bypass", "guard-bypass", place="guest")
ends(f, "bypass-to-loopback", out(HTTP, SANDBOX.ip, dst="127.0.0.1"), "dst-loopback")
ends(f, "bypass-to-a-neighbour", out(HTTP, SANDBOX.ip, dst=NEIGHBOUR.ip), "dst-sandbox")
ends(f, "bypass-to-the-host", out(HTTP, SANDBOX.ip, dst=EGRESS.ip), "dst-host")
ends(f, "bypass-spoofed", out(HTTP, NEIGHBOUR.ip), "spoofed")
f.packet("bypass-answers-a-call").send("sandbox", out(ANSWER, SANDBOX.ip, dst=CALLER)) \
    .expect("far", Ether(dst=FAR_MAC, src=EGRESS.mac) / IP(src=SANDBOX.ip, dst=CALLER, ttl=63) / ANSWER) \
    .counters("passed-bypass")
answers(f, "bypass-answers-a-call-to-a-guest", ANSWER, counter="passed-bypass")
