"""The LlamaIndex retriever against LlamaIndex itself."""

import asyncio

import pytest

pytest.importorskip("llama_index.core")

from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode

from ragsys import AsyncQueryEngine
from ragsys.errors import UsageError
from ragsys.integrations.llamaindex import RagsysRetriever
from ragsys.testing import HashEmbedder


def test_nodes_are_hits_that_can_be_cited(engine):
    """Each node is an exact span with its offsets, its score and its document; hidden documents are not among them."""
    nodes = RagsysRetriever(engine, top_k=5).retrieve("bicycle chain")
    assert [node.metadata["source"] for node in nodes] == ["chain", "mill"]
    node, hit = nodes[0].node, engine.search("bicycle chain").hits[0]
    assert engine.text("chain")[node.start_char_idx : node.end_char_idx] == node.get_content()
    assert (node.node_id, nodes[0].score) == (str(hit.passage_id), hit.score)
    assert node.ref_doc_id == engine.document("chain").id


def test_a_model_is_shown_where_a_text_is_from_and_no_numbers(engine):
    """What goes into a prompt is the text with source and title, not hashes and scores."""
    node = RagsysRetriever(engine, top_k=1, where="year < 2021").retrieve("bicycle chain")[0].node
    shown = node.get_content(MetadataMode.LLM)
    assert "source: chain" in shown
    assert "title: Chains" in shown
    assert "sha256" not in shown


def test_it_is_a_part_of_a_query_engine(engine):
    """LlamaIndex's own query engine answers from it, and names it as its source."""
    asked = RetrieverQueryEngine.from_args(RagsysRetriever(engine, top_k=1), llm=MockLLM())
    response = asked.query("bicycle chain")
    assert "oiled after every ride" in str(response)
    assert [node.metadata["source"] for node in response.source_nodes] == ["chain"]


def test_asynchronously_with_either_engine(engine, tmp_path):
    """`aretrieve` works on both kinds of engine, several at once; an AsyncQueryEngine serves only that."""

    async def main():
        async with AsyncQueryEngine(tmp_path / "index", embedder=HashEmbedder(), principals=["user:ann"]) as opened:
            retriever = RagsysRetriever(opened)
            with pytest.raises(UsageError, match="waited"):
                retriever.retrieve("bicycle chain")
            plain = RagsysRetriever(engine)
            return await asyncio.gather(*(r.aretrieve("bicycle chain") for r in (retriever, plain, retriever, plain)))

    assert [len(nodes) for nodes in asyncio.run(main())] == [3, 2, 3, 2]
