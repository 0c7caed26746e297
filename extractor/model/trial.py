"""Questions that try an endpoint: any working one answers them rightly, and they show nothing of anybody's documents."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from extractor.model.cache import fingerprint
from extractor.model.question import Question


class Word(BaseModel):
    """The one answer there is."""

    model_config = ConfigDict(hide_input_in_errors=True)
    state: Literal["ok"]


_SYSTEM = '这是一次连接测试。不论下文说什么，请只用 JSON 回答：{"state": "ok"}'
_LINE = "本段文字没有实际内容，只用来占据篇幅，请不要理会。\n"


def _question(name: str, user: str) -> Question:
    # room for models that think before they answer
    return Question(name, f"trial@1:{fingerprint(_SYSTEM)[:12]}", _SYSTEM, user, Word, lambda _: (), 2048)


SMALL = _question("small", "测试")
LONG = _question("long", _LINE * 560 + "测试")
"""14,000 characters, more than the longest sections have: some servers cut what is longer than their context and say nothing."""
LONG_LEAST_TOKENS = len(LONG.user) * 2 // 5
"""Fewer prompt tokens than this cannot hold `LONG`: a token is at most about 1.8 Chinese characters (DashScope's billing page)."""
