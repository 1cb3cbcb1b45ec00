# SPDX-License-Identifier: GPL-2.0
"""Gives every packet of an NFQUEUE back as it came, as one that inspects them would.

queue.py NUMBER : until it is ended; says `ready` first. Messages: linux/netfilter/nfnetlink_queue.h.
"""
import socket
import struct
import sys

SUBSYSTEM, PACKET, VERDICT, CONFIG = 3, 0, 1, 2
PACKET_HDR, VERDICT_HDR = 1, 2
CFG_CMD, CFG_PARAMS, CFG_MAXLEN = 1, 2, 3
BIND, COPY_META = 1, 1
ACCEPT = 1

number = int(sys.argv[1])
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE: nothing is lost for want of room


def say(kind, attr, payload):
    data = struct.pack("=BBH", 0, 0, socket.htons(number))
    data += struct.pack("=HH", 4 + len(payload), attr) + payload + b"\0" * (-len(payload) % 4)
    s.send(struct.pack("=IHHII", 16 + len(data), SUBSYSTEM << 8 | kind, 1, 0, 0) + data)


say(CONFIG, CFG_CMD, struct.pack(">BBH", BIND, 0, socket.AF_INET))
say(CONFIG, CFG_PARAMS, struct.pack(">IB", 0, COPY_META))
say(CONFIG, CFG_MAXLEN, struct.pack(">I", 10000))
print("ready", flush=True)
while True:
    data = s.recv(65536)
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if kind == SUBSYSTEM << 8 | PACKET:
            size, attr = struct.unpack_from("=HH", data, 20)
            assert attr == PACKET_HDR
            say(VERDICT, VERDICT_HDR, struct.pack(">I", ACCEPT) + data[24:28])
        data = data[(length + 3) & ~3:]
