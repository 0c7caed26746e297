"""A stand-in for the endpoint that is told what to answer, and reports whose answers are known."""

from __future__ import annotations

from random import Random

from consistent import figures, report, rows_of
from extractor.model.failures import failure
from extractor.model.question import Answer
from extractor.readers.answers import codes
from extractor.schema import FORMS

FORM = FORMS["2021"]
SHOWN = figures(Random(11), "2021", 300)
SEPARATED = report("2021", SHOWN, "\t")
GLUED = report("2021", SHOWN)


class Told:
    """Answers each question with what `answers` holds under its name (nothing: an empty object), as often as it is asked.
    An answer may be a function of the question; None is a failure. `asked` keeps the questions."""

    model = "told"

    def __init__(self, answers=(), tokens=0):
        self.answers, self.tokens, self.asked = dict(answers), tokens, []

    async def ask(self, question, budget):
        self.asked.append(question)
        budget.spent.requests += 1
        budget.spent.tokens_in += self.tokens
        answer = self.answers.get(question.name, {})
        answer = answer(question) if callable(answer) else answer
        if answer is None:
            return Answer(None, failure("refused", question.name))
        value = question.form.model_validate(answer)
        return Answer(value, None, tuple(question.complaints(value)))

    @property
    def names(self):
        return [question.name for question in self.asked]


def rows(table):
    """(key, number of cells) of the rows that a complete table prints, in order."""
    if table == "applications":
        return [(row.key, len(row.columns)) for row in rows_of(FORM)]
    return [(row.key, len(row.columns)) for row in next(one for one in FORM.tables if one.name == table).rows]


def ranges(table):
    """Row key to the first and last id of its cells, where every number of the section is a cell."""
    found, at = {}, 1
    for key, width in rows(table):
        found[key] = (at, at + width - 1)
        at += width
    return found


def pointed(table, order=None):
    """The right answer by pointers about a table of SEPARATED; `order` gives rows the ids of others."""
    named, ids = codes("2021", table), ranges(table)
    return {named[key]: "{}-{}".format(*ids[(order or {}).get(key, key)]) for key in ids}


def valued(table, shown=SHOWN):
    """The right answer by values."""
    named = codes("2021", table)
    return {
        named[row.key]: [shown[f"{table}.{row.key}.{column.key}"] for column in row.columns]
        for row in next(one for one in FORM.tables if one.name == table).rows
        if not FORM.optional(row)
    }


def everything(answer=pointed):
    """Right answers about all three tables."""
    return {table.name: answer(table.name) for table in FORM.tables}


def wrong_values(result, shown=SHOWN, trusts=("proven", "located")):
    """Addresses whose value is not what is printed there, among those with these trusts."""
    return [a for a, cell in result.cells.items() if cell.trust in trusts and str(cell.value) != shown.get(a)]
