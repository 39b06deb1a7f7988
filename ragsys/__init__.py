"""Ask your own documents, on your own machine, and check every answer."""
