"""Every error that ragsys raises on purpose, each with a stable code, an audience and a next step.

    RagsysError                     code                 exit  HTTP
    ├── UsageError                  usage                   2   400   the caller
    │   ├── ConfigError             config-invalid          2   400
    │   ├── FilterError             filter-invalid          2   400
    │   ├── QueryError              query-invalid           2   400
    │   ├── DatasetError            dataset-invalid         2   400
    │   ├── MeasureError            measure-invalid         2   400
    │   ├── RunError                run-invalid             2   400
    │   ├── CalibrationError        calibration-invalid     2   400
    │   ├── SchemaError             schema-invalid          2   400
    │   ├── ExtraMissingError       extra-missing           2   501   the owner of the machine
    │   ├── NetworkRefusedError     network-not-allowed     2   403   whoever adds a page
    │   ├── UrlError                url-invalid             2   400
    │   ├── RequestError            request-invalid         2   422   whoever calls the server
    │   │   ├── UnauthorizedError       unauthorized            2   401
    │   │   ├── ForbiddenError          forbidden               2   403
    │   │   ├── HostRefusedError        host-refused            2   421
    │   │   ├── OriginRefusedError      origin-refused          2   403
    │   │   ├── RouteError              route-not-found         2   404
    │   │   ├── MethodError             method-not-allowed      2   405
    │   │   ├── MediaTypeError          media-type              2   415
    │   │   ├── BodyTooLargeError       body-too-large          2   413
    │   │   └── SlowRequestError        request-timeout         2   408
    │   ├── TokenRequiredError      token-required          2   400   whoever starts the server
    │   ├── TokenUnknownError       token-unknown           2   404
    │   ├── AddressError            address-unusable        6   400
    │   ├── NotFoundError           not-found               2   404
    │   └── SessionNotFoundError    session-not-found       2   404
    ├── IndexStateError             index-state             3   500   the owner of the index
    │   ├── IndexNotFoundError      index-not-found         3   404
    │   ├── IndexBusyError          index-busy              4   503
    │   ├── IndexNewerError         index-newer             3   500
    │   ├── IndexReadOnlyError      index-read-only         3   500
    │   ├── IndexOnNetworkError     index-on-network        3   500
    │   ├── IndexDamagedError       index-damaged           8   500
    │   └── SpaceMismatchError      space-mismatch          3   409
    ├── RefusedForNowError          try-later               1   503   whoever calls the server
    │   ├── RateLimitedError        rate-limited            1   429
    │   └── OverloadedError         overloaded              1   503
    ├── DeadlineError               deadline                1   504
    ├── InternalError               internal                1   500   the maintainers
    ├── DiskFullError               disk-full               7   507
    ├── ModelError                  model-error             5   500   the owner of the machine
    │   ├── ModelUnknownError       model-unknown           5   404
    │   ├── ModelMissingError       model-missing           5   503
    │   ├── ModelHashError          model-hash              5   500
    │   ├── ModelRejectedError      model-rejected          5   500
    │   ├── AdapterError            adapter-invalid         5   500
    │   │   └── AdapterBaseError    adapter-base            5   500
    │   ├── DownloadError           download-failed         6   502
    │   └── OfflineError            offline                 6   503
    ├── GenerationError             generation-failed       5   500   the asker
    │   └── EndpointError           endpoint-failed         6   502   the owner of the machine
    │       ├── EndpointUnreachableError  endpoint-unreachable  6   502
    │       ├── EndpointTimeoutError      endpoint-timeout      6   504
    │       ├── EndpointCredentialsError  endpoint-credentials  6   502
    │       ├── EndpointBusyError         endpoint-busy         6   503
    │       ├── EndpointModelError        endpoint-model        6   502
    │       └── EndpointAnswerError       endpoint-answer       6   502
    └── DocumentError               document                1   422   whoever added the file
        ├── EmptyFileError          file-empty
        ├── BinaryFileError         file-binary
        ├── UnsupportedTypeError    file-type-unsupported
        ├── FileTooLargeError       file-too-large
        ├── FileNameError           file-name-invalid
        ├── FileUnreadableError     file-unreadable
        ├── FileVanishedError       file-vanished
        ├── FileChangedError        file-changed
        ├── LinkRefusedError        link-refused
        ├── EncodingError           encoding-unknown
        ├── PdfDamagedError         pdf-damaged
        ├── PdfEncryptedError       pdf-encrypted
        ├── PdfNoTextError          pdf-no-text
        ├── PdfTooLongError         pdf-too-long
        ├── OcrMissingError         ocr-missing
        ├── OcrFailedError          ocr-failed
        ├── NoTextError             no-text
        ├── OfficeDamagedError      office-damaged
        ├── OfficeEncryptedError    office-encrypted
        ├── OfficeTooLargeError     office-too-large
        ├── FileDamagedError        file-damaged
        ├── FileEncryptedError      file-encrypted
        ├── EntitiesRefusedError    entities-refused
        ├── ParserMemoryError       parser-memory
        ├── ParserTimeoutError      parser-timeout
        ├── ParserDiedError         parser-died
        ├── TextTooLargeError       text-too-large
        ├── NestedTooDeeplyError    nested-too-deeply
        ├── ArchiveDamagedError     archive-damaged
        ├── ArchiveTooLargeError    archive-too-large
        ├── TooManyMembersError     too-many-members
        ├── MemberEncryptedError    member-encrypted
        ├── MemberRefusedError      member-refused
        └── PageError               page-failed
            ├── PageRefusedError        page-refused
            ├── PageGoneError           page-gone
            ├── PageUnreachableError    page-unreachable
            ├── PageTimeoutError        page-timeout
            ├── PageTooLargeError       page-too-large
            ├── PageRedirectError       page-redirect
            ├── PrivateAddressError     address-private
            ├── RobotsRefusedError      robots-refused
            └── SitemapCutError         sitemap-cut

A `DocumentError` never ends a batch: the pipeline turns it into an outcome that `ragsys status` keeps
showing until the file succeeds. Codes are part of the public interface: they may be added, not renamed.
"""

