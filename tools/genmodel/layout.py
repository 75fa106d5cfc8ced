"""Records, string pools and their two forms: bytes and C source.

A Record type mirrors one C struct: same fields, same order, natural alignment, so that the bytes and the C
initialisers mean the same block. The struct definitions themselves are written by hand in the C headers.
"""
import struct

SIZES = {"B": 1, "H": 2, "I": 4, "i": 4}
LIMITS = {"B": (0, 1 << 8), "H": (0, 1 << 16), "I": (0, 1 << 32), "i": (-1 << 31, 1 << 31)}


class GenError(Exception):
    """Something in the input that the generator does not understand."""


class Record:
    """A C struct: name, and its fields as (name, one of B H I i)."""

    def __init__(self, name, fields):
        self.name = name
        self.fields = [(f.split(":")[0], f.split(":")[1]) for f in fields.split()]
        at = 0
        for field, code in self.fields:
            if at % SIZES[code]:
                raise GenError(f"{name}.{field} is not aligned")
            at += SIZES[code]
        if at % 4:
            raise GenError(f"{name} has {at} bytes")
        self.size = at
        self._pack = struct.Struct("<" + "".join(code for _, code in self.fields))

    def check(self, row):
        for (field, code), value in zip(self.fields, row, strict=True):
            if not LIMITS[code][0] <= value < LIMITS[code][1]:
                raise GenError(f"{self.name}.{field} = {value} does not fit")

    def pack(self, row):
        self.check(row)
        return self._pack.pack(*row)


class Pool:
    """Interned strings: a reference is offset << 10 | length, 0 the empty string."""

    LEN_BITS = 10

    def __init__(self):
        self.parts = [b"\0"]
        self.size = 1
        self.refs = {"": 0}

    def add(self, text):
        if text is None:
            text = ""
        if text not in self.refs:
            data = text.encode()
            if len(data) >> self.LEN_BITS or self.size + len(data) >= 1 << 32 - self.LEN_BITS or b"\0" in data:
                raise GenError(f"string does not fit the pool: {text[:60]!r}")
            self.refs[text] = self.size << self.LEN_BITS | len(data)
            self.parts.append(data + b"\0")
            self.size += len(data) + 1
        return self.refs[text]

    def bytes(self):
        data = b"".join(self.parts)
        return data + b"\0" * (-len(data) % 4)


def c_string(data):
    """Bytes as a C literal without its quotes; never reads as a longer escape or a trigraph."""
    out = []
    for byte in data:
        ch = chr(byte)
        if ch in '"\\?':
            out.append("\\" + ch)
        elif 32 <= byte < 127:
            out.append(ch)
        else:
            out.append(f"\\{byte:03o}")
    return "".join(out)


def c_pool(data, indent="\t"):
    """A pool as adjacent literals, one string a line; the final NUL is the last literal's own."""
    parts = data.split(b"\0")
    lines = [f'{indent}"{c_string(part)}\\0"' for part in parts[:-2]]
    lines.append(f'{indent}"{c_string(parts[-2])}"')
    return "\n".join(lines)


def c_rows(rows, indent="\t"):
    """Initialisers, several a line, to about 110 columns."""
    lines, line = [], indent
    for row in rows:
        text = "{" + ",".join(str(v) for v in row) + "}," if isinstance(row, (tuple, list)) else f"{row},"
        if len(line) + len(text) > 110:
            lines.append(line)
            line = indent
        line += text
    lines.append(line)
    return "\n".join(lines)
