"""One line of text for a security record, shared by the faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alluse_tui.security.roles import is_security

__all__ = ["is_security", "security_text"]


def security_text(body: Mapping[str, Any]) -> str:
    """'eli: operator, approver', 'password right: step-up of dana', 'denied: …'."""
    if body.get("denied"):
        return f"denied: {body['denied']}"
    if refused := [r["message"] for r in body.get("refusals", ()) if not r["ok"]]:
        return f"refused: {'; '.join(dict.fromkeys(refused))}"
    content = body["content"]
    who = content.get("user", "")
    match body["command"]:
        case "login":
            return f"{_login_result(body['events'])}: {content.get('purpose', 'login')} of {who}"
        case "logout":
            return f"{who} {content.get('why', 'logged out')}"
        case "user add" | "user role":
            return f"{who}: {', '.join(content['roles'])}"
        case command if command.startswith("user "):
            return str(who)
    return str(content.get("detail", ""))


def _login_result(events: list[Mapping[str, Any]]) -> str:
    first = events[0]
    if first["type"] == "login":
        return "password right"
    result = (
        "password NOT right" if first.get("counted", True) else "tried before the wait was over"
    )
    return result + ("; now disabled" if len(events) > 1 else "")
