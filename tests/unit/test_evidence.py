"""Checkpoints: signed, read strictly, and any change is caught (security.md, Evidence)."""

from __future__ import annotations

import base64
import subprocess
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from alluse_tui.domain.model.errors import AllUseError, BadInput, IntegrityFailed
from alluse_tui.security.evidence import (
    Checkpoint,
    checked,
    fingerprint,
    new_signing_key,
    public_half,
    signed,
)

PKCS8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
CLEAR = serialization.NoEncryption()
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).private_bytes(*PKCS8, CLEAR)
PUBLIC = public_half(KEY)
NOON_NS = 1_795_539_600_123_456_789
CHECKPOINT = Checkpoint("main/5f3c", 4711, "ab" * 32, NOON_NS)
TEXT = signed(CHECKPOINT, KEY)
TITLE, ORIGIN, SEQ, HEAD, TIME, EMPTY, SIGNATURE, END = TEXT.split("\n")

ORIGINS = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=200
).filter(lambda text: text == text.strip() and text.isprintable())
CHECKPOINTS = st.builds(
    Checkpoint,
    origin=ORIGINS,
    seq=st.integers(0, 2**63 - 1),
    head=st.binary(min_size=32, max_size=32).map(bytes.hex),
    time_ns=st.integers(0, 253_402_300_799_999_999_999),
)


def test_a_checkpoint_is_seven_lines_that_anybody_can_read() -> None:
    assert TITLE == "alluse checkpoint 1"
    assert (ORIGIN, SEQ, HEAD) == ("main/5f3c", "4711", "ab" * 32)
    noon = datetime.fromtimestamp(NOON_NS // 10**9, UTC)
    assert f"{noon:%Y-%m-%dT%H:%M:%S}.123456789Z" == TIME
    dash, name, signature = SIGNATURE.split(" ")
    assert (dash, name, EMPTY, END) == ("—", fingerprint(PUBLIC), "", "")
    assert len(base64.b64decode(signature)) == 64
    assert signed(CHECKPOINT, KEY) == TEXT


def test_the_signature_is_ed25519_over_the_tag_and_the_first_five_lines() -> None:
    raw = base64.b64decode(PUBLIC.split(" ")[1])
    body = "\n".join((TITLE, ORIGIN, SEQ, HEAD, TIME, ""))
    signature = base64.b64decode(SIGNATURE.split(" ")[2])
    tagged = b"ALL-USE checkpoint, signature 1\0" + body.encode()
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, tagged)


@given(CHECKPOINTS)
def test_what_was_signed_is_read_again(checkpoint: Checkpoint) -> None:
    text = signed(checkpoint, KEY)
    assert checked(text, PUBLIC) == checkpoint
    assert checked(text, PUBLIC + "\n") == checkpoint


def test_a_new_key_signs_for_its_own_public_half() -> None:
    key, other = new_signing_key(), new_signing_key()
    assert key.startswith(b"-----BEGIN PRIVATE KEY-----\n") and key != other
    assert checked(signed(CHECKPOINT, key), public_half(key)) == CHECKPOINT
    with pytest.raises(IntegrityFailed) as caught:
        checked(signed(CHECKPOINT, key), public_half(other))
    mine, theirs = (fingerprint(public_half(k)) for k in (key, other))
    assert str(caught.value) == f"the checkpoint was signed by key {mine}, not by {theirs}"
    assert len(mine) == 16 and mine != theirs


def test_every_flip_of_every_bit_is_caught() -> None:
    whole = TEXT.encode()
    for at in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[at] ^= 1 << bit
            with pytest.raises((BadInput, IntegrityFailed)):
                checked(flipped.decode(errors="surrogateescape"), PUBLIC)


@settings(max_examples=examples(300))
@given(st.data())
def test_any_edit_of_a_checkpoint_is_caught(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TEXT)))
    until = data.draw(st.integers(at, min(len(TEXT), at + 3)))
    edited = TEXT[:at] + data.draw(st.text(max_size=3)) + TEXT[until:]
    if edited == TEXT:
        return
    with pytest.raises((BadInput, IntegrityFailed)):
        checked(edited, PUBLIC)


@pytest.mark.parametrize(
    "change",
    [{"origin": "Main/5f3c"}, {"seq": 4712}, {"head": "ac" * 32}, {"time_ns": NOON_NS + 1}],
)
def test_a_signature_does_not_fit_another_checkpoint(change: dict[str, Any]) -> None:
    other = signed(replace(CHECKPOINT, **change), KEY).split("\n")
    with pytest.raises(IntegrityFailed, match="not what its key signed"):
        checked("\n".join((*other[:6], SIGNATURE, "")), PUBLIC)


