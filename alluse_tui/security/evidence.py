"""Checkpoints: signed statements about a journal, stored elsewhere (security.md, Evidence).

Similar to C2SP signed notes: a short text, an empty line, one Ed25519 signature. The signature
covers a tag, which separates it from other uses of the key, and all lines before the empty one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import BadInput, IntegrityFailed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_TITLE = "alluse checkpoint 1"
_TAG = b"ALL-USE checkpoint, signature 1\0"
_ORIGIN_LONGEST = 200
_TEXT_LONGEST = 1000
_MAX_SEQ = 2**63 - 1
_SECOND_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SECONDS = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds())

_PUBLIC = re.compile(r"alluse-checkpoint ([A-Za-z0-9+/]{43}=)")
_SEQ = re.compile(r"0|[1-9][0-9]{0,18}")
_HEAD = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\.([0-9]{9})Z")
_SIGNATURE = re.compile(r"— ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A journal at a moment: its origin, its newest record's seq and hash, the UTC time.

    `origin` is one line of printable text, `head` 64 hex digits, `time_ns` since 1970.
    """

    origin: str
    seq: int
    head: str
    time_ns: int


def new_signing_key() -> bytes:
    """A new private key: Ed25519, PKCS 8 in PEM, not encrypted."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_half(private_pem: bytes) -> str:
    """The public key as a line: `alluse-checkpoint BASE64`. Raises BadInput."""
    raw = _private(private_pem).public_key().public_bytes_raw()
    return f"alluse-checkpoint {base64.b64encode(raw).decode()}"


def fingerprint(public: str) -> str:
    """The id of a public key: 16 hex digits of the SHA-256 of its 32 bytes. Raises BadInput."""
    return _fingerprint(_public(public))


def signed(checkpoint: Checkpoint, private_pem: bytes) -> str:
    """The signed text of the checkpoint, ending in a newline. Raises BadInput."""
    key = _private(private_pem)
    body = _body(checkpoint)
    signature = base64.b64encode(key.sign(_TAG + body.encode())).decode()
    name = _fingerprint(key.public_key().public_bytes_raw())
    return f"{body}\n— {name} {signature}\n"


def checked(text: str, public: str) -> Checkpoint:
    """The checkpoint in `text`, after verifying its signature by the public key `public`.

    Raises BadInput if `text` is not a checkpoint or `public` not a public key, IntegrityFailed if
    another key signed it or the text was changed.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = _public(public)
    checkpoint, signer, signature = _parsed(text)
    body = _body(checkpoint)
    if signer != _fingerprint(raw):
        raise IntegrityFailed(
            f"the checkpoint was signed by key {signer}, not by {_fingerprint(raw)}"
        )
    try:
        key = Ed25519PublicKey.from_public_bytes(raw)
        key.verify(signature, _TAG + body.encode())
    except (InvalidSignature, ValueError):
        raise IntegrityFailed("the checkpoint is not what its key signed") from None
    return checkpoint


def _body(checkpoint: Checkpoint) -> str:
    """The signed lines. Raises BadInput if a field is out of range."""
    origin, seq = checkpoint.origin, checkpoint.seq
    _require(_is_origin(origin), "origin", origin, f"1 to {_ORIGIN_LONGEST} printable characters")
    _require(0 <= seq <= _MAX_SEQ, "seq", seq, f"0 to {_MAX_SEQ}")
    _require(bool(_HEAD.fullmatch(checkpoint.head)), "head", checkpoint.head, "64 hex digits")
    seconds, rest_ns = divmod(checkpoint.time_ns, _SECOND_NS)
    _require(0 <= seconds <= _MAX_SECONDS, "time", checkpoint.time_ns, "1970 to 9999")
    moment = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)
    time = f"{moment.isoformat()}.{rest_ns:09d}Z"
    return f"{_TITLE}\n{origin}\n{seq}\n{checkpoint.head}\n{time}\n"


def _parsed(text: str) -> tuple[Checkpoint, str, bytes]:
    """The checkpoint (not yet checked by `_body`), the signer and the signature. Raises BadInput.

    The text of a checkpoint is canonical: writing the parsed one gives `text` again.
    """
    lines = text.split("\n", 8) if len(text) <= _TEXT_LONGEST else []
    _require(lines[:1] == [_TITLE], "text", None, f"a first line '{_TITLE}'")
    _require(len(lines) == 8 and not lines[5] and not lines[7], "text", None, "7 lines")
    _, origin, seq, head, time, _, last, _ = lines
    _require(bool(_SEQ.fullmatch(seq)), "seq", seq, "a number, no leading zeros")
    time_ns = _time_ns(time)
    signature = _SIGNATURE.fullmatch(last)
    raw = signature and _exact(signature[2])
    if not (signature and raw):
        raise _bad("signature", None, "'— FINGERPRINT SIGNATURE'")
    return Checkpoint(origin, int(seq), head, time_ns), signature[1], raw


def _time_ns(time: str) -> int:
    match = _TIME.fullmatch(time)
    try:
        moment = datetime.fromisoformat(match[1]).replace(tzinfo=UTC) if match else None
    except ValueError:
        moment = None
    if match is None or moment is None:
        raise _bad("time", time, "as 2026-11-24T17:00:00.000000000Z")
    return (moment - _EPOCH) // timedelta(seconds=1) * _SECOND_NS + int(match[2])


def _is_origin(origin: str) -> bool:
    return 1 <= len(origin) <= _ORIGIN_LONGEST and origin.isprintable() and origin == origin.strip()


def _require(holds: bool, part: str, value: object, allowed: str) -> None:
    if not holds:
        raise _bad(part, value, allowed)


def _bad(part: str, value: object, allowed: str) -> BadInput:
    return BadInput(f"checkpoint's {part}", value, f"must be {allowed}")


def _private(pem: bytes) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        allowed = "must be an Ed25519 private key in PEM (PKCS 8), not encrypted"
        raise BadInput("signing key", None, allowed)
    return key


def _public(public: str) -> bytes:
    """The 32 bytes of a public key, whose text may end in a newline. Raises BadInput."""
    match = _PUBLIC.fullmatch(public.removesuffix("\n"))
    raw = match and _exact(match[1])
    if not raw:
        # the value is not shown, as it may be the private key by mistake
        raise BadInput("public key", None, "must be 'alluse-checkpoint' and 44 base64 characters")
    return raw


def _fingerprint(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]


def _exact(text: str) -> bytes | None:
    """The decoded bytes of well-formed base64; None if the encoding is not canonical."""
    raw = base64.b64decode(text)
    return raw if base64.b64encode(raw).decode() == text else None
