"""The holders of a running terminal, asked for page after page."""

from collections.abc import Callable

import msgspec

from board.link import admin, answers


def following(request: admin.Holders, answer: answers.HoldersAnswer) -> admin.Holders | None:
    """The question for the page behind this one; None behind the last."""
    if not answer.holders:
        return None
    last = answer.holders[-1]
    return msgspec.structs.replace(request, after=(last.name, last.id))


def whole(
    ask: Callable[[admin.Request], answers.Answer], request: admin.Holders
) -> answers.HoldersAnswer | answers.Refused:
    """Return all holders in one answer, or the terminal's refusal. Raises what `ask` raises."""
    holders: list[answers.Holder] = []
    page: admin.Holders | None = request
    while page is not None:
        answer = ask(page)
        if isinstance(answer, answers.Refused):
            return answer
        assert isinstance(answer, answers.HoldersAnswer)
        holders += answer.holders
        page = following(page, answer)
    return answers.HoldersAnswer(tuple(holders))
