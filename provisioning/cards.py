"""Cards of a running terminal: list, add, suspend, lost, activate, remove."""

import argparse
from typing import Final

from board.link import admin, answers
from provisioning.table import table
from provisioning.terminal import carry_out, common_options, dry_run, json_of, preview

STATUS: Final[dict[str, tuple[admin.CardOrder, str]]] = {
    "suspend": ("suspended", "card {card} opens nothing until `cardea cards activate {card}`"),
    "lost": ("lost", "card {card} is lost and opens nothing"),
    "activate": ("active", "card {card} counts again"),
    "remove": ("remove", "card {card} is forgotten"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|add|suspend|lost|activate|remove")
    shown = actions.add_parser("list", help="all cards; the default")
    shown.add_argument("--holder", default="", help="of this holder only")
    add = actions.add_parser("add", help="give a holder one more card")
    add.add_argument("holder", help="the holder's id: `cardea holders` lists them")
    add.add_argument("--format", default="H10301", help="or the site's own; default H10301")
    add.add_argument("--facility", type=int, default=0, help="facility code")
    add.add_argument("--number", type=int, required=True, help="card number")
    changes = [actions.add_parser(name, help=f"the card with this id: {name}") for name in STATUS]
    for change in changes:
        change.add_argument("card", help="the card's id: `cardea cards` lists them")
    common_options(parser, shown, add, *changes)
    dry_run(parser, actions.choices["remove"])


def run(options: argparse.Namespace) -> int:
    return carry_out(options.state, _request(options), lambda answer: _text(options, answer))


def _request(options: argparse.Namespace) -> admin.Request:
    if options.action in STATUS and not options.dry_run:
        return admin.SetCard(options.card, STATUS[options.action][0])
    if options.action == "add":
        return admin.AddCard(options.holder, options.format, options.facility, options.number)
    return admin.Cards(getattr(options, "holder", ""))


def _text(options: argparse.Namespace, answer: answers.Answer) -> str:
    if isinstance(answer, answers.CardsAnswer):
        cards = sorted(answer.cards, key=_place)
        if options.dry_run:
            lost = [card for card in cards if card.id == options.card]
            missing = f"no card {options.card}: `cardea cards` lists them"
            return preview(options, lost, _table, missing)
        return json_of(cards) if options.json else _table(cards)
    if isinstance(answer, answers.Done) and options.action == "add":
        return f"card {answer.id} is {options.holder}'s"
    return STATUS[options.action][1].format(card=options.card)


def _place(card: answers.Card) -> tuple[str, str, str, int, int]:
    return card.name, card.holder, card.format, card.facility, card.number


def _table(cards: list[answers.Card]) -> str:
    rows = [
        (
            *(card.id, card.name, card.format, str(card.facility), str(card.number)),
            *(card.status, card.holder),
        )
        for card in cards
    ]
    return table(("id", "name", "format", "facility", "number", "status", "holder"), rows)
