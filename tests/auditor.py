#!/usr/bin/env python3
"""Verifies an Octroi ledger and prints every record in it.

    auditor.py LEDGER_FOLDER [--json] [--quiet] [--vendor-root HEX] [--daemon-key HEX]
    auditor.py --excerpt FILE [--vendor-root HEX] [--daemon-key HEX]

Written from the published format (daemon/src/ledger/FORMAT.md) with Python's standard library
alone: nothing of Octroi's own code takes part. How each kind of record is laid out is read from that
page itself (elsewhere: --format FILE). It checks every segment's header, every record's
checksum, the chain of hashes over all of them, the one form of every body, and root and signature
of every signed checkpoint. It changes nothing.

A ledger names its own daemon key. Give --vendor-root and --daemon-key, as you know them from
elsewhere, to be sure that it is the ledger it says it is.

With --excerpt, FILE is one record with its proof, as `octroi ledger export --excerpt` writes it, or
several with the texts that they prove, as `octroi logbook export` and `octroi dispute open` write them.

Exit status: 0 verified, 1 altered or damaged, 2 not usable (no ledger, a later format, wrong
arguments). A last record that is not whole and that nothing says was on the disk is reported and
does no harm: a crash leaves one, and so does a daemon that is writing at this moment.
"""

import argparse
import datetime
import json
import os
import re
import struct
import sys
import zlib
from collections import deque

sys.dont_write_bytecode = True  # an auditor leaves nothing behind

from auditor_proofs import Tree, included, leaf_hash, sha256, signed  # noqa: E402

# The published format; its last block is the layout of every body.
FORMAT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../daemon/src/ledger/FORMAT.md")

FORMAT_VERSION = 1
BODY_VERSION = 1
BODY_BYTES_MAX = 64 * 1024
SYNCED_BODY_BYTES_MAX = 128
CHECKPOINT_LAG_MAX = 32768
MAGIC = b"OCTROILG"
MARKER = b"\xf5Oc\xfe"
HEADER = struct.Struct("<8sI32s32sQ32sI")
HEAD = struct.Struct("<4sII")
CHAIN_CONTEXT = b"octroi/ledger-chain/v1\0"
CHECKPOINT_CONTEXT = b"octroi/checkpoint/v1\0"
KEPT_TEXT_CONTEXT = b"octroi kept text 1\0"
SEGMENT_NAME = re.compile(r"(\d{20})\.seg\Z")


class Altered(Exception):
    """The ledger contradicts itself."""


class Unusable(Exception):
    """Not a ledger that this version reads."""


class Damage(Exception):
    """Bytes that are no whole record; what that means depends on where they stand."""


# --- Bodies, read by the layout ---


class Layout:
    """The grammar of the layout and the bodies that follow it."""

    def __init__(self, text):
        self.names, self.kinds = {}, {}
        for line in text.splitlines():
            self.tokens = deque(re.findall(r"\w+|[^\w\s]", line))
            first = self.tokens.popleft()
            if first.isdigit():
                self.kinds[int(first)] = (self.tokens.popleft(), self.fields())
            else:
                self.take("=")
                self.names[first] = self.definition()

    def take(self, token):
        if self.tokens[0] != token:
            return False
        self.tokens.popleft()
        return True

    def items(self, close, item):
        items = []
        while not self.take(close):
            self.take(",")
            items.append(item())
        return items

    def field(self):
        name = self.tokens.popleft()
        self.take(":")
        return name, self.shape()

    def fields(self):
        self.take("{")
        return self.items("}", self.field)

    def value(self):
        number, name, shape = int(self.tokens.popleft()), self.tokens.popleft(), None
        if self.take("("):
            shape = self.shape()
            self.take(")")
        return number, (name, shape)

    def definition(self):
        if self.tokens[0] == "{":
            return ("struct", self.fields())
        shape = self.shape()
        if self.tokens and self.take("{"):
            return ("numbered", shape, dict(self.items("}", self.value)))
        return shape

    def shape(self):
        if self.take("("):
            return ("tuple", self.items(")", self.shape))
        if self.take("["):
            _u8, _semicolon, count, _close = (self.tokens.popleft() for _ in range(4))
            return ("bytes", int(count))
        name = self.tokens.popleft()
        if name in ("Option", "Vec"):
            self.take("<")
            inner = self.shape()
            self.take(">")
            return (name, inner)
        return (name,)

    def describe(self, body):
        """The record in a body, as JSON has it."""
        version, kind = body[0], int.from_bytes(body[1:3], "little")
        if version != BODY_VERSION:
            raise Unusable(f"layout version {version} is not known to this auditor")
        if kind not in self.kinds:
            raise Unusable(f"kind {kind} is not known to this auditor")
        name, fields = self.kinds[kind]
        reader = Reader(self, body[3:])
        time = reader.read(("Time",))
        fields = {field: reader.read(shape) for field, shape in fields}
        if reader.rest:
            raise Altered(f"{len(reader.rest)} bytes trail the last field")
        return {"kind": kind, "event": name, "time": time, "fields": fields}


