"""The site of the documentation: `uv run --group docs python -m docs.website` builds it in build/site."""
