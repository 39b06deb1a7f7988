"""`python -m ragsys` is the `ragsys` command."""

from ragsys.cli.main import main

main()
