"""A generator behind an HTTP address did not do its work, each reason by its own name."""

from __future__ import annotations

from ragsys.errors.models import GenerationError

__all__ = [
    "EndpointAnswerError",
    "EndpointBusyError",
    "EndpointCredentialsError",
    "EndpointError",
    "EndpointModelError",
    "EndpointTimeoutError",
    "EndpointUnreachableError",
]


class EndpointError(GenerationError):
    """The server that generates could not be used."""

    code = "endpoint-failed"
    exit_code = 6
    http_status = 502


class EndpointUnreachableError(EndpointError):
    """Nobody answers at the address, or the connection broke."""

    code = "endpoint-unreachable"
    hint = "check that the server runs and that the setting generator is its address, such as http://127.0.0.1:8000/v1"


class EndpointTimeoutError(EndpointError):
    """The server was silent for too long, or took too long altogether."""

    code = "endpoint-timeout"
    http_status = 504
    hint = "raise generator_timeout (silence) or generator_deadline (the whole answer), or ask for a shorter answer"


class EndpointCredentialsError(EndpointError):
    """The server wants a key, or another one."""

    code = "endpoint-credentials"
    hint = "set generator_key_env to the name of the environment variable that holds the key"


class EndpointBusyError(EndpointError):
    """The server asks to be left alone for a while."""

    code = "endpoint-busy"
    http_status = 503
    hint = "wait, or look at the limits of the account that the key belongs to"


class EndpointModelError(EndpointError):
    """The server has no such model, or has several and none was named."""

    code = "endpoint-model"
    hint = "set generator_model to the name that the server knows the model by; the address ends in /v1 most often"


class EndpointAnswerError(EndpointError):
    """The server refused the request, or said what no such server says."""

    code = "endpoint-answer"
    hint = "check that the address is an OpenAI-compatible one (it ends in /v1 most often) and look at the server's log"
