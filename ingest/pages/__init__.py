"""The layout of printed pages: what is on a page and where, to text that is read in order."""
