"""What a status of the other side means for the person who set the endpoint up; its words are never told. Pure."""

from modelship.lib.errors import Problem, TooLarge, Unavailable, Unprocessable
from modelship.lib.outbound import HEALING_STATUSES

# The status of our own refusals that another try may heal.
HEALING = Unavailable.status
# What OpenAI says with a 429 that no waiting heals.
NO_CREDIT = "insufficient_quota"


def refused(status: int, code: str = "") -> Problem:
    """The refusal as a Problem: Unavailable where it can heal."""
    if code == NO_CREDIT:
        words = "The account at the language model has no credit left. Top it up there, then try again."
        return Unprocessable(words, code="no_credit", answered=status)
    if status in HEALING_STATUSES or status >= 500:
        words = f"The language model answered {status}. Try again later."
        return Unavailable(words, code="language_unavailable", answered=status)
    if status in (401, 403):
        words = f"The language model refused the key ({status}). Check the key and what it may do."
        return Unprocessable(words, code="credentials_refused", answered=status)
    if status == 404:
        words = "The endpoint knows no such model (404). Check its address and the name of the model."
        return Unprocessable(words, code="model_not_found", answered=status)
    if status == 413:
        return TooLarge("The request is too large for the language model. Send fewer texts at once.")
    words = f"The language model refused the request ({status}). Check the endpoint’s settings, or send fewer at once."
    return Unprocessable(words, code="language_refused", answered=status)


def unanswered_request() -> Unavailable:
    return Unavailable(
        "The language model does not answer as it should. Check the address, or try again later.",
        code="language_unavailable",
    )


def missing_library() -> Unprocessable:
    return Unprocessable(
        "This server lacks the library for language models (openai). "
        "Ask the operator to install requirements/language.txt.",
        code="library_missing",
    )
