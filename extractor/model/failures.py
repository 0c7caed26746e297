"""Every way in which a model gives no usable answer: stable name, whether another try can help, reason and remedy."""

from __future__ import annotations

from typing import NamedTuple

from extractor.model.question import ModelError


class Failure(NamedTuple):
    """`retryable`: the same request may succeed later; everything else needs another request or a person."""

    retryable: bool
    reason: tuple[str, str]
    remedy: tuple[str, str]


_LATER = (
    "请稍后再试；已得到的回答不会重复付费（设置了 NIANBAO_CACHE_DIR 时）",
    "try again later; with NIANBAO_CACHE_DIR nothing is paid twice",
)
_DOCTOR = ("请运行 nianbao doctor", "run nianbao doctor")
_ANOTHER = ("这一部分留待人工核对，或换一个模型", "this part stays open for a person; or use another model")

FAILURES: dict[str, Failure] = {
    "unauthorised": Failure(
        retryable=False,
        reason=("模型服务拒绝了密钥", "the endpoint refused the key"),
        remedy=("请检查 NIANBAO_API_KEY 及其权限", "check NIANBAO_API_KEY and what it may do"),
    ),
    "no_such_model": Failure(
        retryable=False,
        reason=("模型服务没有这个模型或地址", "the endpoint knows no such model or address"),
        remedy=("请检查 NIANBAO_MODEL 和 NIANBAO_BASE_URL", "check NIANBAO_MODEL and NIANBAO_BASE_URL"),
    ),
    "quota": Failure(
        retryable=False,
        reason=("模型服务的余额或额度已用完", "the account has no balance or quota left"),
        remedy=("请充值或提高额度", "top it up or raise the quota"),
    ),
    "unsupported_mode": Failure(
        retryable=False,
        reason=("模型服务不支持这种输出方式", "the endpoint does not support this way of structured output"),
        remedy=("请运行 nianbao doctor，并按它说的设置 NIANBAO_MODE", "run nianbao doctor and set NIANBAO_MODE as it says"),
    ),
    "too_long": Failure(
        retryable=False,
        reason=("这一部分超过了模型的上下文长度", "this part is longer than the model's context"),
        remedy=(
            "请换用上下文更长的模型，或调大本地服务的上下文",
            "use a model with more context, or raise that of the local server",
        ),
    ),
    "bad_request": Failure(
        retryable=False, reason=("模型服务不接受这个请求", "the endpoint does not accept the request"), remedy=_DOCTOR
    ),
    "rate_limited": Failure(
        retryable=True,
        reason=("模型服务限流", "the endpoint limits our rate"),
        remedy=(
            "请设置 NIANBAO_REQUESTS_PER_MINUTE 或 NIANBAO_TOKENS_PER_MINUTE，或降低 NIANBAO_CONCURRENCY",
            "set NIANBAO_REQUESTS_PER_MINUTE or NIANBAO_TOKENS_PER_MINUTE, or lower NIANBAO_CONCURRENCY",
        ),
    ),
    "timeout": Failure(
        retryable=True,
        reason=("模型服务没有按时回答", "the endpoint did not answer in time"),
        remedy=("请稍后再试，或调大 NIANBAO_TIMEOUT", "try again later, or raise NIANBAO_TIMEOUT"),
    ),
    "unreachable": Failure(
        retryable=True,
        reason=("连不上模型服务", "the endpoint cannot be reached"),
        remedy=("请检查 NIANBAO_BASE_URL、网络和代理", "check NIANBAO_BASE_URL, the network and the proxy"),
    ),
    "connection": Failure(
        retryable=True, reason=("与模型服务的连接中断", "the connection to the endpoint broke"), remedy=_LATER
    ),
    "server_error": Failure(retryable=True, reason=("模型服务内部出错", "the endpoint itself failed"), remedy=_LATER),
    "no_endpoint": Failure(
        retryable=False,
        reason=("这个地址的回答不是对话补全接口的格式", "what answers at this address does not speak chat completions"),
        remedy=("请检查 NIANBAO_BASE_URL，一般以 /v1 结尾", "check NIANBAO_BASE_URL, which mostly ends in /v1"),
    ),
    "truncated": Failure(
        retryable=False,
        reason=("回答在长度上限处被截断", "the answer was cut off at its length limit"),
        remedy=("请换用输出更长的模型，或关闭其思考过程", "use a model with longer answers, or switch its thinking off"),
    ),
    "refused": Failure(
        retryable=False, reason=("模型或其内容过滤拒绝回答", "the model or its content filter refused"), remedy=_ANOTHER
    ),
    "empty": Failure(retryable=False, reason=("模型的回答是空的", "the model's answer was empty"), remedy=_ANOTHER),
    "malformed": Failure(
        retryable=False,
        reason=("模型的回答不合要求的格式，重问一次仍然如此", "the answer has the wrong form, also when asked again"),
        remedy=("请运行 nianbao doctor，或换一个模型", "run nianbao doctor, or use another model"),
    ),
    "budget": Failure(
        retryable=False,
        reason=("这份文件的请求或词元预算已用完", "the document's budget of requests or tokens is spent"),
        remedy=(
            "其余部分留待人工核对，或调大 --max-requests、--max-tokens",
            "the rest stays open; or raise --max-requests, --max-tokens",
        ),
    ),
    "no_recording": Failure(
        retryable=False,
        reason=("录制的回答里没有这个问题", "the recording has no answer to this question"),
        remedy=(
            "请用同一版本、同一模型名和同一文件重放，或重新录制",
            "replay with the version, model name and file of the recording, or record again",
        ),
    ),
}


def failure(kind: str, name: str, detail: str = "") -> ModelError:
    """The error of a kind of `FAILURES` about the question or model `name`; `detail` is what the endpoint said."""
    known = FAILURES[kind]
    said = f"（{detail}）" if detail else "", f" ({detail})" if detail else ""
    error = ModelError(name, (known.reason[0] + said[0], known.reason[1] + said[1]), known.remedy, kind)
    error.retryable = known.retryable
    return error
