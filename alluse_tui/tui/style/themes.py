"""The themes: every colour of the program. No colour carries meaning without words beside it."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="dark",
    primary="#6ea8d8",
    secondary="#8fa6b8",
    accent="#e0b050",
    warning="#e0a04a",
    error="#e06c6c",
    success="#7fb98a",
    foreground="#d6dbe0",
    background="#12161b",
    surface="#171c22",
    panel="#202830",
    variables={"ink-dim": "#8a949e", "line": "#33404c", "ink-badge": "#12161b"},
)

LIGHT = Theme(
    name="light",
    primary="#1f5f99",
    secondary="#4a6275",
    accent="#7a5200",
    warning="#8a5200",
    error="#b02a2a",
    success="#1f6b34",
    foreground="#1b2026",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e6e3dc",
    dark=False,
    variables={"ink-dim": "#5c6670", "line": "#bdb8ac", "ink-badge": "#ffffff"},
)

CONTRAST = Theme(
    name="contrast",
    primary="#6fd3ff",
    secondary="#ffffff",
    accent="#ffe14d",
    warning="#ffb000",
    error="#ff6e6e",
    success="#5dff8f",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    variables={"ink-dim": "#c8c8c8", "line": "#8a8a8a", "ink-badge": "#000000"},
)

BLIND = Theme(
    name="colour-blind",
    primary="#56b4e9",
    secondary="#999999",
    accent="#f0e442",
    warning="#e69f00",
    error="#d55e00",
    success="#56b4e9",
    foreground="#dcdcdc",
    background="#14161a",
    surface="#1a1d22",
    panel="#262a31",
    variables={"ink-dim": "#949ba3", "line": "#3c434d", "ink-badge": "#14161a"},
)
"""Okabe and Ito's palette, safe for colour-blind people: good is blue, bad is vermilion."""

ANSI = Theme(
    name="ansi",
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    ansi=True,
    variables={
        "ink-dim": "ansi_default",
        "line": "ansi_default",
        "ink-badge": "ansi_black",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
        "scrollbar": "ansi_blue",
        "scrollbar-background": "ansi_default",
    },
)
"""The terminal's own 16 colours."""

THEMES = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST, BLIND, ANSI)}
