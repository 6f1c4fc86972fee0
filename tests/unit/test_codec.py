"""The layered mapping behaves as a dict; events survive their way to plain data and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alluse_tui.domain.events.codec import canonical, event_from_plain, to_plain
from alluse_tui.domain.events.events import (
    EVENT_TYPES,
    AccountOpened,
    EntryPosted,
    Event,
    Posting,
)
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.persistent_map import OVERLAY_LIMIT, PersistentMap
from alluse_tui.domain.model.policy import Policy, TierPolicy
from alluse_tui.domain.model.terms import Kind, Tier

DAY = date(2026, 11, 24)
KEYS = st.integers(0, 2 * OVERLAY_LIMIT).map(str)


class Boxed:
    """A value that is equal to nothing but itself."""


@settings(max_examples=40)
@given(st.lists(KEYS, max_size=20), st.integers(0, 2 * OVERLAY_LIMIT + 5))
def test_layered_behaves_as_a_dict(keys: list[str], filler: int) -> None:
    layered, model = PersistentMap[Boxed](), dict[str, Boxed]()
    for key in [*map(str, range(filler)), *keys]:
        value = Boxed()
        layered = layered.with_item(key, value)
        model[key] = value
    assert list(layered.items()) == list(model.items())
    assert len(layered) == len(model)
    assert layered == PersistentMap(model)
    assert all(key in layered and layered[key] is model[key] for key in keys)
    assert "absent" not in layered
    assert layered.get("absent") is None


def test_layered_misses_as_a_dict_does() -> None:
    with pytest.raises(KeyError):
        PersistentMap({"a": 1})["b"]


@settings(max_examples=40)
@given(st.lists(KEYS, min_size=1, max_size=30), st.integers(0, 2 * OVERLAY_LIMIT))
def test_a_change_leaves_every_older_layered_as_it_was(keys: list[str], filler: int) -> None:
    versions = [PersistentMap({str(i): Boxed() for i in range(filler)})]
    for key in keys:
        versions.append(versions[-1].with_item(key, Boxed()))
    was = [dict(v) for v in versions]
    for version, content in zip(versions, was, strict=True):
        for key in keys:
            version.with_item(key, Boxed())
        assert dict(version) == content


@settings(max_examples=40)
@given(
    st.lists(KEYS, max_size=20),
    st.lists(KEYS, max_size=20),
    st.integers(0, OVERLAY_LIMIT + 2),
    st.integers(0, OVERLAY_LIMIT + 2),
)
def test_changes_since_are_what_differs(
    before: list[str], since: list[str], filler: int, later: int
) -> None:
    old = PersistentMap[Boxed]()
    for key in [*map(str, range(filler)), *before]:
        old = old.with_item(key, Boxed())
    new = old
    for key in [*(f"later {i}" for i in range(later)), *since]:
        new = new.with_item(key, Boxed())
    changed = dict(new.changes_since(old))
    assert changed == {k: v for k, v in new.items() if old.get(k) is not v}
    assert set(changed) == {*since, *(f"later {i}" for i in range(later))}
    assert not dict(new.changes_since(new))


def test_setting_the_same_object_again_is_no_change() -> None:
    value = Boxed()
    old = PersistentMap({"a": value})
    assert not dict(old.with_item("a", value).changes_since(old))


def test_layereds_are_equal_by_content_however_built() -> None:
    assert PersistentMap({"a": 1, "b": 2}) == PersistentMap({"a": 1}).with_item("b", 2)
    assert PersistentMap({"a": 1}) != PersistentMap({"a": 2})
    assert PersistentMap({"a": 1}) != PersistentMap({"b": 1})


def events_of(name: str) -> st.SearchStrategy[Event]:
    """Events with a value drawn for every field, those with defaults included."""
    hints = get_type_hints(EVENT_TYPES[name])
    return st.builds(
        EVENT_TYPES[name],
        **{field: st.from_type(hint) for field, hint in hints.items() if field[0] != "_"},
    )


def dictionaries(mapping: Any) -> st.SearchStrategy[dict[Any, Any]]:
    key, value = get_args(mapping)
    anything = st.integers() | st.text() | st.lists(st.text())
    values = anything if value is Any else st.from_type(value)
    return st.dictionaries(st.from_type(key), values, max_size=3)


st.register_type_strategy(Mapping, dictionaries)


st.register_type_strategy(
    Policy,
    st.builds(
        Policy,
        tiers=st.dictionaries(st.sampled_from(Tier), st.builds(TierPolicy), max_size=3),
    ),
)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_event_survives_json(name: str) -> None:
    @settings(max_examples=30)
    @given(events_of(name))
    def survives(event: Event) -> None:
        plain = to_plain(event)
        assert plain["type"] == name
        back = event_from_plain(json.loads(json.dumps(plain)))
        assert back == event
        assert type(back) is type(event)
        assert to_plain(back) == plain
        ordered = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert canonical(event) == ordered.encode()
        assert json.loads(canonical(event)) == plain

    survives()


def test_what_equals_its_default_is_left_out() -> None:
    opened = AccountOpened("Main", "gen-1", Tier.GEN, DAY)
    assert to_plain(opened) == {
        "type": "account_opened",
        "portfolio": "Main",
        "code": "gen-1",
        "tier": "gen",
        "opened": "2026-11-24",
    }


def test_an_entry_comes_back_with_its_own_types() -> None:
    entry = EntryPosted("Main", Kind.FEE, DAY, (Posting("gen-1", "cash", "USD", -1),))
    back = event_from_plain(json.loads(json.dumps(to_plain(entry))))
    assert isinstance(back, EntryPosted)
    assert (type(back.kind), type(back.effective), type(back.postings)) == (Kind, date, tuple)


def test_an_event_of_a_newer_program_stops_the_reader() -> None:
    with pytest.raises(StoreFailed, match=r"'fork' is an event of a newer program"):
        event_from_plain({"type": "fork", "portfolio": "Main"})


@pytest.mark.parametrize("value", [1.5, {"a": 1.5}, [float("nan")], b"bytes"])
def test_a_float_has_no_way_onto_the_wire(value: Any) -> None:
    with pytest.raises(TypeError, match="no plain form"):
        to_plain(value)
