"""The meaning of providers' errors: names that they put into `code` or `type`, and wordings of their messages.

A row has the source of its fact: a page of documentation, the server's source, or the public issue that quotes it.
"""

import re
from typing import NamedTuple

from gql_chat.errors import ProviderErrorCode as Code

NAMES = {
    # https://platform.openai.com/docs/guides/error-codes
    "context_length_exceeded": Code.CONTEXT_TOO_LONG,
    "string_above_max_length": Code.CONTEXT_TOO_LONG,
    "insufficient_quota": Code.QUOTA_EXCEEDED,
    "billing_hard_limit_reached": Code.QUOTA_EXCEEDED,
    "billing_not_active": Code.QUOTA_EXCEEDED,
    "rate_limit_exceeded": Code.RATE_LIMITED,
    "invalid_api_key": Code.AUTHENTICATION,
    "model_not_found": Code.MODEL_NOT_FOUND,
    "content_policy_violation": Code.CONTENT_FILTERED,
    # https://learn.microsoft.com/azure/ai-foundry/openai/how-to/content-filter and …/reference
    "content_filter": Code.CONTENT_FILTERED,
    "ResponsibleAIPolicyViolation": Code.CONTENT_FILTERED,
    "DeploymentNotFound": Code.MODEL_NOT_FOUND,
    # https://docs.claude.com/en/api/errors
    "authentication_error": Code.AUTHENTICATION,
    "permission_error": Code.AUTHENTICATION,
    "billing_error": Code.QUOTA_EXCEEDED,
    "not_found_error": Code.MODEL_NOT_FOUND,
    "request_too_large": Code.CONTEXT_TOO_LONG,
    "rate_limit_error": Code.RATE_LIMITED,
    "overloaded_error": Code.UNAVAILABLE,
    "timeout_error": Code.TIMEOUT,
    # https://ai.google.dev/gemini-api/docs/troubleshooting
    "API_KEY_INVALID": Code.AUTHENTICATION,
    # https://docs.bigmodel.cn/cn/api/api-code (Zhipu)
    "1000": Code.AUTHENTICATION,
    "1001": Code.AUTHENTICATION,
    "1002": Code.AUTHENTICATION,
    "1003": Code.AUTHENTICATION,
    "1004": Code.AUTHENTICATION,
    "1113": Code.QUOTA_EXCEEDED,
    "1211": Code.MODEL_NOT_FOUND,
    "1212": Code.MODEL_NOT_FOUND,
    "1261": Code.CONTEXT_TOO_LONG,
    "1301": Code.CONTENT_FILTERED,
    "1302": Code.RATE_LIMITED,
    "1303": Code.RATE_LIMITED,
    "1304": Code.QUOTA_EXCEEDED,
    "1305": Code.RATE_LIMITED,
    "1308": Code.QUOTA_EXCEEDED,
    # https://platform.moonshot.ai/docs/api/chat#error-codes
    "exceeded_current_quota_error": Code.QUOTA_EXCEEDED,
    "invalid_authentication_error": Code.AUTHENTICATION,
    "incorrect_api_key_error": Code.AUTHENTICATION,
    "rate_limit_reached_error": Code.RATE_LIMITED,
    "engine_overloaded_error": Code.UNAVAILABLE,
    "resource_not_found_error": Code.MODEL_NOT_FOUND,
    # https://help.aliyun.com/zh/model-studio/error-code (DashScope)
    "Arrearage": Code.QUOTA_EXCEEDED,
    "data_inspection_failed": Code.CONTENT_FILTERED,
    "DataInspectionFailed": Code.CONTENT_FILTERED,
    "InvalidApiKey": Code.AUTHENTICATION,
    "ModelNotFound": Code.MODEL_NOT_FOUND,
    # https://www.volcengine.com/docs/82379/1299023 (Volcengine Ark)
    "AccountOverdueError": Code.QUOTA_EXCEEDED,
    "AuthenticationError": Code.AUTHENTICATION,
    "InvalidEndpointOrModel.NotFound": Code.MODEL_NOT_FOUND,
    "ModelNotOpen": Code.MODEL_NOT_FOUND,
    "SensitiveContentDetected": Code.CONTENT_FILTERED,
    "InputTextSensitiveContentDetected": Code.CONTENT_FILTERED,
    "OutputTextSensitiveContentDetected": Code.CONTENT_FILTERED,
    "InputImageSensitiveContentDetected": Code.CONTENT_FILTERED,
    "ServerOverloaded": Code.UNAVAILABLE,
    "QuotaExceeded": Code.QUOTA_EXCEEDED,
    # https://docs.siliconflow.cn/cn/faqs/error-code
    "20012": Code.MODEL_NOT_FOUND,
    "20015": Code.BAD_REQUEST,
    "30001": Code.QUOTA_EXCEEDED,
    "50505": Code.UNAVAILABLE,
    # llama.cpp, tools/server/utils.hpp
    "exceed_context_size_error": Code.CONTEXT_TOO_LONG,
    # LiteLLM, litellm/proxy/_types.py: without a database it knows its master key only
    "no_db_connection": Code.AUTHENTICATION,
    "budget_exceeded": Code.QUOTA_EXCEEDED,
    "throttling_error": Code.RATE_LIMITED,
    # TGI, router/src/server.rs
    "overloaded": Code.UNAVAILABLE,
    "timeout": Code.TIMEOUT,
}

