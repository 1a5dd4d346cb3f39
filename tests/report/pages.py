"""Reports for a browser, and what a reader finds in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from .browser import Page
from .sample import sample

STATUS = "start_recording:200#/data/status:enum"
HEIGHT = "start_recording:request#/video_config/height:maximum"
CODEC = "start_recording:request#/audio_config/codec:enum"
UPHELD = "start_recording:200#/data/id:format"
ENUM = "    enum: [INVOKED, RECORDING, UPLOADING, UPLOADED, ERRORED, PAUSED]"
# Unfolds whatever is folded, again and again, until nothing is.
UNFOLD = """(() => {
  for (let folded; (folded = document.querySelectorAll("details:not([open])")).length; ) {
    for (const details of folded) {
      details.open = true;
      details.dispatchEvent(new Event("toggle"));
    }
  }
})()"""
VISIBLE = """(element) => Boolean(element?.checkVisibility()) && (() => {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
})()"""
# The clause that has the focus.
FOCUSED = "document.activeElement.querySelector('.what code').textContent"
Opened = Callable[..., Page]


def only(identifier: str, **changes: Any) -> dict[str, Any]:
    """A model in which that clause, so changed, is the only finding."""
    model = sample()
    for item in model["clauses"]:
        item["soft"] = False
        if item["id"] == identifier:
            item["waived"] = None
            item.update(changes)
        else:
            item["verdict"] = "upheld"
    return model


def with_causes(model: dict[str, Any]) -> dict[str, Any]:
    """The model with causes behind its findings, and a fidelity."""
    ids = [item["id"] for item in model["clauses"]]
    said = "codec <b>MP3</b> is not enabled"
    model["roots"] = [
        root("a", "one schema says so", [HEIGHT, CODEC, *ids[-2:]], said=said),
        root("b", "data.status is one of INVOKED", [STATUS]),
    ]
    level = {"level": "shape", "kept": 41, "judged": 43, "all": 60}
    facts = {"ids": 1, "starts": 9, "bodies": 1, "reads": 4, "refused": 3, "broken": 9}
    model["fidelity"] = {
        "kind": "The same id for all 9 things made.",
        "facts": {**facts, "echoed": None, "sent": 0, "tokens": "none", "state": None},
        "levels": [level, {"level": "errors", "kept": 0, "judged": 0, "all": 7}],
        "grade": "D",
        "capped_by": "errors",
    }
    return model


def root(digest: str, title: str, names: list[str], **more: Any) -> dict[str, Any]:
    """A cause of that digest behind clauses, as a model has it."""
    named = {"id": digest, "kind": "schema", "title": title, "clauses": names}
    return {**named, "hard": True, "exchange": None, "said": None, **more}


def marked(page: Page) -> list[str]:
    """What is marked in the findings that are unfolded."""
    texts: list[str] = page.ask(
        "[...document.querySelectorAll('.told[open] mark')].map((mark) => mark.textContent.trim())"
    )
    return texts


def shown(page: Page) -> list[str]:
    """The ids of the findings that are listed, in groups that are unfolded for that."""
    page.ask("document.querySelectorAll('.groups > details').forEach((one) => (one.open = true))")
    page.ask("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    ids: list[str] = page.ask(
        "[...document.querySelectorAll('[aria-labelledby=findings] .told .what code')]"
        ".map((code) => code.textContent)"
    )
    return ids


def follow(page: Page, identifier: str) -> None:
    """Follow a link within the page."""
    page.ask(f"location.hash = {json.dumps('#' + quote(identifier, safe=''))}")
    page.ask("new Promise((done) => setTimeout(done))")


def place(page: Page) -> str:
    """Where among the findings one is, as the page says it."""
    return str(page.ask("document.getElementById('place').textContent"))
