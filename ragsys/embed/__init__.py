"""Texts to vectors: one file a backend. Which one runs is decided in `ragsys.models`."""
