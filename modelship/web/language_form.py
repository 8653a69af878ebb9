"""The form of a language endpoint: shapes of input only, the action judges. The key is written, never shown."""

from typing import Any, ClassVar

from django import forms

from inference.endpoint_values import MAX_KEY, MAX_MONTHLY, MAX_PRICE, NUMBERS, TEXTS
from inference.models import LanguageEndpoint

PLAIN = {"autocomplete": "off", "spellcheck": "false"}
KEPT = "Kept as it is while this is empty."


def _whole(label: str, help_text: str, initial: int, limits: tuple[int, int]) -> forms.IntegerField:
    low, high = limits
    return forms.IntegerField(
        label=label, help_text=help_text, initial=initial, min_value=low, max_value=high
    )


def _price(label: str) -> forms.FloatField:
    return forms.FloatField(label=label, initial=0, min_value=0, max_value=MAX_PRICE)


class EndpointForm(forms.Form):
    name = forms.CharField(
        max_length=TEXTS["name"],
        help_text="What your team calls it.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    base_url = forms.CharField(
        label="Address",
        max_length=TEXTS["base_url"],
        help_text="Up to /v1: https://api.openai.com/v1, or that of your own server.",
        widget=forms.TextInput(
            attrs={**PLAIN, "inputmode": "url", "placeholder": "https://api.openai.com/v1"}
        ),
    )
    model = forms.CharField(
        max_length=TEXTS["model"],
        help_text="Its name there, like gpt-4o-mini or llama3.2.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    key = forms.CharField(
        max_length=MAX_KEY,
        required=False,
        help_text="Kept sealed and never shown again. Servers of your own may need none.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )
    sees_images = forms.BooleanField(
        label="It sees pictures", required=False, help_text="Then it can classify pictures too."
    )
    is_default = forms.BooleanField(
        label="Ask it where nobody names another", required=False, help_text="One endpoint is the default."
    )
    requests_per_minute = _whole("Requests a minute", "", 60, NUMBERS["requests_per_minute"])
    requests_at_once = _whole("Requests at once", "", 4, NUMBERS["requests_at_once"])
    texts_per_request = _whole(
        "Texts in one request",
        "More are cheaper. With one, no text can talk the model into anything about another.",
        10,
        NUMBERS["texts_per_request"],
    )
    input_price = _price("Price of a million tokens asked")
    output_price = _price("Price of a million tokens answered")
    monthly_tokens = forms.IntegerField(
        label="Most tokens a month", required=False, min_value=0, max_value=MAX_MONTHLY
    )
    rare: ClassVar[tuple[str, ...]] = (*NUMBERS, "input_price", "output_price", "monthly_tokens")

    def __init__(self, data: Any = None, *, endpoint: LanguageEndpoint | None = None) -> None:
        initial = (
            {name: getattr(endpoint, name) for name in self.base_fields if name != "key"} if endpoint else {}
        )
        for name in ("input_price", "output_price"):
            if name in initial:
                initial[name] = float(initial[name])
        super().__init__(data, initial=initial, auto_id="endpoint-%s")
        if endpoint and endpoint.secret:
            self.fields["key"].help_text = (
                f"Ends in {endpoint.key_hint}. {KEPT}" if endpoint.key_hint else KEPT
            )

    def usual_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.rare]

    def rare_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.rare]

    def refuse(self, field: str | None, detail: str) -> None:
        self.add_error(field if field in self.fields else None, detail)