def published(path):
    """The layout in the format's page."""
    with open(path, encoding="utf-8") as file:
        blocks = file.read().split("```text\n")
    return Layout(blocks[-1].split("```")[0])


NUMBERS = {"u8": (1, False), "u16": (2, False), "u32": (4, False), "u64": (8, False), "i64": (8, True)}


class Reader:
    """What is left of a body."""

    def __init__(self, layout, rest):
        self.layout, self.rest = layout, rest

    def take(self, count):
        if count > len(self.rest):
            raise Altered("the body ends within a field")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, name):
        width, negative = NUMBERS[name]
        return int.from_bytes(self.take(width), "little", signed=negative)

    def flag(self):
        flag = self.number("u8")
        if flag > 1:
            raise Altered(f"{flag} where 0 or 1 must stand")
        return flag == 1

    def read(self, shape):
        name = shape[0]
        if name in NUMBERS:
            return self.number(name)
        if name == "bool":
            return self.flag()
        if name == "String":
            try:
                return self.take(self.number("u64")).decode("utf-8")
            except UnicodeDecodeError:
                raise Altered("a text is no UTF-8") from None
        if name == "bytes":
            return self.take(shape[1]).hex()
        if name == "Option":
            return self.read(shape[1]) if self.flag() else None
        if name == "Vec":
            count = self.number("u64")
            if shape[1] == ("u8",):
                return self.take(count).hex()
            if count > BODY_BYTES_MAX:
                raise Altered("a list is longer than any body")
            return [self.read(shape[1]) for _ in range(count)]
        if name == "tuple":
            return [self.read(part) for part in shape[1]]
        if name == "struct":
            return {field: self.read(part) for field, part in shape[1]}
        if name == "numbered":
            number = self.number(shape[1][0])
            if number not in shape[2]:
                raise Unusable(f"value {number} is not known to this auditor")
            value, content = shape[2][number]
            return value if content is None else {value: self.read(content)}
        return self.read(self.layout.names[name])


# --- The ledger ---


def checkpoint_message(vendor_root, daemon_key, size, root):
    return b"".join([CHECKPOINT_CONTEXT, vendor_root, daemon_key, struct.pack("<Q", size), root])