def test_a_signature_by_the_key_without_the_tag_is_none() -> None:
    body = "\n".join((TITLE, ORIGIN, SEQ, HEAD, TIME, ""))
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    bare = base64.b64encode(key.sign(body.encode())).decode()
    with pytest.raises(IntegrityFailed, match="not what its key signed"):
        checked(f"{body}\n— {fingerprint(PUBLIC)} {bare}\n", PUBLIC)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        (TITLE, "alluse checkpoint 2", "text"),
        (TITLE, " " + TITLE, "text"),
        (TITLE, "\ufeff" + TITLE, "text"),
        ("\n", "\r\n", "text"),
        (SIGNATURE + "\n", SIGNATURE, "text"),
        (SIGNATURE, SIGNATURE + "\n", "text"),
        (SIGNATURE, SIGNATURE + "\n" + SIGNATURE, "text"),
        (SIGNATURE + "\n", SIGNATURE + "\nmore", "text"),
        (TIME + "\n", TIME + "\nmore\n", "text"),
        (ORIGIN, "x" * 2000, "text"),
        (ORIGIN, "", "origin"),
        (ORIGIN, " main", "origin"),
        (ORIGIN, "x" * 201, "origin"),
        (ORIGIN, "ma\x1b[2Jin", "origin"),
        (ORIGIN, "ma\u2028in", "origin"),
        (ORIGIN, "ma\ud83din", "origin"),
        (SEQ, "04711", "seq"),
        (SEQ, "+4711", "seq"),
        (SEQ, "-1", "seq"),
        (SEQ, "４７１１", "seq"),
        (SEQ, "4_711", "seq"),
        (SEQ, "9223372036854775808", "seq"),
        (HEAD, "AB" * 32, "head"),
        (HEAD, "ab" * 31, "head"),
        (TIME, TIME.removesuffix("Z"), "time"),
        (TIME, TIME.replace("Z", "+00:00"), "time"),
        (TIME, TIME.replace("T", " "), "time"),
        (TIME, TIME.replace("789Z", "Z"), "time"),
        (TIME, "2026-02-29T00:00:00.000000000Z", "time"),
        (TIME, "2026-02-28T24:00:00.000000000Z", "time"),
        (TIME, "1969-12-31T23:59:59.999999999Z", "time"),
        (TIME, "0000-01-01T00:00:00.000000000Z", "time"),
        (SIGNATURE, SIGNATURE.replace("— ", "- "), "signature"),
        (SIGNATURE, SIGNATURE.replace("— ", "—  "), "signature"),
        (SIGNATURE, SIGNATURE + " ", "signature"),
        (SIGNATURE, SIGNATURE.removesuffix("="), "signature"),
    ],
)
def test_there_is_one_way_to_write_a_checkpoint(old: str, new: str, part: str) -> None:
    with pytest.raises(BadInput, match=f"^checkpoint's {part} ?.*must be") as caught:
        checked(TEXT.replace(old, new), PUBLIC)
    assert "\x1b" not in str(caught.value)


def test_the_last_sign_of_a_signature_cannot_be_written_in_two_ways() -> None:
    last = SIGNATURE[-3]
    twins = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"]
    same = base64.b64decode(SIGNATURE.split(" ")[2])
    for twin in twins:
        other = SIGNATURE[:-3] + twin + "=="
        if twin != last and base64.b64decode(other.split(" ")[2]) == same:
            with pytest.raises(BadInput, match="signature"):
                checked(TEXT.replace(SIGNATURE, other), PUBLIC)


@pytest.mark.parametrize(
    "public",
    [
        "",
        PUBLIC.split(" ")[1],
        PUBLIC.replace(" ", "  "),
        PUBLIC.upper(),
        PUBLIC + "=",
        PUBLIC[:-2] + chr(ord(PUBLIC[-2]) + 1) + "=",
        PUBLIC + "\n\n",
        PUBLIC + "\r\n",
        PUBLIC.replace("+", "-").replace("/", "_")[:-3] + "_8=",
    ],
)
def test_a_public_half_has_one_form(public: str) -> None:
    for use in (fingerprint, lambda p: checked(TEXT, p)):
        with pytest.raises(BadInput, match="public key"):
            use(public)


def test_a_public_half_that_is_no_point_of_the_curve_signs_nothing() -> None:
    for raw in (bytes([2] + [0] * 31), b"\xff" * 32):
        public = f"alluse-checkpoint {base64.b64encode(raw).decode()}"
        text = TEXT.replace(fingerprint(PUBLIC), fingerprint(public))
        with pytest.raises(IntegrityFailed):
            checked(text, public)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": ""},
        {"origin": "a\nb"},
        {"origin": "x" * 201},
        {"seq": -1},
        {"seq": 2**63},
        {"head": "AB" * 32},
        {"head": ""},
        {"time_ns": -1},
        {"time_ns": 253_402_300_800_000_000_000},
    ],
)
def test_what_a_checkpoint_cannot_hold_is_not_signed(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"^checkpoint's"):
        signed(replace(CHECKPOINT, **change), KEY)


def test_a_key_of_another_kind_is_refused_and_not_shown() -> None:
    ed25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    bad = [
        b"",
        b"planted-key",
        KEY[:60],
        KEY.replace(b"MC4CAQAw", b"MC4CAQEw"),
        base64.b64encode(bytes(range(32))),
        PUBLIC.encode(),
        ed25519.private_bytes(*PKCS8, serialization.BestAvailableEncryption(b"x")),
        x25519.X25519PrivateKey.generate().private_bytes(*PKCS8, CLEAR),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(*PKCS8, CLEAR),
    ]
    for pem in bad:
        for use in (public_half, lambda p: signed(CHECKPOINT, p)):
            with pytest.raises(BadInput, match="Ed25519 private key in PEM") as caught:
                use(pem)
            assert_silent(caught.value, pem)


def assert_silent(error: AllUseError, pem: bytes) -> None:
    assert error.__context__ is None and error.__cause__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert not [line for line in pem.decode().split("\n") if line and line in told]


@pytest.mark.skipif(
    subprocess.run(["sh", "-c", "command -v openssl"], capture_output=True).returncode != 0,
    reason="openssl is not on this machine",
)
def test_openssl_comes_to_the_same_verdict(tmp_path: Path) -> None:
    """A checkpoint can be checked without this program."""
    (tmp_path / "key.pem").write_bytes(KEY)
    body = "\n".join((TITLE, ORIGIN, SEQ, HEAD, TIME, ""))
    (tmp_path / "body").write_bytes(b"ALL-USE checkpoint, signature 1\0" + body.encode())
    (tmp_path / "signature").write_bytes(base64.b64decode(SIGNATURE.split(" ")[2]))
    verify = "openssl pkeyutl -verify -inkey key.pem -rawin -in body -sigfile signature"
    done = subprocess.run(
        verify.split(), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
