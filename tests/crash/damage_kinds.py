"""Every kind of damage that a disk, a file system or a person does to a file, drawn by a seed.

A damage works on bytes or on the file as a whole. Each says in words what it did.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE, FRAME, WAL_HEADER = 4_096, 4_120, 32
BLOCK, REPLICA_HEADER = 262_144, 12_288
SMALLEST, LARGEST = 16, 262_144

Altered = tuple[bytes, str]
"""What the file holds now, and what was done."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file to damage: its name in the book, where its pages begin and how long each is.

    `earlier`: the same file as it was some records before; empty where it was not there.
    """

    name: str
    path: Path
    begins: int
    page: int
    earlier: bytes


# -- kinds that change bytes ----------------------------------------------------------------------


def flip(draw: random.Random, data: bytes, place: Place) -> Altered:
    at, bit = draw.randrange(len(data)), draw.randrange(8)
    return _over(data, at, bytes([data[at] ^ (1 << bit)])), f"bit {bit} of byte {at} flipped"


def flips(draw: random.Random, data: bytes, place: Place) -> Altered:
    count = draw.randint(2, 64)
    for _ in range(count):
        data, _ = flip(draw, data, place)
    return data, f"{count} bits flipped"


def region(draw: random.Random, data: bytes, place: Place) -> Altered:
    size = _size(draw, len(data))
    at = draw.randrange(len(data) - size + 1)
    filling = draw.choice(["zeros", "ones", "noise"])
    new = {"zeros": bytes(size), "ones": b"\xff" * size}.get(filling) or draw.randbytes(size)
    return _over(data, at, new), f"{size} bytes at {at} are {filling}"


def whole_page(draw: random.Random, data: bytes, place: Place) -> Altered:
    at, size = _page(draw, data, place)
    filling = draw.choice(["zeros", "noise"])
    new = bytes(size) if filling == "zeros" else draw.randbytes(size)
    return _over(data, at, new), f"the page at {at} is {filling}"


def cut(draw: random.Random, data: bytes, place: Place) -> Altered:
    size = draw.randrange(len(data))
    if draw.random() < 0.5:
        size = max(0, place.begins + (size - place.begins) // place.page * place.page)
    return data[:size], f"cut to {size} of {len(data)} bytes"


def swapped_pages(draw: random.Random, data: bytes, place: Place) -> Altered:
    (one, size), (other, _) = _page(draw, data, place), _page(draw, data, place)
    size = min(size, len(data) - max(one, other))
    changed = _over(data, one, data[other : other + size])
    return _over(changed, other, data[one : one + size]), f"pages at {one} and {other} swapped"


def doubled_page(draw: random.Random, data: bytes, place: Place) -> Altered:
    (one, size), (other, _) = _page(draw, data, place), _page(draw, data, place)
    size = min(size, len(data) - max(one, other))
    return _over(data, other, data[one : one + size]), f"page at {one} copied over {other}"


def stale_page(draw: random.Random, data: bytes, place: Place) -> Altered:
    """A write that the disk lost: the page is what it was in the earlier copy."""
    differs = [at for at in _pages(data, place) if _differs(data, place.earlier, at, place.page)]
    if not differs:
        return flip(draw, data, place)
    for_all = draw.sample(differs, draw.choice([1, 1, 1, min(3, len(differs))]))
    for at in for_all:
        data = _over(data, at, place.earlier[at : at + place.page])
    return data, f"stale pages at {sorted(for_all)}"


def stale_run(draw: random.Random, data: bytes, place: Place) -> Altered:
    """Several neighbouring pages are what they were."""
    pages = [at for at in _pages(data, place) if at + place.page <= len(place.earlier)]
    if not pages:
        return region(draw, data, place)
    first = draw.randrange(len(pages))
    run = pages[first : first + draw.randint(2, 16)]
    for at in run:
        data = _over(data, at, place.earlier[at : at + place.page])
    return data, f"{len(run)} stale pages from {run[0]}"


def swapped_regions(draw: random.Random, data: bytes, place: Place) -> Altered:
    size = min(_size(draw, len(data)), len(data) // 2)
    one = draw.randrange(len(data) - 2 * size + 1)
    other = draw.randrange(one + size, len(data) - size + 1)
    changed = _over(data, one, data[other : other + size])
    changed = _over(changed, other, data[one : one + size])
    return changed, f"{size} bytes at {one} and {other} swapped"


def removed_region(draw: random.Random, data: bytes, place: Place) -> Altered:
    size = _size(draw, len(data))
    at = draw.randrange(len(data) - size + 1)
    return data[:at] + data[at + size :], f"{size} bytes at {at} removed"


def appended(draw: random.Random, data: bytes, place: Place) -> Altered:
    size = draw.choice([1, 7, 512, PAGE, 3 * PAGE, 65_536])
    filling = draw.choice(["zeros", "noise", "its own end"])
    new = {"zeros": bytes(size), "noise": draw.randbytes(size)}.get(filling, data[-size:])
    return data + new, f"{len(new)} bytes appended: {filling}"


def emptied(draw: random.Random, data: bytes, place: Place) -> Altered:
    return b"", "emptied"


def replaced_by_noise(draw: random.Random, data: bytes, place: Place) -> Altered:
    size = draw.choice([10, 101, len(data), 9_000])
    return draw.randbytes(size), f"replaced by {size} random bytes"


def stale_whole(draw: random.Random, data: bytes, place: Place) -> Altered:
    if not place.earlier:
        return cut(draw, data, place)
    return place.earlier, "the whole file is stale"


# -- kinds that change what the file is -----------------------------------------------------------


def deleted(draw: random.Random, path: Path) -> str:
    path.unlink()
    return "deleted"


def directory(draw: random.Random, path: Path) -> str:
    path.unlink()
    path.mkdir()
    if draw.random() < 0.5:
        (path / "something").write_text("in it\n", encoding="utf-8")
    return "replaced by a directory"


def fifo(draw: random.Random, path: Path) -> str:
    path.unlink()
    os.mkfifo(path)
    return "replaced by a FIFO"


def link_to_itself_elsewhere(draw: random.Random, path: Path) -> str:
    (path.parent / "elsewhere").mkdir(exist_ok=True)
    moved = path.parent / "elsewhere" / path.name
    shutil.move(path, moved)
    path.symlink_to(moved)
    return "moved, and a symlink left"


def link_to_nothing(draw: random.Random, path: Path) -> str:
    path.unlink()
    target = draw.choice(["/dev/null", str(path.parent / "nothing"), path.name])
    path.symlink_to(target)
    return f"a symlink to {target}" if target != path.name else "a symlink to itself"


BYTES: Mapping[Callable[[random.Random, bytes, Place], Altered], int] = {
    flip: 14,
    flips: 5,
    region: 14,
    whole_page: 6,
    cut: 10,
    swapped_pages: 7,
    doubled_page: 7,
    stale_page: 10,
    stale_run: 6,
    swapped_regions: 6,
    removed_region: 3,
    appended: 6,
    emptied: 1,
    replaced_by_noise: 2,
    stale_whole: 7,
}
"""How often each is drawn, of those that change bytes."""

FILES: Mapping[Callable[[random.Random, Path], str], int] = {
    deleted: 6,
    directory: 2,
    fifo: 2,
    link_to_itself_elsewhere: 2,
    link_to_nothing: 2,
}

OBSTACLES = (directory, fifo, link_to_nothing)
"""After these the name holds something that is no file of ours."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What was done to which file: 'main', 'wal', 'head', 'mark' or 'replica'."""

    name: str
    kind: str
    words: str

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}: {self.words}"