# MiniMax's codes overlap with Zhipu's, so they count only in its `base_resp`.
# https://platform.minimax.io/docs/api-reference/errorcode
BASE_RESP = {
    "1001": Code.TIMEOUT,
    "1002": Code.RATE_LIMITED,
    "1004": Code.AUTHENTICATION,
    "1008": Code.QUOTA_EXCEEDED,
    "1026": Code.CONTENT_FILTERED,
    "1027": Code.CONTENT_FILTERED,
    "1039": Code.RATE_LIMITED,
    "1041": Code.RATE_LIMITED,
    "2013": Code.BAD_REQUEST,
    "2049": Code.AUTHENTICATION,
    "2056": Code.QUOTA_EXCEEDED,
}


class Wording(NamedTuple):
    """A form of message, with a message of that form as its source quotes it."""

    code: Code
    pattern: re.Pattern[str]
    example: str
    source: str


def _wording(code: Code, pattern: str, example: str, source: str) -> Wording:
    return Wording(code, re.compile(pattern, re.IGNORECASE | re.DOTALL), example, source)


# A model that cannot see. Its code is BAD_REQUEST, whatever the status: OpenRouter answers 404.
REFUSES_PICTURES = re.compile(
    r"(image|picture|vision|multi-?modal)s?\b.{0,60}\b(not|n't|un)\s?(be )?(support|allow|accept|enabled|available)"
    r"|(not|n't|no endpoints found that) (support|accept|allow|process)\w*\b.{0,40}\b(image|vision|multi-?modal)"
    r"|unknown variant `image_url`|\bimage_url\b.{0,80}\b(not|invalid|only|unsupported)\b|not a multimodal model",
    re.IGNORECASE | re.DOTALL,
)

# Consulted in this order where the names are unknown.
WORDINGS = (
    Wording(
        Code.BAD_REQUEST,
        REFUSES_PICTURES,
        "No endpoints found that support image input",
        "OpenRouter's 404; DeepSeek: 'unknown variant `image_url`'; vLLM: '… is not a multimodal model'; llama.cpp",
    ),
    _wording(
        Code.CONTEXT_TOO_LONG,
        r"context[ _](length|window|size)",
        "This model's maximum context length is 4096 tokens.",
        "OpenAI, vLLM: vllm/entrypoints/openai/serving_engine.py",
    ),
    _wording(
        Code.CONTEXT_TOO_LONG,
        r"max_model_len|max_seq_len",
        "length of prompt_tokens (5000) must be less than max_seq_len (4096).",
        "vLLM; SiliconFlow 20015",
    ),
    _wording(
        Code.CONTEXT_TOO_LONG,
        r"\b(prompt|input|request) (is )?too (long|large)",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "docs.claude.com/en/api/errors; Bedrock; Groq's 413",
    ),
    _wording(
        Code.CONTEXT_TOO_LONG,
        r"too many (input |prompt )?tokens|reduce the length",
        "Please reduce the length of the messages or completion.",
        "OpenAI; Together",
    ),
    _wording(
        Code.CONTEXT_TOO_LONG,
        r"input (token )?(length|count)|exceeded model token limit",
        "Range of input length should be [1, 30720]",
        "DashScope's error codes; Gemini; Moonshot: 'Your request exceeded model token limit: 8192'",
    ),
    _wording(
        Code.CONTEXT_TOO_LONG,
        r"`inputs` (tokens \+ `max_new_tokens` )?must (be|have)",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 and 20",
        "TGI, router/src/validation.rs",
    ),
    _wording(
        Code.CONTEXT_TOO_LONG,
        r"prompt contains \d+ tokens|max(imum)? message tokens|maximum prompt length",
        "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
        "xAI; Mistral; Volcengine: 'Total tokens of image and text exceed max message tokens'",
    ),
    _wording(
        Code.QUOTA_EXCEEDED,
        r"insufficient[ _](balance|quota|credit|funds)|balance is insufficient|余额不足",
        "Insufficient Balance",
        "api-docs.deepseek.com/quick_start/error_codes; SiliconFlow 30001; Zhipu 1113",
    ),
    _wording(
        Code.QUOTA_EXCEEDED,
        r"exceeded your current quota|credit balance|arrears|insufficient balance|(monthly )?spending limit",
        "You exceeded your current quota, please check your plan and billing details.",
        "OpenAI; Anthropic; Perplexity; xAI",
    ),
    _wording(
        Code.QUOTA_EXCEEDED,
        r"(doesn't|does not) have any credits|used all (of )?(your |its )?(available )?credits|key limit exceeded"
        r"|requires more credits|budget has been exceeded|account is (in arrears|not active)",
        "Your newly created team doesn't have any credits yet.",
        "xAI's 403; OpenRouter's 402 and 403; LiteLLM: 'Budget has been exceeded!'",
    ),
    _wording(
        Code.CONTENT_FILTERED,
        r"content[ _](filter|management|policy|exists risk)|moderation|flagged|sensitive content|敏感",
        "Content Exists Risk",
        "DeepSeek; Azure; OpenRouter's moderation; Zhipu 1301",
    ),
    _wording(
        Code.AUTHENTICATION,
        r"api[ _-]?key (provided|is )?(not valid|invalid|missing|expired)|(invalid|incorrect|no) api[ _-]?key",
        "API key not valid. Please pass a valid API key.",
        "ai.google.dev; OpenAI; xAI's 400",
    ),
    _wording(
        Code.UNAVAILABLE,
        r"no (healthy )?deployments? available|no healthy deployments?|model (is|service) (currently )?overloaded",
        "No deployments available for selected model, Try again in 5 seconds.",
        "LiteLLM, litellm/router.py; TGI; SiliconFlow 50505",
    ),
    _wording(
        Code.MODEL_NOT_FOUND,
        r"model\b.{0,200}\bnot (exist|found)\b|(unknown|no such) model|invalid model (name|id)",
        "The model `gpt-9` does not exist or you do not have access to it.",
        "OpenAI; DeepSeek: 'Model Not Exist'; LiteLLM; Ollama",
    ),
)