from __future__ import annotations

from ragsys.errors.base import (
    RagsysError,
)
from ragsys.errors.documents import (
    ArchiveDamagedError,
    ArchiveTooLargeError,
    BinaryFileError,
    DocumentError,
    EmptyFileError,
    EncodingError,
    EntitiesRefusedError,
    FileChangedError,
    FileDamagedError,
    FileEncryptedError,
    FileNameError,
    FileTooLargeError,
    FileUnreadableError,
    FileVanishedError,
    LinkRefusedError,
    MemberEncryptedError,
    MemberRefusedError,
    NestedTooDeeplyError,
    NoTextError,
    OcrFailedError,
    OcrMissingError,
    OfficeDamagedError,
    OfficeEncryptedError,
    OfficeTooLargeError,
    ParserDiedError,
    ParserMemoryError,
    ParserTimeoutError,
    PdfDamagedError,
    PdfEncryptedError,
    PdfNoTextError,
    PdfTooLongError,
    TextTooLargeError,
    TooManyMembersError,
    UnsupportedTypeError,
)
from ragsys.errors.endpoint import (
    EndpointAnswerError,
    EndpointBusyError,
    EndpointCredentialsError,
    EndpointError,
    EndpointModelError,
    EndpointTimeoutError,
    EndpointUnreachableError,
)
from ragsys.errors.index import (
    DiskFullError,
    IndexBusyError,
    IndexDamagedError,
    IndexNewerError,
    IndexNotFoundError,
    IndexOnNetworkError,
    IndexReadOnlyError,
    IndexStateError,
    SpaceMismatchError,
)
from ragsys.errors.models import (
    AdapterBaseError,
    AdapterError,
    DownloadError,
    GenerationError,
    ModelError,
    ModelHashError,
    ModelMissingError,
    ModelRejectedError,
    ModelUnknownError,
    OfflineError,
)
from ragsys.errors.server import (
    AddressError,
    BodyTooLargeError,
    DeadlineError,
    ForbiddenError,
    HostRefusedError,
    InternalError,
    MediaTypeError,
    MethodError,
    OriginRefusedError,
    OverloadedError,
    RateLimitedError,
    RefusedForNowError,
    RequestError,
    RouteError,
    SlowRequestError,
    TokenRequiredError,
    TokenUnknownError,
    UnauthorizedError,
)
from ragsys.errors.usage import (
    CalibrationError,
    ConfigError,
    DatasetError,
    ExtraMissingError,
    FilterError,
    MeasureError,
    NotFoundError,
    QueryError,
    RunError,
    SchemaError,
    SessionNotFoundError,
    UsageError,
)
from ragsys.errors.web import (
    NetworkRefusedError,
    PageError,
    PageGoneError,
    PageRedirectError,
    PageRefusedError,
    PageTimeoutError,
    PageTooLargeError,
    PageUnreachableError,
    PrivateAddressError,
    RobotsRefusedError,
    SitemapCutError,
    UrlError,
)

__all__ = [
    "AdapterBaseError", "AdapterError", "AddressError", "ArchiveDamagedError", "ArchiveTooLargeError",
    "BinaryFileError", "BodyTooLargeError", "CalibrationError", "ConfigError", "DatasetError", "DeadlineError",
    "DiskFullError", "DocumentError", "DownloadError", "EmptyFileError", "EncodingError", "EndpointAnswerError",
    "EndpointBusyError", "EndpointCredentialsError", "EndpointError", "EndpointModelError", "EndpointTimeoutError",
    "EndpointUnreachableError", "EntitiesRefusedError", "ExtraMissingError", "FileChangedError", "FileDamagedError",
    "FileEncryptedError", "FileNameError", "FileTooLargeError", "FileUnreadableError", "FileVanishedError",
    "FilterError", "ForbiddenError", "GenerationError", "HostRefusedError", "IndexBusyError", "IndexDamagedError",
    "IndexNewerError", "IndexNotFoundError", "IndexOnNetworkError", "IndexReadOnlyError", "IndexStateError",
    "InternalError", "LinkRefusedError", "MeasureError", "MediaTypeError", "MemberEncryptedError", "MemberRefusedError",
    "MethodError", "ModelError", "ModelHashError", "ModelMissingError", "ModelRejectedError", "ModelUnknownError",
    "NestedTooDeeplyError", "NetworkRefusedError", "NoTextError", "NotFoundError", "OcrFailedError", "OcrMissingError",
    "OfficeDamagedError", "OfficeEncryptedError", "OfficeTooLargeError", "OfflineError", "OriginRefusedError",
    "OverloadedError", "PageError", "PageGoneError", "PageRedirectError", "PageRefusedError", "PageTimeoutError",
    "PageTooLargeError", "PageUnreachableError", "ParserDiedError", "ParserMemoryError", "ParserTimeoutError",
    "PdfDamagedError", "PdfEncryptedError", "PdfNoTextError", "PdfTooLongError", "PrivateAddressError", "QueryError",
    "RagsysError", "RateLimitedError", "RefusedForNowError", "RequestError", "RobotsRefusedError", "RouteError",
    "RunError", "SchemaError", "SessionNotFoundError", "SitemapCutError", "SlowRequestError", "SpaceMismatchError",
    "TextTooLargeError", "TokenRequiredError", "TokenUnknownError", "TooManyMembersError", "UnauthorizedError",
    "UnsupportedTypeError", "UrlError", "UsageError",
]  # fmt: skip
