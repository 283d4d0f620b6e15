"""SVG from Python: escaped, compact, no inline style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable


def number(value: float) -> str:
    """Write a coordinate with at most one decimal.

    Examples
    --------
    >>> number(3.0), number(3.14159), number(-0.04)
    ('3', '3.1', '0')
    """
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tag(name: str, *children: Markup, **attributes: object) -> Markup:
    """Return one element.

    Parameters
    ----------
    name : str
        Element name.
    *children : Markup
        Content, already escaped.
    **attributes
        `class_` stands for class, `_` for a hyphen; floats are rounded, None is left out.
    """
    words = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        text = number(value) if isinstance(value, float) else str(value)
        words.append(f'{key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    head = " ".join(words)
    body = "".join(children)
    return Markup(f"<{head}>{body}</{name}>" if body else f"<{head}/>")  # noqa: S704 - escaped above


def words(content: str, x: float, y: float, class_: str, anchor: str | None = None) -> Markup:
    """Return a line of text."""
    return tag("text", escape(content), class_=class_, x=x, y=y, text_anchor=anchor)


def group(class_: str, children: Iterable[Markup]) -> Markup:
    """Return a group; an empty one is left out."""
    content = list(children)
    return tag("g", *content, class_=class_) if content else Markup()


def path(class_: str, strokes: Iterable[str]) -> Markup:
    """Return many strokes as one path: hundreds of kicks cost ten bytes each."""
    d = "".join(strokes)
    return tag("path", class_=class_, d=d) if d else Markup()


def vertical(x: float, y: float, height: float) -> str:
    """Return one upright stroke of a path."""
    return f"M{number(x)} {number(y)}v{number(height)}"


def chart(
    name: str, title: str, description: str, width: float, height: float, children: Iterable[Markup]
) -> Markup:
    """Return a whole chart that says its content to a screen reader.

    Parameters
    ----------
    name : str
        Unique on the page; the style sheet knows it as a class.
    title, description : str
        What it is, and what it shows, in one sentence each.
    width, height : float
        Size of the drawing [px]; it scales to the page.
    """
    return tag(
        "svg",
        tag("title", escape(title), id=f"{name}-title"),
        tag("desc", escape(description), id=f"{name}-desc"),
        *children,
        class_=f"chart {name}",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def hatch(name: str) -> Markup:
    """Return the hatching that marks "no signal" without any colour."""
    line = tag("path", d="M0 6L6 0M-1 1L1 -1M5 7L7 5", class_="hatch")
    return tag(
        "defs",
        tag("pattern", line, id=name, width=6, height=6, patternUnits="userSpaceOnUse"),
    )
