"""The forms of the shared pages: shapes of input only, the actions judge the rest."""

from typing import Any, ClassVar

from django import forms

from modelship.accounts.roles import NEEDS, ROLE_CHOICES, ROLES, role_allows

EXPIRY_CHOICES = [("0", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")]
SCOPE_WORDS: dict[str, str] = {
    "all": "Everything I may do",
    "view": "Look",
    "annotate": "Label",
    "review": "Review",
    "manage": "Manage projects and upload",
    "own": "Manage everything",
}


class NamedForm(forms.Form):
    name = forms.CharField(
        max_length=200, widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"})
    )
    description = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class DatasetForm(NamedForm):
    automatic_versions = forms.BooleanField(
        label="Keep versions by itself",
        required=False,
        help_text="After imports, automatic labelling and clean-ups, where something changed.",
    )
    audience = forms.ChoiceField(
        label="Who sees it",
        choices=[("everyone", "Everybody in the project"), ("managers", "Managers only")],
        required=False,
        help_text="Hide from annotators what they are measured against.",
    )

    def clean_audience(self) -> str:
        return self.cleaned_data["audience"] or self.initial["audience"]


class VersionForm(forms.Form):
    message = forms.CharField(
        max_length=500,
        required=False,
        help_text="What this version is for, so that you find it later.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class KeyForm(forms.Form):
    name = forms.CharField(
        max_length=100,
        help_text="Where it is used, so that you know later what to revoke.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label="It may")
    days = forms.ChoiceField(label="It ends", choices=EXPIRY_CHOICES)

    def __init__(self, role: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [need for need in NEEDS if role_allows(role, need)]
        self.fields["scope"].choices = [(scope, SCOPE_WORDS[scope]) for scope in ("all", *allowed)]  # type: ignore[attr-defined]


class MemberForm(forms.Form):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(initial="annotator")

    role_words: ClassVar[dict[str, str]] = {
        "viewer": "Looks at everything.",
        "annotator": "Labels pictures.",
        "reviewer": "Approves and asks for changes.",
        "manager": "Makes projects and classes, uploads, adds members.",
        "owner": "Everything, deleting projects too.",
    }

    def __init__(self, role: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = grantable(role)  # type: ignore[attr-defined]


def grantable(role: str) -> list[tuple[str, str]]:
    """The roles that a member of this role may give."""
    return ROLE_CHOICES[: ROLES.index(role) + 1]
