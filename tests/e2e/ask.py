# SPDX-License-Identifier: GPL-2.0
# Speaks with the module by a socket of its own, for what the tool does not do. Imported by scenarios.
import socket
import struct
import subprocess

ACKED, DUMP = 5, 0x301              # NLM_F_REQUEST with NLM_F_ACK, with NLM_F_DUMP
INTERRUPTED = 0x10                  # NLM_F_DUMP_INTR
CONFIG_SET, SESSION_GET, LATERAL = 2, 7, 11

sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)


def send(family, flags, command, *attrs):
    body = struct.pack("BBH", command, 1, 0)
    for kind, value in attrs:
        body += struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    sock.send(struct.pack("IHHII", 16 + len(body), family, flags, 1, 0) + body)


def find_family():
    send(16, 1, 3, (2, b"cube_router\0"))
    answer, at = sock.recv(65536), 20
    while at < len(answer):
        size, kind = struct.unpack_from("HH", answer, at)
        if kind == 1:
            return struct.unpack_from("H", answer, at + 4)[0]
        at += size + 3 & ~3
    raise SystemExit("no family cube_router")


family = find_family()


# Sets something that is a byte; it has to be granted.
def set_byte(attr, value):
    send(family, ACKED, CONFIG_SET, (attr, bytes([value])))
    assert struct.unpack_from("i", sock.recv(65536), 16)[0] == 0


def tool(*words):
    subprocess.run(["cube-router-genl", *words], check=True)


# Lists all sessions, with something done as soon as the first of them are there. Returns how many
# there were, and whether the kernel says that something has changed meanwhile.
def dump_sessions(meanwhile):
    send(family, DUMP, SESSION_GET)
    sessions = marked = 0
    while True:
        data, at = sock.recv(65536), 0
        while at < len(data):
            size, kind, flags = struct.unpack_from("IHH", data, at)
            sessions += kind == family
            marked |= flags & INTERRUPTED
            if kind == 3:
                return sessions, bool(marked)
            at += size + 3 & ~3
        meanwhile()
        meanwhile = lambda: None
