"""The Model Context Protocol: an index as tools and resources for somebody else's model. Needs the extra `mcp`."""
