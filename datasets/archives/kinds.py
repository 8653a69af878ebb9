"""Which kinds of archives there are, by name and by their first bytes."""

# The longest extension that fits names the kind.
KINDS = {
    ".zip": "zip",
    ".tar": "tar",
    ".tar.gz": "gz",
    ".tgz": "gz",
    ".tar.bz2": "bz2",
    ".tbz2": "bz2",
    ".tar.xz": "xz",
    ".txz": "xz",
}
STARTS = {"zip": (b"PK\3\4", b"PK\5\6"), "gz": (b"\x1f\x8b",), "bz2": (b"BZh",), "xz": (b"\xfd7zXZ\0",)}
TAR_MARK = slice(257, 262)


def kind_of_name(name: str) -> str | None:
    """The kind that a file name claims, or None for no archive."""
    lower = name.lower()
    fitting = [extension for extension in KINDS if lower.endswith(extension)]
    return KINDS[max(fitting, key=len)] if fitting else None


def sniffed(head: bytes) -> str | None:
    """The kind that the first 512 bytes show. Of a compressed file nobody knows yet whether a tar is in it."""
    for kind, starts in STARTS.items():
        if head.startswith(starts):
            return kind
    return "tar" if head[TAR_MARK] == b"ustar" else None
