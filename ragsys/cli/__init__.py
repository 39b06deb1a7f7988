"""The `ragsys` command: parse, call the engine, print. Nothing here knows how anything is done."""