class Ledger:
    """A ledger while it is read from its first record to its last."""

    def __init__(self, folder, layout, out):
        self.folder, self.out, self.layout = folder, out, layout
        self.identity, self.seq, self.chain, self.tree = None, 0, bytes(32), Tree(CHECKPOINT_LAG_MAX)
        self.synced = self.checkpoints = self.segments = 0
        self.tail = None

    def read(self):
        names = [name for name in os.listdir(self.folder) if SEGMENT_NAME.match(name)]
        if not names:
            raise Unusable(f"there is no ledger in {self.folder}")
        for name in sorted(names):
            with open(os.path.join(self.folder, name), "rb") as file:
                self.segment(name, file.read(), name == max(names))

    def fail(self, segment, offset, what):
        place = f"record {self.seq + 1} (byte {offset} of {segment})"
        raise Altered(f"{place}: {what}")

    def segment(self, name, data, last):
        first = int(SEGMENT_NAME.match(name)[1])
        if first > self.seq + 1:
            self.fail(f"{self.seq + 1:020}.seg", 0, "the segment is missing")
        if len(data) < HEADER.size or zlib.crc32(data[: HEADER.size - 4]) != HEADER.unpack_from(data)[-1]:
            self.fail(name, 0, "the segment's header is damaged")
        magic, version, vendor_root, daemon_key, stated, before, _ = HEADER.unpack_from(data)
        if magic != MAGIC:
            self.fail(name, 0, "the segment's header is damaged")
        if version != FORMAT_VERSION:
            raise Unusable(f"{name} has format version {version}, not known to this auditor")
        self.identity = self.identity or (vendor_root, daemon_key)
        if (vendor_root, daemon_key) != self.identity or stated != first or first != self.seq + 1 or before != self.chain:
            self.fail(name, 0, "the segment's header does not continue the segment before it")
        self.segments += 1
        self.synced = self.seq
        offset = HEADER.size
        while offset < len(data):
            try:
                body, end = self.frame(data, offset)
            except Damage as damage:
                if not last or self.seq == 0 or self.vouched_for(data, offset + 1):
                    self.fail(name, offset, damage)
                self.tail = f"{name} ends in {len(data) - offset} bytes that are no whole record: {damage}"
                return
            try:
                self.record(body)
            except Altered as altered:
                self.fail(name, offset, altered)
            except Unusable as unusable:
                raise Unusable(f"record {self.seq + 1} (byte {offset} of {name}): {unusable}") from None
            offset = end
        if self.seq == 0:
            self.fail(name, offset, "the ledger does not begin with the record that opens it")

    def frame(self, data, offset):
        """The body at the offset, and where its frame ends."""
        if len(data) < offset + HEAD.size:
            raise Damage("the record is cut short")
        marker, length, checksum = HEAD.unpack_from(data, offset)
        if marker != MARKER:
            raise Damage("no record begins here")
        if length > BODY_BYTES_MAX:
            raise Damage(f"a record cannot have {length} bytes")
        start = offset + HEAD.size
        body, stored = data[start : start + length], data[start + length : start + length + 32]
        if len(stored) < 32:
            raise Damage("the record is cut short")
        if zlib.crc32(body) != checksum:
            raise Damage("the record's checksum does not fit its bytes")
        if sha256(CHAIN_CONTEXT, self.chain, body) != stored:
            raise Damage("the record does not continue the chain of hashes")
        return body, start + length + 32

    def vouched_for(self, data, offset):
        """Whether a later record says that the damaged one was on the disk."""
        while (offset := data.find(MARKER, offset)) >= 0:
            if len(data) >= offset + HEAD.size:
                _, length, checksum = HEAD.unpack_from(data, offset)
                body = data[offset + HEAD.size : offset + HEAD.size + length] if length <= SYNCED_BODY_BYTES_MAX else b""
                if len(body) == length > 3 and zlib.crc32(body) == checksum:
                    try:
                        record = self.layout.describe(body)
                    except (Altered, Unusable):
                        record = {"event": None}
                    if record["event"] == "Synced" and record["fields"]["up_to"] > self.seq:
                        return True
            offset += 1
        return False

    def record(self, body):
        if len(body) < 3:
            raise Altered("the body ends before its kind")
        record, seq = self.layout.describe(body), self.seq + 1
        event, fields = record["event"], record["fields"]
        if seq == 1:
            vendor_root, daemon_key = self.identity
            if event != "LedgerOpened" or (fields["vendor_root"], fields["daemon_key"]) != (vendor_root.hex(), daemon_key.hex()):
                raise Altered("the ledger does not begin with the record that opens it")
        if event == "Synced":
            if fields["up_to"] >= seq:
                raise Altered("the record says that later records were synced")
            self.synced = max(self.synced, fields["up_to"])
        if event == "CheckpointSigned":
            root = bytes.fromhex(fields["root"])
            if self.tree.root_at(fields["size"]) != root:
                raise Altered("the records before it do not have the root that the signed checkpoint states")
            message = checkpoint_message(*self.identity, fields["size"], root)
            if not signed(self.identity[1], message, bytes.fromhex(fields["signature"])):
                raise Altered("the checkpoint is not signed by the daemon's key")
            self.checkpoints += 1
        self.tree.append(leaf_hash(body))
        self.seq, self.chain = seq, sha256(CHAIN_CONTEXT, self.chain, body)
        self.out({"seq": seq, **record, "chain": self.chain.hex()})


def moment(civil_ms):
    try:
        instant = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=civil_ms)
        return instant.isoformat(sep=" ", timespec="milliseconds")
    except OverflowError:
        return f"{civil_ms} ms"


