"""What the server answers to a request that it does not carry out, and why it does not start."""

from __future__ import annotations

from typing import ClassVar

from ragsys.errors.base import RagsysError
from ragsys.errors.usage import UsageError

__all__ = [
    "AddressError",
    "BodyTooLargeError",
    "DeadlineError",
    "ForbiddenError",
    "HostRefusedError",
    "InternalError",
    "MediaTypeError",
    "MethodError",
    "OriginRefusedError",
    "OverloadedError",
    "RateLimitedError",
    "RefusedForNowError",
    "RequestError",
    "RouteError",
    "SlowRequestError",
    "TokenRequiredError",
    "TokenUnknownError",
    "UnauthorizedError",
]


class RequestError(UsageError):
    """A request that does not fit what the API takes: a missing field, a wrong type, too much of something."""

    code = "request-invalid"
    http_status = 422
    hint = "GET /openapi.json says what each request takes"


class UnauthorizedError(RequestError):
    """A request without a valid token."""

    code = "unauthorized"
    http_status = 401
    hint = "send `Authorization: Bearer TOKEN`; `ragsys token create` makes one"


class ForbiddenError(RequestError):
    """A token that may not do this."""

    code = "forbidden"
    http_status = 403
    hint = "use a token with the scope that this needs: `ragsys token create NAME --scope write`"


class HostRefusedError(RequestError):
    """A request to a host name that this server does not go by."""

    code = "host-refused"
    http_status = 421
    hint = "name the host in the setting server_hosts"


class OriginRefusedError(RequestError):
    """A request that a page of another site made."""

    code = "origin-refused"
    http_status = 403
    hint = "only pages of this server may call it from a browser"


class RouteError(RequestError):
    """A path that leads nowhere."""

    code = "route-not-found"
    http_status = 404


class MethodError(RequestError):
    """A method that a path does not take."""

    code = "method-not-allowed"
    http_status = 405


class MediaTypeError(RequestError):
    """A body of another kind than the path takes."""

    code = "media-type"
    http_status = 415
    hint = "send application/json; multipart/form-data for uploads"


class BodyTooLargeError(RequestError):
    """A body beyond the configured limit."""

    code = "body-too-large"
    http_status = 413
    hint = "the settings server_body_bytes and max_file_bytes are the limits"


class SlowRequestError(RequestError):
    """A body that did not arrive in time."""

    code = "request-timeout"
    http_status = 408


class RefusedForNowError(RagsysError):
    """A request that may be made again after `retry_after` seconds."""

    code: ClassVar[str] = "try-later"
    http_status = 503

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimitedError(RefusedForNowError):
    """More requests of one caller than it may make."""

    code = "rate-limited"
    http_status = 429
    hint = "wait as long as Retry-After says"


class OverloadedError(RefusedForNowError):
    """More work than the server takes on at a time."""

    code = "overloaded"
    http_status = 503
    hint = "wait as long as Retry-After says"


class DeadlineError(RagsysError):
    """A request that could not be done in the time that it had."""

    code = "deadline"
    http_status = 504
    hint = "ask for less, or raise the setting server_deadline"


class InternalError(RagsysError):
    """A fault of ragsys itself; the log of the server has it under the request's id."""

    code = "internal"


class TokenRequiredError(UsageError):
    """An address that others can reach, and no token to keep them out."""

    code = "token-required"
    hint = "run `ragsys token create NAME` first, or listen on 127.0.0.1"


class TokenUnknownError(UsageError):
    """A token that is not there."""

    code = "token-unknown"
    http_status = 404
    hint = "run `ragsys token list` to see which there are"


class AddressError(UsageError):
    """An address that the server cannot listen on."""

    code = "address-unusable"
    exit_code = 6
    hint = "choose another with --host and --port"
