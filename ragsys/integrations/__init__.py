"""Retrievers for other people's frameworks, each in an extra. Imports none of them: name the module that you use."""