def readable(value):
    if value is None:
        return "-"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {readable(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(readable(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=True) if isinstance(value, (str, bool)) else str(value)


def print_record(record):
    fields = " ".join(f"{name}={readable(value)}" for name, value in record["fields"].items())
    time = moment(record["time"]["civil_ms"])
    print(f"{record['seq']:>8}  {time}  {record['event']}  {fields}".rstrip())


def check_identity(arguments, vendor_root, daemon_key):
    for what, expected, found in [
        ("vendor root", arguments.vendor_root, vendor_root),
        ("daemon key", arguments.daemon_key, daemon_key),
    ]:
        if expected is not None and expected.lower() != found.hex():
            raise Altered(f"the {what} is {found.hex()}, not the one expected")


def audit_excerpt(arguments):
    try:
        with open(arguments.excerpt, encoding="utf-8") as file:
            excerpt = json.load(file)
        records = {"octroi-ledger-excerpt/1": [excerpt], "octroi-ledger-excerpts/1": excerpt.get("excerpts")}
        if excerpt["format"] not in records:
            raise Unusable("the excerpt has a format that is not known to this auditor")
        checkpoint = excerpt["checkpoint"]
        vendor_root, daemon_key, root, signature = (
            bytes.fromhex(text)
            for text in [excerpt["vendor_root"], excerpt["daemon_key"], checkpoint["root"], checkpoint["signature"]]
        )
        size = int(checkpoint["size"])
        proven = [
            (int(one["seq"]), bytes.fromhex(one["body"]), [bytes.fromhex(text) for text in one["proof"]])
            for one in records[excerpt["format"]]
        ]
        texts = [
            (int(one["record"]), one["field"], bytes.fromhex(one["salt"]), one["text"].encode())
            for one in excerpt.get("texts", [])
            if one["text"] is not None
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unusable(f"{arguments.excerpt} is no excerpt: {error}") from None
    check_identity(arguments, vendor_root, daemon_key)
    if not signed(daemon_key, checkpoint_message(vendor_root, daemon_key, size, root), signature):
        raise Altered("the checkpoint is not signed by the daemon's key")
    layout, fields = published(arguments.format), {}
    for seq, body, proof in proven:
        if not included(leaf_hash(body), seq - 1, size, proof, root):
            raise Altered(f"the proof of record {seq} does not lead to the checkpoint's root")
        record = layout.describe(body)
        fields[seq] = record["fields"]
        print_record({"seq": seq, **record})
        print(f"record {seq} stands under a signed checkpoint of {size} records", file=sys.stderr)
    for seq, field, salt, text in texts:
        kept = fields.get(seq, {}).get(field) or {}
        if kept.get("digest") != sha256(KEPT_TEXT_CONTEXT + salt + text).hex():
            raise Altered(f"the {field} beside record {seq} is not the text that the record proves")
        print(f"  {seq} {field}: {text.decode()}")


def audit(arguments):
    def out(record):
        if arguments.json:
            print(json.dumps(record, ensure_ascii=False))
        elif not arguments.quiet:
            print_record(record)

    ledger = Ledger(arguments.folder, published(arguments.format), out)
    ledger.read()
    vendor_root, daemon_key = ledger.identity
    check_identity(arguments, vendor_root, daemon_key)
    print(
        f"{ledger.seq} records in {ledger.segments} segments verified, "
        f"{ledger.checkpoints} signed checkpoints, on the disk up to record {ledger.synced}\n"
        f"vendor root {vendor_root.hex()}\ndaemon key  {daemon_key.hex()}\n"
        f"chain head  {ledger.chain.hex()}\nMerkle root {ledger.tree.root_at(ledger.seq).hex()}",
        file=sys.stderr,
    )
    if ledger.tail:
        print(f"after record {ledger.seq}: {ledger.tail}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], epilog="Exit status: 0 verified, 1 altered, 2 not usable."
    )
    parser.add_argument("folder", nargs="?", help="the folder with the segments")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each record")
    parser.add_argument("--quiet", action="store_true", help="print no records")
    parser.add_argument("--excerpt", metavar="FILE", help="verify one record and its proof instead")
    parser.add_argument("--vendor-root", metavar="HEX", help="the vendor's fingerprint that it must bear")
    parser.add_argument("--daemon-key", metavar="HEX", help="the daemon's public key that it must bear")
    parser.add_argument("--format", metavar="FILE", default=FORMAT, help="the published format")
    arguments = parser.parse_args()
    if (arguments.folder is None) == (arguments.excerpt is None):
        parser.error("give a ledger's folder or an excerpt")
    try:
        if arguments.excerpt:
            audit_excerpt(arguments)
        else:
            audit(arguments)
    except Altered as altered:
        print(f"ALTERED: {altered}", file=sys.stderr)
        return 1
    except (Unusable, OSError) as error:
        print(f"not usable: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
