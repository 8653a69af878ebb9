"""What a status of the other side means for the person who set the source up; its body is never told. Pure."""

from modelship.lib.errors import Problem, Unavailable, Unprocessable
from modelship.lib.outbound import HEALING_STATUSES


def status_problem(status: int, what: str) -> Problem:
    """`what` is named in the sentence, like "the bucket"."""
    if status in HEALING_STATUSES or status >= 500:
        return Unavailable(
            f"{what.capitalize()} answered {status}. Try again later.", code="unreachable", answered=status
        )
    if status in (401, 403):
        detail = f"{what.capitalize()} refused the credentials ({status}). Check them and their rights."
        return Unprocessable(detail, code="credentials_refused", answered=status)
    if status == 404:
        detail = f"There is nothing by that name: {what} answered 404. Check the name."
        return Unprocessable(detail, code="source_not_found", answered=status)
    detail = f"{what.capitalize()} answered {status}. Check the settings of this source."
    return Unprocessable(detail, code="source_refused", answered=status)
