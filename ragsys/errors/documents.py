"""One file that could not be ingested, each reason by its own name."""

from __future__ import annotations

from ragsys.errors.base import RagsysError

__all__ = [
    "BinaryFileError",
    "DocumentError",
    "EmptyFileError",
    "EncodingError",
    "FileChangedError",
    "FileNameError",
    "FileTooLargeError",
    "FileUnreadableError",
    "FileVanishedError",
    "LinkRefusedError",
    "NoTextError",
    "OcrFailedError",
    "OcrMissingError",
    "OfficeDamagedError",
    "OfficeEncryptedError",
    "OfficeTooLargeError",
    "PdfDamagedError",
    "PdfEncryptedError",
    "PdfNoTextError",
    "UnsupportedTypeError",
]


class DocumentError(RagsysError):
    """One file that could not be ingested; the rest of the batch goes on."""

    code = "document"
    http_status = 422


class EmptyFileError(DocumentError):
    """A file of zero bytes, or of nothing but a byte order mark."""

    code = "file-empty"


class BinaryFileError(DocumentError):
    """A file that claims to be text and is not."""

    code = "file-binary"


class UnsupportedTypeError(DocumentError):
    """A file of a kind that no parser reads."""

    code = "file-type-unsupported"


class FileTooLargeError(DocumentError):
    """A file beyond the configured limit."""

    code = "file-too-large"
    hint = "raise the limit with RAGSYS_MAX_FILE_BYTES, or split the file"


class FileNameError(DocumentError):
    """A file or folder whose name is not valid Unicode, so that no index could hold it."""

    code = "file-name-invalid"
    hint = "rename it; names in an older encoding can be converted, for example with convmv"


class FileUnreadableError(DocumentError):
    """A file that the operating system does not let us read."""

    code = "file-unreadable"
    hint = "check the permissions of the file"


class FileVanishedError(DocumentError):
    """A file that disappeared between being found and being read."""

    code = "file-vanished"


class FileChangedError(DocumentError):
    """A file that kept changing while it was read."""

    code = "file-changed"
    hint = "add it again when nothing writes to it"


class LinkRefusedError(DocumentError):
    """A link that leads out of the folder that was added, or back into itself."""

    code = "link-refused"
    hint = "add the target of the link by its own path"


class EncodingError(DocumentError):
    """A text file whose encoding could not be told with confidence."""

    code = "encoding-unknown"
    hint = "convert the file to UTF-8"


class PdfDamagedError(DocumentError):
    """A PDF that cannot be opened."""

    code = "pdf-damaged"


class PdfEncryptedError(DocumentError):
    """A PDF that needs a password."""

    code = "pdf-encrypted"
    hint = "save a copy without the password"


class PdfNoTextError(DocumentError):
    """A PDF whose pages carry no text, a scan most often."""

    code = "pdf-no-text"


class OcrMissingError(DocumentError):
    """An image, while nothing is there to recognise the text in it, or that is switched off."""

    code = "ocr-missing"


class OcrFailedError(DocumentError):
    """An image that cannot be recognised: damaged, or it takes too long."""

    code = "ocr-failed"


class NoTextError(DocumentError):
    """A file that was read and has no text in it."""

    code = "no-text"


class OfficeDamagedError(DocumentError):
    """An office document that cannot be opened."""

    code = "office-damaged"
    hint = "open it in its own program and save it again"


class OfficeEncryptedError(DocumentError):
    """An office document that needs a password."""

    code = "office-encrypted"
    hint = "save a copy without the password"


class OfficeTooLargeError(DocumentError):
    """An office document that unpacks to more than is read, or has more cells."""

    code = "office-too-large"
    hint = "split it, or save the sheets that matter as documents of their own"
