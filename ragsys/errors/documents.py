"""One file that could not be ingested, each reason by its own name."""

from __future__ import annotations

from ragsys.errors.base import RagsysError

__all__ = [
    "ArchiveDamagedError",
    "ArchiveTooLargeError",
    "BinaryFileError",
    "DocumentError",
    "EmptyFileError",
    "EncodingError",
    "EntitiesRefusedError",
    "FileChangedError",
    "FileDamagedError",
    "FileEncryptedError",
    "FileNameError",
    "FileTooLargeError",
    "FileUnreadableError",
    "FileVanishedError",
    "LinkRefusedError",
    "MemberEncryptedError",
    "MemberRefusedError",
    "NestedTooDeeplyError",
    "NoTextError",
    "OcrFailedError",
    "OcrMissingError",
    "OfficeDamagedError",
    "OfficeEncryptedError",
    "OfficeTooLargeError",
    "ParserDiedError",
    "ParserMemoryError",
    "ParserTimeoutError",
    "PdfDamagedError",
    "PdfEncryptedError",
    "PdfNoTextError",
    "PdfTooLongError",
    "TextTooLargeError",
    "TooManyMembersError",
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


class PdfTooLongError(DocumentError):
    """A PDF of more pages than are read, or one that says so."""

    code = "pdf-too-long"
    hint = "split it, for example with qpdf --split-pages"


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


class ParserMemoryError(DocumentError):
    """A file that takes more memory to read than it may."""

    code = "parser-memory"
    hint = "raise the limit with RAGSYS_PARSER_MEMORY if you trust the file, or split it"


class ParserTimeoutError(DocumentError):
    """A file that takes longer to read than it may."""

    code = "parser-timeout"
    hint = "raise the limit with RAGSYS_PARSER_SECONDS if you trust the file, or split it"


class ParserDiedError(DocumentError):
    """A file on which the process that reads it crashed, or could not be started."""

    code = "parser-died"
    hint = "the file is damaged or hostile; opening it in its own program and saving it again may help"


class TextTooLargeError(DocumentError):
    """A file that holds more text than one document may."""

    code = "text-too-large"
    hint = "raise the limit with RAGSYS_MAX_TEXT_BYTES, or split the file"


class NestedTooDeeplyError(DocumentError):
    """Archives in archives, or elements in elements, deeper than is read."""

    code = "nested-too-deeply"
    hint = "unpack it, and add what is in it"


class ArchiveDamagedError(DocumentError):
    """An archive, or a file in one, that cannot be unpacked or is not what the archive says."""

    code = "archive-damaged"


class ArchiveTooLargeError(DocumentError):
    """An archive that unpacks to more than it may, by itself or for its size."""

    code = "archive-too-large"
    hint = (
        "raise RAGSYS_MAX_UNPACKED_BYTES or RAGSYS_MAX_UNPACKED_RATIO if you trust it, or unpack it and add the folder"
    )


class TooManyMembersError(DocumentError):
    """An archive, or a mailbox, of more files than are taken from one."""

    code = "too-many-members"
    hint = "raise the limit with RAGSYS_MAX_MEMBERS, or unpack it and add the folder"


class MemberEncryptedError(DocumentError):
    """A file in an archive that needs a password."""

    code = "member-encrypted"
    hint = "unpack it with the password, and add what is in it"


class MemberRefusedError(DocumentError):
    """A link or a device in an archive, where only files are taken."""

    code = "member-refused"


class FileDamagedError(DocumentError):
    """A file that is not what its format asks for, so that it cannot be opened."""

    code = "file-damaged"
    hint = "open it in its own program and save it again"


class FileEncryptedError(DocumentError):
    """A file that a password or its publisher locks."""

    code = "file-encrypted"
    hint = "save a copy that is not locked"


class EntitiesRefusedError(DocumentError):
    """XML that declares entities of its own: they are never expanded, and without them it is not what it says."""

    code = "entities-refused"
    hint = "save a copy without a DTD, for example with xmllint --noent if you trust the file"
