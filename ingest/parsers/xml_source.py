"""XML to a tree, safely: no entity of the document's own is expanded, nothing outside it is read.

Knows no vocabulary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from ragsys.errors import EntitiesRefusedError, NestedTooDeeplyError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["local", "parse_xml", "words"]

_DEEPEST = 1000


def parse_xml(data: bytes, name: str) -> Element | None:
    """The root element; None where it is not well-formed.

    Raises:
        DocumentError: it declares entities of its own, or is nested too deep.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    # A document type may be named, as JATS and DocBook do; what it stands for is never read.
    parser = DefusedXMLParser(forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        raise EntitiesRefusedError(f"{name} declares entities of its own, which are never expanded") from None
    except (ParseError, ValueError, LookupError):
        return None
    if _depth(root) > _DEEPEST:
        raise NestedTooDeeplyError(f"{name} nests its elements more than {_DEEPEST} deep")
    return root


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def words(element: Element) -> str:
    """All text in an element, on one line."""
    return " ".join("".join(element.itertext()).split())


def _depth(root: Element) -> int:
    """How deep elements are nested, without calls as deep as they are."""
    level, depth = [root], 0
    while level:
        level = [child for element in level for child in element]
        depth += 1
    return depth
