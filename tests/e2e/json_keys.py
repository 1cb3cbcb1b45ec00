# SPDX-License-Identifier: GPL-2.0
# The section JSON of the man page, and whether what the tool prints is like it. Imported by
# netns-and-json; run with the page, it prints the commands that the section tells of.
#
# The section is a list of blocks; the tag of one has the commands, or behind a colon the events, that
# print it, or in .Em the name of something that is part of others. In it is a list of keys, each of
# which begins with its types, their unit, and "only …" if it can be missing:
#     string or null: text
#     integer, seconds: text
#     list of objects, only with …: text
# "the keys of" a block are those of each member of a list, or before the keys of a block, part of
# it. A name in capitals stands for any key.
import re
import sys

TYPE = r"string|integer|boolean|object|null|list of (?:strings|integers|objects)"
BEGIN = re.compile(r"((?:%s)(?: or (?:%s))*)(,[^:]*)?(?::|$)" % (TYPE, TYPE))
THEIRS = re.compile(r"[Tt]he keys of `([^`]*)`")


def plain(line):
    """A line without its macros, but for names of blocks, which are quoted."""
    if not line.startswith("."):
        return line
    macro, *words = line[1:].split()
    text = " ".join(w for w in words if w not in ("Cm", "No", "Ns", "Ic", "Va", "Ar"))
    if macro not in ("Ic", "Em"):
        return text
    return re.sub(r"^(.*?)( [:,.])?$", r"`\1`\2", text)


class Key:
    def __init__(self, types, optional, members):
        self.types, self.optional, self.members = types, optional, members


class Block:
    def __init__(self, name, printed):
        self.name, self.printed, self.keys, self.includes = name, printed, {}, []


class Page:
    """What the page tells; `seen` gets what was printed of it: blocks, keys, and types of keys."""

    def __init__(self, path):
        self.blocks, self.seen = {}, set()
        section = re.search(r"^\.Sh JSON\n(.*?)^\.Sh ", open(path).read(), re.M | re.S).group(1)
        depth, items = 0, []    # of each list's tag: its depth, its words, the lines behind it
        for line in section.splitlines():
            if line.startswith(".Bl "):
                depth += 1
            elif line == ".El":
                depth -= 1
            elif line.startswith(".It "):
                items.append((depth, line.split()[1:], []))
            elif items and depth:
                items[-1][2].append(plain(line))
        for depth, (macro, *words), lines in items:
            text = " ".join(lines)
            if depth == 1:
                block = self.add_block(macro, words, text)
            else:
                self.add_keys(block, words, text)

    def add_block(self, macro, words, text):
        about, _, names = " ".join(w for w in words if w != "Cm").rpartition(" : ")
        prefix = about and about + ": "
        block = Block(prefix + names.replace(" , ", ", "), macro != "Em")
        block.includes = THEIRS.findall(text) + [about] * bool(about)
        for name in names.split(" , "):
            self.blocks.setdefault(prefix + name, []).append(block)
        return block

    def add_keys(self, block, words, text):
        begin = BEGIN.match(text)
        if not begin:
            raise SystemExit("%s: %s: no type: %s" % (block.name, " ".join(words), text))
        members = THEIRS.search(text)
        for key in " ".join(words).split(" , "):
            if key in block.keys:
                raise SystemExit("%s: %s: twice" % (block.name, key))
            block.keys[key] = Key(begin.group(1).split(" or "), "only " in (begin.group(2) or ""),
                                  members and members.group(1))

    def parts(self, block):
        """The block and those that are part of it."""
        return [block] + [p for name in block.includes for b in self.find(name) for p in self.parts(b)]

    def find(self, name):
        if name not in self.blocks:
            raise SystemExit("the keys of '%s' are told nowhere" % name)
        return self.blocks[name]

    def judge(self, name, value):
        """What is wrong with the object that a command printed, as lines. Two blocks can have the
        same command: then it has to be like one of them."""
        answers = []
        for block in self.blocks.get(name, []):
            seen = {(block.name, "by " + name)}
            answers.append((self.judge_object(block, "", value, seen, name), seen))
        if not answers:
            return ["%s is not in the man page" % name]
        wrong, seen = min(answers, key=lambda a: len(a[0]))
        if not wrong:
            self.seen |= seen
        return wrong

    def judge_object(self, block, at, value, seen, where):
        if not isinstance(value, dict):
            return ["%s: is no object" % where]
        wrong, rest = [], dict(value)
        for part in self.parts(block):
            for path, key in part.keys.items():
                inside, name = path[:path.rfind(".") + 1], path[path.rfind(".") + 1:]
                if inside != at:
                    continue
                names = list(rest) if name.isupper() else [name] if name in rest else []
                if not names and not key.optional:
                    wrong.append("%s: %s is missing" % (where, name))
                for n in names:
                    wrong += self.judge_value(part, path, key, rest.pop(n), seen, where + " " + n)
        return wrong + ["%s: %s is not in the man page" % (where, n) for n in rest]

    def judge_value(self, part, path, key, value, seen, where):
        kinds = kinds_of(value)
        kind = next((t for t in key.types if t in kinds), None)
        if not kind:
            return ["%s: is %r, not %s" % (where, value, " or ".join(key.types))]
        seen.add((part.name, path))
        if len(kinds) == 1:
            seen.add((part.name, path, kind))
        if kind == "object":
            return self.judge_object(part, path + ".", value, seen, where)
        wrong = []
        for member in value if kind == "list of objects" else []:
            if key.members:
                wrong += self.judge_object(self.find(key.members)[0], "", member, seen, where)
            else:
                wrong += self.judge_object(part, path + "[].", member, seen, where)
        return wrong

    def unseen(self):
        """What the page tells of and nothing has printed: commands and events, keys, and what
        they can be."""
        all_of_it = set()
        for name, blocks in self.blocks.items():
            for block in blocks:
                if block.printed:
                    all_of_it.add((block.name, "by " + name))
                for path, key in block.keys.items():
                    all_of_it |= {(block.name, path)} | {(block.name, path, t) for t in key.types}
        return all_of_it - self.seen


def kinds_of(value):
    """The words for a value's type; any list's for one that is empty."""
    if isinstance(value, list):
        lists = {"string": "list of strings", "integer": "list of integers", "object": "list of objects"}
        members = {m for v in value for m in kinds_of(v)}
        return [lists[k] for k in lists if members <= {k}]
    # bool is an int for Python, but not for JSON.
    names = {bool: "boolean", int: "integer", str: "string", dict: "object", type(None): "null"}
    return [names[type(value)]] if type(value) in names else []


if __name__ == "__main__":
    page = Page(sys.argv[1])
    for name, blocks in page.blocks.items():
        for block in blocks:
            page.parts(block)
            for key in block.keys.values():
                key.members and page.find(key.members)
        if blocks[0].printed and ":" not in name:
            print(name)
