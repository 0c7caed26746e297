"""What asking costs: money to the last digit, and nothing where the price is unknown."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from extractor.errors import UsageError
from extractor.model.ledger import Ledger, Price, price
from extractor.model.question import Spent


def test_cost_is_exact_decimal():
    """Cached tokens have their own price, and no float comes between."""
    rate = Price("USD", Decimal("0.15"), Decimal("0.60"), Decimal("0.075"))
    cost = rate.cost(Spent(requests=1, tokens_in=1_000_001, tokens_out=3, tokens_cached=1))
    assert cost == Decimal("0.15") + Decimal("0.000000075") + Decimal("0.0000018")
    assert isinstance(cost, Decimal)


def test_known_and_unknown_models():
    """A listed model has a price in a currency, an unlisted one none, so that no cost is made up."""
    assert price("gpt-4.1-mini").currency == "USD"
    assert price("deepseek-flash").cached < price("deepseek-flash").tokens_in
    assert price("scripted-simulation") is None
    assert Ledger(None).cost is None


def test_own_prices_come_first(tmp_path):
    """A file of the user's is looked into before ours, by patterns of model names."""
    own = tmp_path / "prices.toml"
    own.write_text('[[price]]\nmodels = "gpt-4.1*"\ncurrency = "CNY"\nin = "1"\nout = "2"\n', encoding="utf-8")
    assert price("gpt-4.1-mini", own) == Price("CNY", Decimal(1), Decimal(2), Decimal(1))
    assert price("deepseek-flash", own).currency == "USD"


@pytest.mark.parametrize(
    "content", ["nonsense", '[[price]]\nmodels = "*"\n', '[[price]]\nmodels = "*"\ncurrency = "X"\nin = "a"\nout = "1"', None]
)
def test_bad_price_file_is_named(tmp_path, content):
    """A price file that cannot be read is a wrong setting, named with a remedy."""
    own = tmp_path / "prices.toml"
    if content is not None:
        own.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"prices\.toml"):
        price("m", own)


def test_threads_lose_no_count():
    """Eight threads that write at once are all counted, in the total and for their documents."""
    ledger, documents = Ledger(None), [Spent() for _ in range(8)]

    def write(document):
        for _ in range(2000):
            ledger.enter(document, requests=1, tokens_in=3)

    threads = [threading.Thread(target=write, args=(document,)) for document in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (ledger.spent.requests, ledger.spent.tokens_in) == (16000, 48000)
    assert [document.requests for document in documents] == [2000] * 8
