"""The form of a source, made from what its kind needs to be told."""

from typing import Any

from django import forms

from datasets.models import Source
from datasets.sources import SOURCES
from datasets.sources.base import Field, Kind
from datasets.sources.settings import all_fields

KEPT = "Kept as it is while this is empty."
WORDS = {"yes": "Count too", "no": "Are left out", **{kind.name: kind.title for kind in SOURCES}}


class SourceForm(forms.Form):
    """Shapes of input only: the action judges. Secrets are written, never shown."""

    name = forms.CharField(
        max_length=200,
        help_text="Where the pictures come from, as your team calls it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, kind: Kind, data: Any = None, *, source: Source | None = None) -> None:
        shown = {"name": source.name, **source.config} if source else {}
        super().__init__(data, initial=shown, auto_id="source-%s")
        self.settings = all_fields(kind)
        for one in self.settings:
            is_set = source is not None and one.name in source.secret_names
            self.fields[one.name] = _field(one, is_set=is_set)

    @property
    def config(self) -> dict[str, str]:
        return {one.name: self.cleaned_data[one.name] for one in self.settings}

    def refuse(self, field: str | None, detail: str) -> None:
        self.add_error(field if field in self.fields else None, detail)


def _only(one: Field) -> str:
    return f"For {', '.join(WORDS[place] for place in one.only)}."


def _field(one: Field, *, is_set: bool) -> forms.Field:
    options: dict[str, Any] = {
        "label": one.title,
        "help_text": f"{one.help} {KEPT}".strip() if is_set else one.help,
        "required": one.required and not is_set,
        "initial": one.default,
    }
    if one.only:
        options["help_text"] = f"{options['help_text']} {_only(one)}".strip()
    if one.choices:
        choices = [(choice, WORDS.get(choice, choice)) for choice in one.choices]
        return forms.ChoiceField(choices=choices, **options)
    attrs: dict[str, Any] = {"data-only": " ".join(one.only)} if one.only else {}
    attrs |= {"autocomplete": "new-password" if one.secret else "off", "spellcheck": "false"}
    if one.many_lines:
        widget: forms.Widget = forms.Textarea(attrs={**attrs, "rows": 6})
    elif one.secret:
        widget = forms.PasswordInput(attrs=attrs)
    else:
        widget = forms.TextInput(attrs=attrs)
    return forms.CharField(max_length=one.most, widget=widget, **options)
