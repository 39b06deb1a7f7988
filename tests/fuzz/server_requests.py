"""Requests that no generator makes of a document: bent uploads, answers as events, other methods, hostile headers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import strategies as st

BIG = 200_000  # bytes; the server under test takes no larger file
_METHODS = ("PUT", "PATCH", "DELETE", "POST", "GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND")
_EDGE = "edge"

_NAMES = st.sampled_from(
    [
        "a.md",
        "",
        ".",
        "..",
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/shadow",
        "C:\\x.md",
        "a/b/c.md",
        "x" * 201 + ".md",
        "x" * 5000,
        ".hidden",
        "-rf.md",
        "nul\0.md",
        "new\tline.md",
        "a.md/",
        'quo"te.md',
        "back\\slash",
        "semi;colon=x.md",
        "ends.with.dot.",
        "CON",
        "aux.md",
        "%2e%2e%2fa.md",
        "\u202egnp.md",
        "e\u0301.md",
        "\u4e2d\u6587.txt",
        "\U0001f600.md",
        "a.zip!/b.md",
        "upload.json",
        "a.tar.gz",
        "a.pdf",
        "a.docx",
        "a.html",
        "a.json",
        "a.csv",
        "a.eml",
        "a.png",
        "a.exe",
    ]
) | st.text(max_size=40)
_GOOD_NAMES = st.sampled_from(
    [f"{stem}.{kind}" for stem in "abc" for kind in ("md", "txt", "html", "pdf", "csv", "zip")]
)
_KINDS = st.sampled_from(
    [
        "text/plain",
        "application/pdf",
        "application/x-sh",
        "",
        "text/html; charset=utf-16",
        "multipart/mixed",
        "/",
        "\x7f",
    ]
)
_DATA = st.one_of(
    st.sampled_from(
        [
            b"",
            b"A note.\n",
            b"\0" * 100,
            b"\xff\xfe\0\0",
            b"%PDF-1.7\n%%EOF",
            b"PK\x03\x04" + b"\0" * 60,
            b"PK\x05\x06" + b"\0" * 18,
            b"<html><body>a</body>",
            b"[{}]",
            b"\x1f\x8b\x08\0",
            b"x" * BIG,
            b"word " * (BIG // 5 + 1),
        ]
    ),
    st.binary(max_size=300),
)
_FIELDS = st.sampled_from(["file"] * 12 + ["acl", "acl", "other", "", "file[]", "FILE", "\u0444"])
_ACL = st.sampled_from([b"*", b"user:ann", b"", b"\xff", b"a" * 3000, b"user:ann,user:bob", b"\0", b"group:x y"])
_BOUNDARIES = st.sampled_from([_EDGE, "other", "", "x" * 200, "a b", '"', "ed\tge", "--edge"])
_TYPES = st.sampled_from(
    [
        "multipart/form-data; boundary={}",
        'multipart/form-data; boundary="{}"',
        "multipart/form-data",
        "multipart/form-data; charset=hex; boundary={}",
        "multipart/form-data; charset=utf-16; boundary={}",
        "multipart/form-data; charset=nothing; boundary={}",
        "Multipart/Form-Data; Boundary={}",
        "multipart/form-data; boundary={}; boundary=second",
        "multipart/mixed; boundary={}",
        "application/json",
        "application/x-www-form-urlencoded",
        "",
    ]
)
_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Content-Encoding",
            "Cookie",
            "Expect",
            "If-Match",
            "If-None-Match",
            "If-Modified-Since",
            "Last-Event-ID",
            "Origin",
            "Authorization",
            "Range",
            "Referer",
            "Sec-Fetch-Site",
            "Upgrade",
            "X-Forwarded-For",
            "X-HTTP-Method-Override",
            "X-Request-ID",
            "traceparent",
        ]
    ),
    st.sampled_from(
        [
            "",
            "*/*",
            "text/event-stream",
            "gzip",
            "br, *;q=0",
            "bytes=0-0,-1",
            "null",
            "http://evil.example",
            "http://[",
            "Bearer rag_x",
            "Basic eDp5",
            "Bearer " + "x" * 5000,
            "cross-site",
            "same-origin",
            "DELETE",
            "\xff",
            "x" * 3000,
            "../../x",
            "00-" + "0" * 32 + "-" + "0" * 16 + "-00",
            "-1",
            "websocket",
            "Thu, 99 Foo 2026",
        ]
    ),
    max_size=5,
)


@dataclass(frozen=True, slots=True)
class Raw:
    """A request as it goes over the wire. In `path`, {document}, {session}, {upload} and {name} are filled in."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def _escaped(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass").replace(b"\r", b"%0D").replace(b"\n", b"%0A")


