"""What a ledger's auditor computes with: Ed25519 verification and RFC 6962 Merkle trees, from their
specifications with Python's standard library alone. Slow, and made for verifying only: never sign
with this."""

import hashlib
from collections import deque


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- Ed25519 (RFC 8032, section 5.1.7), strict: no second spelling, no key of small order ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(first, second):
    a = (first[1] - first[0]) * (second[1] - second[0]) % P
    b = (first[1] + first[0]) * (second[1] + second[0]) % P
    c = 2 * first[3] * second[3] * D % P
    d = 2 * first[2] * second[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    product = NEUTRAL
    while scalar > 0:
        if scalar & 1:
            product = add(product, point)
        point = add(point, point)
        scalar >>= 1
    return product


def same(first, second):
    return (first[0] * second[2] - second[0] * first[2]) % P == 0 and (
        first[1] * second[2] - second[1] * first[2]
    ) % P == 0


def decompress(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, message, signature):
    """Whether `signature` is the key's over the message."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, commitment = decompress(key), decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or commitment is None or scalar >= L:
        return False
    if same(multiply(8, public), NEUTRAL) or same(multiply(8, commitment), NEUTRAL):
        return False
    challenge = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(challenge, "little") % L
    return same(multiply(scalar, BASE), add(commitment, multiply(challenge, public)))


# --- The Merkle tree (RFC 6962, section 2.1) ---


def leaf_hash(body):
    return sha256(b"\0", body)


def node_hash(left, right):
    return sha256(b"\1", left, right)


class Tree:
    """The right edge of the growing tree, and what it was a little while ago."""

    def __init__(self, lag_max):
        self.size, self.peaks = 0, ()
        self.past = deque([(0, ())], maxlen=lag_max + 1)

    def append(self, leaf):
        peaks, size = list(self.peaks), self.size
        while size & 1:
            leaf = node_hash(peaks.pop(), leaf)
            size >>= 1
        self.size, self.peaks = self.size + 1, (*peaks, leaf)
        self.past.append((self.size, self.peaks))

    def root_at(self, size):
        back = self.size - size
        if not 0 <= back < len(self.past):
            return None
        peaks = list(self.past[-1 - back][1])
        if not peaks:
            return sha256()
        root = peaks.pop()
        while peaks:
            root = node_hash(peaks.pop(), root)
        return root


def included(leaf, index, size, proof, root):
    """Whether the proof leads from the leaf to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or len(proof) > 64:
        return False
    last = size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            leaf = node_hash(sibling, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = node_hash(leaf, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and leaf == root
