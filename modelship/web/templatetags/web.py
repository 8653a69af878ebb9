"""The words, icons and numbers that templates share."""

from datetime import datetime

from django import template
from django.forms import BoundField
from django.template.defaultfilters import date as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from modelship.lib.clock import now

register = template.Library()

# state: (words, colour of the badge, icon). Images, jobs and boxes share one table: no state means two things.
STATES = {
    "new": ("New", "dashed", "circle-dashed"),
    "proposed": ("Proposed", "accent", "sparkles"),
    "labeled": ("Labelled", "", "tag"),
    "submitted": ("In review", "warn", "eye"),
    "approved": ("Approved", "ok", "badge-check"),
    "changes_requested": ("Changes requested", "bad", "message-square-warning"),
    "queued": ("Queued", "dashed", "clock"),
    "running": ("Running", "accent", "loader"),
    "succeeded": ("Done", "ok", "check"),
    "failed": ("Failed", "bad", "circle-alert"),
    "cancelled": ("Cancelled", "", "ban"),
    "accepted": ("Accepted", "ok", "check"),
    "rejected": ("Rejected", "bad", "x"),
    "ingested": ("Imported", "ok", "check"),
    "duplicate": ("Duplicate", "", "copy"),
    "refused": ("Refused", "bad", "circle-alert"),
    "missing": ("Missing", "warn", "circle-off"),
    "changed": ("Changed", "accent", "refresh-cw"),
    "orphaned": ("Orphaned", "warn", "unlink"),
    "ok": ("In order", "ok", "check"),
    "degraded": ("Needs attention", "bad", "circle-alert"),
    "active": ("Active", "ok", "check"),
    "draft": ("Draft", "warn", "circle-alert"),
    "archived": ("Archived", "", "archive"),
    "revoked": ("Revoked", "", "ban"),
    "expired": ("Expired", "warn", "clock"),
}
SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"))
CONTROLS = {"select": "select", "textarea": "textarea", "checkbox": "", "file": "input", "radioselect": ""}


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> str:
    """A Lucide icon: decoration unless it has a label of its own."""
    said = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return lucide(name, size=size, **{"class": "icon", **said})


@register.filter
def state_label(state: str) -> str:
    return STATES[state][0] if state in STATES else str(state).replace("_", " ").capitalize()


@register.filter
def state_kind(state: str) -> str:
    return STATES[state][1] if state in STATES else ""


@register.filter
def state_icon(state: str) -> str:
    return STATES[state][2] if state in STATES else "circle"


@register.filter
def count(number: int | None) -> str:
    """1204 as 1,204; nothing as 0."""
    return f"{number or 0:,}"


@register.filter
def percent(part: int, whole: int) -> int:
    """Never 100 before everything is done."""
    return min(part * 100 // whole, 100) if whole else 0


@register.filter
def plural(number: int, words: str) -> str:
    """`3|plural:"image,images"` is "3 images"."""
    one, many = words.split(",")
    return f"{number or 0:,} {one if number == 1 else many}"


@register.filter
def initials(name: str) -> str:
    words = [word for word in name.replace(".", " ").replace("_", " ").split() if word]
    return "".join(word[0] for word in words[:2]) or "?"


@register.simple_tag
def ago(moment: datetime | None) -> str | SafeString:
    """How long ago, with the exact time on hover and for machines."""
    if moment is None:
        return "never"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        format_date(moment, "j M Y, H:i") + " UTC",
        _span((now() - moment).total_seconds(), moment),
    )


def _span(seconds: float, moment: datetime) -> str:
    if seconds >= 30 * 86_400:
        return format_date(moment, "j M Y")
    for length, unit in SPANS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now"


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget in our clothes; Django itself names its help and errors for screen readers."""
    attrs: dict[str, str | bool] = {"class": CONTROLS.get(field.widget_type, "input")}
    if "placeholder" in field.field.widget.attrs:
        attrs["placeholder"] = ""  # the label above says it already
    return field.as_widget(attrs=attrs)


@register.filter
def is_past(day: str | None) -> bool:
    """Whether a day, as 2026-12-01, is over."""
    return bool(day) and str(day) < now().date().isoformat()


@register.filter
def words(text: str) -> list[str]:
    return text.split()
