"""Long lists of a running terminal, asked for page after page."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from board.link import admin, answers

PLACE: Final[dict[type, Callable[[Any], object]]] = {
    admin.Holders: lambda holder: (holder.name, holder.id),
    admin.Cards: lambda card: (card.name, card.holder, card.id),
    admin.OwnRights: lambda line: (line.name, line.id, line.right.portal),
    admin.Groups: lambda group: group.name,
}
"""Lists that come in pages, and what their question calls the last line of a page: `after`."""

Question = admin.Holders | admin.Cards | admin.OwnRights | admin.Groups
Page = answers.HoldersAnswer | answers.CardsAnswer | answers.OwnRightsAnswer | answers.GroupsAnswer
Q = TypeVar("Q", bound=Question)


def following(request: Q, answer: Page) -> Q | None:
    """The question for the page behind this one; None behind the last."""
    lines = _lines(answer)
    if not lines:
        return None
    return msgspec.structs.replace(request, after=PLACE[type(request)](lines[-1]))


def whole(
    ask: Callable[[admin.Request], answers.Answer], request: Question
) -> Page | answers.Refused:
    """Return all lines in one answer, or the terminal's refusal. Raises what `ask` raises."""
    lines: list[Any] = []
    page: Question | None = request
    while page is not None:
        answer = ask(page)
        if not isinstance(answer, Page):
            assert isinstance(answer, answers.Refused)
            return answer
        lines += _lines(answer)
        page, made = following(page, answer), type(answer)
    return made(tuple(lines))


def _lines(answer: Page) -> tuple[Any, ...]:
    """The only field that such an answer has."""
    lines: tuple[Any, ...] = msgspec.structs.astuple(answer)[0]
    return lines
