"""Key files: who may read them, and how they come to be there (security.md, Secrets at rest)."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alluse_tui.domain.model.errors import BadInput, StoreFailed
from alluse_tui.security import keys
from alluse_tui.security.keys import Found, find_key, read_key_file, write_key_file

SECRET = b"the-planted-key-material\n"
VARIABLE = "ALLUSE_VAULT_KEY"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(keys, "_from_environment", {})
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)
    yield
    os.environ.pop(VARIABLE, None)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return made(tmp_path / "vault.key")


def made(path: Path, mode: int = 0o400, content: bytes = SECRET) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_file_of_its_owner_alone_is_read(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert read_key_file(key_file) == SECRET


@pytest.mark.parametrize("mode", [0o440, 0o420, 0o404, 0o402, 0o644, 0o666])
def test_a_file_that_others_may_read_or_write_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(BadInput) as caught:
        read_key_file(key_file)
    assert str(key_file) in str(caught.value)
    assert f"chmod 0400 {key_file}" in str(caught.value)
    assert SECRET.decode().strip() not in repr(caught.value)


def test_the_target_of_a_link_is_judged(key_file: Path) -> None:
    link = key_file.with_name("link")
    link.symlink_to(key_file)
    assert read_key_file(link) == SECRET
    key_file.chmod(0o644)
    with pytest.raises(BadInput, match="chmod 0400"):
        read_key_file(link)


def test_the_open_file_is_judged_whatever_takes_its_place(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between open and look, a file that is well kept takes the place of one that is not."""
    key_file.chmod(0o644)
    well_kept = made(key_file.with_name("other"), content=b"another\n")
    real = os.fstat

    def swapped(descriptor: int) -> os.stat_result:
        if well_kept.exists():
            os.replace(well_kept, key_file)
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", swapped)
    with pytest.raises(BadInput, match="chmod 0400"):
        read_key_file(key_file)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (tmp_path, pipe, Path("/dev/null")):
        with pytest.raises(BadInput, match="regular file") as caught:
            read_key_file(path)
        assert str(path) in str(caught.value)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        with pytest.raises(StoreFailed):
            read_key_file(tmp_path / "s")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "none", made(tmp_path / "file") / "below"):
        with pytest.raises(StoreFailed) as caught:
            read_key_file(path)
        assert str(path) in str(caught.value)


def test_a_file_too_large_for_a_key_is_refused(key_file: Path) -> None:
    made(key_file.with_name("most"), content=b"x" * keys.LARGEST_BYTES)
    assert len(read_key_file(key_file.with_name("most"))) == keys.LARGEST_BYTES
    made(key_file.with_name("more"), content=b"x" * (keys.LARGEST_BYTES + 1))
    with pytest.raises(BadInput, match="more than 65,536 bytes"):
        read_key_file(key_file.with_name("more"))


@needs_root
def test_another_users_file_is_refused(key_file: Path) -> None:
    os.chown(key_file, 65533, 65533)
    with pytest.raises(BadInput, match="belongs to user 65533"):
        read_key_file(key_file)


