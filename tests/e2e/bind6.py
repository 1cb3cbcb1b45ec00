# SPDX-License-Identifier: GPL-2.0
# Waits at a port of all IPv6 addresses, or of all of both kinds: bind6.py tcp|udp PORT V6ONLY
import signal
import socket
import sys

tcp = sys.argv[1] == "tcp"
sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(sys.argv[3]))
sock.bind(("::", int(sys.argv[2])))
if tcp:
    sock.listen()
signal.pause()
