"""The LangChain retriever against LangChain itself."""

import asyncio

import pytest

pytest.importorskip("langchain_core")

from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from ragsys import AsyncQueryEngine
from ragsys.errors import FilterError, UsageError
from ragsys.integrations.langchain import RagsysRetriever
from ragsys.testing import HashEmbedder


def test_documents_are_hits_that_can_be_cited(engine):
    """Each document is an exact span with what it takes to cite it; hidden documents are not among them."""
    documents = RagsysRetriever(engine=engine, k=5).invoke("bicycle chain")
    assert [document.metadata["source"] for document in documents] == ["chain", "mill"]
    first, known = documents[0], documents[0].metadata
    assert engine.text("chain")[known["start"] : known["end"]] == first.page_content
    assert (known["title"], known["year"], known["rank"]) == ("Chains", 2020, 1)
    assert known["sha256"] == engine.document("chain").sha256
    assert first.id == str(known["passage_id"])
    assert "page" not in known


def test_k_and_filter_are_the_engines(engine):
    """`k` and `where` act as in a search, and a filter that does not parse is the engine's error."""
    assert len(RagsysRetriever(engine=engine, k=1).invoke("bicycle chain")) == 1
    only = RagsysRetriever(engine=engine, where="year > 2021").invoke("bicycle chain")
    assert [document.metadata["source"] for document in only] == ["mill"]
    with pytest.raises(FilterError):
        RagsysRetriever(engine=engine, where="year >").invoke("bicycle chain")


def test_it_is_a_part_of_a_chain(engine):
    """It feeds a prompt in a chain, also for many questions at once and asynchronously, on one engine."""
    prompt = ChatPromptTemplate.from_template("{context}\n{question}")
    texts = RagsysRetriever(engine=engine, k=1) | (lambda documents: documents[0].page_content)
    chain = {"context": texts, "question": RunnablePassthrough()} | prompt
    questions = ["bicycle chain", "coffee mill"] * 8
    many = chain.batch(questions, {"max_concurrency": 8})
    assert ["burrs" in str(messages) for messages in many] == [False, True] * 8
    assert "burrs" in str(asyncio.run(chain.ainvoke("coffee mill")))


def test_with_an_asynchronous_engine(engine, tmp_path):
    """An AsyncQueryEngine serves the asynchronous methods; the others say what to do instead."""

    async def main():
        async with AsyncQueryEngine(tmp_path / "index", embedder=HashEmbedder(), principals=["user:ann"]) as opened:
            retriever = RagsysRetriever(engine=opened)
            with pytest.raises(UsageError, match="waited"):
                retriever.invoke("bicycle chain")
            return await asyncio.gather(*(retriever.ainvoke("bicycle chain") for _ in range(4)))

    found = asyncio.run(main())
    assert {document.metadata["source"] for documents in found for document in documents} == {"chain", "mill", "secret"}
