"""Characters that PDF fonts give in place of the ideographs they look like: Kangxi radicals and compatibility forms."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

_FORMS: Final = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")
_SUPPLEMENT = str.maketrans(
    "⺁⺄⺆⺇⺈⺊⺋⺌⺍⺎⺐⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺡⺢⺣⺤⺥⺧⺨⺩⺪⺬⺭⺮⺯⺰⺱⺲⺶⺷⺹⺺⺼⺽⺾⻀⻂⻃⻄⻅⻆⻈⻉⻊⻋⻌⻍⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
    "厂乙冂几刀卜㔾小小兀尢巳幺彑彐忄㣺扌攵旡日月氵氺灬爫爫牛犭王疋示礻竹糸纟罓罒羊羊耂肀月臼艹艹衤覀西见角讠贝足车辶辶阝钅長镸长门阜阝雨青韦页风飞食饣饣马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
)


def plain(text: str) -> str:
    """`text` with radicals and compatibility ideographs as the ordinary ones; one code point stays one code point."""
    if not _FORMS.search(text):
        return text
    return _FORMS.sub(_ordinary, text)


def _ordinary(match: re.Match[str]) -> str:
    return normalize("NFKC", match.group()).translate(_SUPPLEMENT)
