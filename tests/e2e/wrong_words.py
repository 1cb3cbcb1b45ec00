# SPDX-License-Identifier: GPL-2.0
"""Wrong commands, made from what `help` prints, on standard input: each option without its argument and
twice, each command short of a word and with one too many. Prints a line each, `2 WORD... => MESSAGE`;
the message names the word that is missing, or the one that is too many."""
import re
import sys

EXAMPLES = {
    "CIDR": "10.1.0.0/16", "DEV": "nic0", "ADDR": "10.20.0.1", "N": "1000", "FILE": "/tmp/file", "PORT": "p1",
    "ADDR:PORT": "10.20.0.1:80", "PROTOCOL": "tcp", "SECONDS": "9", "HOSTPORT": "20007", "GUESTPORT": "80",
    "PATTERN": "z*", "KEY": "idle-icmp", "VALUE...": "60",
}

# What is asked for behind a word: of all else it is said that it is missing.
BEHIND = {"allow|deny": "allow or deny", "CIDR": "an IPv4 CIDR", "VALUE...": "a number"}


def example(kind):
    """A word that could stand for `first|second`, `KIND` or `KIND[/MORE]`."""
    kind = kind.split("[")[0].split("|")[0]
    return kind if kind.islower() else EXAMPLES[kind]


def missing(kinds, n):
    """What is said where the Nth of these words and all behind it are missing."""
    kind = kinds[n]
    if kind in BEHIND:
        return f"'{example(kinds[n - 1])}' must be followed by {BEHIND[kind]}"
    return f"{'KEY VALUE' if kind == 'KEY' else kind.replace('|', ' or ')} is missing"


def bracketed(text):
    """What is in each of the outermost brackets, and whether it may be repeated."""
    depth, start = 0, 0
    for i, c in enumerate(text):
        if c == "[":
            start = start if depth else i + 1
            depth += 1
        elif c == "]":
            depth -= 1
            if not depth:
                yield text[start:i], text.startswith("...", i + 1)


def options(text, before):
    """The cases of the options in this text, which stand behind the words before them."""
    for inside, again in bracketed(text):
        word, _, rest = inside.partition(" ")
        if not word.islower():
            continue
        kind, _, nested = rest.partition(" ")
        once = [word, example(kind)] if kind else [word]
        if kind:
            print(2, *before, word, "=>", f"'{word}' must be followed by")
        if not again:
            print(2, *before, *once, *once, "=>", f"'{word}' is given twice" if kind else f"'{word}'")
        options(nested, before + once)


for name, grammar in re.findall(r"^  ([a-z]+(?: [a-z]+)?):.*\n((?:      .*\n)*)", sys.stdin.read(), re.M):
    command, grammar = name.split(), " ".join(grammar.split())
    kinds = re.sub(r"(?:^| )\[.*", "", grammar).split()
    needed = [example(kind) for kind in kinds]
    for n in range(len(needed)):
        print(2, *command, *needed[:n], f"=> {name}: {missing(kinds, n)}")
    print(2, *command, *needed, "nonsense", "=> 'nonsense'")
    options(grammar, command + needed)
