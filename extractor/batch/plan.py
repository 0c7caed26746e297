"""What a batch would have to do, and what it may take, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from extractor.batch.engine_local import Order
from extractor.batch.manifest import Item
from extractor.batch.work import Identity, identify
from extractor.render.marks import Lang, counted, say

if TYPE_CHECKING:
    from extractor.store.database import Store


@dataclass(frozen=True, slots=True)
class Plan:
    """Inputs by what is to become of them: `new` distinct documents to be read, of `size` bytes; `unchanged`, `failed_before`
    and `unopened` inputs. `seconds` and `cost` of the new ones, from what documents in the store took under the same reader
    and model; None where none has been read yet."""

    total: int
    new: int
    size: int
    unchanged: int
    failed_before: int
    unopened: int
    seconds: float | None
    cost: Decimal | None

    def lines(self, order: Order, lang: Lang) -> list[str]:
        """For a person."""
        made = [
            say(
                lang,
                f"共 {self.total} 个输入：待读 {self.new} 份（{self.size / 1e6:.1f} MB），已有 {self.unchanged}，"
                f"先前失败 {self.failed_before}，打不开 {self.unopened}",
                f"{counted(self.total, 'input', 'inputs')}: {counted(self.new, 'document', 'documents')} to read ({self.size / 1e6:.1f} MB), {self.unchanged} unchanged, "
                f"{self.failed_before} failed before, {self.unopened} not opened",
            )
        ]
        if self.seconds is None:
            made.append(
                say(
                    lang,
                    "存储里还没有可供估算的结果；可先用 --limit 20 试读",
                    "nothing in the store to estimate from; read a few first with --limit 20",
                )
            )
            return made
        clock = timedelta(seconds=round(self.seconds / order.workers))
        made.append(
            say(
                lang,
                f"{order.workers} 个进程约需 {clock}",
                f"about {clock} with {counted(order.workers, 'process', 'processes')}",
            )
            + (say(lang, f"，费用约 {self.cost:.4f}", f", cost about {self.cost:.4f}") if self.cost is not None else "")
        )
        return made


def plan(items: Sequence[Item], store: Store | None, order: Order) -> Plan:
    """Identifies every input (reads it, opens nothing else); `store` None is one that does not exist yet."""
    sizes: dict[tuple[str, str], int] = {}
    counts: dict[tuple[str, str], int] = {}
    unopened = 0
    for item in items:
        found = identify(item.input)
        if not isinstance(found, Identity):
            unopened += 1
            continue
        key = (found.sha256, order.reading.fingerprint(item.origin.copy))
        sizes[key] = found.size
        counts[key] = counts.get(key, 0) + 1
    done = store.standing(list(sizes)) if store else {}
    again = {"nothing": set[bool](), "failed": {False}, "all": {True, False}}[order.again]
    new = [key for key in sizes if key not in done or done[key] in again]
    spent = store.spent({order.reading.fingerprint(copy) for copy in (None, "original", "web", "extracted")}) if store else None
    return Plan(
        total=len(items),
        new=len(new),
        size=sum(sizes[key] for key in new),
        unchanged=sum(counts[key] for key, read in done.items() if read and True not in again)
        + sum(counts[key] - 1 for key in new),
        failed_before=sum(counts[key] for key, read in done.items() if not read and False not in again),
        unopened=unopened,
        seconds=spent.seconds * len(new) if spent else None,
        cost=spent.cost * len(new) if spent and spent.cost is not None else None,
    )