def test_roots_file_is_read_by_who_may(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = key_file.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    if owner == 0:
        assert read_key_file(key_file) == SECRET
    else:
        with pytest.raises(BadInput, match=f"belongs to user {owner}"):
            read_key_file(key_file)


def test_a_new_key_file_is_its_owners_alone_in_a_folder_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.key"
    before = os.umask(0)
    try:
        write_key_file(path, SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_key_file(path) == SECRET
    assert os.listdir(path.parent) == ["vault.key"]
    assert path.stat().st_nlink == 1


def test_a_key_is_not_written_over_unless_told_to(key_file: Path) -> None:
    with pytest.raises(BadInput, match="already exists") as caught:
        write_key_file(key_file, b"new\n")
    assert str(key_file) in str(caught.value)
    assert read_key_file(key_file) == SECRET
    write_key_file(key_file, b"new\n", replace=True)
    assert read_key_file(key_file) == b"new\n"
    assert os.listdir(key_file.parent) == ["vault.key"]


def test_a_file_is_not_taken_for_a_folder(key_file: Path) -> None:
    with pytest.raises(StoreFailed, match="cannot be written"):
        write_key_file(key_file / "vault.key", b"new\n")


def test_a_link_is_not_written_over_and_stays_a_link(key_file: Path) -> None:
    link = key_file.with_name("link")
    link.symlink_to(key_file)
    dangling = key_file.with_name("dangling")
    dangling.symlink_to(key_file.with_name("nowhere"))
    for path in (link, dangling):
        with pytest.raises(BadInput, match="already exists"):
            write_key_file(path, b"new\n")
    assert not key_file.with_name("nowhere").exists()
    write_key_file(link, b"new\n", replace=True)
    assert link.is_symlink() and read_key_file(key_file) == b"new\n"


@pytest.mark.parametrize("failing", ["fsync", "fchmod", "link", "replace"])
def test_a_write_that_fails_leaves_what_was_there(
    key_file: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = key_file if failing == "replace" else key_file.with_name("new.key")
    monkeypatch.setattr(os, failing, broken)
    with pytest.raises(StoreFailed, match="No space left") as caught:
        write_key_file(path, b"new-planted\n", replace=failing == "replace")
    assert "new-planted" not in repr(caught.value)
    assert os.listdir(key_file.parent) == ["vault.key"]
    assert read_key_file(key_file) == SECRET


def test_a_key_is_looked_for_in_the_environment_then_systemd_then_the_file(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = key_file.parent / "credentials"
    assert find_key("vault", key_file.with_name("none")) is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert find_key("vault", key_file) == Found(SECRET, f"the file {key_file}")
    made(folder / "alluse.vault", content=b"credential\n")
    assert find_key("vault", key_file) == Found(
        b"credential\n", "systemd's credential alluse.vault"
    )
    monkeypatch.setenv(VARIABLE, "variable")
    assert find_key("vault", key_file) == Found(b"variable", f"the variable {VARIABLE}")
    assert find_key("checkpoint", key_file) == Found(SECRET, f"the file {key_file}")


def test_the_variable_is_read_once_and_children_do_not_inherit_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "variable")
    for _ in range(2):
        found = find_key("vault", tmp_path / "none")
        assert found is not None and found.content == b"variable"
        assert VARIABLE not in os.environ
    code = f"import os; print({VARIABLE!r} in os.environ)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert child.stdout == "False\n"


def test_an_empty_variable_is_none(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    assert find_key("vault", key_file) == Found(SECRET, f"the file {key_file}")


def test_the_name_of_a_variable_has_no_hyphen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLUSE_CHECKPOINT_SIGNING_KEY", "variable")
    found = find_key("checkpoint-signing", tmp_path / "none")
    assert found == Found(b"variable", "the variable ALLUSE_CHECKPOINT_SIGNING_KEY")


@pytest.mark.parametrize(
    ("mode", "accepted"),
    [(0o400, True), (0o440, True), (0o460, False), (0o444, False), (0o404, False), (0o402, False)],
)
def test_a_credential_is_taken_as_systemd_makes_it(
    key_file: Path, monkeypatch: pytest.MonkeyPatch, mode: int, accepted: bool
) -> None:
    """With an ACL for the service's user, stat shows root's file as 0440."""
    folder = key_file.parent / "credentials"
    credential = made(folder / "alluse.vault", mode, b"credential\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    real = os.fstat

    def as_roots(descriptor: int) -> os.stat_result:
        status = list(real(descriptor))
        status[stat.ST_UID] = status[stat.ST_GID] = 0
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", as_roots)
    if accepted:
        found = find_key("vault", key_file)
        assert found is not None and found.content == b"credential\n"
    else:
        with pytest.raises(BadInput) as caught:
            find_key("vault", key_file)
        assert str(credential) in str(caught.value)


def test_a_credential_of_ours_is_not_open_to_our_group(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = key_file.parent / "credentials"
    made(folder / "alluse.vault", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    real = os.fstat

    def as_the_services(descriptor: int) -> os.stat_result:
        status = list(real(descriptor))
        status[stat.ST_UID] = status[stat.ST_GID] = 990
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", as_the_services)
    monkeypatch.setattr(os, "geteuid", lambda: 990)
    with pytest.raises(BadInput, match="chmod 0400"):
        find_key("vault", key_file)


def test_a_key_file_that_is_badly_kept_is_not_passed_over(key_file: Path) -> None:
    key_file.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 0400"):
        find_key("vault", key_file)


def test_what_was_found_does_not_show_itself(key_file: Path) -> None:
    found = find_key("vault", key_file)
    assert "planted" not in repr(found) and "planted" not in str(found)
    assert str(key_file) in repr(found)


def test_a_hostile_path_is_shown_and_not_sent(tmp_path: Path) -> None:
    path = made(tmp_path / "a\x1b[2Jb", 0o644)
    with pytest.raises(BadInput) as caught:
        read_key_file(path)
    assert "\x1b" not in str(caught.value)