@st.composite
def parts(draw: st.DrawFn) -> bytes:
    """One part of an upload: mostly a file, now and then something that is none, or is not well made."""
    named = draw(_FIELDS)
    disposition = b'Content-Disposition: form-data; name="' + _escaped(named) + b'"'
    if named == "acl" and draw(st.booleans()):
        return disposition + b"\r\n\r\n" + draw(_ACL)
    bent = draw(st.integers(0, 20))
    if bent == 0:
        return draw(st.binary(max_size=60))
    if bent == 1:
        disposition = b"Content-Disposition: form-data"
    elif bent == 2:
        disposition += b"; filename*=UTF-8''%e2%82%ac%ff.md"
    else:
        name = draw(_NAMES if draw(st.booleans()) else _GOOD_NAMES)
        disposition += b'; filename="' + _escaped(name) + b'"'
    kind = draw(_KINDS)
    more = b"\r\nContent-Type: " + kind.encode("latin-1") if kind else b""
    if bent == 3:
        more += b"\r\nX: " + b"y" * 9000
    if bent == 4:
        more += b"\r\n" + b"A" * 300
    if bent == 5:
        more += b"\r\nContent-Transfer-Encoding: base64"
    return disposition + more + b"\r\n\r\n" + draw(_DATA)


@st.composite
def uploads(draw: st.DrawFn) -> Raw:
    """An upload: one part, several, or more than may be; now and then with an end that is missing or elsewhere."""
    many = draw(st.sampled_from([1, 1, 1, 1, 1, 1, 2, 2, 3, 0, 21, 60]))
    one = draw(st.lists(parts(), min_size=min(many, 3), max_size=min(many, 3)))
    body = b"".join(b"--edge\r\n" + (one * many)[number] + b"\r\n" for number in range(many)) + b"--edge--\r\n"
    bent = draw(st.integers(0, 14))
    if bent == 0:
        body = body[: draw(st.integers(0, len(body)))]
    elif bent == 1:
        body = body.replace(b"\r\n", b"\n")
    elif bent == 2:
        at = draw(st.integers(0, min(len(body), 200)))
        body = body[:at] + draw(st.binary(min_size=1, max_size=5)) + body[at:]
    elif bent == 3:
        body = draw(st.sampled_from([b"", b"--edge--", b"preamble\r\n", b"\0"])) + body + b"epilogue"
    wanted = "multipart/form-data; boundary=edge"
    kind = draw(_TYPES).format(draw(_BOUNDARIES)) if bent == 4 else wanted
    params = draw(
        st.sampled_from([{}, {}, {}, {"index": "notes"}, {"index": "none"}, {"wait": "x"}, {"wait": "false"}])
    )
    return Raw("POST", "/v1/documents", {"Content-Type": kind} if kind else {}, params, body)


@st.composite
def streams(draw: st.DrawFn) -> Raw:
    """A request that is answered with events, or refused before the first one."""
    question = draw(st.sampled_from(["When is the chain oiled?", "x", "", "\ud800"]) | st.text(max_size=30))
    asked = {"question": question, "stream": True}
    asked |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "mode": st.sampled_from(["auto", "extract", "generate", "guess"]),
                "k": st.sampled_from([1, 5, 100, 0, "5"]),
                "lang": st.sampled_from(["auto", "en", "zh", "xx", "not a language"]),
                "filter": st.sampled_from(["year > 1", "source ~ '*'", "(", "source ~ '['", "x" * 2001]),
                "min_confidence": st.sampled_from([0, 0.5, 1, 2]),
                "temperature": st.sampled_from([0, 1, 5, -1]),
                "context": st.sampled_from([0, 10]),
                "seed": st.sampled_from([0, -1, 2**63]),
            },
        )
    )
    said = st.sampled_from(["user", "assistant", "system", "tool"])
    messages = [{"role": role, "content": question} for role in draw(st.lists(said, max_size=3))]
    messages.append({"role": "user", "content": question})
    usage = {"include_usage": draw(st.booleans())}
    path = draw(st.sampled_from(["/v1/ask", "/v1/sessions/{session}/ask", "/v1/chat/completions", "GET", "events"]))
    again = draw(st.sampled_from([{}, {}, {}, {"Last-Event-ID": "1"}]))
    if path == "events":
        return Raw("GET", "/v1/uploads/{upload}/events", again)
    if path == "GET":
        named = draw(st.sampled_from(["/v1/ask", "/v1/sessions/{session}/ask"]))
        params = {name: str(value).encode("utf-8", "replace").decode() for name, value in asked.items()}
        return Raw("GET", named, {"Accept": "text/event-stream", **again}, params)
    body = {"messages": messages, "stream": True, "stream_options": usage} if path.endswith("completions") else asked
    return Raw("POST", path, {"Content-Type": "application/json"}, {}, json.dumps(body).encode())


def others(paths: list[str]) -> st.SearchStrategy[Raw]:
    """Any method on any path, with hostile headers: routes that are there, nearly there, and files of the page."""
    near = [
        "/",
        "/web/",
        "/web/index.html",
        "/web/%2e%2e/app.py",
        "/v1",
        "/v1/",
        "//v1/me",
        "/v1/me/",
        "/openapi.json",
        "/%00",
    ]
    return st.builds(
        Raw,
        st.sampled_from(_METHODS),
        st.sampled_from(paths + near),
        _HEADERS,
        st.dictionaries(
            st.sampled_from(["index", "query", "question", "k", "limit", "x"]), st.text(max_size=10), max_size=3
        ),
        st.sampled_from([b"", b"{}", b"null", b"[]", b"{", b"\xff", b'{"query": "chain", "question": "chain"}']),
    )
