"""Documents of the web: pages and sitemaps, fetched only where that is allowed, and only from public addresses."""
