"""How the crawler behaves towards a host: robots.txt and its delay, retries and the host's own wishes for quiet."""