def damaged(draw: random.Random, place: Place) -> Damage:
    """Does one kind of damage to the file. One that is not there gets content."""
    if not place.path.is_file():
        content, words = _appeared(draw, place)
        place.path.write_bytes(content)
        return Damage(place.name, "appeared", words)
    weights = [*BYTES.values(), *FILES.values()]
    kind = draw.choices([*BYTES, *FILES], weights)[0]
    if kind in FILES:
        return Damage(place.name, kind.__name__, FILE_KINDS[kind.__name__](draw, place.path))
    data = place.path.read_bytes()
    if len(data) < 2 * SMALLEST:
        kind = replaced_by_noise
    altered, words = BYTE_KINDS[kind.__name__](draw, data, place)
    place.path.write_bytes(altered)
    return Damage(place.name, kind.__name__, words)


BYTE_KINDS = {kind.__name__: kind for kind in BYTES}
FILE_KINDS = {kind.__name__: kind for kind in FILES}


def _appeared(draw: random.Random, place: Place) -> Altered:
    """What comes to be where nothing was: an old file of the same name, or garbage."""
    if place.earlier and draw.random() < 0.7:
        return place.earlier, "an old file of that name"
    size = draw.choice([0, 5, 101, 9_000])
    return draw.randbytes(size), f"{size} random bytes"


def _over(data: bytes, at: int, new: bytes) -> bytes:
    """`data` with `new` written over it at `at`."""
    return data[:at] + new + data[at + len(new) :]


def _size(draw: random.Random, most: int) -> int:
    """From SMALLEST to LARGEST bytes, every power of two as often; at most `most`."""
    size = int(2 ** draw.uniform(4, 18))
    return max(1, min(size, LARGEST, most))


def _pages(data: bytes, place: Place) -> range:
    """Where each page begins."""
    return range(min(place.begins, len(data) - 1), len(data), place.page)


def _page(draw: random.Random, data: bytes, place: Place) -> tuple[int, int]:
    """One page of the file: where it begins and how much of it there is."""
    at = draw.choice(_pages(data, place))
    return at, min(place.page, len(data) - at)


def _differs(data: bytes, earlier: bytes, at: int, size: int) -> bool:
    return at + size <= len(earlier) and data[at : at + size] != earlier[at : at + size]
